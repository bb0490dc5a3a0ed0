//! SyncHdr and the credentials that travel in it.

use alloc::borrow::Cow;

use super::{Data, Location, Meta};
use crate::ids::MsgId;
use crate::version::DmVersion;

/// SyncHdr \[dm 2.1\].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SyncHdr<'a> {
    /// VerDTD, as received; see [`Self::version`].
    pub ver_dtd: Cow<'a, str>,
    /// VerProto, as received.
    pub ver_proto: Cow<'a, str>,
    /// SessionID, as received.
    pub session_id: Cow<'a, str>,
    /// MsgID.
    pub msg_id: MsgId,
    /// Target: the recipient.
    pub target: Location<'a>,
    /// Source: the sender; LocName carries its user id.
    pub source: Location<'a>,
    /// RespURI: where all further messages of the session must go.
    pub resp_uri: Option<Cow<'a, str>>,
    /// NoResp; not used in DM.
    pub no_resp: bool,
    /// Cred.
    pub cred: Option<Cred<'a>>,
    /// Meta: MaxMsgSize, MaxObjSize.
    pub meta: Option<Meta<'a>>,
}

impl<'a> SyncHdr<'a> {
    /// A header of `version` without credentials.
    #[must_use]
    pub fn new(
        version: DmVersion,
        session_id: impl Into<Cow<'a, str>>,
        msg_id: MsgId,
        target: Location<'a>,
        source: Location<'a>,
    ) -> Self {
        Self {
            ver_dtd: Cow::Borrowed(version.ver_dtd()),
            ver_proto: Cow::Borrowed(version.ver_proto()),
            session_id: session_id.into(),
            msg_id,
            target,
            source,
            resp_uri: None,
            no_resp: false,
            cred: None,
            meta: None,
        }
    }

    /// What a reader starts from: version 1.2, MsgID 1, and nothing else.
    pub(crate) const fn unknown() -> Self {
        Self {
            ver_dtd: Cow::Borrowed(DmVersion::V1_2.ver_dtd()),
            ver_proto: Cow::Borrowed(DmVersion::V1_2.ver_proto()),
            session_id: Cow::Borrowed(""),
            msg_id: MsgId::FIRST,
            target: Location::nowhere(),
            source: Location::nowhere(),
            resp_uri: None,
            no_resp: false,
            cred: None,
            meta: None,
        }
    }

    /// The version that VerDTD and VerProto name together.
    #[must_use]
    pub fn version(&self) -> Option<DmVersion> {
        DmVersion::from_header(self.ver_dtd.trim(), self.ver_proto.trim())
    }

    /// The same, owning everything.
    #[must_use]
    pub fn into_owned(self) -> SyncHdr<'static> {
        SyncHdr {
            ver_dtd: Cow::Owned(self.ver_dtd.into_owned()),
            ver_proto: Cow::Owned(self.ver_proto.into_owned()),
            session_id: Cow::Owned(self.session_id.into_owned()),
            msg_id: self.msg_id,
            target: self.target.into_owned(),
            source: self.source.into_owned(),
            resp_uri: self.resp_uri.map(|uri| Cow::Owned(uri.into_owned())),
            no_resp: self.no_resp,
            cred: self.cred.map(Cred::into_owned),
            meta: self.meta.map(Meta::into_owned),
        }
    }
}

/// Cred: the proof of an identity; see [`crate::auth`] for what is in it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Cred<'a> {
    /// Meta with Type (the scheme; absent means `syncml:auth-basic`) and Format.
    pub meta: Option<Meta<'a>>,
    /// Data: the digest or the encoded user id and password.
    pub data: Data<'a>,
}

impl<'a> Cred<'a> {
    /// A Cred holding `data`.
    #[must_use]
    pub const fn new(meta: Option<Meta<'a>>, data: Data<'a>) -> Self {
        Self { meta, data }
    }

    /// The same, owning everything.
    #[must_use]
    pub fn into_owned(self) -> Cred<'static> {
        Cred { meta: self.meta.map(Meta::into_owned), data: self.data.into_owned() }
    }
}

/// Chal: the demand for credentials, with the nonce to use next \[dm 7.4\].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Chal<'a> {
    /// Type is the scheme, NextNonce the nonce.
    pub meta: Meta<'a>,
}

impl<'a> Chal<'a> {
    /// A challenge with `meta`.
    #[must_use]
    pub const fn new(meta: Meta<'a>) -> Self {
        Self { meta }
    }

    /// The same, owning everything.
    #[must_use]
    pub fn into_owned(self) -> Chal<'static> {
        Chal { meta: self.meta.into_owned() }
    }
}
