//! A server that lies: every answer of our own server goes through one [`Lie`] first. With it the tests prove that each row
//! can fail on its own criteria, the lint apart.

use std::time::Duration;

use dmconf::row::Stop;
use dmconf::server::handout::{Handout, secrets};
use dmconf::server::inprocess::InProcess;
use dmconf::server::outcome::{Outcome, State};
use dmconf::server::{Account, Answer, Job, Post, ServerPort, StoredAlert, Want};
use omadm_proto::auth::{self, Nonce, Scheme};
use omadm_proto::ids::{CmdId, MsgId};
use omadm_proto::message::{Command, Data, Format, Item, Message, Meta, Status, SyncHdr, TreeCommand, Verb};
use omadm_proto::provisioning::{BootstrapSecurity, Sec};
use omadm_proto::status::StatusCode;
use serde_json::{Value, json};
use xrem_server::bootstrap::Profile;

/// One way to be wrong.
#[derive(Clone, Copy)]
pub(crate) enum Lie {
    /// The server's messages are changed.
    Message(&'static str, fn(&mut Message<'static>)),
    /// What the transport carries is changed; told whether the same body was posted before.
    Answer(&'static str, fn(&mut Answer, bool)),
    /// What the operator is shown is changed.
    Outcome(&'static str, fn(&mut Outcome)),
    /// What was to be sent is changed.
    Work(&'static str, fn(&mut Value)),
    /// Nothing is sent to the device beside its messages, or something else.
    Notifications(&'static str, fn(&mut Vec<Vec<u8>>)),
    /// The alerts that are kept are changed.
    Alerts(&'static str, fn(&mut Vec<StoredAlert>)),
    /// A bootstrap document is changed.
    Document(&'static str, fn(&mut Handout)),
    /// What the operator is shown of a bootstrap is this.
    Bootstrapped(&'static str, bool),
}

impl Lie {
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Message(name, _) | Self::Answer(name, _) | Self::Outcome(name, _) => name,
            Self::Work(name, _) | Self::Notifications(name, _) | Self::Alerts(name, _) => name,
            Self::Document(name, _) | Self::Bootstrapped(name, _) => name,
        }
    }
}

/// Our server behind a lie.
pub(crate) struct Liar {
    server: Box<dyn ServerPort>,
    lie: Lie,
    posted: Vec<Vec<u8>>,
}

impl Liar {
    pub(crate) fn new(lie: Lie) -> Self {
        Self { server: Box::new(InProcess::default()), lie, posted: Vec::new() }
    }
}

impl ServerPort for Liar {
    fn account(&mut self, want: &Want) -> Result<Account, Stop> {
        self.server.account(want)
    }

    fn post(&mut self, post: &Post<'_>) -> Result<Answer, Stop> {
        let mut answer = self.server.post(post)?;
        let again = self.posted.iter().any(|body| body == post.body);
        self.posted.push(post.body.to_vec());
        match self.lie {
            Lie::Message(_, falsify) => {
                if let Ok(message) = Message::decode(&answer.body) {
                    let mut message = message.into_owned();
                    falsify(&mut message);
                    answer.body.clear();
                    message.encode(post.syntax, &mut answer.body).unwrap();
                }
            }
            Lie::Answer(_, falsify) => falsify(&mut answer, again),
            _ => {}
        }
        Ok(answer)
    }

    fn queue(&mut self, device: &Account, commands: &Value) -> Result<Job, Stop> {
        let mut commands = commands.clone();
        if let Lie::Work(_, falsify) = self.lie {
            falsify(&mut commands);
        }
        self.server.queue(device, &commands)
    }

    fn outcome(&mut self, job: &Job) -> Result<Outcome, Stop> {
        let mut outcome = self.server.outcome(job)?;
        if let Lie::Outcome(_, falsify) = self.lie {
            falsify(&mut outcome);
        }
        Ok(outcome)
    }

    fn wait(&mut self, time: Duration) -> Result<(), Stop> {
        self.server.wait(time)
    }

    fn notifications(&mut self, device: &Account) -> Result<Vec<Vec<u8>>, Stop> {
        let mut datagrams = self.server.notifications(device)?;
        if let Lie::Notifications(_, falsify) = self.lie {
            falsify(&mut datagrams);
        }
        Ok(datagrams)
    }

    fn alerts(&mut self, device: &Account) -> Result<Vec<StoredAlert>, Stop> {
        let mut alerts = self.server.alerts(device)?;
        if let Lie::Alerts(_, falsify) = self.lie {
            falsify(&mut alerts);
        }
        Ok(alerts)
    }

    fn rotate(&mut self, device: &Account, secret: &str) -> Result<Job, Stop> {
        self.server.rotate(device, secret)
    }

    fn bootstrap(&mut self, profile: Profile) -> Result<Handout, Stop> {
        let mut handout = self.server.bootstrap(profile)?;
        if let Lie::Document(_, falsify) = self.lie {
            falsify(&mut handout);
        }
        Ok(handout)
    }

    fn is_bootstrapped(&mut self, handout: &Handout) -> Result<bool, Stop> {
        match self.lie {
            Lie::Bootstrapped(_, shown) => Ok(shown),
            _ => self.server.is_bootstrapped(handout),
        }
    }

    fn twin(&self) -> Result<Box<dyn ServerPort>, Stop> {
        let server = self.server.twin()?;
        // The twin of a server whose answers depend on its clock tells no lies of its own.
        let lie = Lie::Message("the clock in an answer", |message| message.header.session_id = "C10C".into());
        match self.lie {
            Lie::Answer("answers depend on the clock", _) => Ok(Box::new(Self { server, lie, posted: Vec::new() })),
            _ => Ok(server),
        }
    }
}

fn statuses<'m>(message: &'m mut Message<'static>) -> impl Iterator<Item = &'m mut Status<'static>> {
    message.commands.iter_mut().filter_map(|it| if let Command::Status(status) = it { Some(status) } else { None })
}

fn others<'m>(message: &'m mut Message<'static>) -> impl Iterator<Item = &'m mut Status<'static>> {
    statuses(message).filter(|status| !status.is_for_sync_hdr())
}

fn headers<'m>(message: &'m mut Message<'static>) -> impl Iterator<Item = &'m mut Status<'static>> {
    statuses(message).filter(|status| status.is_for_sync_hdr())
}

fn items<'m>(message: &'m mut Message<'static>) -> impl Iterator<Item = &'m mut Item<'static>> {
    message
        .commands
        .iter_mut()
        .flat_map(|it| if let Command::Tree(tree) = it { tree.items.as_mut_slice() } else { &mut [] })
}

