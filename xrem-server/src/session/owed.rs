//! The Statuses that the server owes, and the one for the SyncHdr \[dm 3.4\].

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec;

use omadm_proto::ids::{CmdId, MsgId};
use omadm_proto::message::{Chal, Data, Item, Status, SyncHdr};
use omadm_proto::status::StatusCode;

/// The Status for one command of the client.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Owed {
    msg_ref: MsgId,
    cmd_ref: String,
    cmd: String,
    pub(super) code: Answer,
}

/// The code of an owed Status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) enum Answer {
    /// This one.
    Code(StatusCode),
    /// The composition decides: it is for one of the alerts of the turn.
    Verdict,
    /// A chunk of Results: sent at once, also in the middle of a package.
    Chunk(StatusCode),
}

impl Owed {
    /// `code` for the command `cmd_ref` named `cmd` in message `msg_ref`.
    pub(super) fn new(msg_ref: MsgId, cmd_ref: &CmdId<'_>, cmd: &str, code: Answer) -> Self {
        Self { msg_ref, cmd_ref: alloc::format!("{cmd_ref}"), cmd: cmd.into(), code }
    }

    /// The Status, as command `cmd_id`; a verdict that nobody gave is 200.
    pub(super) fn status(&self, cmd_id: u32) -> Status<'_> {
        let code = match self.code {
            Answer::Code(code) | Answer::Chunk(code) => code,
            Answer::Verdict => StatusCode::OK,
        };
        Status::new(cmd_id, self.msg_ref, CmdId::parse(Cow::Borrowed(&self.cmd_ref)), self.cmd.as_str(), code)
    }
}

/// The verdict on a SyncHdr.
#[derive(Debug)]
pub(super) struct HeaderStatus {
    pub(super) code: StatusCode,
    pub(super) chal: Option<Chal<'static>>,
    /// What is supported, with 505 and 513.
    pub(super) supported: Option<&'static str>,
}

impl HeaderStatus {
    /// `code` alone.
    pub(super) const fn new(code: StatusCode) -> Self {
        Self { code, chal: None, supported: None }
    }

    /// The Status for `header`, always command 1.
    pub(super) fn status<'a>(&self, header: &'a SyncHdr<'_>) -> Status<'a> {
        let mut status = Status::new(1, header.msg_id, CmdId::SYNC_HDR, "SyncHdr", self.code);
        status.target_refs.push(&*header.target.loc_uri);
        status.extras_mut().source_refs = vec![Cow::Borrowed(&*header.source.loc_uri)];
        status.extras_mut().chal = self.chal.clone();
        if let Some(supported) = self.supported {
            status.items.push(Item::default().with_data(Data::text(supported)));
        }
        status
    }
}
