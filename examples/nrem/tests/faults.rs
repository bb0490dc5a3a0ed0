//! Faults and the stream of events through the API, over HTTP.
#![allow(dead_code, reason = "the scripted client and the site are shared with other tests")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../../xrem-server/tests/server/client.rs"]
mod client;
#[path = "support/site.rs"]
mod site;
#[path = "support/stream.rs"]
mod stream;

use client::Client;
use omadm_proto::alert::types;
use omadm_proto::exchange::Syntax;
use serde_json::json;
use site::Site;
use stream::{Heard, Stream};

const TRAP: &str = "./DiagMon/Traps/overtemperature";

/// Queues the transition `seq` of the trap on `device`.
fn tell(device: &mut Client, seq: u32, state: &str, mark: &'static str, correlator: Option<&str>) {
    let document = format!(
        r#"<FM xmlns="urn:x-xrem:diag:1" trap="overtemperature" seq="{seq}" t="20261122T1015{seq:02}Z" state="{state}" cause="temperature > 80" v="91.5"/>"#
    );
    let document = document.replace(" > 80", " &gt; 80");
    device.finish(correlator, TRAP, types::TRAP_NOTIFICATION, &document);
    device.alerts.last_mut().unwrap().items[0].meta.as_mut().unwrap().extras_mut().mark = Some(mark.into());
}

fn device(site: &Site, id: &str) -> Client {
    let client = Client::new(id, Syntax::Wbxml);
    site.http.register(&client, &json!({}));
    client
}

fn fault(heard: &Heard) -> (&str, &str, &str) {
    let text = |value: &'static str| heard.data["fault"][value].as_str().unwrap();
    (text("node"), text("state"), heard.data["severity"].as_str().unwrap())
}

#[test]
fn n3b_a_subscriber_hears_each_critical_alarm_once_and_after_a_restart_goes_on_where_it_was() {
    let mut site = Site::start();
    let (mut one, mut two) = (device(&site, "urn:dev:1"), device(&site, "urn:dev:2"));
    tell(&mut one, 1, "raised", "critical", None);
    site.http.run_session(&mut one);

    let query = "?kinds=fault&min_severity=critical&current=true";
    let mut stream = Stream::open(&site.http.base, query, None);
    let listed = stream.next();
    assert_eq!((&*listed.event, &listed.data["node"], listed.id), ("alarm", &json!("urn:dev:1"), None));
    assert_eq!(listed.data["sources"], json!(["autonomous"]));
    assert_eq!(stream.next().event, "ready");

    tell(&mut two, 1, "raised", "warning", None);
    tell(&mut two, 2, "cleared", "informational", None);
    tell(&mut two, 3, "raised", "fatal", None);
    tell(&mut two, 3, "raised", "fatal", None);
    site.http.run_session(&mut two);
    let raised = stream.next();
    assert_eq!((&*raised.event, fault(&raised)), ("fault", ("urn:dev:2", "raised", "fatal")));
    assert_eq!(
        (&raised.data["fault"]["cause"], &raised.data["fault"]["value"]),
        (&json!("temperature > 80"), &json!(91.5))
    );
    tell(&mut one, 2, "cleared", "informational", None);
    site.http.run_session(&mut one);
    assert_eq!(fault(&stream.next()), ("urn:dev:1", "cleared", "critical"));

    // Nobody listens now, and the server ends while streams are open.
    site.restart();
    drop(stream);
    tell(&mut one, 4, "cleared", "informational", None);
    tell(&mut one, 3, "raised", "critical", None);
    site.http.run_session(&mut one);
    let mut again = Stream::open(&site.http.base, "?kinds=fault&min_severity=critical", raised.id);
    assert_eq!(fault(&again.next()), ("urn:dev:1", "cleared", "critical"));
    let late = again.next();
    assert_eq!((fault(&late), &late.data["late"]), (("urn:dev:1", "raised", "critical"), &json!(true)));
}

