//! What the result codes of operations have in common: families by the hundred \[mo 1.3\].

/// The family of a result code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResultClass {
    /// 12xx.
    Success,
    /// 14xx: the device or its user.
    ClientError,
    /// 15xx: the download server.
    ServerError,
    /// Anything else.
    Unknown,
}

impl ResultClass {
    pub(super) const fn of(code: u16) -> Self {
        match code {
            1200..=1299 => Self::Success,
            1400..=1499 => Self::ClientError,
            1500..=1599 => Self::ServerError,
            _ => Self::Unknown,
        }
    }

    /// x250 to x299, x450 to x499, x550 to x599.
    pub(super) const fn is_vendor(code: u16) -> bool {
        matches!(code, 1250..=1299 | 1450..=1499 | 1550..=1599)
    }
}

/// Gives an open result code (made by `wire_codes!`) its family.
macro_rules! results {
    ($name:ident) => {
        impl $name {
            /// The family, which tells also of an unknown code whether the operation went well.
            #[must_use]
            pub const fn class(self) -> crate::mo::ResultClass {
                crate::mo::ResultClass::of(self.as_u16())
            }

            /// Whether the meaning is the vendor's.
            #[must_use]
            pub const fn is_vendor(self) -> bool {
                crate::mo::ResultClass::is_vendor(self.as_u16())
            }
        }
    };
}
pub(super) use results;
