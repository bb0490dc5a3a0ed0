//! Status and Results: what is said about a command.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;

use super::{Chal, Cred, Item, Meta, Refs};
use crate::ids::{CmdId, MsgId};
use crate::status::StatusCode;

/// Status: the answer to one command, to one Item of it, or to the SyncHdr \[dm 3.4\].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Status<'a> {
    /// CmdID.
    pub cmd_id: CmdId<'a>,
    /// MsgRef: the message that held the command; `None` when absent.
    pub msg_ref: Option<MsgId>,
    /// CmdRef: the CmdID of the command; `0` for the SyncHdr. A missing CmdRef of a SyncHdr status reads as `0`.
    pub cmd_ref: CmdId<'a>,
    /// Cmd: the name of the command; empty when absent.
    pub cmd: Cow<'a, str>,
    /// TargetRef of the Items it speaks about.
    pub target_refs: Refs<'a>,
    /// Data: the response code.
    pub code: StatusCode,
    /// Items with returned data.
    pub items: Vec<Item<'a>>,
    pub(crate) extras: Option<Box<StatusExtras<'a>>>,
}

/// The elements of a Status that most do not have.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct StatusExtras<'a> {
    /// SourceRef of the Items it speaks about.
    pub source_refs: Vec<Cow<'a, str>>,
    /// Cred; not used in DM.
    pub cred: Option<Cred<'a>>,
    /// Chal.
    pub chal: Option<Chal<'a>>,
    /// `msft:originalerror` of Data \[windows-quirks L12\].
    pub original_error: Option<Cow<'a, str>>,
}

/// What a Status without extras has.
static NO_EXTRAS: StatusExtras<'static> =
    StatusExtras { source_refs: Vec::new(), cred: None, chal: None, original_error: None };

impl<'a> Status<'a> {
    /// The status `code` for the command `cmd_ref` named `cmd` in message `msg_ref`.
    #[must_use]
    pub fn new(
        cmd_id: impl Into<CmdId<'a>>,
        msg_ref: MsgId,
        cmd_ref: CmdId<'a>,
        cmd: impl Into<Cow<'a, str>>,
        code: StatusCode,
    ) -> Self {
        Self {
            cmd_id: cmd_id.into(),
            msg_ref: Some(msg_ref),
            cmd_ref,
            cmd: cmd.into(),
            target_refs: Refs::new(),
            code,
            items: Vec::new(),
            extras: None,
        }
    }

    /// The same with one more SourceRef.
    #[must_use]
    pub fn and_source_ref(mut self, uri: impl Into<Cow<'a, str>>) -> Self {
        self.extras_mut().source_refs.push(uri.into());
        self
    }

    /// The same with Chal.
    #[must_use]
    pub fn and_chal(mut self, chal: Chal<'a>) -> Self {
        self.extras_mut().chal = Some(chal);
        self
    }

    /// SourceRef of the Items it speaks about.
    #[must_use]
    pub fn source_refs(&self) -> &[Cow<'a, str>] {
        &self.extras().source_refs
    }

    /// Cred; not used in DM.
    #[must_use]
    pub fn cred(&self) -> Option<&Cred<'a>> {
        self.extras().cred.as_ref()
    }

    /// Chal.
    #[must_use]
    pub fn chal(&self) -> Option<&Chal<'a>> {
        self.extras().chal.as_ref()
    }

    /// `msft:originalerror` of Data \[windows-quirks L12\].
    #[must_use]
    pub fn original_error(&self) -> Option<&str> {
        self.extras().original_error.as_deref()
    }

    /// The rare elements.
    #[must_use]
    pub fn extras(&self) -> &StatusExtras<'a> {
        self.extras.as_deref().unwrap_or(&NO_EXTRAS)
    }

    /// The rare elements, to change them.
    pub fn extras_mut(&mut self) -> &mut StatusExtras<'a> {
        self.extras.get_or_insert_with(Box::default)
    }

    /// Whether it answers a SyncHdr.
    #[must_use]
    pub fn is_for_sync_hdr(&self) -> bool {
        self.cmd_ref == CmdId::SYNC_HDR || self.cmd == "SyncHdr"
    }

    /// The same, owning everything.
    #[must_use]
    pub fn into_owned(self) -> Status<'static> {
        let own_all = |refs: Vec<Cow<'_, str>>| refs.into_iter().map(|uri| Cow::Owned(uri.into_owned())).collect();
        Status {
            cmd_id: self.cmd_id.into_owned(),
            msg_ref: self.msg_ref,
            cmd_ref: self.cmd_ref.into_owned(),
            cmd: Cow::Owned(self.cmd.into_owned()),
            target_refs: self.target_refs.into_owned(),
            code: self.code,
            items: self.items.into_iter().map(Item::into_owned).collect(),
            extras: self.extras.map(|extras| {
                Box::new(StatusExtras {
                    source_refs: own_all(extras.source_refs),
                    cred: extras.cred.map(Cred::into_owned),
                    chal: extras.chal.map(Chal::into_owned),
                    original_error: extras.original_error.map(|text| Cow::Owned(text.into_owned())),
                })
            }),
        }
    }
}

