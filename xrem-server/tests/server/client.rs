//! A small DM client, written from the fact sheet for these tests: a flat tree, both syntaxes, basic and md5, large objects
//! down, and the habits of a client that exists (no Status for containers, an Alert between the Statuses).

use std::borrow::Cow;
use std::collections::BTreeMap;

use omadm_proto::alert::AlertCode;
use omadm_proto::auth::mac::MacHeader;
use omadm_proto::auth::{self, Credentials, Nonce, Scheme};
use omadm_proto::exchange::Syntax;
use omadm_proto::ids::{CmdId, MsgId, SessionId};
use omadm_proto::large_object::{Progress, Reassembly};
use omadm_proto::limits::Limits;
use omadm_proto::message::{
    Alert, Command, Container, Data, Format, Item, Location, Message, Meta, Results, Status, SyncHdr, TreeCommand, Verb,
};
use omadm_proto::status::StatusCode;
use omadm_proto::version::DmVersion;

/// An Exec that the client ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) uri: String,
    pub(crate) correlator: Option<String>,
}

/// The client.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) syntax: Syntax,
    pub(crate) scheme: Scheme,
    pub(crate) own: Credentials,
    pub(crate) server: Credentials,
    pub(crate) own_nonce: Nonce,
    pub(crate) server_nonce: Nonce,
    /// MaxMsgSize that it announces.
    pub(crate) max_msg_size: Option<u64>,
    /// Sends no Status for Atomic and Sequence themselves.
    pub(crate) forgets_containers: bool,
    /// Wants the server's credentials before it executes anything.
    pub(crate) demands_server_auth: bool,
    /// Answers `?list=`.
    pub(crate) lists: bool,
    /// Nodes that the server may not read.
    pub(crate) unreadable: Vec<String>,
    /// What the user does with an alert, and types.
    pub(crate) user: (StatusCode, Vec<String>),
    /// The status of an Exec.
    pub(crate) exec_status: StatusCode,
    /// Nodes that it has no place for.
    pub(crate) unknown: Vec<String>,
    pub(crate) tree: BTreeMap<String, String>,
    pub(crate) ran: Vec<Ran>,
    /// Generic alerts to send with the next message.
    pub(crate) alerts: Vec<Alert<'static>>,
    /// The MAC of the server's message that is to be answered.
    pub(crate) mac_of_server: Option<String>,
    /// The codes that the server gave our header, oldest first.
    pub(crate) header_codes: Vec<u16>,
    /// Lengths of the messages received.
    pub(crate) received: Vec<usize>,
    /// The session that a notification asked for: the next one has its id.
    pub(crate) asked_for: Option<u16>,
    session: u32,
    session_id: String,
    msg_id: u32,
    server_known: bool,
    upload: Reassembly,
}

impl Client {
    pub(crate) fn new(id: &str, syntax: Syntax) -> Self {
        Self {
            id: id.into(),
            syntax,
            scheme: Scheme::Md5,
            own: Credentials::new(format!("{id}-user"), "client-secret"),
            server: Credentials::new("nrem.test", "server-secret"),
            own_nonce: Nonce::EMPTY,
            server_nonce: Nonce::EMPTY,
            max_msg_size: Some(16_384),
            forgets_containers: false,
            demands_server_auth: true,
            lists: false,
            unreadable: Vec::new(),
            user: (StatusCode::OK, Vec::new()),
            exec_status: StatusCode::ACCEPTED_FOR_PROCESSING,
            unknown: Vec::new(),
            tree: BTreeMap::from([("./DevInfo/DevId".into(), id.into()), ("./DevInfo/Man".into(), "Acme".into())]),
            ran: Vec::new(),
            alerts: Vec::new(),
            mac_of_server: None,
            header_codes: Vec::new(),
            received: Vec::new(),
            asked_for: None,
            session: 0,
            session_id: String::new(),
            msg_id: 0,
            server_known: false,
            upload: Reassembly::new(1 << 20),
        }
    }

    /// Package #1 of a new session.
    pub(crate) fn start(&mut self) -> Vec<u8> {
        self.session += 1;
        self.session_id = match self.asked_for {
            Some(id) => SessionId::from_u16(id).to_string(),
            None => self.session.to_string(),
        };
        self.msg_id = 0;
        self.server_known = false;
        self.upload = Reassembly::new(1 << 20);
        self.package1(None)
    }

