//! A client whose messages are falsified on their way: what a row has to notice.

use dmconf::device::bootstrap;
use dmconf::device::fixture::Fixture;
use dmconf::device::lab::Lab;
use dmconf::device::{Bootstrap, Deed, Incoming, Observed, Port, Received, Reply, Setup, Start};
use dmconf::row::Stop;
use omadm_proto::exchange::Syntax;
use omadm_proto::ids::MsgId;
use omadm_proto::message::{Command, Data, Status};
use omadm_proto::status::StatusCode;

/// One way to lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lie {
    /// Good Statuses become 500, others 200.
    Codes,
    /// Values in Results and in Statuses are others.
    Values,
    /// Alerts are left out.
    Alerts,
    /// Items of the Replace in package 1 are left out.
    DevInfo,
    /// The last Status is left out.
    MissingStatus,
    /// Statuses speak about another message.
    MsgRef,
    /// The commands come in the reverse order, behind the Status for the SyncHdr.
    Order,
    /// Final is left out.
    Final,
    /// The SessionID changes.
    SessionId,
    /// The digest of the Cred, or the MAC, is another one.
    Digest,
    /// The Status for the SyncHdr has no Chal and says 200.
    HeaderStatus,
    /// A further message comes where the session is over.
    Talkative,
    /// The session is over after the first message.
    Silent,
    /// Results are sent for what has none, and each Status stands twice.
    Results,
    /// A Status answers the Status of the server.
    StatusForStatus,
    /// Bootstrap documents are not heeded, nor that the smart card is gone.
    Deaf,
    /// Bootstrap documents are believed whatever their MAC says, and taken in XML too.
    Credulous,
}

/// The client with its lie.
pub(super) struct Liar {
    lab: Lab,
    lie: Lie,
    last: Option<Received>,
    messages: usize,
}

impl Liar {
    pub(super) fn new(syntax: Syntax, lie: Lie) -> Self {
        Self { lab: Lab::new(syntax), lie, last: None, messages: 0 }
    }

    fn falsified(&self, mut received: Received) -> Received {
        let message = &mut received.message;
        message.commands.iter_mut().for_each(|command| falsify(self.lie, command));
        let commands = &mut message.commands;
        let is_header = |status: &Status<'_>| status.is_for_sync_hdr();
        match self.lie {
            Lie::Alerts => commands.retain(|command| !matches!(command, Command::Alert(_))),
            Lie::MissingStatus => {
                let last =
                    commands.iter().rposition(|one| matches!(one, Command::Status(status) if !is_header(status)));
                if let Some(last) = last {
                    commands.remove(last);
                }
            }
            Lie::Order => {
                if let Some((_, rest)) = commands.split_first_mut() {
                    rest.reverse();
                }
            }
            Lie::Final => message.is_final = false,
            Lie::SessionId => {
                if self.messages > 1 {
                    message.header.session_id = "ZZ".into();
                }
            }
            Lie::Digest => {
                if let Some(cred) = &mut message.header.cred {
                    cred.data = Data::text("AAAAAAAAAAAAAAAAAAAAAA==");
                }
                if received.mac.is_some() {
                    received.mac =
                        Some("algorithm=MD5, username=\"client1\", mac=AAAAAAAAAAAAAAAAAAAAAA==".to_string());
                }
            }
            Lie::Results => {
                let copies: Vec<_> = commands
                    .iter()
                    .filter(|command| matches!(command, Command::Status(status) if !is_header(status)))
                    .cloned()
                    .collect();
                commands.extend(copies);
                for (nth, command) in commands.iter_mut().enumerate() {
                    if let Command::Status(status) = command {
                        status.cmd_id = u32::try_from(nth + 1).unwrap().into();
                        if nth > 0 {
                            status.code = StatusCode::OK;
                        }
                    }
                }
            }
            Lie::StatusForStatus => {
                if let Some(Command::Status(first)) = commands.first().cloned() {
                    let mut answer = Status::new(999, first.msg_ref.unwrap(), 1.into(), "Status", StatusCode::OK);
                    answer.msg_ref = first.msg_ref;
                    commands.push(Command::Status(answer));
                }
            }
            Lie::Codes
            | Lie::Values
            | Lie::DevInfo
            | Lie::MsgRef
            | Lie::HeaderStatus
            | Lie::Talkative
            | Lie::Silent
            | Lie::Deaf
            | Lie::Credulous => {}
        }
        received
    }
}

