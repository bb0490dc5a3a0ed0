//! Writing the server's messages: Statuses first, then as many commands as the client's MaxMsgSize allows \[dm 3.3, 3.5, 3.8\].
//!
//! A package is one message with Final; what does not fit waits for the next package, since new commands may not follow
//! before the old ones are answered. Two kinds of message go without Final: all but the last chunk of a large object, and
//! one that has not even room for the Statuses that are owed.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use bytes::Bytes;
use omadm_proto::alert::AlertCode;
use omadm_proto::dialect::Dialect;
use omadm_proto::encode::{Finality, Form};
use omadm_proto::exchange::Transmit;
use omadm_proto::ids::CmdId;
use omadm_proto::large_object::Outgoing;
use omadm_proto::message::{Alert, Command, Location, Message, Meta, Refs, SyncHdr};
use omadm_proto::packager::{PackError, Packager, Pushed};
use omadm_proto::status::StatusCode;
use omadm_proto::version::DmVersion;

use super::awaited::Extent;
use super::conversation::{Conversation, Download};
use super::owed::{Answer, HeaderStatus, Owed};
use super::turn::{Reply, Work};
use super::{Context, Incoming, dialect};

/// To a client that accepts no more than so many bytes only what must be said is said.
const SMALL_MESSAGE: u64 = 1536;
/// Room that most messages need no more than.
const ORDINARY_MESSAGE: usize = 1024;

/// A message of the server that is being filled.
struct Draft {
    packager: Packager,
    next_cmd: u32,
}

/// What became of one command that was to be sent.
enum Placed {
    /// It is in the message in full.
    Whole,
    /// A chunk of it is, and nothing more goes in.
    Chunk,
    /// There is no room for it now.
    NotNow,
    /// There never will be.
    Never,
    /// The client's dialect has no such command.
    NotInDialect,
}

impl Draft {
    fn push(&mut self, command: &Command<'_>) -> Result<Pushed, PackError> {
        let pushed = self.packager.push(command)?;
        if pushed == Pushed::Fits {
            self.next_cmd = self.next_cmd.saturating_add(1);
        }
        Ok(pushed)
    }

    /// A Status that cannot be written is left out: a client that went from WBXML to XML may have given its command an id that
    /// XML has no characters for, and nothing else names the command.
    fn push_owed(&mut self, owed: &Owed) -> Result<Pushed, PackError> {
        match self.push(&Command::Status(owed.status(self.next_cmd))) {
            Err(PackError::Encode(_)) => Ok(Pushed::Fits),
            pushed => pushed,
        }
    }
}

impl Conversation {
    /// Answers `incoming` with a refusal: the header's status, the same code for each of its commands, nothing executed.
    pub(super) fn refuse(&mut self, context: &Context<'_>, incoming: &Incoming<'_>, status: HeaderStatus) -> Transmit {
        let message = &incoming.message;
        let answerable = message.commands.iter().filter(|it| !matches!(it, Command::Status(_) | Command::Results(_)));
        let owed: Vec<Owed> =
            answerable.map(|it| Owed::new(message.header.msg_id, it, Answer::Code(status.code))).collect();
        let body = self.draft(context, incoming, status).and_then(|mut draft| {
            for owed in &owed {
                // The client learns all it needs from the first Status; the others are left out when they do not fit.
                if draft.push_owed(owed)? == Pushed::Full {
                    break;
                }
            }
            Ok(draft.packager.finish(Finality::Final))
        });
        self.send(context, incoming, body)
    }

    /// Asks for the next message of an unfinished package: the header's status, what is owed for chunks, Alert 1222.
    pub(super) fn ask_for_more(
        &mut self,
        context: &Context<'_>,
        incoming: &Incoming<'_>,
        status: HeaderStatus,
    ) -> Transmit {
        let (chunks, rest): (Vec<Owed>, Vec<Owed>) =
            core::mem::take(&mut self.owed).into_iter().partition(|owed| matches!(owed.code, Answer::Chunk(_)));
        self.owed = rest;
        let body = self.draft(context, incoming, status).and_then(|mut draft| {
            for owed in &chunks {
                let _: Pushed = draft.push_owed(owed)?;
            }
            let alert = Alert::new(draft.next_cmd, AlertCode::NEXT_MESSAGE, Vec::new());
            let _: Pushed = draft.push(&Command::Alert(alert))?;
            Ok(draft.packager.finish(Finality::More))
        });
        self.send(context, incoming, body)
    }

