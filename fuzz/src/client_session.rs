//! A device in sessions with a server that says anything.

use alloc::collections::BTreeMap;

use bytes::Bytes;
use omadm_proto::auth::nonce::Seed;
use omadm_proto::auth::{self, Credentials, Nonce, Scheme};
use omadm_proto::exchange::{Inbound, SendFailure, Syntax, Transmit};
use omadm_proto::limits::Limits;
use omadm_proto::message::{Command, Format, Message};
use omadm_proto::status::StatusCode;
use omadm_proto::time::Instant;
use omadm_tree::Tree;
use omadm_tree::mo::{DevDetail, DevInfo, Fumo};
use xrem_client::interaction::InteractionKind;
use xrem_client::output::ActionFailure;
use xrem_client::{
    Account, Action, ActionResult, Booted, Drem, GenericAlert, Interaction, Output, Record, Slot, Trigger, UserAnswer,
    UserInterface,
};

use crate::envelope::{Envelope, steps};
use crate::sent;

/// Outputs that one input can lead to.
const MAX_OUTPUTS: usize = 100_000;

/// The MaxMsgSize of a server with little memory.
const SMALL: u64 = 1024;

/// Runs the steps in `bytes`, told by their first byte: `<` the body of a server message in XML, `W` the same in WBXML, `R` a
/// whole message, `N` a notification, `T` time passes, `F` the message is lost, `X` a power cut, `A` an alert is queued, `M`
/// the server has little memory from now on, `C` it sends its credentials, `E` actions fail, `K` (as the first) both sides
/// must prove who they are. An input that begins as WBXML does is a whole message.
///
/// Everything that the device sends can be decoded, begins with the Status for the SyncHdr when it answers, gives no CmdID
/// twice and keeps within the server's MaxMsgSize; every input comes to an end.
///
/// # Panics
/// When the device breaks one of these rules.
pub fn client_session(bytes: &[u8]) {
    let secured = bytes.first() == Some(&b'K');
    let Some(mut world) = World::new(secured) else { return };
    world.start();
    if Syntax::sniff(bytes) == Syntax::Wbxml {
        return world.answer(Syntax::Wbxml, bytes);
    }
    for step in steps(bytes) {
        world.step(step);
    }
}

/// The device and what its server knows.
struct World {
    drem: Drem,
    tree: Tree,
    now: Instant,
    records: BTreeMap<String, Record>,
    /// The message that waits for an answer.
    sent: Option<Transmit>,
    /// MsgID of the server's next message.
    msg_id: u32,
    secured: bool,
    proves: bool,
    fails: bool,
    max_msg_size: Option<u64>,
    /// The server's MaxMsgSize that the device has been told in this session.
    told: Option<u64>,
    /// The nonce that the device gave the server last.
    nonce: Nonce,
}

impl World {
    fn new(secured: bool) -> Option<Self> {
        let mut world = Self {
            drem: Drem::new([account(secured)], Seed::new([1; 32])).with_user_interface(UserInterface::Present),
            tree: tree()?,
            now: Instant::ZERO,
            records: BTreeMap::new(),
            sent: None,
            msg_id: 1,
            secured,
            proves: secured,
            fails: false,
            max_msg_size: None,
            told: None,
            nonce: Nonce::EMPTY,
        };
        world.drem.handle_boot(world.now, &mut world.tree, Booted::from(Slot::A));
        world.settle();
        Some(world)
    }

    fn start(&mut self) {
        (self.msg_id, self.told) = (1, None);
        let started = self.drem.start_session(self.now, &mut self.tree, "s", Trigger::Client);
        assert!(started.is_ok(), "the account is there");
        self.settle();
    }

    fn step(&mut self, step: &[u8]) {
        let rest = step.get(1..).unwrap_or_default();
        match step.first() {
            Some(b'W') => self.wrapped(Syntax::Wbxml, rest),
            Some(b'R') => self.answer(Syntax::sniff(rest), rest),
            Some(b'N') => self.drem.handle_notification(self.now, &mut self.tree, rest),
            Some(b'T') => {
                if let Some(wakeup) = self.drem.next_timeout() {
                    self.now = self.now.max(wakeup.at);
                    self.drem.handle_timeout(self.now, &mut self.tree);
                }
            }
            Some(b'F') => {
                if let Some(transmit) = self.sent.take() {
                    self.drem.handle_send_failure(self.now, transmit.exchange, SendFailure::Network);
                }
            }
            Some(b'X') => {
                let records: Vec<Record> = self.records.values().cloned().collect();
                self.drem = Drem::restore([account(self.secured)], Seed::new([1; 32]), records)
                    .with_user_interface(UserInterface::Present);
                self.drem.handle_boot(self.now, &mut self.tree, Booted::from(Slot::A));
                self.sent = None;
                self.start();
            }
            Some(b'A') => {
                let data = "a".repeat(rest.iter().map(|byte| usize::from(*byte)).sum::<usize>().min(20_000));
                self.drem.queue_alert(GenericAlert::new("urn:fuzz:alert", data));
            }
            Some(b'M') => self.max_msg_size = Some(SMALL),
            Some(b'C') => self.proves = !self.proves,
            Some(b'E') => self.fails = !self.fails,
            Some(b'K') => {}
            _ => self.wrapped(Syntax::Xml, step),
        }
        self.settle();
        if self.sent.is_none() && !self.drem.in_session() {
            self.start();
        }
    }

