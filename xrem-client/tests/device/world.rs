//! The driver of these tests: a virtual clock, a queue of messages for the scripted server, two slots in memory.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use omadm_proto::auth::mac::MacHeader;
use omadm_proto::auth::nonce::Seed;
use omadm_proto::auth::{self, Credentials, Nonce, Scheme};
use omadm_proto::exchange::{Inbound, SendFailure, Syntax, Transmit};
use omadm_proto::ids::ActionId;
use omadm_proto::message::{Command, Message, Status};
use omadm_proto::time::Instant;
use omadm_tree::mo::{DevDetail, DevInfo, Fumo};
use omadm_tree::{NodeSpec, Tree, TreeBuilder};
use xrem_client::lock::{LockAction, LockResult};
use xrem_client::monitor::Measurement;
use xrem_client::output::{ActionFailure, Whole};
use xrem_client::software::{Component, SoftwareAction, SoftwareFailure, SoftwareResult};
use xrem_client::{Account, Action, ActionResult, Booted, Drem, Event, Output, Place, Record, Slot, Trigger};

pub const SERVER: &str = "dm.example.net";
pub const URL: &str = "https://dm.example.net/omadm";
pub const DEV_ID: &str = "urn:imei:004999010640000";

/// The tree of the worked examples.
pub fn tree() -> TreeBuilder {
    Tree::builder()
        .mo(DevInfo::new(DEV_ID).man("ExampleCorp").model("GW-1"))
        .mo(DevDetail::new().fw("4.2.0"))
        .mo(Fumo::at("./FUMO"))
        .leaf("./Vendor/Example/Interval", 900)
        .leaf("./Vendor/Example/A", 0)
        .node("./Vendor/Example/Old", NodeSpec::value("old"))
        .leaf("./Vendor/Example/Blob", "before")
        .node("./Vendor/Example/Run", NodeSpec::interior().access(omadm_tree::AccessType::ALL))
        .managed_by(SERVER)
}

/// An account whose server is authenticated by the transport: for tests about something else.
pub fn open_account() -> Account {
    Account::new(SERVER, URL)
}

/// The account of the worked examples, no nonce known.
pub fn md5_account() -> Account {
    Account::new(SERVER, URL).client("device01", "s3cr3t-device").server("srv-secret")
}

/// Two slots and a boot loader.
#[derive(Debug, Clone, Default)]
pub struct Flash {
    pub slots: [Vec<u8>; 2],
    pub staging: Vec<u8>,
    /// The package store.
    pub packages: BTreeMap<u32, Vec<u8>>,
    pub active: Option<Slot>,
    pub confirmed: Option<Slot>,
    /// The selected slot and how many boots it gets to confirm itself.
    pub trial: Option<(Slot, u32)>,
    /// A slot whose image does not come up.
    pub broken: Option<Slot>,
    /// This driver selects no slots.
    pub fixed: bool,
    /// The next failures of writes, erasures, patches and selections.
    pub failures: VecDeque<Option<ActionFailure>>,
    /// Stored bytes are not what was written.
    pub rots: bool,
}

impl Flash {
    pub fn running(image: &[u8]) -> Self {
        Self { slots: [image.to_vec(), Vec::new()], active: Some(Slot::A), confirmed: Some(Slot::A), ..Self::default() }
    }

    /// What the boot loader does: the slot on trial while it has boots left and comes up, the confirmed one otherwise.
    pub fn boot(&mut self) -> Slot {
        self.trial = match self.trial {
            Some((slot, left @ 1..)) if Some(slot) != self.broken => Some((slot, left - 1)),
            _ => None,
        };
        let slot = self.trial.map(|(slot, _)| slot).or(self.confirmed).unwrap();
        self.active = Some(slot);
        slot
    }

    fn bytes(&mut self, place: Place) -> &mut Vec<u8> {
        match place {
            Place::Slot(slot) => &mut self.slots[usize::from(slot.number())],
            Place::Staging => &mut self.staging,
            Place::Package(id) => self.packages.entry(id.get()).or_default(),
            other => panic!("no such place: {other}"),
        }
    }

