//! Reading the body of a client's message into the session \[dm 3.2, 3.4, 3.5, 3.7, 3.9\].

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use core::mem;

use omadm_proto::alert::{AlertCode, types};
use omadm_proto::dialect::Dialect;
use omadm_proto::ids::MsgId;
use omadm_proto::large_object::{Progress, Reassembly};
use omadm_proto::message::{Alert, Command, Data, Item, Meta, Results, TreeCommand, Verb};
use omadm_proto::status::StatusCode;

use super::auth::ServerStanding;
use super::awaited::{self, Extent};
use super::conversation::Conversation;
use super::owed::{Answer, Owed};
use super::turn::{AlertItem, CommandAnswer, ReceivedAlert, Turn};
use super::{Context, Fault, Incoming};

/// How often a large object is begun anew after Alert 1225 before its command fails.
const MAX_RESTARTS: u8 = 2;

/// The most Statuses that are owed at a time: as many as sixteen messages have commands.
const MAX_OWED: usize = 65_536;

/// Where the package stands after a message.
pub(super) enum Standing {
    /// The composition's turn.
    Turn(Turn),
    /// More of the package is to come.
    Unfinished,
}

impl Conversation {
    /// Notes how much the client takes in one message, and in one object.
    pub(super) fn note_sizes(&mut self, incoming: &Incoming<'_>) {
        if let Some(meta) = &incoming.message.header.meta {
            // A size of 0 is no size [dm 3.7, 3.8].
            self.max_msg_size = meta.max_msg_size().filter(|size| *size > 0).or(self.max_msg_size);
            self.max_obj_size = meta.max_obj_size().filter(|size| *size > 0).or(self.max_obj_size);
        }
    }

    /// Takes the commands of an authenticated message.
    pub(super) fn take(&mut self, context: &mut Context<'_>, incoming: &Incoming<'_>) -> Result<Standing, Fault> {
        let message = &incoming.message;
        self.note_sizes(incoming);
        // While our package goes on the client answers without Final [dm 3.5], also when it puts an end to the object.
        let goes_on = mem::take(&mut self.owes_rest) || self.download.is_some();
        for command in &message.commands {
            self.take_command(context, message.header.msg_id, command)?;
        }
        let (bytes, repeat) = self.gathered.as_ref().map_or((0, false), |gathered| (gathered.bytes, gathered.repeat));
        let too_much = bytes > context.settings.reading.limits.object_bytes;
        if too_much || self.owed.len() > MAX_OWED || message.header.msg_id.get() > context.settings.max_messages {
            return Err(Fault::TooLarge);
        }
        self.settle_chunk();
        let is_turn = message.is_final || goes_on || repeat || self.aborted;
        if !is_turn || self.upload.is_some() {
            return Ok(Standing::Unfinished);
        }
        let settles_all = message.is_final && !self.aborted;
        Ok(Standing::Turn(self.turn(if settles_all { Extent::Whole } else { Extent::Chunk })))
    }

    fn take_command(&mut self, context: &mut Context<'_>, msg: MsgId, command: &Command<'_>) -> Result<(), Fault> {
        match command {
            Command::Status(status) if status.is_for_sync_hdr() => match self.read_header_status(context, status) {
                ServerStanding::Good => {}
                ServerStanding::Challenged => {
                    // Nothing was executed: the caller offers everything again.
                    self.awaited.clear();
                    self.download = None;
                    self.gathered().repeat = true;
                }
                ServerStanding::Refused => return Err(Fault::ServerNotAccepted),
            },
            Command::Status(status) => {
                let len = self.awaited.note_status(status);
                self.count(len);
            }
            Command::Results(results) => self.take_results(context, msg, command, results),
            Command::Alert(alert) => self.take_alert(msg, command, alert),
            Command::Tree(tree) if tree.verb == Verb::Replace => self.take_dev_info(msg, command, tree),
            Command::Tree(_) | Command::Atomic(_) | Command::Sequence(_) => {
                // A client may send Replace, Results, Alert and Status only [dm 3.2].
                self.owe(msg, command, Answer::Code(StatusCode::COMMAND_NOT_ALLOWED));
            }
            Command::Unknown(_) => self.owe(msg, command, Answer::Code(StatusCode::BAD_REQUEST)),
            _ => {}
        }
        Ok(())
    }

