//! SyncHdr, Cred and Chal.

use alloc::borrow::Cow;

use super::cursor::Cursor;
use super::model::{self, Children};
use crate::deviation::DeviationKind;
use crate::element::{EventSource, syncml};
use crate::error::{DecodeError, DecodeErrorKind};
use crate::ids::{MsgId, SessionId};
use crate::message::{Chal, Cred, Data, Meta, SyncHdr};

/// Characters that the standard gives a SessionID \[dm 2.2\].
const SESSION_ID_LEN: usize = 4;

impl<'a, S: EventSource<'a>> Cursor<'a, S> {
    /// Fills `header`, which is unknown as yet. One that lacks something mandatory is a deviation: its version is that of its
    /// namespace or 1.2 then, MsgID 1, and a missing SessionID, Target or Source is empty, so that no session takes it for
    /// its own. One with nothing in it is an error \[windows-quirks L14\].
    pub(super) fn sync_hdr(&mut self, header: &mut SyncHdr<'a>) -> Result<(), DecodeError> {
        let mut children = Children::of(&model::SYNC_HDR);
        while let Some(tag) = self.child(&mut children)? {
            match tag {
                syncml::VER_DTD => header.ver_dtd = self.ver_dtd()?,
                syncml::VER_PROTO => self.trimmed_to(&mut header.ver_proto)?,
                syncml::SESSION_ID => header.session_id = self.session_id()?,
                syncml::MSG_ID => header.msg_id = MsgId::new(self.number(tag)?),
                syncml::TARGET => self.location(&mut header.target)?,
                syncml::SOURCE => self.location(&mut header.source)?,
                syncml::RESP_URI => self.trimmed_to(&mut header.resp_uri)?,
                syncml::CRED => header.cred = Some(self.cred()?),
                syncml::META => self.meta(header.meta.get_or_insert_with(Meta::default))?,
                syncml::NO_RESP => header.no_resp = self.flag()?,
                _ => self.skip()?,
            }
        }
        if children.is_empty() {
            let missing = DecodeErrorKind::MissingElement { parent: syncml::SYNC_HDR, child: syncml::VER_DTD };
            return Err(self.error(missing));
        }
        if !children.has(syncml::VER_DTD)
            && let Some(version) = self.source.syncml_version()
        {
            header.ver_dtd = Cow::Borrowed(version);
        }
        Ok(())
    }

    /// VerDTD and VerProto tell the version, whatever the namespace says \[windows-quirks L1\].
    fn ver_dtd(&mut self) -> Result<Cow<'a, str>, DecodeError> {
        let text = self.trimmed()?;
        if self.source.syncml_version().is_some_and(|version| version != text) {
            self.notice(DeviationKind::NamespaceVersion)?;
        }
        Ok(text)
    }

    fn session_id(&mut self) -> Result<Cow<'a, str>, DecodeError> {
        let text = self.trimmed()?;
        if text.len() > SESSION_ID_LEN {
            if text.len() > SessionId::MAX_LEN {
                return Err(self.invalid(syncml::SESSION_ID));
            }
            self.notice(DeviationKind::LongSessionId)?;
        }
        Ok(text)
    }

    pub(super) fn cred(&mut self) -> Result<Cred<'a>, DecodeError> {
        let mut cred = Cred::new(None, Data::text(""));
        let mut has_data = false;
        let mut children = Children::of(&model::CRED);
        while let Some(tag) = self.child(&mut children)? {
            match tag {
                syncml::META => self.meta(cred.meta.get_or_insert_with(Meta::default))?,
                syncml::DATA => {
                    cred.data = self.data()?;
                    has_data = true;
                }
                _ => self.skip()?,
            }
        }
        // Empty credentials must not be made of missing ones.
        if has_data {
            Ok(cred)
        } else {
            Err(self.error(DecodeErrorKind::MissingElement { parent: syncml::CRED, child: syncml::DATA }))
        }
    }

    pub(super) fn chal(&mut self) -> Result<Chal<'a>, DecodeError> {
        let mut chal = Chal::new(Meta::default());
        let mut children = Children::of(&model::CHAL);
        while let Some(tag) = self.child(&mut children)? {
            match tag {
                syncml::META => self.meta(&mut chal.meta)?,
                _ => self.skip()?,
            }
        }
        Ok(chal)
    }
}