    pub fn perform(&mut self, action: &Action) -> ActionResult {
        if !matches!(action, Action::ReadAt { .. })
            && let Some(Some(failure)) = self.failures.pop_front()
        {
            return ActionResult::Failed(failure);
        }
        match action {
            Action::Erase { place: Place::Package(id), .. } => drop(self.packages.remove(&id.get())),
            Action::Erase { place, .. } => self.bytes(*place).clear(),
            Action::WriteAt { place, offset, data } => {
                let rots = self.rots;
                let bytes = self.bytes(*place);
                bytes.truncate(usize::try_from(*offset).unwrap());
                bytes.extend_from_slice(data);
                if rots {
                    bytes[0] ^= 1;
                }
            }
            Action::ReadAt { place, offset, max_len } => {
                let rest = &self.bytes(*place)[usize::try_from(*offset).unwrap()..];
                let len = rest.len().min(*max_len as usize);
                return block(&rest[..len], len == rest.len());
            }
            Action::ApplyDelta(delta) => {
                let patch = self.bytes(delta.patch).clone();
                let source = self.bytes(Place::Slot(delta.source)).len() as u64;
                assert_eq!((delta.source_len, delta.patch_len), (source, patch.len() as u64));
                *self.bytes(Place::Slot(delta.target)) = patch[32..].to_vec();
            }
            Action::SelectSlot { .. } if self.fixed => return ActionResult::refused(),
            Action::SelectSlot { slot, tries } => self.trial = Some((*slot, u32::from(*tries))),
            Action::ConfirmSlot { slot } => (self.confirmed, self.trial) = (Some(*slot), None),
            other => panic!("no work for the flash: {other:?}"),
        }
        ActionResult::Done
    }
}

/// What installs software and locks the device; scripted.
#[derive(Debug, Default)]
pub struct Installer {
    /// How everything ends from now on, if not well.
    pub failure: Option<SoftwareFailure>,
    /// How the next locks end, if not well.
    pub lock_results: VecDeque<LockResult>,
    /// Everything that was asked for.
    pub asked: Vec<SoftwareAction>,
    pub locks: Vec<LockAction>,
}

impl Installer {
    /// A package is the IDs of its components, parted by blanks; version 2.0 each.
    fn software(&mut self, action: &SoftwareAction, packages: &BTreeMap<u32, Vec<u8>>) -> SoftwareResult {
        self.asked.push(action.clone());
        if let Some(failure) = self.failure {
            return SoftwareResult::Failed(failure);
        }
        let SoftwareAction::Install(installation) = action else { return SoftwareResult::Done };
        let bytes = &packages[&installation.package.get()];
        assert_eq!(bytes.len() as u64, installation.len);
        let ids = core::str::from_utf8(bytes).unwrap().split(' ');
        SoftwareResult::Installed(ids.map(|id| Component::new(id).version("2.0")).collect())
    }

    fn lock(&mut self, action: &LockAction) -> LockResult {
        self.locks.push(action.clone());
        self.lock_results.pop_front().unwrap_or(LockResult::Done)
    }
}

pub fn block(bytes: &[u8], end: bool) -> ActionResult {
    ActionResult::Block { data: Bytes::copy_from_slice(bytes), end }
}

/// A device, its clock, and what it has said so far.
pub struct Device {
    pub drem: Drem,
    pub tree: Tree,
    pub now: Instant,
    pub flash: Flash,
    /// What a URL gives; without an entry the URL names nothing.
    pub web: BTreeMap<String, Vec<u8>>,
    /// Failures of the next Fetches.
    pub fetch_failures: VecDeque<ActionFailure>,
    pub fetches: usize,
    /// What its sensors show, by `function/metric`, with units.
    pub sensors: BTreeMap<String, (String, &'static str)>,
    /// URLs that always fail.
    pub down: BTreeMap<String, ActionFailure>,
    /// Fetches give more than was asked for.
    pub lies: bool,
    /// The media types that URLs tell.
    pub media_types: BTreeMap<String, String>,
    /// What was posted, and where.
    pub posts: Vec<(String, String)>,
    pub post_failures: VecDeque<ActionFailure>,
    pub sent: VecDeque<Transmit>,
    pub actions: VecDeque<(ActionId, Action)>,
    pub events: Vec<Event>,
    pub records: BTreeMap<String, Record>,
    pub reboots: usize,
    pub installer: Installer,
}

impl Device {
    pub fn new(account: Account) -> Self {
        Self::with_tree(account, tree())
    }

    pub fn with_tree(account: Account, tree: TreeBuilder) -> Self {
        let mut device = Self {
            drem: Drem::new([account], Seed::new([7; 32])),
            tree: tree.build().unwrap(),
            now: Instant::ZERO,
            flash: Flash::running(b"factory image"),
            web: BTreeMap::new(),
            fetch_failures: VecDeque::new(),
            fetches: 0,
            sensors: BTreeMap::new(),
            down: BTreeMap::new(),
            lies: false,
            media_types: BTreeMap::new(),
            posts: Vec::new(),
            post_failures: VecDeque::new(),
            sent: VecDeque::new(),
            actions: VecDeque::new(),
            events: Vec::new(),
            records: BTreeMap::new(),
            reboots: 0,
            installer: Installer::default(),
        };
        device.boot();
        device
    }

