//! The Statuses that the server owes, and the one for the SyncHdr \[dm 3.4\].

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec;

use omadm_proto::ids::{CmdId, MsgId};
use omadm_proto::message::{Chal, Command, Data, Item, Status, SyncHdr};
use omadm_proto::status::StatusCode;

/// The Status for one command of the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owed {
    pub(super) msg_ref: MsgId,
    pub(super) cmd_ref: CmdId<'static>,
    pub(super) cmd: Cow<'static, str>,
    pub(super) code: Answer,
}

/// The code of an owed Status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// This one.
    Code(StatusCode),
    /// The composition decides: it is for one of the alerts of the turn.
    Verdict,
    /// A chunk of Results: sent at once, also in the middle of a package.
    Chunk(StatusCode),
}

impl Owed {
    /// `code` for `command` of message `msg_ref`.
    pub(super) fn new(msg_ref: MsgId, command: &Command<'_>, code: Answer) -> Self {
        let cmd = match command {
            Command::Tree(tree) => Cow::Borrowed(tree.verb.as_str()),
            Command::Alert(_) => Cow::Borrowed("Alert"),
            Command::Results(_) => Cow::Borrowed("Results"),
            Command::Atomic(_) | Command::Sequence(_) | Command::Status(_) | Command::Unknown(_) | _ => {
                Cow::Owned(String::from(command.name()))
            }
        };
        Self { msg_ref, cmd_ref: command.cmd_id().clone().into_owned(), cmd, code }
    }

    /// The Status, as command `cmd_id`; a verdict that nobody gave is 200.
    pub(super) fn status(&self, cmd_id: u32) -> Status<'_> {
        let code = match self.code {
            Answer::Code(code) | Answer::Chunk(code) => code,
            Answer::Verdict => StatusCode::OK,
        };
        Status::new(cmd_id, self.msg_ref, self.cmd_ref.clone(), &*self.cmd, code)
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
    pub(super) fn into_status<'a>(self, header: &'a SyncHdr<'_>) -> Status<'a> {
        let mut status = Status::new(1, header.msg_id, CmdId::SYNC_HDR, "SyncHdr", self.code);
        status.target_refs.push(&*header.target.loc_uri);
        status.extras_mut().source_refs = vec![Cow::Borrowed(&*header.source.loc_uri)];
        status.extras_mut().chal = self.chal;
        if let Some(supported) = self.supported {
            status.items.push(Item::default().with_data(Data::text(supported)));
        }
        status
    }
}
