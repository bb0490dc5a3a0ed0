//! The scripted client: a device with a toy tree, whose every message a row may change before it is sent.
//!
//! It authenticates as its account says, answers the commands of a server from its leaves ([`answer`](Client::answer)), and
//! judges the server's credentials as a real client does. A row that wants something else changes a field, or the
//! [`Message`] before [`Client::send`].

use std::collections::BTreeMap;

use omadm_proto::alert::AlertCode;
use omadm_proto::auth::mac::MacHeader;
use omadm_proto::auth::{self, Credentials, Nonce, Scheme};
use omadm_proto::exchange::Syntax;
use omadm_proto::ids::{CmdId, MsgId};
use omadm_proto::message::{Alert, Command, Data, Item, Location, Message, Meta, Status, SyncHdr, TreeCommand, Verb};
use omadm_proto::status::StatusCode;
use omadm_proto::version::DmVersion;

use super::seen::Seen;
use super::{Account, Answer, Linting, Stand};
use crate::lint::Lint;
use crate::row::Stop;

/// Messages in one session before a row gives up: a server that never ends one is at fault.
const MAX_ROUNDS: u32 = 200;

/// Whether the client wants the server to prove itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerProof {
    /// It does, before it executes anything.
    Demanded,
    /// It looks at credentials that come, and demands none.
    Looked,
}

/// A leaf of the toy tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf {
    /// Its Meta; none for chr and text/plain.
    pub meta: Option<Meta<'static>>,
    /// Its value.
    pub value: Vec<u8>,
}

impl Leaf {
    /// A chr leaf.
    #[must_use]
    pub fn text(value: &str) -> Self {
        Self { meta: None, value: value.as_bytes().to_vec() }
    }
}

/// A device under our control.
#[derive(Debug)]
pub struct Client {
    /// Its account.
    pub account: Account,
    /// What it proves itself with: those of the account, until a row changes them.
    pub own: Credentials,
    /// The scheme it uses; `None` sends no credentials.
    pub scheme: Option<Scheme>,
    /// The nonce of its next credentials.
    pub nonce: Nonce,
    /// The nonce that the server must use.
    pub server_nonce: Nonce,
    /// Whether the server has to prove itself.
    pub server_proof: ServerProof,
    /// MaxMsgSize that it announces.
    pub max_msg_size: Option<u64>,
    /// MaxObjSize that it announces.
    pub max_obj_size: Option<u64>,
    /// The version that it speaks.
    pub version: DmVersion,
    /// Its tree: leaves by their full URI.
    pub leaves: BTreeMap<String, Leaf>,
    /// Statuses that it gives in place of its own: by the URI of a target, or the name of a command.
    pub codes: BTreeMap<String, u16>,
    /// All commands it received, those in containers after the container, chunks each.
    pub received: Vec<Command<'static>>,
    /// SessionID of the session.
    pub session: String,
    pub(crate) objects: BTreeMap<String, Vec<u8>>,
    pub(super) server_accepted: bool,
    pub(super) issued: u32,
    accepted: bool,
    msg_id: u32,
    lint: Lint,
    syntax: Syntax,
}

impl Client {
    /// A client with `account` that speaks `syntax`, before its first session.
    #[must_use]
    pub fn new(account: Account, syntax: Syntax) -> Self {
        let dev_info = [("DevId", &*account.dev_id), ("Man", "Acme"), ("Mod", "M1"), ("DmV", "1.2"), ("Lang", "en")];
        let mut leaves: BTreeMap<String, Leaf> =
            dev_info.iter().map(|(name, value)| (format!("./DevInfo/{name}"), Leaf::text(value))).collect();
        leaves.insert("./DevDetail/FwV".into(), Leaf::text("1.0"));
        leaves.insert("./DevDetail/LrgObj".into(), Leaf::text("true"));
        leaves.insert("./T/s".into(), Leaf::text("abc"));
        Self {
            own: account.client.clone(),
            scheme: account.transport.is_none().then_some(account.scheme),
            nonce: account.client_nonce.clone(),
            server_nonce: account.server_nonce.clone(),
            account,
            server_proof: ServerProof::Looked,
            max_msg_size: Some(16_384),
            max_obj_size: Some(1 << 20),
            version: DmVersion::V1_2,
            leaves,
            codes: BTreeMap::new(),
            received: Vec::new(),
            session: String::new(),
            objects: BTreeMap::new(),
            server_accepted: false,
            issued: 0,
            accepted: false,
            msg_id: 0,
            lint: Lint::new(),
            syntax,
        }
    }