    pub fn boot(&mut self) {
        let slot = self.flash.boot();
        self.boot_as(Booted::from(slot));
    }

    /// The boot loader did this.
    pub fn boot_as(&mut self, booted: Booted) {
        self.drem.handle_boot(self.now, &mut self.tree, booted);
        self.pump();
    }

    /// Performs outputs until there are none: messages wait in `sent`, other Execs and reads in `actions`.
    pub fn pump(&mut self) {
        while let Some(output) = self.drem.poll_output() {
            match output {
                Output::Transmit(transmit) => self.sent.push_back(transmit),
                Output::Persist(record) => drop(self.records.insert(record.key(), record)),
                Output::Event(event) => self.events.push(event),
                Output::Action { action: Action::Reboot, .. } => self.reboots += 1,
                Output::Action {
                    id,
                    action:
                        action @ (Action::Read(_)
                        | Action::Exec { .. }
                        | Action::Interact(_)
                        | Action::ConfirmUpdate(_)
                        | Action::AskPin { .. }
                        | Action::ConfirmSession { .. }),
                } => {
                    self.actions.push_back((id, action));
                }
                Output::Action { id, action } => {
                    let result = self.perform(&action);
                    self.drem.handle_action_result(self.now, &mut self.tree, id, result);
                }
            }
        }
    }

    pub fn perform(&mut self, action: &Action) -> ActionResult {
        match action {
            Action::Sample { function } => return self.measure(&format!("{}/", function.name().unwrap()), "").into(),
            Action::Measure { metric } => return self.measure("", &format!("/{metric}")).into(),
            _ => {}
        }
        if let Action::Post { url, body } = action {
            self.posts.push((url.clone(), body.clone()));
            return self.post_failures.pop_front().map_or(ActionResult::Done, ActionResult::Failed);
        }
        let Action::Fetch { url, offset, max_len } = action else {
            return match action {
                Action::Software(action) => self.installer.software(action, &self.flash.packages).into(),
                Action::Lock(action) => self.installer.lock(action).into(),
                other => self.flash.perform(other),
            };
        };
        self.fetches += 1;
        if let Some(failure) = self.fetch_failures.pop_front() {
            return ActionResult::Failed(failure);
        }
        if let Some(failure) = self.down.get(url) {
            return ActionResult::Failed(*failure);
        }
        let Some(bytes) = self.web.get(url) else { return ActionResult::Failed(ActionFailure::BadUrl) };
        let rest = &bytes[usize::try_from(*offset).unwrap().min(bytes.len())..];
        let len = if self.lies { rest.len() } else { rest.len().min(*max_len as usize) };
        let data = Bytes::copy_from_slice(&rest[..len]);
        match self.media_types.get(url) {
            Some(kind) => {
                let whole = Whole::new(Some(kind.clone()), Some(bytes.len() as u64));
                ActionResult::Fetched { data, end: len == rest.len(), whole }
            }
            None => ActionResult::Block { data, end: len == rest.len() },
        }
    }

    /// What the sensors show whose names begin and end so.
    fn measure(&self, begin: &str, end: &str) -> Vec<Measurement> {
        let shown =
            self.sensors.iter().filter(|(name, _)| name.starts_with(begin) && format!("/{name}").ends_with(end));
        shown
            .map(|(name, (value, unit))| {
                let measured = Measurement::new(name.split('/').next_back().unwrap(), value.parse().unwrap());
                if unit.is_empty() { measured } else { measured.unit(*unit) }
            })
            .collect()
    }

    pub fn start(&mut self) {
        self.drem.start_session(self.now, &mut self.tree, SERVER, Trigger::Client).unwrap();
        self.pump();
    }

    /// Lets time pass until the machine wants something; false when it wants nothing.
    pub fn wait(&mut self) -> bool {
        let Some(wakeup) = self.drem.next_timeout() else { return false };
        self.now = self.now.max(wakeup.at);
        self.drem.handle_timeout(self.now, &mut self.tree);
        self.pump();
        true
    }

    /// The message that waits for the server.
    pub fn sent(&mut self) -> Sent {
        Sent(self.sent.pop_front().expect("the device has sent nothing"))
    }

    /// Hands in the server's answer, written as XML, in the syntax of the device's message.
    pub fn answer(&mut self, sent: &Sent, reply: &str) {
        self.answer_bytes(sent, &in_syntax(sent.0.syntax, reply), None);
    }