    fn take_results(&mut self, context: &Context<'_>, msg: MsgId, command: &Command<'_>, results: &Results<'_>) {
        for item in &results.items {
            if self.upload.is_none() && !item.more_data {
                self.take_result(results, item);
                continue;
            }
            let mut upload = self.upload.take().unwrap_or_else(|| {
                let settings = context.settings;
                Box::new(Reassembly::new(settings.max_obj_size.min(settings.reading.limits.object_bytes)))
            });
            let mut progress = upload.accept(command, item);
            if matches!(progress, Progress::Violation(_)) {
                // The old object is dropped; the Item that came instead is looked at for itself.
                self.owe(msg, command, Answer::Chunk(StatusCode::SIZE_MISMATCH));
                progress = upload.accept(command, item);
            }
            self.upload = Some(upload).filter(|upload| upload.is_open());
            match progress {
                Progress::Whole => self.take_result(results, item),
                Progress::Complete(whole) => self.take_result(results, &whole),
                Progress::Chunk => self.owe(msg, command, Answer::Chunk(StatusCode::CHUNKED_ITEM_ACCEPTED)),
                Progress::Refused(code) => self.owe(msg, command, Answer::Chunk(code)),
                Progress::Violation(_) | _ => {}
            }
        }
    }

    fn take_result(&mut self, results: &Results<'_>, item: &Item<'_>) {
        if let Some(len) = self.awaited.note_result(results, item) {
            self.count(len);
        }
    }

    fn take_alert(&mut self, msg: MsgId, command: &Command<'_>, alert: &Alert<'_>) {
        let answer = match alert.code {
            Some(AlertCode::SERVER_INITIATED | AlertCode::CLIENT_INITIATED | AlertCode::NEXT_MESSAGE) => {
                Answer::Code(StatusCode::OK)
            }
            Some(AlertCode::SESSION_ABORT) => {
                self.aborted = true;
                Answer::Code(StatusCode::OK)
            }
            Some(AlertCode::NO_END_OF_DATA) => {
                self.restart_download();
                Answer::Code(StatusCode::OK)
            }
            Some(AlertCode::CLIENT_EVENT | AlertCode::GENERIC_ALERT) if is_incomplete(alert, self.dialect) => {
                Answer::Code(StatusCode::INCOMPLETE_COMMAND)
            }
            Some(code @ (AlertCode::CLIENT_EVENT | AlertCode::GENERIC_ALERT)) => {
                let received = received_alert(code, alert);
                self.count(received.weight());
                self.gathered().alerts.push(received);
                Answer::Verdict
            }
            Some(_) => Answer::Code(StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED),
            None => Answer::Code(StatusCode::INCOMPLETE_COMMAND),
        };
        self.owe(msg, command, answer);
    }

    fn take_dev_info(&mut self, msg: MsgId, command: &Command<'_>, replace: &TreeCommand<'_>) {
        self.gathered().dev_info.reserve_exact(replace.items.len());
        for item in &replace.items {
            let value = awaited::value(item, replace.meta.as_ref(), None);
            self.count(value.weight());
            self.gathered().dev_info.push(value);
        }
        self.owe(msg, command, Answer::Code(StatusCode::OK));
    }

    fn owe(&mut self, msg: MsgId, command: &Command<'_>, answer: Answer) {
        self.owed.push(Owed::new(msg, command, answer));
    }

    fn count(&mut self, len: usize) {
        let gathered = self.gathered();
        gathered.bytes = gathered.bytes.saturating_add(len as u64);
    }

    /// The client lost the object: it is sent from its first chunk, if it was not so too often already.
    fn restart_download(&mut self) {
        let Some(download) = &mut self.download else { return };
        self.awaited.drop_chunk();
        if download.restarts >= MAX_RESTARTS {
            let (key, status) = (download.key, Some(StatusCode::REQUEST_TIMEOUT));
            self.gathered().answers.push(CommandAnswer { key, status, ..CommandAnswer::default() });
            self.download = None;
        } else {
            download.restarts += 1;
            download.position = None;
        }
    }