    /// Begins a session: a new SessionID, MsgID 1.
    pub fn begin(&mut self, stand: &mut Stand) {
        self.session = stand.next_session();
        self.restart();
    }

    /// Begins again with the same SessionID.
    pub fn restart(&mut self) {
        (self.msg_id, self.accepted, self.server_accepted) = (0, false, false);
        self.lint = Lint::new();
        self.objects.clear();
    }

    /// The syntax it speaks.
    #[must_use]
    pub const fn syntax(&self) -> Syntax {
        self.syntax
    }

    /// MsgID of its last message.
    #[must_use]
    pub const fn msg_id(&self) -> u32 {
        self.msg_id
    }

    /// Lets the next message have another MsgID than the next one.
    pub const fn skip_to(&mut self, msg_id: u32) {
        self.msg_id = msg_id.saturating_sub(1);
    }

    /// The next message with nothing in it but its header, and with Final.
    #[must_use]
    pub fn message(&self) -> Message<'static> {
        let mut source = Location::new(self.account.dev_id.clone());
        if matches!(self.scheme, Some(Scheme::Md5 | Scheme::Mac)) {
            source = source.named(self.own.name.clone());
        }
        let target = Location::new(self.account.server_uri.clone());
        let msg_id = MsgId::new(self.msg_id + 1);
        let mut header = SyncHdr::new(self.version, self.session.clone(), msg_id, target, source);
        if let Some(scheme) = self.scheme.filter(|_| !self.accepted) {
            header.cred = auth::cred(scheme, &self.own, &self.nonce);
        }
        if !self.accepted {
            let mut meta = Meta::default();
            meta.extras_mut().max_msg_size = self.max_msg_size;
            meta.extras_mut().max_obj_size = self.max_obj_size;
            header.meta = (self.max_msg_size.is_some() || self.max_obj_size.is_some()).then_some(meta);
        }
        let mut message = Message::new(header);
        message.is_final = true;
        message
    }

    /// The session alert.
    #[must_use]
    pub fn session_alert(code: AlertCode) -> Command<'static> {
        Command::Alert(Alert::new(0, code, Vec::new()))
    }

    /// The Replace with the leaves of DevInfo.
    #[must_use]
    pub fn dev_info(&self) -> Command<'static> {
        let leaves = self.leaves.iter().filter(|(uri, _)| uri.starts_with("./DevInfo/"));
        let items = leaves.map(|(uri, leaf)| Item::source(uri.clone()).with_data(Data::from_bytes(leaf.value.clone())));
        Command::Tree(TreeCommand::new(Verb::Replace, 0, items.collect()))
    }

    /// Package 1: Alert 1201 and DevInfo.
    #[must_use]
    pub fn package1(&self) -> Message<'static> {
        let mut message = self.message();
        message.commands = vec![Self::session_alert(AlertCode::CLIENT_INITIATED), self.dev_info()];
        message
    }

    /// Package 1 once more, after the challenge in `seen`.
    #[must_use]
    pub fn package1_after(&self, seen: &Seen) -> Message<'static> {
        let mut message = self.package1();
        message.commands.insert(0, Command::Status(header_status(&seen.message.header, StatusCode::OK, None)));
        message
    }

    /// Starts a session and authenticates, if need be after a challenge; the server's package 2.
    ///
    /// # Errors
    /// The server does not take the client.
    pub fn open(&mut self, stand: &mut Stand) -> Result<Seen, Stop> {
        self.begin(stand);
        let first = self.package1();
        self.open_with(stand, first)
    }

    /// The same with another first message.
    ///
    /// # Errors
    /// The server does not take the client.
    pub fn open_with(&mut self, stand: &mut Stand, first: Message<'static>) -> Result<Seen, Stop> {
        let extra: Vec<Command<'static>> = first.commands.get(2..).map(<[_]>::to_vec).unwrap_or_default();
        let mut seen = self.send(stand, first)?;
        for _ in 0..2 {
            if !matches!(seen.header_code(), 401 | 407) {
                break;
            }
            self.scheme = Some(seen.challenge()?.0);
            let mut again = self.package1_after(&seen);
            again.commands.extend(extra.iter().cloned());
            seen = self.send(stand, again)?;
        }
        seen.expect_header(&[200, 212])?;
        Ok(seen)
    }

    /// Answers the server until it has nothing more to ask; its last message.
    ///
    /// # Errors
    /// The session does not end, or a message cannot be understood.
    pub fn finish(&mut self, stand: &mut Stand, seen: Seen) -> Result<Seen, Stop> {
        let mut seen = seen;
        while seen.asks() {
            let answer = self.answer(&seen);
            seen = self.send(stand, answer)?;
        }
        Ok(seen)
    }

    /// A whole session; the server's last message.
    ///
    /// # Errors
    /// As for [`Self::open`] and [`Self::finish`].
    pub fn session(&mut self, stand: &mut Stand) -> Result<Seen, Stop> {
        let seen = self.open(stand)?;
        self.finish(stand, seen)
    }

    /// Sends `message` with CmdIDs from 1 and gives the server's answer.
    ///
    /// # Errors
    /// There is no SyncML answer, or it breaks a rule of the lint.
    pub fn send(&mut self, stand: &mut Stand, message: Message<'static>) -> Result<Seen, Stop> {
        let bytes = self.encode(&message)?;
        self.send_bytes(stand, &bytes)
    }

    /// `message` as it is sent.
    ///
    /// # Errors
    /// It cannot be written, which is a mistake of the row.
    pub fn encode(&self, message: &Message<'static>) -> Result<Vec<u8>, Stop> {
        self.encode_as(self.syntax, message)
    }

    /// `message` in `syntax`.
    ///
    /// # Errors
    /// As for [`Self::encode`].
    pub fn encode_as(&self, syntax: Syntax, message: &Message<'static>) -> Result<Vec<u8>, Stop> {
        let mut message = message.clone();
        let commands = core::mem::take(&mut message.commands);
        message.commands = (1..).zip(commands).map(|(id, command)| with_id(command, id)).collect();
        let mut bytes = Vec::new();
        message
            .encode(syntax, &mut bytes)
            .map_err(|error| Stop::failed("a message of dmconf that can be written", error.to_string()))?;
        Ok(bytes)
    }

    /// Sends the bytes of a message; they must be one that counts as the client's next.
    ///
    /// # Errors
    /// As for [`Self::send`].
    pub fn send_bytes(&mut self, stand: &mut Stand, bytes: &[u8]) -> Result<Seen, Stop> {
        let mac = self.mac(bytes);
        self.send_with_mac(stand, bytes, mac)
    }

    /// The value of `x-syncml-hmac` for `bytes`, if the account uses it.
    #[must_use]
    pub fn mac(&self, bytes: &[u8]) -> Option<String> {
        (self.scheme == Some(Scheme::Mac)).then(|| MacHeader::new(&self.own, &self.nonce, bytes).to_string())
    }

    /// The same with this value of `x-syncml-hmac`.
    ///
    /// # Errors
    /// As for [`Self::send`].
    pub fn send_with_mac(&mut self, stand: &mut Stand, bytes: &[u8], mac: Option<String>) -> Result<Seen, Stop> {
        let sent = Message::decode(bytes)
            .map_err(|error| Stop::failed("a message of dmconf that can be read", error.to_string()))?;
        if self.msg_id >= MAX_ROUNDS {
            return Err(Stop::failed("a session that ends", format!("{MAX_ROUNDS} messages and no end")));
        }
        self.msg_id = sent.header.msg_id.get();
        self.lint.note_sent(&sent);
        let answer = stand.post_as(self.account.transport.as_deref(), bytes, mac)?;
        self.take(stand, answer)
    }

    /// Whether `body` is a message of a server that refuses ours: its SyncHdr Status is 400 or more.
    #[must_use]
    pub fn refuses(body: &[u8]) -> bool {
        Message::decode(body).is_ok_and(|message| {
            message.statuses().any(|status| status.is_for_sync_hdr() && status.code.as_u16() >= 400)
        })
    }

    /// Reads the answer to the message that was sent last.
    fn take(&mut self, stand: &Stand, answer: Answer) -> Result<Seen, Stop> {
        let place = format!("answer to message {}", self.msg_id);
        if answer.status != 200 {
            let text: String = String::from_utf8_lossy(&answer.body).trim().chars().take(200).collect();
            return Err(
                Stop::failed("HTTP 200 with a SyncML message", format!("HTTP {}: {text}", answer.status)).at(place)
            );
        }
        if Syntax::from_media_type(&answer.content_type) != Some(self.syntax) {
            let expected = format!("Content-Type {}", self.syntax);
            return Err(Stop::failed(expected, format!("{:?}", answer.content_type)).at(place));
        }
        let (message, findings) = self
            .lint
            .inspect(self.syntax, &answer.body)
            .map_err(|finding| Stop::Failed(Box::new(finding)).at(place))?;
        if let Some(finding) = findings.into_iter().next().filter(|_| stand.linting == Linting::On) {
            return Err(Stop::Failed(Box::new(finding)));
        }
        let seen = Seen { message, bytes: answer.body, answers: self.msg_id, mac: answer.mac };
        self.note(&seen);
        Ok(seen)
    }

    /// Keeps what the server said about the session.
    fn note(&mut self, seen: &Seen) {
        seen.commands().for_each(|command| collect(command, &mut self.received));
        if let Ok((_, Some(nonce))) = seen.challenge() {
            self.nonce = nonce;
        }
        match seen.header_code() {
            212 => self.accepted = true,
            401 | 407 => self.accepted = false,
            // With auth-MAC every message is proved for itself [dm 7.3].
            _ => {}
        }
    }
}