    /// The same under auth-MAC: `nonce` is the one that the device issued.
    pub fn answer_with_mac(&mut self, sent: &Sent, reply: &str, nonce: &Nonce) {
        let body = in_syntax(sent.0.syntax, reply);
        let mac = MacHeader::new(&Credentials::new(SERVER, "srv-secret"), nonce, &body).to_string();
        self.answer_bytes(sent, &body, Some(&mac));
    }

    /// Hands in exactly these bytes.
    pub fn answer_bytes(&mut self, sent: &Sent, body: &[u8], mac: Option<&str>) {
        let inbound = Inbound::new(sent.0.syntax, body).with_mac(mac);
        self.drem.handle_message(self.now, &mut self.tree, sent.0.exchange, inbound);
        self.pump();
    }

    pub fn fail(&mut self, sent: &Sent, failure: SendFailure) {
        self.drem.handle_send_failure(self.now, sent.0.exchange, failure);
        self.pump();
    }

    /// Answers the oldest action that waits.
    pub fn act(&mut self, result: impl Into<ActionResult>) -> Action {
        let (id, action) = self.actions.pop_front().expect("no action waits");
        self.drem.handle_action_result(self.now, &mut self.tree, id, result.into());
        self.pump();
        action
    }

    /// Runs a session in which the server sends `bodies`, one a message, and takes everything. Returns what the device answered.
    pub fn serve(&mut self, bodies: &[&str]) -> Vec<Sent> {
        let mut sent = self.sent();
        let mut answers = Vec::new();
        for body in bodies {
            self.answer(&sent, &sent.reply(body));
            sent = self.sent();
            answers.push(sent.again());
        }
        self.answer(&sent, &sent.reply(""));
        answers
    }

    pub fn text(&self, uri: &str) -> &str {
        self.tree.text(uri).unwrap_or_else(|| panic!("no text at {uri}"))
    }

    pub fn happened(&self, what: impl Fn(&Event) -> bool) -> usize {
        self.events.iter().filter(|event| what(event)).count()
    }
}

/// A message of the device.
pub struct Sent(pub Transmit);

impl Sent {
    pub fn message(&self) -> Message<'_> {
        Message::decode_as(self.0.syntax, &self.0.body, &omadm_proto::limits::Limits::DEFAULT).unwrap()
    }

    pub fn again(&self) -> Self {
        Self(self.0.clone())
    }

    /// The Statuses as `Cmd:CmdRef:Data`, joined by blanks.
    pub fn statuses(&self) -> String {
        let message = self.message();
        let texts: Vec<String> = message
            .statuses()
            .map(|status| format!("{}:{}:{}", status.cmd, status.cmd_ref, status.code.as_u16()))
            .collect();
        texts.join(" ")
    }

    pub fn header_status(&self) -> Status<'static> {
        let message = self.message().into_owned();
        message.statuses().next().expect("no Status").clone()
    }

    /// The values in Results as `uri=value`, joined by blanks.
    pub fn results(&self) -> String {
        let message = self.message();
        let mut texts = Vec::new();
        for command in message.commands() {
            if let Command::Results(results) = command {
                for item in &results.items {
                    let value = item.data.as_ref().and_then(|data| data.as_str()).unwrap_or("?");
                    texts.push(format!("{}={value}", item.source_uri().unwrap()));
                }
            }
        }
        texts.join(" ")
    }

    /// The codes of the Alerts.
    pub fn alerts(&self) -> Vec<u16> {
        self.message()
            .commands()
            .filter_map(|command| match command {
                Command::Alert(alert) => Some(alert.code.unwrap().as_u16()),
                _ => None,
            })
            .collect()
    }

    /// A server message in answer, everything of the device accepted with 200, then `body`, then Final.
    pub fn reply(&self, body: &str) -> String {
        self.reply_with(200, "", &format!("{body}<Final/>"), "")
    }

    /// The same without Final.
    pub fn reply_more(&self, body: &str) -> String {
        self.reply_with(200, "", body, "")
    }

    /// A server message: SyncHdr status `code` with `chal`, the Statuses that are owed with 200 (or the same code when it is a
    /// refusal), `body` as it is, and `cred` in the header.
    pub fn reply_with(&self, code: u16, chal: &str, body: &str, cred: &str) -> String {
        let message = self.message();
        let msg_ref = message.header.msg_id;
        let mut statuses = format!(
            "<Status><CmdID>1</CmdID><MsgRef>{msg_ref}</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>{chal}<Data>{code}</Data></Status>"
        );
        let each = if code == 401 || code == 407 { code } else { 200 };
        let owed = message.commands().filter(|command| !matches!(command, Command::Status(_) | Command::Results(_)));
        for (index, command) in owed.enumerate() {
            statuses += &format!(
                "<Status><CmdID>{}</CmdID><MsgRef>{msg_ref}</MsgRef><CmdRef>{}</CmdRef><Cmd>{}</Cmd><Data>{each}</Data></Status>",
                index + 2,
                command.cmd_id(),
                command.name(),
            );
        }
        format!(
            "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>\
             <SessionID>{}</SessionID><MsgID>{msg_ref}</MsgID><Target><LocURI>{DEV_ID}</LocURI></Target>\
             <Source><LocURI>{URL}</LocURI><LocName>{SERVER}</LocName></Source>{cred}</SyncHdr>\
             <SyncBody>{statuses}{body}</SyncBody></SyncML>",
            message.header.session_id,
        )
    }
}