    /// Ends the session in the middle of whatever it is doing: the header's status and Alert 1223.
    pub(super) fn abort(&mut self, context: &Context<'_>, incoming: &Incoming<'_>, code: StatusCode) -> Transmit {
        self.closed = true;
        self.aborted = true;
        let body = self.draft(context, incoming, HeaderStatus::new(code)).and_then(|mut draft| {
            let alert = Alert::new(draft.next_cmd, AlertCode::SESSION_ABORT, Vec::new());
            let _: Pushed = draft.push(&Command::Alert(alert))?;
            Ok(draft.packager.finish(Finality::Final))
        });
        self.send(context, incoming, body)
    }

    /// Answers a turn: what is owed, then the commands of `work`.
    pub(super) fn reply(
        &mut self,
        context: &Context<'_>,
        incoming: &Incoming<'_>,
        status: HeaderStatus,
        work: &mut [Work<'_>],
    ) -> Reply {
        let mut accepted = 0;
        let (mut undeliverable, mut not_in_dialect) = (Vec::new(), Vec::new());
        let body = self.draft(context, incoming, status).and_then(|mut draft| {
            if !self.push_owed(&mut draft)? {
                self.owes_rest = true;
                return Ok(draft.packager.finish(Finality::More));
            }
            self.awaited.reserve(work.len());
            for item in work {
                match self.place(&mut draft, item) {
                    Placed::Whole => accepted += 1,
                    Placed::Chunk | Placed::NotNow => break,
                    Placed::Never => {
                        undeliverable.push(item.key);
                        accepted += 1;
                    }
                    Placed::NotInDialect => {
                        not_in_dialect.push(item.key);
                        accepted += 1;
                    }
                }
            }
            self.closed = draft.packager.holds_only_statuses();
            Ok(draft.packager.finish(Finality::Final))
        });
        let transmit = self.send(context, incoming, body);
        Reply { transmit, accepted, undeliverable, not_in_dialect, closed: self.closed }
    }

    /// Puts the owed Statuses in; `false` when some are left for the next message.
    fn push_owed(&mut self, draft: &mut Draft) -> Result<bool, PackError> {
        let mut done = 0;
        for owed in &self.owed {
            if draft.push_owed(owed)? == Pushed::Full {
                break;
            }
            done += 1;
        }
        self.owed.drain(..done.min(self.owed.len()));
        Ok(self.owed.is_empty())
    }

    fn place(&mut self, draft: &mut Draft, work: &mut Work<'_>) -> Placed {
        let next = number(&mut work.command, draft.next_cmd);
        if let Some(download) = self.download.as_deref().copied().filter(|download| download.key == work.key) {
            return self.place_chunk(draft, work, download);
        }
        dialect::adapt(self.dialect, &mut work.command);
        if !dialect::understands(self.dialect, &self.header(), &work.command) {
            return Placed::NotInDialect;
        }
        match draft.packager.push(&work.command) {
            Ok(Pushed::Fits) => {
                draft.next_cmd = next;
                self.awaited.push(self.next_msg_id(), work.key, &work.command, Extent::Whole);
                Placed::Whole
            }
            // Statuses take little room in the next message; with none but them in this one, it will not fit there either.
            Ok(Pushed::Full) if !draft.packager.holds_only_statuses() => Placed::NotNow,
            Ok(Pushed::Full) | Err(PackError::TooLarge { .. }) => {
                self.place_chunk(draft, work, Download { key: work.key, position: None, restarts: 0 })
            }
            Err(_) => Placed::Never,
        }
    }

    fn place_chunk(&mut self, draft: &mut Draft, work: &Work<'_>, download: Download) -> Placed {
        if self.dialect == Dialect::Windows {
            // Its LrgObj is false [windows-quirks T12].
            return self.give_up();
        }
        let begun = match download.position {
            Some(position) => Ok(position),
            None => Outgoing::new(&work.command, self.syntax),
        };
        let Ok(mut position) = begun else { return self.give_up() };
        if self.max_obj_size.is_some_and(|max| position.size() as u64 > max) {
            return self.give_up();
        }
        match draft.packager.push_chunk(&mut position, &work.command, draft.next_cmd) {
            Ok(Pushed::Fits) => {}
            Ok(Pushed::Full) if !draft.packager.holds_only_statuses() => return Placed::NotNow,
            Ok(Pushed::Full) | Err(_) => return self.give_up(),
        }
        draft.next_cmd = draft.next_cmd.saturating_add(1);
        let (extent, placed) =
            if position.is_done() { (Extent::Whole, Placed::Whole) } else { (Extent::Chunk, Placed::Chunk) };
        let position = Some(position).filter(|_| extent == Extent::Chunk);
        self.download = position.map(|_| Box::new(Download { position, ..download }));
        self.awaited.push(self.next_msg_id(), work.key, &work.command, extent);
        placed
    }

    fn give_up(&mut self) -> Placed {
        self.download = None;
        Placed::Never
    }

    /// The header of the message that is being written, as far as every message has it.
    fn header(&self) -> SyncHdr<'_> {
        let (target, source) = (Location::new(&*self.client_uri), Location::new(&*self.server_uri));
        SyncHdr::new(self.version, self.id.as_str(), self.next_msg_id(), target, source)
    }

