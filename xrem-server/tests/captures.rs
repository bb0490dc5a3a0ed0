//! Sessions of an independent client, recorded against an independent server, fed to ours: they must be accepted turn by
//! turn \[X-SRV-24\].
//!
//! The recorded answers name the CmdIDs of the recorded server, so commands are offered at the same CmdIDs; where the other
//! server spent one on a Status that ours does not send, a command that nobody answers takes its place.
#![cfg(all(feature = "xml", feature = "wbxml"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::wildcard_enum_match_arm,
    reason = "a test fails by panicking"
)]

#[path = "support/shared.rs"]
mod shared;

use omadm_proto::auth::nonce::{NonceSource, Seed};
use omadm_proto::auth::{Credentials, Scheme};
use omadm_proto::exchange::{Inbound, Syntax};
use omadm_proto::ids::ExchangeId;
use omadm_proto::limits::Limits;
use omadm_proto::message::Message;
use omadm_proto::reading::Reading;
use omadm_proto::status::StatusCode;
use omadm_proto::time::Instant;
use xrem_server::session::{Context, Incoming, Received, Session, Settings, Turn, Work};
use xrem_server::store::ClientAccount;
use xrem_server::task::CommandSpec;

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
        Self {
            account: ClientAccount::new("DMCtest".into(), client, server).with_scheme(scheme),
            session: Session::new(),
            nonces: NonceSource::new(Seed::new([7; 32])),
            settings: Settings::default(),
        }
    }

    /// Takes the message, which must be accepted, and answers with `commands`; whether the session is over.
    fn turn(&mut self, body: &[u8], commands: &[CommandSpec]) -> (Turn, bool) {
        let syntax = Syntax::sniff(body);
        let incoming =
            Incoming::decode(ExchangeId::new(1), Inbound::new(syntax, body), Reading::LENIENT).expect("decodes");
        let mut context = Context { account: &mut self.account, nonces: &mut self.nonces, settings: &self.settings };
        let turn = match self.session.receive(Instant::ZERO, &mut context, &incoming) {
            Received::Turn(turn) => turn,
            other => panic!("expected a turn: {other:?}"),
        };
        let mut next = 1;
        let work: Vec<Work<'_>> =
            (0..).zip(commands).map(|(key, spec)| Work::new(key, spec.to_command(&mut next))).collect();
        let verdicts = vec![StatusCode::OK; turn.alerts.len()];
        let reply = self.session.respond(&mut context, &incoming, &verdicts, &work).expect("our turn");
        assert_eq!(reply.accepted, commands.len());
        let answer = Message::decode_as(syntax, &reply.transmit.body, &Limits::DEFAULT).expect("our own message");
        assert!(answer.is_final);
        (turn, reply.closed)
    }
}

fn message(case: &str, number: u32) -> Option<Vec<u8>> {
    let extension = if case.contains("wbxml") { "wbxml" } else { "xml" };
    shared::read(&format!("captures/libdmclient/{case}/{number:02}-c2s.{extension}"))
}

/// The basic session: package 1, Get, Add and Replace.
fn basic_session(case: &str, scheme: Scheme) {
    let Some(first) = message(case, 1) else { return };
    let mut server = Server::new(scheme);
    let (turn, closed) = server.turn(&first, &[CommandSpec::get("./DevInfo/DevId")]);
    assert!(turn.first && !closed);
    let man = turn.dev_info.iter().find(|leaf| leaf.uri == "./DevInfo/Man").unwrap();
    assert_eq!(man.text(), Some("test manufacturer"));

    let filler = CommandSpec::get("./Filler");
    let add = CommandSpec::add("./Vendor/memory/a", "hello");
    let replace = CommandSpec::replace("./Vendor/memory/a", "hello2");
    let (turn, _) = server.turn(&message(case, 2).unwrap(), &[filler, add, replace]);
    assert!(!turn.first);
    assert_eq!(turn.answers[0].status, Some(StatusCode::OK));
    assert_eq!(turn.answers[0].values[0].text(), Some("DMCtest"));

    let (turn, closed) = server.turn(&message(case, 3).unwrap(), &[]);
    let statuses: Vec<_> = turn.answers.iter().map(|answer| (answer.key, answer.status)).collect();
    assert_eq!(statuses, [(0, None), (1, Some(StatusCode::OK)), (2, Some(StatusCode::OK))]);
    assert!(closed);
}