    /// Looks at the answer to the last chunk: 213 lets the object go on, anything else ends it.
    fn settle_chunk(&mut self) {
        let Some(mut answer) = self.awaited.take_answered_chunk() else { return };
        if answer.status == Some(StatusCode::CHUNKED_ITEM_ACCEPTED) {
            return;
        }
        self.download = None;
        if answer.status.is_some_and(StatusCode::is_good) {
            // The client took the chunk for the whole value: what it stored has not the size that was announced.
            answer.status = Some(StatusCode::SIZE_MISMATCH);
        }
        self.gathered().answers.push(answer);
    }

    /// Hands over what the package brought. A package that is over settles every command of ours: real clients leave out
    /// Statuses, and nobody waits for them.
    fn turn(&mut self, settled: Extent) -> Turn {
        if settled == Extent::Whole && self.awaited.has_chunk() {
            self.download = None;
        }
        let mut gathered = self.gathered.take().map(|gathered| *gathered).unwrap_or_default();
        self.awaited.take_answers(settled, &mut gathered.answers);
        Turn {
            first: !mem::replace(&mut self.had_turn, true),
            aborted: self.aborted,
            repeat: gathered.repeat,
            answers: gathered.answers,
            alerts: gathered.alerts,
            dev_info: gathered.dev_info,
        }
    }
}

/// Whether an event lacks what it must have: an Item, and in a generic alert Type, Format and Data in each \[dm 6.4\]. Windows
/// writes no Format.
fn is_incomplete(alert: &Alert<'_>, dialect: Dialect) -> bool {
    let is_whole = |item: &Item<'_>| {
        let meta = item.meta.as_ref();
        let has_format = dialect == Dialect::Windows || meta.is_some_and(|meta| meta.format.is_some());
        has_format && meta.is_some_and(|meta| meta.type_name.is_some()) && item.data.is_some()
    };
    let is_generic = alert.code == Some(AlertCode::GENERIC_ALERT);
    alert.items.is_empty() || (is_generic && !alert.items.iter().all(is_whole))
}

fn received_alert(code: AlertCode, alert: &Alert<'_>) -> ReceivedAlert {
    let items = alert.items.iter().map(|item| {
        let meta: Option<&Meta<'_>> = item.meta.as_ref();
        AlertItem {
            source: item.source_uri().map(ToString::to_string),
            target: item.target_uri().map(ToString::to_string),
            type_name: meta.and_then(|meta| meta.type_name.as_deref()).map(types::bare).map(String::from),
            format: meta.and_then(|meta| meta.format.as_ref()).map(|format| format.as_str().to_string()),
            mark: meta.and_then(|meta| meta.mark()).map(|mark| mark.trim().to_string()),
            data: item.data.as_ref().map(Data::as_bytes).unwrap_or_default().to_vec(),
        }
    });
    let correlator = alert.correlator.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(String::from);
    ReceivedAlert { code, correlator, items: items.collect() }
}

/// Whether the message starts a session: it carries Alert 1200 or 1201.
pub(super) fn starts_session(incoming: &Incoming<'_>) -> bool {
    incoming.message.commands.iter().any(|command| {
        matches!(command, Command::Alert(alert)
            if matches!(alert.code, Some(AlertCode::SERVER_INITIATED | AlertCode::CLIENT_INITIATED)))
    })
}

/// Whether the message is what a session begins with: the session alert, which Windows may leave out, and the device
/// information.
pub(super) fn is_package_1(incoming: &Incoming<'_>, dialect: Dialect) -> bool {
    let is_dev_info = |command: &Command<'_>| matches!(command, Command::Tree(tree) if tree.verb == Verb::Replace);
    (dialect == Dialect::Windows || starts_session(incoming)) && incoming.message.commands.iter().any(is_dev_info)
}
