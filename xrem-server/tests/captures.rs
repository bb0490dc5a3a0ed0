//! Sessions of an independent client, recorded against an independent server, led by ours: the same commands in the same
//! messages, and what came of each as the recording has it \[X-SRV-24\].
//!
//! The recorded answers name the CmdIDs of the recorded server, so commands are offered at the same CmdIDs; where the other
//! server spent one on a Status that ours does not send, a command that nobody answers takes its place. The first nonce is
//! empty in both directions; the recorded client proves itself once in each session.
#![cfg(all(feature = "xml", feature = "wbxml"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::wildcard_enum_match_arm,
    clippy::unwrap_in_result,
    reason = "a test fails by panicking"
)]

#[path = "support/shared.rs"]
mod shared;

use omadm_proto::auth::nonce::{NonceSource, Seed};
use omadm_proto::auth::{Credentials, Scheme};
use omadm_proto::exchange::{Inbound, Syntax};
use omadm_proto::ids::{CmdId, ExchangeId};
use omadm_proto::limits::Limits;
use omadm_proto::message::{Command, Item, Message, TreeCommand, Verb};
use omadm_proto::reading::Reading;
use omadm_proto::status::StatusCode;
use omadm_proto::time::Instant;
use xrem_server::session::{CommandAnswer, Context, Fault, Incoming, Received, Session, Settings, Turn, Work};
use xrem_server::store::ClientAccount;

/// A recorded session and what its commands must have led to: a line for each message of the client behind the first, in it
/// the outcome of each command, `status` or `status value`, parted by semicolons; `-` is no Status, `[...]` a container.
struct Recording {
    cases: &'static [&'static str],
    scheme: Scheme,
    outcomes: &'static [&'static str],
}

const RECORDINGS: &[Recording] = &[
    Recording {
        cases: &["basic-xml-digest", "basic-wbxml-digest"],
        scheme: Scheme::Md5,
        outcomes: &["200 DMCtest", "200; 200"],
    },
    Recording {
        cases: &["basic-xml-basic", "basic-wbxml-basic"],
        scheme: Scheme::Basic,
        outcomes: &["200 DMCtest", "200; 200"],
    },
    Recording {
        cases: &["crud-xml-digest", "crud-wbxml-digest"],
        scheme: Scheme::Md5,
        outcomes: &[
            "200; 200; 200; 200; 418",
            "200 z/y/x; 200 1; 200 abc; 200; 200 42; 200; 404",
            "501; 404; 200; 200 Get=*&Delete=nobody; 200; 425; 200 q/n",
        ],
    },
    // This client takes the first chunk for the whole value.
    Recording { cases: &["more-xml-digest"], scheme: Scheme::Md5, outcomes: &["200", "418", "200 01234"] },
    // It sends no Status for an Atomic itself.
    Recording {
        cases: &["atomic1-xml-digest"],
        scheme: Scheme::Md5,
        outcomes: &["- [200; 200]", "- [200; 425]; 200 a3/a2/a1"],
    },
    Recording {
        cases: &["exec-xml-digest", "exec-wbxml-digest"],
        scheme: Scheme::Md5,
        outcomes: &["200; 425; 404", "200 execute"],
    },
    Recording {
        cases: &["tree-xml-digest", "tree-wbxml-digest"],
        scheme: Scheme::Md5,
        outcomes: &[
            "200 Inbox/DMAcc/Vendor/DevInfo/DevDetail/test; 200 DevId/Man/Mod/DmV/Lang/Bearer/Ext; \
             200 URI/DevTyp/OEM/FwV/SwV/HwV/LrgObj; 200 test/secret; 200 memory/test",
            "406; 200 chr; 200 Get=*; 404; 404 DMCtest,test manufacturer",
        ],
    },
    Recording { cases: &["ui-xml-digest", "ui-wbxml-digest"], scheme: Scheme::Md5, outcomes: &["200"] },
    Recording { cases: &["ui1-xml-digest", "ui3-xml-digest"], scheme: Scheme::Md5, outcomes: &["200", "200 "] },
    Recording { cases: &["ui2-xml-digest", "ui4-xml-digest"], scheme: Scheme::Md5, outcomes: &["200 y", "200 "] },
];

struct Server {
    account: ClientAccount,
    session: Session,
    nonces: NonceSource,
    settings: Settings,
}