#[test]
fn x_srv_24_a_recorded_xml_session_with_md5_is_managed() {
    basic_session("basic-xml-digest", Scheme::Md5);
}

#[test]
fn x_srv_24_a_recorded_wbxml_session_with_md5_is_managed() {
    basic_session("basic-wbxml-digest", Scheme::Md5);
}

#[test]
fn x_srv_24_a_recorded_session_with_basic_is_managed() {
    basic_session("basic-xml-basic", Scheme::Basic);
}

#[test]
fn x_srv_24_a_recorded_session_with_adds_gets_and_deletes_is_managed() {
    for case in ["crud-xml-digest", "crud-wbxml-digest"] {
        let Some(first) = message(case, 1) else { return };
        let mut server = Server::new(Scheme::Md5);
        let node = CommandSpec::get("./Vendor/memory/n");
        let adds: Vec<CommandSpec> = ["n", "n/x", "n/y", "n/z", "n/x"]
            .iter()
            .map(|name| CommandSpec::add(format!("./Vendor/memory/{name}"), "1"))
            .collect();
        server.turn(&first, &adds);
        let second: Vec<CommandSpec> = vec![
            node.clone(),
            CommandSpec::get("./Vendor/memory/n/x"),
            CommandSpec::get("./Vendor/memory/n/y"),
            CommandSpec::replace("./Vendor/memory/n/x", "42"),
            CommandSpec::get("./Vendor/memory/n/x"),
            CommandSpec::add("./Vendor/memory/q/r", "1"),
            CommandSpec::replace("./Vendor/memory/nope", "1"),
        ];
        let (turn, _) = server.turn(&message(case, 2).unwrap(), &second);
        let statuses: Vec<_> = turn.answers.iter().map(|answer| answer.status.unwrap().as_u16()).collect();
        assert_eq!(statuses, [200, 200, 200, 200, 418]);

        // This client ends its lists of names with a NUL byte: in XML that is no document at all, in WBXML it is bytes.
        if case == "crud-xml-digest" {
            let body = message(case, 3).unwrap();
            let inbound = Inbound::new(Syntax::Xml, &body);
            assert!(Incoming::decode(ExchangeId::new(1), inbound, Reading::LENIENT).is_err());
            continue;
        }
        let (turn, _) = server.turn(&message(case, 3).unwrap(), &[]);
        let statuses: Vec<_> = turn.answers.iter().map(|answer| answer.status.unwrap().as_u16()).collect();
        assert_eq!(statuses, [200, 200, 200, 200, 200, 200, 404]);
        assert_eq!(turn.answers[1].values[0].text(), Some("1"));
        assert_eq!(turn.answers[2].values[0].data, b"abc", "base64 stands for bytes");
        assert_eq!(turn.answers[4].values[0].text(), Some("42"));
    }
}

#[test]
fn x_exe_10_a_recorded_exec_is_answered_and_its_alert_carries_the_correlator() {
    for case in ["exec-xml-digest", "exec-wbxml-digest"] {
        let Some(first) = message(case, 1) else { return };
        let mut server = Server::new(Scheme::Md5);
        let execs = ["./test/execute", "./test", "./nothere"].map(CommandSpec::exec);
        server.turn(&first, &execs);
        let (turn, _) = server.turn(&message(case, 2).unwrap(), &[]);
        let statuses: Vec<_> = turn.answers.iter().map(|answer| answer.status.unwrap().as_u16()).collect();
        assert_eq!(statuses, [200, 425, 404]);
        assert_eq!(turn.alerts[0].correlator.as_deref(), Some("abc123"));
        assert_eq!(turn.alerts[0].items[0].source.as_deref(), Some("./test/execute"));
    }
}

#[test]
fn a_client_that_sends_no_status_for_an_atomic_is_not_waited_for() {
    let Some(first) = message("atomic1-xml-digest", 1) else { return };
    let mut server = Server::new(Scheme::Md5);
    let commands = vec![CommandSpec::add("./Vendor/memory/a1", "1"), CommandSpec::add("./Vendor/memory/a2", "2")];
    server.turn(&first, &[CommandSpec::Atomic { commands }]);
    let (turn, closed) = server.turn(&message("atomic1-xml-digest", 2).unwrap(), &[]);
    let atomic = &turn.answers[0];
    assert_eq!(atomic.status, None);
    assert_eq!(atomic.inner.iter().map(|inner| inner.status.unwrap().as_u16()).collect::<Vec<_>>(), [200, 200]);
    assert!(closed);
}