/// The document as if nothing had to be proven, in WBXML.
fn proven(mut document: Bootstrap) -> Bootstrap {
    let is_cp = document.content_type.contains("connectivity");
    document.content_type = if is_cp { bootstrap::CP } else { bootstrap::DM }.to_string();
    if let Some(xml) = std::str::from_utf8(&document.body).ok().filter(|text| text.starts_with('<')) {
        document.body = bootstrap::wbxml(xml).unwrap();
    }
    document
}

/// Falsifies one command, if the lie is about single ones.
fn falsify(lie: Lie, command: &mut Command<'static>) {
    match (lie, command) {
        (Lie::Codes, Command::Status(status)) if !status.is_for_sync_hdr() => {
            let good = matches!(status.code.as_u16(), 200..=299);
            status.code = StatusCode::from_u16(if good { 500 } else { 200 });
        }
        (Lie::HeaderStatus, Command::Status(status)) if status.is_for_sync_hdr() => {
            status.code = StatusCode::OK;
            status.extras_mut().chal = None;
        }
        (Lie::MsgRef, Command::Status(status)) => status.msg_ref = Some(MsgId::new(77)),
        (Lie::DevInfo, Command::Tree(replace)) => replace.items.truncate(2),
        (Lie::Values, command) => {
            let items = match command {
                Command::Results(results) => &mut results.items,
                Command::Status(status) => &mut status.items,
                Command::Alert(alert) => &mut alert.items,
                _ => return,
            };
            items.iter_mut().for_each(|item| item.data = Some(Data::text("another/value")));
        }
        _ => {}
    }
}

impl Port for Liar {
    fn syntax(&self) -> Syntax {
        self.lab.syntax()
    }

    fn fixture(&self) -> &Fixture {
        self.lab.fixture()
    }

    fn prepare(&mut self, setup: &Setup) -> Result<Setup, Stop> {
        (self.last, self.messages) = (None, 0);
        self.lab.prepare(setup)
    }

    fn start(&mut self, start: Start) -> Result<(), Stop> {
        self.messages = 0;
        self.lab.start(start)
    }

    fn receive(&mut self) -> Result<Incoming, Stop> {
        if self.lie == Lie::Silent && self.messages > 0 {
            return Ok(Incoming::Ended);
        }
        match self.lab.receive()? {
            Incoming::Message(received) => {
                self.messages += 1;
                let received = self.falsified(*received);
                self.last = Some(received.clone());
                Ok(Incoming::Message(Box::new(received)))
            }
            Incoming::Ended => {
                let Some(mut again) = self.last.take().filter(|_| self.lie == Lie::Talkative) else {
                    return Ok(Incoming::Ended);
                };
                again.message.header.msg_id = again.message.header.msg_id.next();
                for command in &mut again.message.commands {
                    if let Command::Status(status) = command {
                        status.msg_ref = status.msg_ref.map(MsgId::next);
                    }
                }
                Ok(Incoming::Message(Box::new(again)))
            }
        }
    }

    fn answer(&mut self, reply: Reply) -> Result<(), Stop> {
        self.lab.answer(reply)
    }

    fn hang_up(&mut self) -> Result<(), Stop> {
        self.lab.hang_up()
    }

    fn act(&mut self, deed: Deed) -> Result<(), Stop> {
        match (self.lie, deed) {
            (Lie::Deaf, Deed::Bootstrap(_) | Deed::Fetched(_) | Deed::SmartCard(None)) => Ok(()),
            (Lie::Credulous, Deed::Bootstrap(document)) => self.lab.act(Deed::Fetched(proven(document))),
            (_, deed) => self.lab.act(deed),
        }
    }

    fn observe(&mut self) -> Result<Observed, Stop> {
        let mut observed = self.lab.observe()?;
        if self.lie == Lie::Values {
            for shown in &mut observed.shown {
                shown.text.push('?');
            }
        }
        Ok(observed)
    }
}