    /// A generic alert that finishes the Exec with `correlator`.
    pub(crate) fn finish(&mut self, correlator: Option<&str>, source: &str, type_name: &str, data: &str) {
        let meta = Meta::with_format(Format::Int).and_type(type_name.to_string()).and_mark("informational");
        let item = Item::source(source.to_string()).with_meta(meta).with_data(Data::text(data.to_string()));
        let mut alert = Alert::new(0, AlertCode::GENERIC_ALERT, vec![item]);
        alert.correlator = correlator.map(|text| Cow::Owned(text.to_string()));
        self.alerts.push(alert);
    }

    fn package1(&mut self, challenged: Option<(&SyncHdr<'_>, StatusCode)>) -> Vec<u8> {
        let mut body = Vec::new();
        if let Some((header, code)) = challenged {
            body.push(Command::Status(self.header_status(header, code, None)));
        }
        let asked = self.asked_for.is_some();
        let code = if asked { AlertCode::SERVER_INITIATED } else { AlertCode::CLIENT_INITIATED };
        body.push(Command::Alert(Alert::new(0, code, Vec::new())));
        let leaf = |uri: &str| Item::source(uri.to_string()).with_data(Data::text(self.tree[uri].clone()));
        let items = self.tree.keys().filter(|uri| uri.starts_with("./DevInfo/")).map(|uri| leaf(uri)).collect();
        body.push(Command::Tree(TreeCommand::new(Verb::Replace, 0, items)));
        body.extend(self.alerts.drain(..).map(Command::Alert));
        self.message(body, true, true)
    }

    /// Takes a message of the server; the answer, or nothing when the session is over.
    pub(crate) fn answer(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        self.received.push(bytes.len());
        let message = Message::decode_as(self.syntax, bytes, &Limits::DEFAULT).expect("the server's message decodes");
        let header = message.header.clone();
        let status = message.statuses().find(|status| status.is_for_sync_hdr()).expect("a status for our header");
        self.header_codes.push(status.code.as_u16());
        let challenge = status.chal().map(|chal| auth::read_challenge(chal).expect("a readable challenge"));
        if let Some((_, Some(nonce))) = &challenge {
            self.own_nonce = nonce.clone();
        }
        if matches!(status.code.as_u16(), 401 | 407) {
            return challenge.is_some().then(|| self.package1(Some((&header, StatusCode::OK))));
        }
        let commands: Vec<&Command<'_>> = message.commands().filter(|it| !matches!(it, Command::Status(_))).collect();
        if commands.is_empty() && message.is_final && self.alerts.is_empty() {
            return None;
        }
        let has_alert =
            |code| commands.iter().any(|it| matches!(it, Command::Alert(alert) if alert.code == Some(code)));
        if has_alert(AlertCode::SESSION_ABORT) {
            return None;
        }
        assert!(!has_alert(AlertCode::NEXT_MESSAGE), "this client never sends a package in parts");
        let (code, chal) = self.judge(&header, bytes);
        let mut body = vec![Command::Status(self.header_status(&header, code, chal))];
        body.extend(self.alerts.drain(..).map(Command::Alert));
        let mut more = false;
        for command in commands {
            if code.is_good() || code == StatusCode::AUTHENTICATION_ACCEPTED {
                more |= self.execute(&header, command, &mut body);
            } else {
                refuse(&header, command, code, &mut body);
            }
        }
        if more {
            body.push(Command::Alert(Alert::new(0, AlertCode::NEXT_MESSAGE, Vec::new())));
        }
        Some(self.message(body, !more, false))
    }

    /// What the server's header deserves.
    fn judge(&mut self, header: &SyncHdr<'_>, bytes: &[u8]) -> (StatusCode, Option<Nonce>) {
        if self.scheme == Scheme::Mac {
            let mac = self.mac_of_server.as_deref().map(|mac| MacHeader::parse(mac).expect("a readable MAC"));
            let code = match mac {
                Some(mac) if mac.verify(&self.server, &self.server_nonce, bytes) => StatusCode::OK,
                Some(_) => StatusCode::INVALID_CREDENTIALS,
                None => StatusCode::MISSING_CREDENTIALS,
            };
            return (code, Some(self.next_server_nonce()));
        }
        let Some(cred) = &header.cred else {
            if self.server_known || !self.demands_server_auth {
                return (StatusCode::OK, None);
            }
            return (StatusCode::MISSING_CREDENTIALS, Some(self.next_server_nonce()));
        };
        match auth::verify(cred, &self.server, &self.server_nonce) {
            Ok(_) => {
                self.server_known = true;
                (StatusCode::AUTHENTICATION_ACCEPTED, Some(self.next_server_nonce()))
            }
            Err(_) => (StatusCode::INVALID_CREDENTIALS, Some(self.next_server_nonce())),
        }
    }

    /// The header that goes with our message `body`.
    pub(crate) fn mac_for(&self, body: &[u8]) -> Option<String> {
        (self.scheme == Scheme::Mac).then(|| MacHeader::new(&self.own, &self.own_nonce, body).to_string())
    }

    fn next_server_nonce(&mut self) -> Nonce {
        self.server_nonce = Nonce::new(format!("nonce-{}-{}", self.session, self.msg_id).into_bytes());
        self.server_nonce.clone()
    }

    fn header_status(&self, header: &SyncHdr<'_>, code: StatusCode, chal: Option<Nonce>) -> Status<'static> {
        let mut status = Status::new(0, header.msg_id, CmdId::SYNC_HDR, "SyncHdr", code);
        let scheme = self.scheme.max(Scheme::Md5);
        status.extras_mut().chal = chal.map(|nonce| auth::challenge(scheme, Some(&nonce)));
        status
    }

    /// Runs `command`; whether it was a chunk, with more to come.
    fn execute(&mut self, header: &SyncHdr<'_>, command: &Command<'_>, out: &mut Vec<Command<'static>>) -> bool {
        match command {
            Command::Tree(tree) => return self.execute_tree(header, command, tree, out),
            Command::Atomic(container) | Command::Sequence(container) => {
                if !self.forgets_containers {
                    out.push(Command::Status(status(header, command, StatusCode::OK)));
                }
                self.execute_all(header, container, out);
            }
            Command::Alert(_) => {
                let mut status = status(header, command, self.user.0);
                status.items =
                    self.user.1.iter().map(|text| Item::default().with_data(Data::text(text.clone()))).collect();
                out.push(Command::Status(status));
            }
            other => panic!("a server sends no {}", other.name()),
        }
        false
    }

    fn execute_all(&mut self, header: &SyncHdr<'_>, container: &Container<'_>, out: &mut Vec<Command<'static>>) {
        for inner in &container.commands {
            self.execute(header, inner, out);
        }
    }

    fn execute_tree(
        &mut self,
        header: &SyncHdr<'_>,
        command: &Command<'_>,
        tree: &TreeCommand<'_>,
        out: &mut Vec<Command<'static>>,
    ) -> bool {
        let mut results = Vec::new();
        let mut codes = Vec::new();
        for item in &tree.items {
            let uri = item.target_uri().expect("a target").to_string();
            let whole = match self.upload.accept(command, item) {
                Progress::Whole => item.clone(),
                Progress::Complete(whole) => *whole,
                Progress::Chunk => {
                    out.push(Command::Status(status(header, command, StatusCode::CHUNKED_ITEM_ACCEPTED)));
                    return true;
                }
                other => panic!("a broken object: {other:?}"),
            };
            let data = || whole.data.as_ref().and_then(Data::as_str).unwrap_or_default().to_string();
            codes.push(match tree.verb {
                Verb::Get => match self.read(&uri) {
                    Ok(items) => {
                        results.extend(items);
                        StatusCode::OK
                    }
                    Err(code) => code,
                },
                Verb::Add if self.unknown.contains(&uri) => StatusCode::COMMAND_NOT_ALLOWED,
                Verb::Add if self.tree.contains_key(&uri) => StatusCode::ALREADY_EXISTS,
                Verb::Add => {
                    self.tree.insert(uri, data());
                    StatusCode::OK
                }
                Verb::Replace if !self.tree.contains_key(&uri) => StatusCode::NOT_FOUND,
                Verb::Replace => {
                    self.tree.insert(uri, data());
                    StatusCode::OK
                }
                Verb::Delete => {
                    if self.tree.remove(&uri).is_some() {
                        StatusCode::OK
                    } else {
                        StatusCode::NOT_FOUND
                    }
                }
                Verb::Exec => {
                    self.ran.push(Ran { uri, correlator: tree.correlator.as_deref().map(String::from) });
                    self.exec_status
                }
                Verb::Copy => StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED,
            });
        }
        let worst = codes.iter().copied().find(|code| !code.is_good()).unwrap_or(StatusCode::OK);
        let code = if tree.verb == Verb::Exec { codes[0] } else { worst };
        out.push(Command::Status(status(header, command, code)));
        if !results.is_empty() {
            out.push(Command::Results(Results::new(0, header.msg_id, command.cmd_id().clone().into_owned(), results)));
        }
        false
    }

    /// The Items that a Get of `uri` returns.
    fn read(&self, uri: &str) -> Result<Vec<Item<'static>>, StatusCode> {
        let leaf = |uri: &str| Some(Item::source(uri.to_string()).with_data(Data::text(self.tree.get(uri)?.clone())));
        if let Some(root) = uri.strip_suffix("?list=StructData") {
            if !self.lists {
                return Err(StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED);
            }
            return Ok(self.tree.keys().filter(|key| key.starts_with(root)).filter_map(|key| leaf(key)).collect());
        }
        if self.unreadable.iter().any(|it| it == uri) {
            return Err(StatusCode::PERMISSION_DENIED);
        }
        if let Some(item) = leaf(uri) {
            return Ok(vec![item]);
        }
        let below = format!("{uri}/");
        let children: std::collections::BTreeSet<&str> =
            self.tree.keys().filter_map(|key| key.strip_prefix(&below)?.split('/').next()).collect();
        if children.is_empty() {
            return Err(StatusCode::NOT_FOUND);
        }
        let names = children.into_iter().collect::<Vec<_>>().join("/");
        Ok(vec![Item::source(uri.to_string()).with_meta(Meta::with_format(Format::Node)).with_data(Data::text(names))])
    }

    fn message(&mut self, body: Vec<Command<'static>>, is_final: bool, with_cred: bool) -> Vec<u8> {
        self.msg_id += 1;
        let source = Location::new(self.id.clone()).named(self.own.name.clone());
        let target = Location::new("http://nrem.test/dm");
        let mut header =
            SyncHdr::new(DmVersion::V1_2, self.session_id.clone(), MsgId::new(self.msg_id), target, source);
        if with_cred {
            header.cred = auth::cred(self.scheme, &self.own, &self.own_nonce);
        }
        let mut meta = Meta::default();
        meta.extras_mut().max_msg_size = self.max_msg_size;
        header.meta = Some(meta);
        let mut message = Message::new(header);
        message.is_final = is_final;
        message.commands = (1..).zip(body).map(|(id, command)| with_id(command, id)).collect();
        let mut bytes = Vec::new();
        message.encode(self.syntax, &mut bytes).expect("encodes");
        bytes
    }
}

fn with_id(mut command: Command<'static>, id: u32) -> Command<'static> {
    let id = CmdId::Number(id);
    match &mut command {
        Command::Tree(it) => it.cmd_id = id,
        Command::Alert(it) => it.cmd_id = id,
        Command::Status(it) => it.cmd_id = id,
        Command::Results(it) => it.cmd_id = id,
        other => panic!("a client sends no {}", other.name()),
    }
    command
}

fn status(header: &SyncHdr<'_>, command: &Command<'_>, code: StatusCode) -> Status<'static> {
    Status::new(0, header.msg_id, command.cmd_id().clone().into_owned(), command.name().to_string(), code)
}

fn refuse(header: &SyncHdr<'_>, command: &Command<'_>, code: StatusCode, out: &mut Vec<Command<'static>>) {
    out.push(Command::Status(status(header, command, code)));
    if let Command::Atomic(container) | Command::Sequence(container) = command {
        for inner in &container.commands {
            refuse(header, inner, code, out);
        }
    }
}
