//! The lint names the broken rule and the place, whatever row is played.

use dmconf::row::{Stop, Verdict};
use dmconf::rows::server::rows;
use dmconf::server::Stand;
use dmconf::server::inprocess::InProcess;
use omadm_proto::exchange::Syntax;
use serde_json::json;

use super::lies::{LIES, Liar};

/// A lie, and words of the rule that the lint finds broken in a session with commands of every kind.
const FINDS: [(&str, &str); 19] = [
    ("another SessionID", "SessionID"),
    ("MsgID stands still", "MsgID 2"),
    ("another VerProto", "VerProto"),
    ("Source and Target as the client's", "the client's Source"),
    ("larger than any limit", "MaxMsgSize"),
    ("no Status for the header", "one Status for the SyncHdr"),
    ("a challenge in each Status", "Chal in the Status of the SyncHdr only"),
    ("every header refused", "nothing but Statuses in a message that says 401"),
    ("no Statuses for commands", "one Status for each command of the client"),
    ("a Status for good Results", "no Status for Results that were good"),
    ("another CmdRef", "CmdRef 0"),
    ("another MsgRef", "MsgRef"),
    ("another Cmd", "Cmd Alert"),
    ("Statuses backwards", "the Status for the SyncHdr before everything else"),
    ("no Final", "Final on every message"),
    ("no Meta", "Meta Size in the first chunk"),
    ("values cut short", "as Size announced"),
    ("one CmdID for all", "CmdIDs unique"),
    ("commands twice", "CmdIDs unique"),
];

/// A session with commands of every kind, a large object at the end.
fn session(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client()?;
    client.max_msg_size = Some(2_000);
    stand.queue(&client, &json!([{"cmd": "get", "uri": "./DevInfo/Man"}, {"cmd": "get", "uri": "./T/s"}]))?;
    stand.queue(&client, &json!([{"cmd": "replace", "uri": "./T/s", "data": "x".repeat(5_000)}]))?;
    client.session(stand).map(drop)
}

#[test]
fn each_lie_is_found_with_its_rule() {
    for (name, words) in &FINDS {
        let lie = LIES.iter().find(|lie| lie.name() == *name).unwrap_or_else(|| panic!("no lie {name}"));
        let mut stand = Stand::new(Box::new(Liar::new(*lie)), Syntax::Xml);
        let Err(Stop::Failed(finding)) = session(&mut stand) else { panic!("{name}: not found") };
        assert!(finding.expected.contains(words), "{name}: {finding}");
        assert!(finding.place.contains("of the server"), "{name}: {finding}");
    }
}

#[test]
fn an_honest_server_has_no_findings() {
    for syntax in [Syntax::Xml, Syntax::Wbxml] {
        let mut stand = Stand::new(Box::new(InProcess::default()), syntax);
        assert_eq!(session(&mut stand), Ok(()));
    }
}

#[test]
fn a_row_that_breaks_on_the_lint_says_where() {
    let lie = LIES.iter().find(|lie| lie.name() == "another SessionID").unwrap();
    let row = rows().find(|row| row.id == "X-SES-03").unwrap();
    let mut stand = Stand::new(Box::new(Liar::new(*lie)), Syntax::Wbxml);
    let Verdict::Failed(finding) = row.play(&mut stand) else { panic!("passed") };
    assert_eq!(finding.place, "message 1 of the server, SyncHdr/SessionID");
    assert_eq!(finding.seen, "\"FFFF\"");
}