    /// The server answers with `body` behind a header that fits.
    fn wrapped(&mut self, syntax: Syntax, body: &[u8]) {
        let Some(transmit) = &self.sent else { return };
        let session = Message::decode_as(transmit.syntax, &transmit.body, &Limits::DEFAULT)
            .map(|message| message.header.session_id.into_owned())
            .unwrap_or_default();
        let envelope = Envelope {
            session: &session,
            msg_id: self.msg_id,
            source: "http://s/",
            target: "fuzz",
            cred: self.proves.then(|| proof(&self.nonce)).flatten(),
            max_msg_size: self.max_msg_size,
        };
        let message = envelope.around(syntax, body);
        self.told = self.max_msg_size.or(self.told);
        self.answer(syntax, &message);
    }

    fn answer(&mut self, syntax: Syntax, message: &[u8]) {
        let Some(transmit) = self.sent.take() else { return };
        self.msg_id += 1;
        self.drem.handle_message(self.now, &mut self.tree, transmit.exchange, Inbound::new(syntax, message));
        self.settle();
    }

    /// Performs what the device wants until it waits.
    fn settle(&mut self) {
        for _ in 0..MAX_OUTPUTS {
            match self.drem.poll_output() {
                None => return,
                Some(Output::Transmit(transmit)) => {
                    self.check(&transmit);
                    self.sent = Some(transmit);
                }
                Some(Output::Action { id, action }) => {
                    if let Some(result) = result(&action, self.fails) {
                        self.drem.handle_action_result(self.now, &mut self.tree, id, result);
                    }
                }
                Some(Output::Persist(record)) => drop(self.records.insert(record.key(), record)),
                Some(Output::Event(_)) => {}
            }
        }
        assert!(self.drem.poll_output().is_none(), "the device wants things without end");
    }

    fn check(&mut self, transmit: &Transmit) {
        let decoded = Message::decode_as(transmit.syntax, &transmit.body, &Limits::DEFAULT);
        assert!(decoded.is_ok(), "what the device sends cannot be decoded: {:?}", decoded.as_ref().err());
        let Ok(message) = decoded else { return };
        let greets = message.header.msg_id.get() == 1;
        if greets {
            // A session that the device began by itself knows no limit yet.
            (self.told, self.msg_id) = (None, 1);
        }
        let len = transmit.body.len() as u64;
        assert!(self.told.is_none_or(|max| len <= max), "{len} bytes are more than the server takes");
        sent::assert_cmd_ids(&message);
        let first = message.commands().next();
        let aborts = matches!(first, Some(Command::Alert(_)));
        let acknowledges = matches!(first, Some(Command::Status(status)) if status.is_for_sync_hdr());
        assert!(aborts || greets || acknowledges, "an answer that does not begin with the Status for the SyncHdr");
        let given = message.statuses().find_map(|status| auth::read_challenge(status.chal()?).ok()?.1);
        self.nonce = given.unwrap_or_else(|| self.nonce.clone());
    }
}

fn account(secured: bool) -> Account {
    let account = Account::new("s", "http://s/");
    if secured { account.client("fuzz", "secret").server("server") } else { account }
}

/// The server's md5 credentials for `nonce`.
fn proof(nonce: &Nonce) -> Option<(String, String)> {
    let cred = auth::cred(Scheme::Md5, &Credentials::new("s", "server"), nonce)?;
    Some(("syncml:auth-md5".to_owned(), cred.data.as_str()?.to_owned()))
}

fn tree() -> Option<Tree> {
    Tree::builder()
        .mo(DevInfo::new("fuzz").man("Acme").model("M1").lang("en"))
        .mo(DevDetail::new().fw("1.0").large_objects(true).active(0, ""))
        .mo(Fumo::at("./FUMO"))
        .leaf("./App/Interval", 900)
        .leaf("./App/Name", "fuzz")
        .leaf("./App/Long", "0123456789abcdef".repeat(256))
        .live("./App/Temperature", Format::Int)
        .managed_by("s")
        .build()
        .ok()
}

fn result(action: &Action, fails: bool) -> Option<ActionResult> {
    Some(match action {
        Action::Reboot => return None,
        Action::Interact(_) if fails => ActionResult::User(UserAnswer::No),
        _ if fails => ActionResult::Failed(ActionFailure::Network),
        Action::Read(_) => ActionResult::from(21),
        Action::Exec { .. } => ActionResult::Status(StatusCode::OK),
        Action::Interact(interaction) => ActionResult::User(answer(interaction)),
        Action::Fetch { .. } => ActionResult::Block { data: Bytes::from_static(b"abc"), end: true },
        Action::ReadAt { .. } => ActionResult::Block { data: Bytes::new(), end: true },
        Action::Erase { .. } | Action::WriteAt { .. } | Action::SelectSlot { .. } | Action::ConfirmSlot { .. } | _ => {
            ActionResult::Done
        }
    })
}

/// What a user does who wants everything.
fn answer(interaction: &Interaction) -> UserAnswer {
    match interaction.kind {
        InteractionKind::Display => UserAnswer::Shown,
        InteractionKind::Confirm => UserAnswer::Yes,
        InteractionKind::TextInput => UserAnswer::Text(interaction.text.clone()),
        InteractionKind::SingleChoice => UserAnswer::Choice(1),
        InteractionKind::MultipleChoice => UserAnswer::Choices(vec![1, 2]),
    }
}
