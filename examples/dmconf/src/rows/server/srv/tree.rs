//! What an operator reads and writes through the server.

use std::collections::{BTreeMap, BTreeSet};

use omadm_proto::message::Verb;
use serde_json::{Value, json};

use crate::row::Stop;
use crate::server::client::{Client, Leaf};
use crate::server::outcome::{Outcome, State};
use crate::server::{Stand, expect};

pub(super) fn srv_11(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client()?;
    for (name, value) in [("MaxDepth", "5"), ("MaxTotLen", "64"), ("MaxSegLen", "16")] {
        client.leaves.insert(format!("./DevDetail/URI/{name}"), Leaf::text(value));
    }
    let uris = [
        "./T/a-segment-of-more-than-sixteen-characters",
        "./T/1/2/3/4/5/6/7",
        "./T/0123456789abcde/0123456789abcde/0123456789abcde/0123456789abcde",
    ];
    for uri in uris {
        client.codes.insert(uri.into(), 414);
        let job = match stand.queue(&client, &json!([{"cmd": "add", "uri": uri, "data": "v"}])) {
            Ok(job) => job,
            Err(Stop::Failed(finding)) => {
                expect(!finding.seen.trim().is_empty(), "a clear reason", "none", uri)?;
                continue;
            }
            Err(skipped @ Stop::Skipped(_)) => return Err(skipped),
        };
        client.received.clear();
        client.session(stand)?;
        let outcome = stand.outcome(&job)?;
        let reported = outcome.status(0) == Some(414) && outcome.state == State::Failed;
        let refused = client.received.is_empty() && outcome.state == State::Failed && !outcome.reason.is_empty();
        expect(reported || refused, "414 reported, or a refusal with its reason", outcome.words(), uri)?;
    }
    Ok(())
}

/// Reads `uris` in one session.
fn read(stand: &mut Stand, client: &mut Client, uris: &[String]) -> Result<Outcome, Stop> {
    let commands: Vec<Value> = uris.iter().map(|uri| json!({"cmd": "get", "uri": uri})).collect();
    let job = stand.queue(client, &Value::Array(commands))?;
    client.session(stand)?;
    stand.outcome(&job)
}

pub(super) fn srv_19(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client()?;
    for (uri, value) in [("./T/sub/a", "1"), ("./T/sub/deep/c", "3"), ("./T/secret", "x"), ("./T/wo", "y")] {
        client.leaves.insert(uri.into(), Leaf::text(value));
    }
    client.codes.insert("./T/secret".into(), 425);
    client.codes.insert("./T/wo".into(), 405);
    client.codes.insert(".".into(), 200);
    let (mut open, mut seen, mut values) = (vec![".".to_owned()], BTreeSet::new(), BTreeMap::new());
    let mut unreadable = BTreeSet::new();
    let mut depth = 0;
    while !open.is_empty() {
        depth += 1;
        expect(depth < 10, "a tree of four levels", "ten levels", "walk from .")?;
        let outcome = read(stand, &mut client, &open)?;
        let mut next = Vec::new();
        for (uri, command) in open.iter().zip(&outcome.commands) {
            if !matches!(command.status, Some(200)) {
                unreadable.insert(uri.clone());
                continue;
            }
            for value in &command.results {
                if value.format.as_deref() == Some("node") {
                    let text = value.text();
                    let children = text.split('/').filter(|name| !name.is_empty()).map(|name| format!("{uri}/{name}"));
                    next.extend(children.filter(|child| seen.insert(child.clone())));
                } else {
                    values.insert(uri.clone(), value.text());
                }
            }
        }
        open = next;
    }
    let readable = client.leaves.keys().filter(|uri| !matches!(uri.as_str(), "./T/secret" | "./T/wo"));
    for uri in readable {
        let found = values.contains_key(uri);
        expect(found, &format!("{uri} found by the walk"), "not found", "walk from .")?;
    }
    let expected: BTreeSet<String> = ["./T/secret", "./T/wo"].into_iter().map(str::to_owned).collect();
    expect(unreadable == expected, "./T/secret and ./T/wo as unreadable", format!("{unreadable:?}"), "walk from .")
}

/// The leaves that the three standard objects must have, with a value each.
const MANDATORY: [(&str, &str); 17] = [
    ("./DevInfo/DevId", ""),
    ("./DevInfo/Man", "Acme"),
    ("./DevInfo/Mod", "M1"),
    ("./DevInfo/DmV", "1.2"),
    ("./DevInfo/Lang", "en"),
    ("./DevDetail/DevTyp", "Meter"),
    ("./DevDetail/OEM", "Acme"),
    ("./DevDetail/FwV", "1.0"),
    ("./DevDetail/SwV", "1.1"),
    ("./DevDetail/HwV", "1.2"),
    ("./DevDetail/LrgObj", "true"),
    ("./DevDetail/URI/MaxDepth", "0"),
    ("./DevDetail/URI/MaxTotLen", "0"),
    ("./DevDetail/URI/MaxSegLen", "0"),
    ("./DMAcc/A/AppID", "w7"),
    ("./DMAcc/A/ServerID", "com.mgmtsrv.manage"),
    ("./DMAcc/A/AppAuth/1/AAuthName", "client1"),
];

pub(super) fn srv_21(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client()?;
    for (uri, value) in MANDATORY.iter().skip(1) {
        client.leaves.insert((*uri).into(), Leaf::text(value));
    }
    let uris: Vec<String> = MANDATORY.iter().map(|(uri, _)| (*uri).to_owned()).collect();
    let outcome = read(stand, &mut client, &uris)?;
    for ((uri, value), command) in MANDATORY.iter().zip(&outcome.commands) {
        let read = command.results.first().map(|value| value.text()).unwrap_or_default();
        let wanted = if value.is_empty() { client.account.dev_id.as_str() } else { value };
        expect(read == wanted, &format!("{wanted:?} from {uri}"), format!("{read:?}"), "outcome")?;
    }
    // Secrets: the server does not ask, or gets 405 and shows nothing.
    let secrets = ["./DMAcc/A/AppAuth/1/AAuthSecret", "./DMAcc/A/AppAuth/1/AAuthData"];
    for uri in secrets {
        client.codes.insert(uri.into(), 405);
        if let Ok(job) = stand.queue(&client, &json!([{"cmd": "get", "uri": uri}])) {
            client.session(stand)?;
            let outcome = stand.outcome(&job)?;
            let shown = outcome.results().count();
            expect(shown == 0 && outcome.state == State::Failed, "no value of a secret", outcome.words(), uri)?;
        }
    }
    let asked = client
        .received
        .iter()
        .filter(|command| matches!(command, omadm_proto::message::Command::Tree(tree) if tree.verb == Verb::Get))
        .count();
    expect(asked > 0, "Gets in the session", "none", "session")
}
