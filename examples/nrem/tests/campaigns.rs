//! Campaigns through the API: begun, paused, resumed and cancelled, over a restart of the server.
#![allow(dead_code, reason = "the scripted client and the site are shared with other tests")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../../xrem-server/tests/server/client.rs"]
mod client;
#[path = "support/site.rs"]
mod site;

use std::time::{Duration, Instant};

use client::Client;
use omadm_proto::exchange::Syntax;
use serde_json::{Value, json};
use site::{Http, Site};

const PATIENCE: Duration = Duration::from_secs(60);

/// `number` registered clients that run 2.1, and an image of that version.
fn prepared(site: &Site, number: usize) -> Vec<Client> {
    assert_eq!(site.http.put("/api/v1/images/fw?version=2.1", b"image").status, 201);
    let register = |number| {
        let mut client = Client::new(&format!("dev{number}"), Syntax::Xml);
        client.tree.insert("./DevDetail/FwV".into(), "2.1".into());
        site.http.register(&client, &json!({}));
        client
    };
    (1..=number).map(register).collect()
}

fn request(nodes: usize) -> Value {
    let ids: Vec<String> = (1..=nodes).map(|number| format!("dev{number}")).collect();
    json!({"name": "spring", "target": {"devices": ids}, "version": "2.1", "image": "fw", "plan": {"canary": 1, "wave": 2}})
}

/// Looks at the campaign until `what` holds.
fn until(http: &Http, what: impl Fn(&Value) -> bool) -> Value {
    let give_up = Instant::now() + PATIENCE;
    loop {
        let campaign = http.get("/api/v1/campaigns/1").json();
        if what(&campaign) {
            return campaign;
        }
        assert!(Instant::now() < give_up, "{campaign:#}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn n6b_a_campaign_goes_on_wave_by_wave_and_over_a_restart() {
    let mut site = Site::start();
    let mut clients = prepared(&site, 3);
    let begun = site.http.api("/campaigns", &request(3));
    assert_eq!(begun.status, 201, "{}", begun.text());
    assert_eq!((&begun.json()["state"], &begun.json()["counts"]["total"]), (&json!("running"), &json!(3)));

    until(&site.http, |it| it["waves"] == 1);
    site.http.run_session(&mut clients[0]);
    // The canary has ended, the others begin.
    until(&site.http, |it| it["waves"] == 2);
    site.restart();
    for client in &mut clients[1..] {
        site.http.run_session(client);
    }
    let over = until(&site.http, |it| !it["ended"].is_null());
    assert_eq!((&over["state"], &over["counts"]["already"]), (&json!("finished"), &json!(3)));
    let wave = site.http.get("/api/v1/campaigns/1/waves/2").json();
    let states: Vec<_> = wave["nodes"].as_array().unwrap().iter().map(|node| (&node["id"], &node["state"])).collect();
    assert_eq!(states, [(&json!("dev2"), &json!("already")), (&json!("dev3"), &json!("already"))]);
    let late = site.http.patch("/campaigns/1", &json!({"wish": "cancel"}));
    assert_eq!(late.status, 409, "{}", late.text());
}

#[test]
fn n6b_a_paused_campaign_waits_and_a_cancelled_one_leaves_nothing_to_do() {
    let site = Site::start();
    let mut clients = prepared(&site, 3);
    assert_eq!(site.http.api("/campaigns", &request(3)).status, 201);
    until(&site.http, |it| it["waves"] == 1);
    assert_eq!(site.http.patch("/campaigns/1", &json!({"wish": "pause"})).json()["state"], "paused");
    site.http.run_session(&mut clients[0]);
    until(&site.http, |it| it["counts"]["already"] == 1);
    assert_eq!(site.http.get("/api/v1/campaigns/1").json()["waves"], 1);

    assert_eq!(site.http.patch("/campaigns/1", &json!({"wish": "resume"})).json()["state"], "running");
    until(&site.http, |it| it["waves"] == 2);
    assert_eq!(site.http.patch("/campaigns/1", &json!({"wish": "cancel"})).json()["state"], "cancelled");
    let over = until(&site.http, |it| !it["ended"].is_null());
    assert_eq!(over["counts"]["cancelled"], 2);
    let answers = clients[1].header_codes.len();
    site.http.run_session(&mut clients[1]);
    assert_eq!(clients[1].header_codes.len() - answers, 1, "the session is closed at once");
}

#[test]
fn n6b_campaigns_are_listed_in_pages() {
    let site = Site::start();
    prepared(&site, 1);
    for _ in 0..3 {
        assert_eq!(site.http.api("/campaigns", &request(1)).status, 201);
    }
    let mut path = "/api/v1/campaigns?limit=2".to_owned();
    let mut pages = Vec::new();
    loop {
        let page = site.http.get(&path).json();
        pages.push(
            page["campaigns"].as_array().unwrap().iter().map(|it| it["id"].as_u64().unwrap()).collect::<Vec<_>>(),
        );
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/campaigns?limit=2&after={next}");
    }
    assert_eq!(pages, [vec![1, 2], vec![3]]);
}

#[test]
fn campaigns_that_cannot_be_are_refused_with_the_reason() {
    let site = Site::start();
    prepared(&site, 1);
    let refusal = |change: &dyn Fn(&mut Value)| {
        let mut body = request(1);
        change(&mut body);
        let answer = site.http.api("/campaigns", &body);
        (answer.status, answer.json()["error"].to_string())
    };
    for (change, status, word) in [
        (&(|it: &mut Value| it["image"] = json!("none")) as &dyn Fn(&mut Value), 404, "none"),
        (&|it| it["target"] = json!({"device": "nobody"}), 404, "nobody"),
        (&|it| it["plan"]["wave"] = json!(0), 400, "wave is 0"),
        (&|it| it["plan"]["colour"] = json!(0), 400, "colour"),
    ] {
        let (got, why) = refusal(change);
        assert!(got == status && why.contains(word), "{got}: {why}");
    }
    assert_eq!(site.http.get("/api/v1/campaigns/7").status, 404);
    assert_eq!(site.http.get("/api/v1/campaigns/x").status, 400);
    assert_eq!(site.http.get("/api/v1/campaigns").json(), json!({"campaigns": [], "next": null}));
}
