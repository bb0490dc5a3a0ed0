//! SyncHdr, Cred and Chal.

use super::cursor::Cursor;
use crate::element::{EventSource, Tag, syncml};
use crate::error::DecodeError;
use crate::ids::MsgId;
use crate::message::{Chal, Cred, Meta, SyncHdr};
use crate::version::DmVersion;

impl<'a, S: EventSource<'a>> Cursor<'a, '_, S> {
    pub(super) fn sync_hdr(&mut self) -> Result<SyncHdr<'a>, DecodeError> {
        let (mut ver_dtd, mut ver_proto, mut session_id, mut msg_id) = (None, None, None, None);
        let (mut target, mut source, mut resp_uri, mut cred, mut meta) = (None, None, None, None, None);
        let mut no_resp = false;
        while let Some(name) = self.child()? {
            match name.tag() {
                Some(tag @ syncml::VER_DTD) => self.once(&mut ver_dtd, tag, Self::trimmed)?,
                Some(tag @ syncml::VER_PROTO) => self.once(&mut ver_proto, tag, Self::trimmed)?,
                Some(tag @ syncml::SESSION_ID) => self.once(&mut session_id, tag, Self::trimmed)?,
                Some(tag @ syncml::MSG_ID) => self.once(&mut msg_id, tag, Self::number)?,
                Some(tag @ syncml::TARGET) => self.once(&mut target, tag, |cursor, _| cursor.location())?,
                Some(tag @ syncml::SOURCE) => self.once(&mut source, tag, |cursor, _| cursor.location())?,
                Some(tag @ syncml::RESP_URI) => self.once(&mut resp_uri, tag, Self::trimmed)?,
                Some(tag @ syncml::CRED) => self.once(&mut cred, tag, |cursor, _| cursor.cred())?,
                Some(tag @ syncml::META) => self.once(&mut meta, tag, |cursor, _| cursor.meta())?,
                Some(syncml::NO_RESP) => no_resp = self.flag()?,
                _ => self.skip()?,
            }
        }
        let parent = syncml::SYNC_HDR;
        let ver_dtd = self.require(ver_dtd, parent, syncml::VER_DTD)?;
        let ver_proto = self.require(ver_proto, parent, syncml::VER_PROTO)?;
        let session_id = self.require(session_id, parent, syncml::SESSION_ID)?;
        let msg_id = MsgId::new(self.require(msg_id, parent, syncml::MSG_ID)?);
        let target = self.require(target, parent, syncml::TARGET)?;
        let source = self.require(source, parent, syncml::SOURCE)?;
        let mut header = SyncHdr::new(DmVersion::V1_2, session_id, msg_id, target, source);
        (header.ver_dtd, header.ver_proto) = (ver_dtd, ver_proto);
        (header.resp_uri, header.no_resp, header.cred, header.meta) = (resp_uri, no_resp, cred, meta);
        Ok(header)
    }

    fn once<T>(
        &mut self,
        slot: &mut Option<T>,
        tag: Tag,
        read: impl FnOnce(&mut Self, Tag) -> Result<T, DecodeError>,
    ) -> Result<(), DecodeError> {
        if slot.is_some() {
            return Err(self.duplicate(tag));
        }
        *slot = Some(read(self, tag)?);
        Ok(())
    }

    pub(super) fn cred(&mut self) -> Result<Cred<'a>, DecodeError> {
        let (mut meta, mut data) = (None, None);
        while let Some(name) = self.child()? {
            match name.tag() {
                Some(syncml::META) => meta = Some(self.meta()?),
                Some(syncml::DATA) => data = Some(self.data()?),
                _ => self.skip()?,
            }
        }
        let data = self.require(data, syncml::CRED, syncml::DATA)?;
        Ok(Cred::new(meta, data))
    }

    pub(super) fn chal(&mut self) -> Result<Chal<'a>, DecodeError> {
        let mut meta = Meta::default();
        while let Some(name) = self.child()? {
            match name.tag() {
                Some(syncml::META) => meta = self.meta()?,
                _ => self.skip()?,
            }
        }
        Ok(Chal::new(meta))
    }
}