/// A message that was written as XML.
pub fn in_syntax(syntax: Syntax, xml: &str) -> Vec<u8> {
    match (syntax, Message::decode_as(Syntax::Xml, xml.as_bytes(), &omadm_proto::limits::Limits::DEFAULT)) {
        (Syntax::Wbxml, Ok(message)) => {
            let mut bytes = Vec::new();
            message.encode(Syntax::Wbxml, &mut bytes).unwrap();
            bytes
        }
        _ => xml.as_bytes().to_vec(),
    }
}

/// Chal with an md5 nonce.
pub fn chal(nonce_base64: &str) -> String {
    chal_for("md5", nonce_base64)
}

/// Chal for auth-`scheme` with a nonce.
pub fn chal_for(scheme: &str, nonce_base64: &str) -> String {
    format!(
        "<Chal><Meta><Format xmlns='syncml:metinf'>b64</Format><Type xmlns='syncml:metinf'>syncml:auth-{scheme}</Type>\
         <NextNonce xmlns='syncml:metinf'>{nonce_base64}</NextNonce></Meta></Chal>"
    )
}

/// The server's md5 Cred for a nonce that the device issued.
pub fn server_cred(secret: &str, nonce: &Nonce) -> String {
    let cred = auth::cred(Scheme::Md5, &Credentials::new(SERVER, secret), nonce).unwrap();
    let data = cred.data.as_str().unwrap();
    format!(
        "<Cred><Meta><Format xmlns='syncml:metinf'>b64</Format><Type xmlns='syncml:metinf'>syncml:auth-md5</Type></Meta>\
         <Data>{data}</Data></Cred>"
    )
}

/// The nonce that a Status of the device carries for the server.
pub fn issued_nonce(sent: &Sent) -> Nonce {
    let status = sent.header_status();
    auth::read_challenge(status.chal().expect("no Chal")).unwrap().1.expect("no NextNonce")
}

/// A command with one target, and Data if any.
pub fn command(verb: &str, id: u32, uri: &str, data: Option<&str>) -> String {
    let data = data.map(|data| format!("<Data>{data}</Data>")).unwrap_or_default();
    format!("<{verb}><CmdID>{id}</CmdID><Item><Target><LocURI>{uri}</LocURI></Target>{data}</Item></{verb}>")
}

pub fn get(id: u32, uri: &str) -> String {
    command("Get", id, uri, None)
}

pub fn replace(id: u32, uri: &str, value: &str) -> String {
    command("Replace", id, uri, Some(value))
}

pub fn exec(id: u32, uri: &str, correlator: &str) -> String {
    let correlator =
        if correlator.is_empty() { String::new() } else { format!("<Correlator>{correlator}</Correlator>") };
    format!("<Exec><CmdID>{id}</CmdID>{correlator}<Item><Target><LocURI>{uri}</LocURI></Target></Item></Exec>")
}

/// The value of the first generic alert in a message: type, source, data and Correlator.
pub fn generic_alert(sent: &Sent) -> Option<Reported> {
    generic_alerts(sent).into_iter().next()
}

/// Type, Source, Data and Correlator of an alert.
pub type Reported = (String, String, String, Option<String>);

/// The generic alerts in a message.
pub fn generic_alerts(sent: &Sent) -> Vec<Reported> {
    let message = sent.message();
    let reported = |command: &Command<'_>| match command {
        Command::Alert(alert) if alert.code.unwrap().as_u16() == 1226 => {
            let item = &alert.items[0];
            let type_name = item.meta.as_ref().unwrap().type_name.as_deref().unwrap().to_string();
            let source = item.source_uri().unwrap_or_default().to_string();
            let data = item.data.as_ref().unwrap().as_str().unwrap().to_string();
            Some((type_name, source, data, alert.correlator.as_deref().map(ToString::to_string)))
        }
        _ => None,
    };
    message.commands().filter_map(reported).collect()
}
