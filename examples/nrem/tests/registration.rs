//! Devices come into the directory and leave it, over real HTTP; and nothing that the API tells holds an address or a name that
//! only gateways use.
#![allow(dead_code, reason = "the scripted client, the site and the stream are shared with other tests")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../../../xrem-server/tests/server/client.rs"]
mod client;
#[path = "support/site.rs"]
mod site;
#[path = "support/stream.rs"]
mod stream;

use client::Client;
use omadm_proto::exchange::Syntax;
use serde_json::{Value, json};
use site::{Http, Site};
use stream::Stream;

fn with_body(http: &Http, method: &str, path: &str, (token, body): (&str, &Value)) -> (u16, Value) {
    let config = ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build();
    let request = ureq::http::Request::builder().method(method).uri(format!("{}/api/v1{path}", http.base));
    let request = request.header("authorization", format!("Bearer {token}")).body(body.to_string()).unwrap();
    let mut answer = ureq::Agent::from(config).run(request).unwrap();
    let text = answer.body_mut().read_to_string().unwrap();
    (answer.status().as_u16(), serde_json::from_str(&text).unwrap_or_default())
}

fn acceptance(decision: &str, client: &Client) -> Value {
    json!({"unknown": decision, "groups": ["new"],
        "client": {"name": client.own.name, "secret": client.own.secret.expose()},
        "server": {"id": client.server.name, "secret": client.server.secret.expose()}})
}

/// The task that reads the inventory is done in the session after the first one.
fn read_inventory(site: &Site, device: &mut Client) {
    site.http.run_session(device);
    site.http.run_session(device);
}

/// The name of the next event that is told.
fn next_name(told: &mut Stream) -> String {
    loop {
        if let Some(name) = told.next().data["event"].as_str() {
            return name.to_owned();
        }
    }
}

fn unknown(site: &Site) -> Vec<Value> {
    let listed = site.http.get("/api/v1/unknown-devices").json();
    listed["unknown"].as_array().unwrap().iter().map(|device| device["dev_id"].clone()).collect()
}

#[test]
fn n7a_an_unknown_device_is_listed_approved_and_managed_over_restarts() {
    let mut site = Site::start();
    let mut device = Client::new("meter-1", Syntax::Xml);
    site.http.run_session(&mut device);
    assert_eq!(device.header_codes, [401; 3]);
    assert_eq!(unknown(&site), ["meter-1"]);
    let refused = site.http.api("/unknown-devices/meter-1/approve", &json!({}));
    assert_eq!((refused.status, site.http.api("/unknown-devices/meter-2/approve", &json!({})).status), (409, 404));

    let body = acceptance("queue", &device);
    assert_eq!(with_body(&site.http, "PUT", "/acceptance", ("", &body)).0, 200);
    site.restart();
    let shown = site.http.get("/api/v1/acceptance");
    let expected = json!({"unknown": "queue", "client_name": "meter-1-user", "server_id": "nrem.test",
        "groups": ["new"], "owner": "operator"});
    assert_eq!(shown.json(), expected, "and no secret");
    assert_eq!(unknown(&site), ["meter-1"]);
    device.header_codes.clear();
    site.http.run_session(&mut device);
    assert_eq!(device.header_codes, [401; 3], "it still waits");

    let approved = site.http.api("/unknown-devices/meter-1/approve", &json!({"name": "hall"}));
    assert_eq!((approved.status, &approved.json()["id"]), (201, &json!("hall")), "{}", approved.text());
    assert_eq!(unknown(&site), [""; 0]);
    site.restart();
    read_inventory(&site, &mut device);
    let shown = site.http.get("/api/v1/devices/hall").json();
    assert_eq!((&shown["groups"], &shown["life"]), (&json!(["new"]), &json!("active")));
    assert_eq!(shown["dev_info"]["./DevInfo/Man"], "Acme");
}