impl Server {
    fn new(scheme: Scheme) -> Self {
        let client = Credentials::new("funambol", "funambol");
        let server = Credentials::new("funambol", "srvpwd");
        let mut settings = Settings::default();
        // This client ends its lists of names and its properties with a NUL byte, which no XML document may hold.
        settings.reading = Reading::LENIENT.stripping_nul();
        Self {
            account: ClientAccount::new("DMCtest".into(), client, server).with_scheme(scheme),
            session: Session::new(),
            nonces: NonceSource::new(Seed::new([7; 32])),
            settings,
        }
    }

    fn receive(&mut self, body: &[u8]) -> Received {
        let incoming = incoming(body, &self.settings);
        let mut context = Context { account: &mut self.account, nonces: &mut self.nonces, settings: &self.settings };
        self.session.receive(Instant::ZERO, &mut context, &incoming)
    }

    /// Takes the message, which must be accepted, and answers with `commands` from the CmdID `first_id` on.
    fn turn(&mut self, body: &[u8], commands: &[Command<'static>], first_id: u32) -> (Turn, bool) {
        let received = self.receive(body);
        let Received::Turn(turn) = received else { panic!("expected a turn: {received:?}") };
        let incoming = incoming(body, &self.settings);
        let statuses = 1 + incoming.message.commands().filter(|command| wants_status(command)).count();
        let fillers = usize::try_from(first_id).unwrap().saturating_sub(1 + statuses);
        let filler = || Command::Tree(TreeCommand::new(Verb::Get, 1, vec![Item::target("./Filler")]));
        let offered = core::iter::repeat_with(filler).take(fillers).chain(commands.iter().cloned());
        let mut work: Vec<Work<'_>> = (0..).zip(offered).map(|(key, command)| Work::new(key, command)).collect();
        let verdicts = vec![StatusCode::OK; turn.alerts.len()];
        let mut context = Context { account: &mut self.account, nonces: &mut self.nonces, settings: &self.settings };
        let reply = self.session.respond(&mut context, &incoming, &verdicts, &mut work).expect("our turn");
        assert_eq!(reply.accepted, work.len());
        let answer = Message::decode_as(incoming.syntax, &reply.transmit.body, &Limits::DEFAULT).expect("our message");
        assert!(answer.is_final);
        if let Some(first) = answer.commands().find(|command| !matches!(command, Command::Status(_))) {
            let Command::Tree(TreeCommand { cmd_id, .. }) = first else { return (turn, reply.closed) };
            assert_eq!(
                *cmd_id,
                CmdId::Number(u32::try_from(1 + statuses).unwrap()),
                "our Statuses are as many as thought"
            );
        }
        (turn, reply.closed)
    }
}

fn incoming<'a>(body: &'a [u8], settings: &Settings) -> Incoming<'a> {
    let inbound = Inbound::new(Syntax::sniff(body), body);
    Incoming::decode(ExchangeId::new(1), inbound, settings.reading).expect("decodes")
}

const fn wants_status(command: &Command<'_>) -> bool {
    !matches!(command, Command::Status(_) | Command::Results(_))
}

/// The recorded message `number` of one side.
fn message(case: &str, number: usize, side: &str) -> Option<Vec<u8>> {
    let extension = if case.contains("wbxml") { "wbxml" } else { "xml" };
    shared::read(&format!("captures/libdmclient/{case}/{number:02}-{side}.{extension}"))
}

/// The commands of the recorded server message `number`, whole ones, and the CmdID of the first.
fn recorded_commands(case: &str, number: usize) -> (Vec<Command<'static>>, u32) {
    let body = message(case, number, "s2c").unwrap();
    let message = Message::decode(&body).unwrap().into_owned();
    let mut commands: Vec<Command<'static>> =
        message.commands.into_iter().filter(|command| !matches!(command, Command::Status(_))).collect();
    for command in &mut commands {
        if let Command::Tree(command) = command {
            command.items.iter_mut().for_each(|item| item.more_data = false);
        }
    }
    let first = match commands.first() {
        Some(Command::Tree(TreeCommand { cmd_id, .. })) => cmd_id.clone(),
        Some(Command::Alert(alert)) => alert.cmd_id.clone(),
        Some(Command::Atomic(container) | Command::Sequence(container)) => container.cmd_id.clone(),
        _ => CmdId::Number(0),
    };
    let CmdId::Number(first) = first else { panic!("a CmdID that is no number") };
    (commands, first)
}

