//! The protocol versions and the strings they are known by \[dm 1\].

use core::fmt;

/// A version of the OMA DM protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum DmVersion {
    /// DM 1.1.2.
    V1_1,
    /// DM 1.2 and 1.2.1.
    #[default]
    V1_2,
    /// DM 1.3; its VerProto is unspecified in our sources, chosen by the rule `DM/major.minor`.
    V1_3,
}

impl DmVersion {
    /// The version that a pair of VerDTD and VerProto names; `None` when either is unknown (505 or 513).
    #[must_use]
    pub fn from_header(ver_dtd: &str, ver_proto: &str) -> Option<Self> {
        [Self::V1_1, Self::V1_2, Self::V1_3]
            .into_iter()
            .find(|version| version.ver_dtd() == ver_dtd && version.ver_proto() == ver_proto)
    }

    /// VerDTD; 1.3 keeps the 1.2 representation.
    #[must_use]
    pub const fn ver_dtd(self) -> &'static str {
        match self {
            Self::V1_1 => "1.1",
            Self::V1_2 | Self::V1_3 => "1.2",
        }
    }

    /// VerProto.
    #[must_use]
    pub const fn ver_proto(self) -> &'static str {
        match self {
            Self::V1_1 => "DM/1.1",
            Self::V1_2 => "DM/1.2",
            Self::V1_3 => "DM/1.3",
        }
    }

    /// The XML namespace of the SyncML elements.
    #[must_use]
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::V1_1 => "SYNCML:SYNCML1.1",
            Self::V1_2 | Self::V1_3 => "SYNCML:SYNCML1.2",
        }
    }
}

impl fmt::Display for DmVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.ver_proto())
    }
}