fn header_code(message: &mut Message<'static>, code: u16, challenged: bool) {
    for status in headers(message) {
        status.code = StatusCode::from_u16(code);
        status.extras_mut().chal =
            challenged.then(|| auth::challenge(Scheme::Md5, Some(&Nonce::new(b"a lie".to_vec()))));
    }
}

fn other_codes(message: &mut Message<'static>, code: u16) {
    others(message).for_each(|status| status.code = StatusCode::from_u16(code));
}

fn is_refusal(message: &Message<'_>) -> bool {
    message.statuses().any(|status| status.is_for_sync_hdr() && status.code.as_u16() >= 400)
}

fn get(uri: &'static str) -> Command<'static> {
    Command::Tree(TreeCommand::new(Verb::Get, 99, vec![Item::target(uri)]))
}

fn exec(uri: &'static str) -> Command<'static> {
    Command::Tree(TreeCommand::new(Verb::Exec, 98, vec![Item::target(uri)]))
}

/// The lies, a rule each.
pub(crate) const LIES: &[Lie] = &[
    // SyncHdr.
    Lie::Message("another SessionID", |message| message.header.session_id = "FFFF".into()),
    Lie::Message("MsgID stands still", |message| message.header.msg_id = MsgId::FIRST),
    Lie::Message("another VerProto", |message| message.header.ver_proto = "DM/1.1".into()),
    Lie::Message("Source and Target as the client's", |message| {
        let SyncHdr { source, target, .. } = &mut message.header;
        core::mem::swap(source, target);
    }),
    Lie::Message("no server credentials", |message| message.header.cred = None),
    Lie::Message("a wrong digest", |message| {
        if let Some(cred) = &mut message.header.cred {
            cred.data = Data::text("AAAAAAAAAAAAAAAAAAAAAA==");
        }
    }),
    Lie::Message("another server name", |message| {
        message.header.source = message.header.source.clone().named("nobody")
    }),
    Lie::Message("larger than any limit", |message| {
        message.header.resp_uri = Some(format!("http://nrem.test/{}", "x".repeat(20_000)).into());
    }),
    // Status of the SyncHdr.
    Lie::Message("every header accepted", |message| header_code(message, 200, false)),
    Lie::Message("every header refused", |message| header_code(message, 401, true)),
    Lie::Message("every header is 500", |message| header_code(message, 500, false)),
    Lie::Message("500 in place of a refusal", |message| {
        if is_refusal(message) {
            header_code(message, 500, true);
        }
    }),
    Lie::Message("no Status for the header", |message| {
        message.commands.retain(|it| !matches!(it, Command::Status(status) if status.is_for_sync_hdr()));
    }),
    Lie::Message("no Item with what is supported", |message| statuses(message).for_each(|status| status.items.clear())),
    Lie::Message("no challenge", |message| statuses(message).for_each(|status| status.extras_mut().chal = None)),
    Lie::Message("a nonce that it does not know", |message| {
        for status in headers(message).filter(|status| status.chal().is_some()) {
            status.extras_mut().chal = Some(auth::challenge(Scheme::Md5, Some(&Nonce::new(b"forgotten".to_vec()))));
        }
    }),
    Lie::Message("a challenge without end", |message| {
        if is_refusal(message) {
            header_code(message, 401, true);
        }
    }),
    Lie::Message("a challenge for another scheme", |message| {
        for status in headers(message).filter(|status| status.chal().is_some()) {
            status.extras_mut().chal = Some(auth::challenge(Scheme::Basic, None));
        }
    }),
    Lie::Message("a challenge in each Status", |message| {
        others(message).for_each(|status| status.extras_mut().chal = Some(auth::challenge(Scheme::Basic, None)));
    }),
    // Other Statuses.
    Lie::Message("every command good", |message| other_codes(message, 200)),
    Lie::Message("every command failed", |message| other_codes(message, 500)),
    Lie::Message("no Statuses for commands", |message| {
        message.commands.retain(|it| !matches!(it, Command::Status(status) if !status.is_for_sync_hdr()));
    }),
    Lie::Message("a Status for good Results", |message| {
        let status = Status::new(97, MsgId::new(2), CmdId::Number(3), "Results", StatusCode::OK);
        message.commands.insert(1, Command::Status(status));
    }),
    Lie::Message("another CmdRef", |message| {
        statuses(message).for_each(|status| status.cmd_ref = CmdId::Number(77));
    }),
    Lie::Message("another MsgRef", |message| {
        statuses(message).for_each(|status| status.msg_ref = Some(MsgId::new(77)));
    }),
    Lie::Message("another Cmd", |message| others(message).for_each(|status| status.cmd = "Copy".into())),
    Lie::Message("Statuses backwards", |message| {
        let count = message.statuses().count();
        message.commands[..count].reverse();
    }),
    // Commands.
    Lie::Message("no Final", |message| message.is_final = false),
    Lie::Message("Final always", |message| message.is_final = true),
    Lie::Message("one command more", |message| message.commands.push(get("./DevInfo/Lang"))),
    Lie::Message("an Exec more", |message| message.commands.push(exec("./T/x"))),
    Lie::Message("no commands", |message| message.commands.retain(|it| matches!(it, Command::Status(_)))),
    Lie::Message("no Alerts", |message| message.commands.retain(|it| !matches!(it, Command::Alert(_)))),
    Lie::Message("commands twice", |message| {
        let again: Vec<_> = message.commands().filter(|it| !matches!(it, Command::Status(_))).cloned().collect();
        message.commands.extend(again);
    }),
    Lie::Message("containers taken apart", |message| {
        let commands = core::mem::take(&mut message.commands);
        message.commands = commands
            .into_iter()
            .flat_map(|it| match it {
                Command::Atomic(container) | Command::Sequence(container) => container.commands,
                other => vec![other],
            })
            .collect();
    }),
    Lie::Message("no Meta", |message| items(message).for_each(|item| item.meta = None)),
    Lie::Message("a Size in each Item", |message| {
        items(message).for_each(|item| item.meta = Some(Meta::default().and_size(5_000)));
    }),
    Lie::Message("Format int", |message| {
        items(message).for_each(|item| item.meta = Some(Meta::with_format(Format::Int)))
    }),
    Lie::Message("values cut short", |message| {
        for item in items(message).filter(|item| item.data.is_some()) {
            let mut bytes = item.data.take().unwrap().as_bytes().to_vec();
            bytes.pop();
            item.data = Some(Data::from_bytes(bytes));
        }
    }),
    Lie::Message("other targets", |message| {
        items(message).filter_map(|item| item.target.as_mut()).for_each(|target| target.loc_uri = "./Elsewhere".into());
    }),
    Lie::Message("one CmdID for all", |message| {
        for command in &mut message.commands {
            if let Command::Tree(tree) = command {
                tree.cmd_id = CmdId::Number(1);
            }
        }
    }),
    Lie::Message("no MoreData", |message| items(message).for_each(|item| item.more_data = false)),
    // Transport.
    Lie::Answer("HTTP 500", |answer, _| answer.status = 500),
    Lie::Answer("no x-syncml-hmac", |answer, _| answer.mac = None),
    Lie::Answer("a repetition answered anew", |answer, again| {
        if again {
            answer.body.push(b' ');
        }
    }),
    Lie::Answer("garbage welcomed", |answer, _| {
        if answer.status == 400 {
            (answer.status, answer.content_type) = (200, "text/plain".into());
        }
    }),
    Lie::Answer("answers depend on the clock", |_, _| {}),
    // The operator's side.
    Lie::Work("work is lost", |work| *work = json!([{"cmd": "get", "uri": "./DevInfo/Lang"}])),
    Lie::Outcome("every outcome good", |outcome| outcome.state = State::Ok),
    Lie::Outcome("every outcome bad", |outcome| outcome.state = State::Failed),
    Lie::Outcome("every outcome waits", |outcome| outcome.state = State::Waiting),
    Lie::Outcome("no values", |outcome| outcome.commands.iter_mut().for_each(|it| it.results.clear())),
    Lie::Outcome("values twice", |outcome| {
        outcome.commands.iter_mut().for_each(|it| it.results.extend(it.results.clone()));
    }),
    Lie::Outcome("the first value for all", |outcome| {
        let first = outcome.results().next().cloned();
        outcome.commands.iter_mut().for_each(|it| it.results = first.clone().into_iter().collect());
    }),
    Lie::Document("a bootstrap document that was changed", |handout| handout.body.push(0)),
    Lie::Document("an unsigned bootstrap document", |handout| {
        handout.content_type.truncate(handout.content_type.find(';').unwrap());
    }),
    Lie::Document("the same bootstrap document for everybody", |handout| {
        let server = &mut InProcess::default();
        let profile = if handout.content_type.contains("connectivity") { Profile::Cp } else { Profile::Dm };
        *handout = server.bootstrap(profile).unwrap();
    }),
    Lie::Document("a bootstrap document of another kind", |handout| {
        handout.body = b"<wap-provisioningdoc version=\"1.1\"/>".to_vec();
        let security = BootstrapSecurity::sign(Sec::UserPin, &secrets(), &handout.body).unwrap();
        handout.content_type = security.content_type("application/vnd.wap.connectivity-xml");
    }),
    Lie::Bootstrapped("bootstrapped before it came", true),
    Lie::Bootstrapped("never bootstrapped", false),
    Lie::Outcome("other Statuses", |outcome| outcome.commands.iter_mut().for_each(|it| it.status = Some(299))),
    Lie::Outcome("no reason", |outcome| {
        outcome.reason.clear();
        outcome.commands.iter_mut().for_each(|it| it.error = None);
    }),
    Lie::Notifications("no notifications", Vec::clear),
    Lie::Notifications("another digest", |datagrams| datagrams.iter_mut().for_each(|it| it[0] ^= 1)),
    Lie::Notifications("one more notification", |datagrams| datagrams.push(vec![0; 40])),
    Lie::Alerts("no alerts kept", Vec::clear),
];