impl PartialEq for Status<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmd_id == other.cmd_id
            && self.msg_ref == other.msg_ref
            && self.cmd_ref == other.cmd_ref
            && self.cmd == other.cmd
            && self.target_refs == other.target_refs
            && self.code == other.code
            && self.items == other.items
            && self.extras() == other.extras()
    }
}

/// Results: what a Get (or a synchronous Exec) returned.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Results<'a> {
    /// CmdID.
    pub cmd_id: CmdId<'a>,
    /// MsgRef; absent means message 1 \[dm 2.2\].
    pub msg_ref: Option<MsgId>,
    /// CmdRef; absent means command 1 \[dm 2.2\].
    pub cmd_ref: CmdId<'a>,
    /// Meta for all Items that have none of their own.
    pub meta: Option<Meta<'a>>,
    /// Items: Source/LocURI is the URI asked for.
    pub items: Vec<Item<'a>>,
    refs: Option<Box<References<'a>>>,
}

/// TargetRef and SourceRef of Results.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct References<'a> {
    /// TargetRef.
    pub target: Option<Cow<'a, str>>,
    /// SourceRef.
    pub source: Option<Cow<'a, str>>,
}

/// What Results without references have.
static NO_REFERENCES: References<'static> = References { target: None, source: None };

impl<'a> Results<'a> {
    /// The results `items` of the command `cmd_ref` in message `msg_ref`.
    #[must_use]
    pub fn new(cmd_id: impl Into<CmdId<'a>>, msg_ref: MsgId, cmd_ref: CmdId<'a>, items: Vec<Item<'a>>) -> Self {
        Self { cmd_id: cmd_id.into(), msg_ref: Some(msg_ref), cmd_ref, meta: None, items, refs: None }
    }

    /// TargetRef and SourceRef.
    #[must_use]
    pub fn refs(&self) -> &References<'a> {
        self.refs.as_deref().unwrap_or(&NO_REFERENCES)
    }

    /// TargetRef and SourceRef, to change them.
    pub fn refs_mut(&mut self) -> &mut References<'a> {
        self.refs.get_or_insert_with(Box::default)
    }

    /// The same, owning everything.
    #[must_use]
    pub fn into_owned(self) -> Results<'static> {
        Results {
            cmd_id: self.cmd_id.into_owned(),
            msg_ref: self.msg_ref,
            cmd_ref: self.cmd_ref.into_owned(),
            meta: self.meta.map(Meta::into_owned),
            items: self.items.into_iter().map(Item::into_owned).collect(),
            refs: self.refs.map(|refs| {
                let own = |uri: Option<Cow<'_, str>>| uri.map(|uri| Cow::Owned(uri.into_owned()));
                Box::new(References { target: own(refs.target), source: own(refs.source) })
            }),
        }
    }
}

impl PartialEq for Results<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmd_id == other.cmd_id
            && self.msg_ref == other.msg_ref
            && self.cmd_ref == other.cmd_ref
            && self.meta == other.meta
            && self.items == other.items
            && self.refs() == other.refs()
    }
}