fn collect(command: &Command<'static>, received: &mut Vec<Command<'static>>) {
    received.push(command.clone());
    if let Command::Atomic(container) | Command::Sequence(container) = command {
        container.commands.iter().for_each(|child| collect(child, received));
    }
}

/// `command` as command `id`, unless the row gave it an id itself.
fn with_id(mut command: Command<'static>, id: u32) -> Command<'static> {
    let slot = match &mut command {
        Command::Tree(it) => &mut it.cmd_id,
        Command::Alert(it) => &mut it.cmd_id,
        Command::Status(it) => &mut it.cmd_id,
        Command::Results(it) => &mut it.cmd_id,
        Command::Atomic(it) | Command::Sequence(it) => &mut it.cmd_id,
        _ => return command,
    };
    if *slot == CmdId::Number(0) {
        *slot = CmdId::Number(id);
    }
    command
}

/// The Status `code` for the server's SyncHdr `header`, with a challenge for its next credentials if `nonce` is given.
#[must_use]
pub fn header_status(header: &SyncHdr<'_>, code: StatusCode, challenge: Option<(Scheme, &Nonce)>) -> Status<'static> {
    let mut status = Status::new(0, header.msg_id, CmdId::SYNC_HDR, "SyncHdr", code);
    status.target_refs.push(header.target.loc_uri.to_string());
    status = status.and_source_ref(header.source.loc_uri.to_string());
    if let Some((scheme, nonce)) = challenge {
        status = status.and_chal(auth::challenge(scheme, Some(nonce)));
    }
    status
}