    /// A message with its header and the Status for `incoming`'s.
    fn draft(&self, context: &Context<'_>, incoming: &Incoming<'_>, status: HeaderStatus) -> Result<Draft, PackError> {
        let account = &*context.account;
        let mut header = self.header();
        header.source = header.source.named(account.server.name.as_str());
        header.cred = self.own_cred(context);
        let max = self.max_msg_size.unwrap_or(context.settings.default_msg_size);
        let is_small = max < SMALL_MESSAGE;
        if !is_small && (self.sent.is_none() || self.accepted_now.is_some()) {
            let (message, object) = (context.settings.max_msg_size, context.settings.max_obj_size);
            header.meta = Some(Meta::default().and_max_msg_size(message).and_max_obj_size(object));
        }
        let form = Form { syntax: self.syntax, dialect: self.dialect };
        let mut buffer = Vec::with_capacity(ORDINARY_MESSAGE);
        let packager = Packager::begin_in(&mut buffer, form, &header, Some(max))?;
        let mut draft = Draft { packager, next_cmd: 1 };
        let mut status = status.into_status(&incoming.message.header);
        if is_small {
            status.target_refs = Refs::new();
            status.extras_mut().source_refs.clear();
        }
        let _: Pushed = draft.push(&Command::Status(status))?;
        Ok(draft)
    }

    /// Keeps the message for a repetition of the question, and gives it out.
    ///
    /// A message that cannot be written (a MaxMsgSize too small for a header) is an empty body, and ends the session: the
    /// driver answers it with a transport error.
    fn send(&mut self, context: &Context<'_>, incoming: &Incoming<'_>, body: Result<Vec<u8>, PackError>) -> Transmit {
        let body = body.unwrap_or_else(|_| {
            self.closed = true;
            Vec::new()
        });
        self.sent = Some(self.next_msg_id());
        self.showed_credentials = self.shows_credentials(context);
        self.answer_mac = self.own_mac(context, &body);
        self.answer = Bytes::from(body.into_boxed_slice());
        self.repeat_answer(incoming)
    }
}

/// Answers a message that belongs to no account or no session: Statuses, nothing kept.
pub(super) fn answer_stray(incoming: &Incoming<'_>, server_name: Option<&str>, status: HeaderStatus) -> Transmit {
    let header = &incoming.message.header;
    let mut source = Location::new(&*header.target.loc_uri);
    if let Some(name) = server_name {
        source = source.named(name);
    }
    let own = SyncHdr::new(
        header.version().unwrap_or(DmVersion::V1_2),
        &*header.session_id,
        header.msg_id,
        Location::new(&*header.source.loc_uri),
        source,
    );
    let mut answer = Message::new(own);
    answer.is_final = true;
    let answerable = incoming.message.commands.iter();
    let owed: Vec<Owed> = answerable
        .filter(|it| !matches!(it, Command::Status(_) | Command::Results(_)))
        .map(|it| Owed::new(header.msg_id, it, Answer::Code(status.code)))
        .collect();
    answer.commands.push(Command::Status(status.into_status(header)));
    answer.commands.extend((2..).zip(&owed).map(|(cmd_id, owed)| Command::Status(owed.status(cmd_id))));
    let mut body = Vec::new();
    let mut written = answer.encode(incoming.syntax, &mut body);
    let max = header.meta.as_ref().and_then(Meta::max_msg_size).filter(|size| *size > 0);
    if written.is_ok() && max.is_some_and(|max| body.len() as u64 > max) {
        // The client learns all it needs from the first Status.
        answer.commands.truncate(1);
        body.clear();
        written = answer.encode(incoming.syntax, &mut body);
    }
    if written.is_err() {
        body.clear();
    }
    Transmit::new(incoming.exchange, String::new(), incoming.syntax, Bytes::from(body))
}

/// Gives the command CmdIDs from `next` on, in document order, and tells the one after them.
fn number(command: &mut Command<'_>, next: u32) -> u32 {
    let id = CmdId::Number(next);
    let mut next = next.saturating_add(1);
    match command {
        Command::Tree(it) => it.cmd_id = id,
        Command::Alert(it) => it.cmd_id = id,
        Command::Status(it) => it.cmd_id = id,
        Command::Results(it) => it.cmd_id = id,
        Command::Unknown(it) => it.cmd_id = id,
        Command::Atomic(it) | Command::Sequence(it) => {
            it.cmd_id = id;
            for child in &mut it.commands {
                next = number(child, next);
            }
        }
        _ => {}
    }
    next
}