#[test]
fn n7a_a_device_that_proves_the_shared_secret_is_registered_and_its_owner_told() {
    let mut site = Site::start();
    let mut device = Client::new("meter-1", Syntax::Wbxml);
    let body = acceptance("accept", &device);
    assert_eq!(with_body(&site.http, "PUT", "/acceptance", ("", &body)).0, 200);
    let mut impostor = Client::new("meter-2", Syntax::Xml);
    site.http.run_session(&mut impostor);
    assert_eq!(unknown(&site), ["meter-2"]);
    site.restart();
    let mut told = Stream::open(&site.http.base, "?kinds=device", None);
    read_inventory(&site, &mut device);
    assert_eq!(next_name(&mut told), "unknown_device");
    assert_eq!(next_name(&mut told), "accepted");
    assert_eq!(next_name(&mut told), "registered");
    assert_eq!(site.http.get("/api/v1/devices/meter-1").json()["groups"], json!(["new"]));
    assert_eq!(unknown(&site), ["meter-2"]);
    // The secret that the others had is worth nothing any more, and what is registered stays.
    assert_eq!(with_body(&site.http, "PUT", "/acceptance", ("", &json!({"unknown": "refuse"}))).0, 200);
    device.header_codes.clear();
    site.http.run_session(&mut device);
    assert_eq!(device.header_codes, [212]);
}

#[test]
fn n7a_only_who_may_register_everything_decides_what_becomes_of_unknown_devices() {
    let site = Site::start_with(|config| config.api_token = Some("root".into()));
    let (_, added) = with_body(
        &site.http,
        "POST",
        "/requesters",
        (
            "root",
            &json!({"name": "reader",
        "rights": [{"ability": "read", "scope": "all"}]}),
        ),
    );
    let reader = added["token"].as_str().unwrap();
    let mut device = Client::new("meter-1", Syntax::Xml);
    let body = acceptance("accept", &device);
    assert_eq!(with_body(&site.http, "PUT", "/acceptance", (reader, &body)).0, 403);
    assert_eq!(with_body(&site.http, "PUT", "/acceptance", ("wrong", &body)).0, 401);
    assert_eq!(site.http.get_with_token("/api/v1/acceptance", reader).status, 403);
    assert_eq!(with_body(&site.http, "PUT", "/acceptance", ("root", &json!({"unknown": "accept"}))).0, 400);
    site.http.run_session(&mut device);
    let listed = site.http.get_with_token("/api/v1/unknown-devices", reader).json();
    assert_eq!(listed, json!({"unknown": []}));
    assert_eq!(with_body(&site.http, "POST", "/unknown-devices/meter-1/approve", (reader, &json!({}))).0, 404);
    assert_eq!(with_body(&site.http, "POST", "/devices/meter-1/deactivate", (reader, &json!({}))).0, 404);
}

#[test]
fn n7b_a_deactivated_node_is_refused_over_restarts_until_it_is_registered_anew() {
    let mut site = Site::start();
    let mut device = Client::new("meter-1", Syntax::Xml);
    site.http.register(&device, &json!({}));
    let target = json!({"target": {"device": "meter-1"}, "commands": [{"cmd": "get", "uri": "./DevInfo/Man"}]});
    let task = site.http.task(&target);
    let left = site.http.api("/devices/meter-1/deactivate", &json!({}));
    assert_eq!((left.status, &left.json()["life"]), (200, &json!("deactivated")), "{}", left.text());
    site.restart();
    let view = site.http.task_view(task);
    assert_eq!(view["devices"][0]["state"], "failed");
    assert!(view["devices"][0]["reason"].as_str().unwrap().contains("1416"), "{view}");
    let refused = site.http.dm(Syntax::Xml, &device.start());
    assert!(String::from_utf8(refused).unwrap().contains("<Data>403</Data>"));
    assert_eq!(site.http.api("/tasks", &target).status, 400);
    site.http.register(&device, &json!({}));
    site.http.task(&target);
    let mut device = Client::new("meter-1", Syntax::Xml);
    site.http.run_session(&mut device);
    assert_eq!(site.http.task_view(task + 1)["devices"][0]["state"], "ok");
}