/// The outcomes of commands in the words of [`Recording::outcomes`]; what nobody answered was a filler.
fn outcomes(answers: &[CommandAnswer]) -> String {
    let one = |answer: &CommandAnswer| {
        let mut line = answer.status.map_or_else(|| "-".into(), |status| status.as_u16().to_string());
        let values: Vec<&str> =
            answer.values.iter().map(|value| value.text().unwrap().trim_end_matches('\0')).collect();
        if !values.is_empty() {
            line += &format!(" {}", values.join(","));
        }
        if !answer.inner.is_empty() {
            line += &format!(" [{}]", outcomes(&answer.inner));
        }
        line
    };
    let answered = answers.iter().filter(|answer| answer.status.is_some() || !answer.inner.is_empty());
    answered.map(one).collect::<Vec<_>>().join("; ")
}

/// Leads one recorded session; `None` when there are no recordings.
fn lead(case: &str, scheme: Scheme, expected: &[&str]) -> Option<()> {
    let mut server = Server::new(scheme);
    let messages = expected.len() + 1;
    for number in 1..=messages {
        let body = message(case, number, "c2s")?;
        let (commands, first_id) = recorded_commands(case, number);
        let (turn, closed) = server.turn(&body, &commands, first_id);
        if let Some(before) = number.checked_sub(2) {
            assert_eq!(outcomes(&turn.answers), expected[before], "{case}, message {number}");
        } else {
            let man = turn.dev_info.iter().find(|leaf| leaf.uri == "./DevInfo/Man").unwrap();
            assert_eq!((turn.first, man.text()), (true, Some("test manufacturer")), "{case}");
        }
        assert_eq!(closed, commands.is_empty(), "{case}: the session ends with the message without commands");
    }
    Some(())
}

#[test]
fn x_srv_24_recorded_sessions_are_led_to_the_same_ends() {
    for recording in RECORDINGS {
        for case in recording.cases {
            if lead(case, recording.scheme, recording.outcomes).is_none() {
                return;
            }
        }
    }
}

#[test]
fn x_srv_24_a_value_of_twelve_thousand_bytes_goes_there_and_back() {
    for case in ["big-xml-digest", "big-wbxml-digest"] {
        if lead(case, Scheme::Md5, &["200", &format!("200 {}", "A".repeat(12_000))]).is_none() {
            return;
        }
    }
}

#[test]
fn x_exe_10_a_recorded_alert_carries_the_correlator_of_its_exec() {
    for case in ["exec-xml-digest", "exec-wbxml-digest"] {
        let Some(first) = message(case, 1, "c2s") else { return };
        let mut server = Server::new(Scheme::Md5);
        let (commands, first_id) = recorded_commands(case, 1);
        server.turn(&first, &commands, first_id);
        let (turn, _) = server.turn(&message(case, 2, "c2s").unwrap(), &[], 0);
        assert_eq!(turn.alerts[0].correlator.as_deref(), Some("abc123"));
        assert_eq!(turn.alerts[0].items[0].source.as_deref(), Some("./test/execute"));
    }
}

/// The recorded client crashed on these commands; it comes again with the credentials that it had.
#[test]
fn x_srv_24_a_client_that_crashed_in_the_middle_is_challenged_when_it_comes_again() {
    for case in ["atomic-xml-digest", "atomic-wbxml-digest", "seq-xml-digest", "nodata-xml-digest"] {
        let Some(first) = message(case, 1, "c2s") else { return };
        let mut server = Server::new(Scheme::Md5);
        let (commands, first_id) = recorded_commands(case, 1);
        let (_, closed) = server.turn(&first, &commands, first_id);
        assert!(!closed);
        // The same bytes are the same message, and get the same answer.
        assert!(matches!(server.receive(&first), Received::Repeated(_)));
        // With another SessionID it is the next session, and the empty nonce has been used.
        let Some(other) = message("basic-xml-digest", 1, "c2s") else { return };
        let next = String::from_utf8(other).unwrap().replace("<SessionID>1<", "<SessionID>2<");
        let received = server.receive(next.as_bytes());
        let Received::Refused { fault, reply } = received else { panic!("{received:?}") };
        assert_eq!(fault, Fault::WrongCredentials);
        let reply = Message::decode(&reply.body).unwrap();
        let status = reply.statuses().next().unwrap();
        assert_eq!((status.code, status.chal().is_some()), (StatusCode::INVALID_CREDENTIALS, true));
    }
}