#[test]
fn n3c_polls_alarms_history_and_acknowledgement_over_the_api() {
    let site = Site::start();
    let mut one = device(&site, "urn:dev:1");
    let answer = site.http.api("/faults/poll", &json!({"target": {"device": "urn:dev:1"}, "trap": TRAP}));
    assert_eq!(answer.status, 201, "{}", answer.text());
    let poll = answer.json()["id"].as_u64().unwrap();
    assert_eq!(site.http.task_view(poll)["counts"]["pending"], 1);
    tell(&mut one, 1, "raised", "critical", None);
    site.http.run_session(&mut one);
    assert_eq!((&site.http.task_view(poll)["state"], one.ran.len()), (&json!("done"), 0));

    let answer = site.http.api("/faults/poll", &json!({"target": {"device": "urn:dev:1"}, "trap": TRAP}));
    let poll = answer.json()["id"].as_u64().unwrap();
    site.http.run_session(&mut one);
    let correlator = one.ran.last().unwrap().correlator.clone().unwrap();
    tell(&mut one, 1, "raised", "critical", Some(&correlator));
    site.http.run_session(&mut one);
    assert_eq!(site.http.task_view(poll)["state"], "done");

    let faults = site.http.get("/api/v1/faults?min_severity=critical").json();
    assert_eq!(faults["faults"].as_array().unwrap().len(), 1);
    assert_eq!(faults["faults"][0]["sources"], json!(["autonomous", "requested"]));
    assert_eq!(site.http.get("/api/v1/faults?min_severity=fatal").json()["faults"], json!([]));
    assert_eq!(site.http.get("/api/v1/faults?node=urn:dev:2").status, 404);
    assert_eq!(site.http.get("/api/v1/faults?min_severity=loud").status, 400);

    let named = json!({"node": "urn:dev:1", "trap": "overtemperature"});
    let answer = site.http.api("/faults/acknowledge", &named);
    assert_eq!((answer.status, &answer.json()["acknowledged"]["by"]), (200, &json!("operator")));
    let nobody = json!({"node": "urn:dev:1", "trap": "cold"});
    assert_eq!(site.http.api("/faults/acknowledge", &nobody).status, 404);

    for seq in 2..=5 {
        tell(&mut one, seq, if seq % 2 == 0 { "cleared" } else { "raised" }, "critical", None);
    }
    site.http.run_session(&mut one);
    let mut seqs = Vec::new();
    let mut path = "/api/v1/faults/history?limit=2".to_owned();
    loop {
        let page = site.http.get(&path).json();
        seqs.extend(page["transitions"].as_array().unwrap().iter().map(|it| it["seq"].as_u64().unwrap()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/faults/history?limit=2&after={next}");
    }
    assert_eq!(seqs, [5, 4, 3, 2, 1]);
}

#[test]
fn n1a_a_subscriber_follows_a_task_to_its_end() {
    let site = Site::start();
    let (mut one, mut two) = (device(&site, "urn:dev:1"), device(&site, "urn:dev:2"));
    let mut stream = Stream::open(&site.http.base, "?kinds=task", None);
    assert_eq!(stream.next().event, "ready");
    let target = json!({"devices": ["urn:dev:1", "urn:dev:2"]});
    let task = site.http.task(&json!({"target": target, "commands": [{"cmd": "get", "uri": "./DevInfo/Man"}]}));
    site.http.run_session(&mut one);
    site.http.run_session(&mut two);
    let mut ended = Vec::new();
    while ended.len() < 2 {
        let heard = stream.next();
        assert_eq!((&*heard.event, &heard.data["task"]), ("task", &json!(task)));
        if heard.data["event"] == "job_finished" {
            ended.push((heard.data["node"].clone(), heard.data["jobs"].clone()));
        }
    }
    let end = |node: &str, done: u32| (json!(node), json!({"done": done, "of": 2}));
    assert_eq!(ended, [end("urn:dev:1", 1), end("urn:dev:2", 2)]);
}

#[test]
fn n1c_a_trap_is_armed_through_the_api() {
    let site = Site::start();
    let mut one = device(&site, "urn:dev:1");
    for (name, value) in [("Condition", "event"), ("Enabled", "false"), ("Severity", "warning")] {
        one.tree.insert(format!("{TRAP}/{name}"), value.into());
    }
    let mut arm = json!({"target": {"device": "urn:dev:1"}, "trap": TRAP, "condition": "temperature > 80", "severity": "critical"});
    assert_eq!(site.http.api("/faults/activate", &arm).status, 201);
    site.http.run_session(&mut one);
    assert_eq!(
        (&*one.tree[&format!("{TRAP}/Condition")], &*one.tree[&format!("{TRAP}/Enabled")]),
        ("temperature > 80", "true")
    );
    let answer = site.http.api("/faults/deactivate", &json!({"target": {"device": "urn:dev:1"}, "trap": TRAP}));
    assert_eq!(answer.status, 201);
    site.http.run_session(&mut one);
    assert_eq!(one.tree[&format!("{TRAP}/Enabled")], "false");
    arm["condition"] = json!("hot");
    assert_eq!(site.http.api("/faults/activate", &arm).status, 400);
}