/// What must not be seen: the addresses of nodes, and what gateways call their devices.
const SECRETS: [&str; 5] = ["10.11.12.13", "10.21.22.23", "fd00::99", "r4711", "r4712"];

fn assert_hidden(what: &str, shown: &str) {
    for secret in SECRETS {
        assert!(!shown.contains(secret), "{what} shows {secret}: {shown}");
    }
}

/// A gateway with two devices, after everything that gateways and devices tell, an application's task and a deactivation.
fn busy_site() -> (Site, Stream, Vec<&'static str>) {
    let site = Site::start();
    let told = Stream::open(&site.http.base, "", None);
    let mut gateway = Client::new("gw-1", Syntax::Xml);
    site.http
        .register(&gateway, &json!({"kind": "gateway", "bearers": ["udp://10.11.12.13:2948", "pigeon:10.21.22.23"]}));
    let attached = "urn:oma:at:oma-gwmo:deviceattached:1.1";
    let devices = r#"<Devices xmlns="urn:x-xrem:gwmo:1" rev="1"><Dev id="meter-1" rec="r4711" mode="2" man="10.21.22.23"/>
        <Dev id="10.11.12.13" rec="r4712" mode="3" proto="LWM2M-1.1"/></Devices>"#;
    gateway.finish(None, "./GwMO/DevInv/Records", attached, devices);
    site.http.run_session(&mut gateway);
    let source = "./GwMO/DevInv/Records/r4711/Tree/If/10.21.22.23/State";
    gateway.finish(None, source, "urn:x-xrem:at:test", "fd00::99");
    gateway.finish(Some("r4712"), source, "urn:oma:at:diagmon:TrapNotification:1.0", "up");
    gateway.finish(None, "./GwMO/DevInv/Records/r4712/DiagMon/memory", "urn:x-xrem:at:pm:1.0", "nothing");
    site.http.run_session(&mut gateway);
    let get = json!([{"cmd": "get", "uri": "./DevInfo/Man"}]);
    site.http.task(&json!({"target": {"device": "meter-1"}, "commands": get}));
    site.http.run_session(&mut gateway);
    let left = site.http.api("/devices/meter-1/deactivate", &json!({}));
    assert_eq!(left.status, 200, "{}", left.text());
    site.http.run_session(&mut gateway);
    (site, told, vec!["gw-1", "meter-1"])
}

#[test]
fn n4_no_answer_of_the_api_shows_an_address_or_a_gateways_name_of_a_device() {
    let (site, _, mut nodes) = busy_site();
    let listed = site.http.get("/api/v1/devices").json();
    let made: Vec<String> =
        listed["devices"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect();
    assert!(made.len() >= 2, "{listed}");
    nodes.extend(made.iter().map(String::as_str));
    let tasks = site.http.get("/api/v1/tasks").json();
    let numbers: Vec<String> = tasks["tasks"].as_array().unwrap().iter().map(|task| task["id"].to_string()).collect();
    let document = site.http.get("/openapi.json").json();
    let mut asked = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        if methods.get("get").is_none() || path.ends_with("/events") {
            continue;
        }
        let ids: Vec<&str> = nodes.iter().copied().chain(numbers.iter().map(String::as_str)).collect();
        for id in ids {
            let path = path.split('/').map(|part| if part.starts_with('{') { id } else { part }).collect::<Vec<_>>();
            let path = path.join("/");
            assert_hidden(&path, &site.http.get(&path).text());
            asked += 1;
        }
    }
    assert!(asked > 100, "{asked}");
}

#[test]
fn n4_no_event_that_is_told_shows_an_address_or_a_gateways_name_of_a_device() {
    let (_site, mut told, _) = busy_site();
    let mut heard = Vec::new();
    while heard.last().is_none_or(|event| event != "deactivated") {
        let next = told.next();
        assert_hidden(&next.event, &next.data.to_string());
        heard.push(next.data["event"].as_str().unwrap_or_default().to_owned());
    }
    for event in ["device", "alert", "task_queued"] {
        assert!(heard.iter().any(|heard| heard == event), "{event} was not told: {heard:?}");
    }
}
