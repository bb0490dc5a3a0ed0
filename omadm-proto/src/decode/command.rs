//! The children of each command.

use super::cursor::Cursor;
use super::model::{self, Children};
use crate::alert::AlertCode;
use crate::deviation::DeviationKind;
use crate::element::{EventSource, Tag, syncml};
use crate::error::{DecodeError, DecodeErrorKind};
use crate::ids::{CmdId, MsgId};
use crate::message::{Alert, Meta, Results, Status, TreeCommand, Verb};
use crate::status::StatusCode;

impl<'a, S: EventSource<'a>> Cursor<'a, S> {
    /// The CmdID of a command.
    #[inline]
    pub(super) fn cmd_id_to(&mut self, id: &mut CmdId<'a>) -> Result<(), DecodeError> {
        self.reference_to(id)?;
        if let Some(kind) = self.cmd_ids.admit(id) {
            self.notice(kind)?;
        }
        if *id == CmdId::Absent {
            self.notice(DeviationKind::NoCmdId)?;
        }
        Ok(())
    }

    /// A CmdRef.
    #[inline]
    fn reference_to(&mut self, id: &mut CmdId<'a>) -> Result<(), DecodeError> {
        *id = CmdId::parse(self.trimmed()?);
        Ok(())
    }

    fn msg_ref(&mut self) -> Result<Option<MsgId>, DecodeError> {
        let number = self.number(syncml::MSG_REF)?;
        if number == 0 {
            self.notice(DeviationKind::ZeroMsgRef)?;
        }
        Ok(Some(MsgId::new(number)))
    }

    pub(super) fn tree_command(&mut self, command: &mut TreeCommand<'a>) -> Result<(), DecodeError> {
        let begin = self.position();
        let mut children = Children::of(match command.verb {
            Verb::Add => &model::ADD,
            Verb::Replace => &model::REPLACE,
            Verb::Copy => &model::COPY,
            Verb::Delete => &model::DELETE,
            Verb::Get => &model::GET,
            Verb::Exec => &model::EXEC,
        });
        while let Some(tag) = self.child(&mut children)? {
            match tag {
                syncml::CMD_ID => self.cmd_id_to(&mut command.cmd_id)?,
                syncml::ITEM => self.push_item(&mut command.items, begin)?,
                syncml::META => self.meta(command.meta.get_or_insert_with(Meta::default))?,
                syncml::CORRELATOR => self.text_to(&mut command.correlator)?,
                syncml::NO_RESP => command.no_resp = self.flag()?,
                _ => self.skip()?,
            }
        }
        Ok(())
    }

    pub(super) fn alert(&mut self, alert: &mut Alert<'a>) -> Result<(), DecodeError> {
        let begin = self.position();
        let mut children = Children::of(&model::ALERT);
        while let Some(tag) = self.child(&mut children)? {
            match tag {
                syncml::CMD_ID => self.cmd_id_to(&mut alert.cmd_id)?,
                syncml::DATA => alert.code = Some(AlertCode::from_u16(self.number(tag)?)),
                syncml::ITEM => self.push_item(&mut alert.items, begin)?,
                syncml::CORRELATOR => self.text_to(&mut alert.correlator)?,
                syncml::NO_RESP => alert.no_resp = self.flag()?,
                _ => self.skip()?,
            }
        }
        Ok(())
    }

    pub(super) fn status(&mut self, status: &mut Status<'a>) -> Result<(), DecodeError> {
        let begin = self.position();
        let mut has_code = false;
        let mut children = Children::of(&model::STATUS);
        while let Some(tag) = self.child(&mut children)? {
            match tag {
                syncml::CMD_ID => self.cmd_id_to(&mut status.cmd_id)?,
                syncml::MSG_REF => status.msg_ref = self.msg_ref()?,
                syncml::CMD_REF => self.reference_to(&mut status.cmd_ref)?,
                syncml::CMD => self.trimmed_to(&mut status.cmd)?,
                syncml::TARGET_REF => {
                    // Each of them speaks about an Item.
                    self.limit_references(status.target_refs.len())?;
                    status.target_refs.push(self.text()?);
                }
                syncml::SOURCE_REF => {
                    self.limit_references(status.source_refs().len())?;
                    let uri = self.text()?;
                    let refs = &mut status.extras_mut().source_refs;
                    if refs.is_empty() {
                        refs.reserve_exact(1);
                    }
                    refs.push(uri);
                }
                syncml::DATA => {
                    status.code = self.code(status)?;
                    has_code = true;
                }
                syncml::CHAL => status.extras_mut().chal = Some(self.chal()?),
                syncml::CRED => status.extras_mut().cred = Some(self.cred()?),
                syncml::ITEM => self.push_item(&mut status.items, begin)?,
                _ => self.skip()?,
            }
        }
        // A Status without its code says nothing; any code would be a guess.
        if !has_code {
            let missing = DecodeErrorKind::MissingElement { parent: syncml::STATUS, child: syncml::DATA };
            return Err(self.error(missing));
        }
        if status.cmd_ref == CmdId::Absent && status.cmd == "SyncHdr" {
            status.cmd_ref = CmdId::SYNC_HDR;
        }
        Ok(())
    }

    fn limit_references(&self, count: usize) -> Result<(), DecodeError> {
        if count < self.max_items { Ok(()) } else { Err(self.exceeded(crate::error::Limit::Items)) }
    }

    /// The code of a Status, and the error behind it that Windows adds \[windows-quirks L12\].
    #[inline]
    fn code(&mut self, status: &mut Status<'a>) -> Result<StatusCode, DecodeError> {
        while let Some(attribute) = self.source.next_attribute()? {
            self.notice(DeviationKind::UnknownAttribute)?;
            if attribute.local_name() == "originalerror" {
                status.extras_mut().original_error = Some(attribute.value);
            }
        }
        self.number(syncml::DATA).map(StatusCode::from_u16)
    }

    pub(super) fn results(&mut self, results: &mut Results<'a>) -> Result<(), DecodeError> {
        let begin = self.position();
        let mut children = Children::of(&model::RESULTS);
        while let Some(tag) = self.child(&mut children)? {
            match tag {
                syncml::CMD_ID => self.cmd_id_to(&mut results.cmd_id)?,
                syncml::MSG_REF => results.msg_ref = self.msg_ref()?,
                syncml::CMD_REF => self.reference_to(&mut results.cmd_ref)?,
                syncml::META => self.meta(results.meta.get_or_insert_with(Meta::default))?,
                syncml::TARGET_REF => self.text_to(&mut results.refs_mut().target)?,
                syncml::SOURCE_REF => self.text_to(&mut results.refs_mut().source)?,
                syncml::ITEM => self.push_item(&mut results.items, begin)?,
                _ => self.skip()?,
            }
        }
        Ok(())
    }
}

/// Whether `tag` is a command that data synchronisation has and device management does not use.
pub(super) const fn is_unused_command(tag: Tag) -> bool {
    matches!(tag, syncml::MAP | syncml::PUT | syncml::SEARCH | syncml::SYNC | syncml::MOVE)
}
