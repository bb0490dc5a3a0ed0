//! Bad input: each kind has one clear answer, loses nothing and stops nobody.
#![allow(dead_code, reason = "the scripted client and the site are shared with other tests")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../../xrem-server/tests/server/client.rs"]
mod client;
#[path = "support/site.rs"]
mod site;

use client::Client;
use omadm_proto::auth::Credentials;
use omadm_proto::exchange::Syntax;
use serde_json::json;
use site::{Http, Site};

fn registered(site: &Site) -> Client {
    let device = Client::new("dev-1", Syntax::Xml);
    site.http.register(&device, &json!({}));
    device
}

/// A good session: the server goes on as if nothing had been.
fn still_works(http: &Http, device: &mut Client) {
    let task = http.task(&json!({"target": {"device": "dev-1"}, "commands": [{"cmd": "get", "uri": "./DevInfo/Man"}]}));
    http.run_session(device);
    assert_eq!(http.task_view(task)["devices"][0]["state"], "ok");
}

#[test]
fn a_wrong_password_is_answered_401_three_times_and_the_task_waits() {
    let site = Site::start();
    let mut device = registered(&site);
    let task =
        site.http.task(&json!({"target": {"device": "dev-1"}, "commands": [{"cmd": "get", "uri": "./DevInfo/Man"}]}));
    let good = std::mem::replace(&mut device.own, Credentials::new("dev-1-user", "wrong"));
    site.http.run_session(&mut device);
    assert_eq!(device.header_codes, [401, 401, 401]);
    assert_eq!(site.http.task_view(task)["devices"][0]["state"], "waiting");
    device.own = good;
    site.http.run_session(&mut device);
    assert_eq!(site.http.task_view(task)["devices"][0]["state"], "ok");
}

#[test]
fn an_unknown_device_is_answered_401_and_is_not_listed() {
    let site = Site::start();
    let mut device = registered(&site);
    let mut stranger = Client::new("stranger", Syntax::Wbxml);
    site.http.run_session(&mut stranger);
    assert_eq!(stranger.header_codes, [401, 401, 401]);
    assert_eq!(site.http.get("/api/v1/devices").json()["devices"].as_array().unwrap().len(), 1);
    still_works(&site.http, &mut device);
}

#[test]
fn a_garbage_body_is_answered_400_with_the_cause_and_the_place() {
    let site = Site::start();
    let mut device = registered(&site);
    let xml = site.http.post("/dm", "application/vnd.syncml.dm+xml", b"<SyncML><SyncHdr></SyncML>");
    assert_eq!(xml.status, 400);
    assert!(xml.text().starts_with("not a SyncML message: ") && xml.text().contains("(at byte "), "{}", xml.text());
    let wbxml = site.http.post("/dm", "application/vnd.syncml.dm+wbxml", &[0xFF; 100]);
    assert_eq!((wbxml.status, wbxml.text().lines().count()), (400, 1), "{}", wbxml.text());
    still_works(&site.http, &mut device);
}

#[test]
fn a_body_of_100_megabytes_is_answered_413_with_one_line() {
    let site = Site::start();
    let mut device = registered(&site);
    let answer = site.http.post("/dm", "application/vnd.syncml.dm+xml", &vec![b' '; 100 << 20]);
    assert_eq!(answer.status, 413);
    assert_eq!(answer.text(), "the message is longer than the 1048576 bytes that are accepted\n");
    still_works(&site.http, &mut device);
}

#[test]
fn an_unknown_content_type_is_answered_415_and_names_the_good_ones() {
    let site = Site::start();
    let mut device = registered(&site);
    let answer = site.http.post("/dm", "text/html", &device.start());
    assert_eq!(answer.status, 415);
    assert_eq!(
        answer.text(),
        "Content-Type \"text/html\" is not supported; use application/vnd.syncml.dm+xml or application/vnd.syncml.dm+wbxml\n"
    );
    still_works(&site.http, &mut device);
}

#[test]
fn other_paths_and_methods_are_answered_404_and_405() {
    let site = Site::start();
    assert_eq!(site.http.get("/dm").status, 405);
    assert_eq!(site.http.get("/nothing").status, 404);
    assert_eq!(site.http.get("/api/v1/nothing").status, 404);
    assert_eq!(site.http.get("/images/nothing").status, 404);
    assert_eq!(site.http.get("/api/v1/tasks/17").json()["error"], "there is no task 17");
}

#[test]
fn a_bad_task_is_refused_with_the_position_and_the_cause() {
    let site = Site::start();
    registered(&site);
    let error = |body: serde_json::Value| {
        let answer = site.http.api("/tasks", &body);
        (answer.status, answer.json()["error"].as_str().unwrap().to_owned())
    };
    let target = json!({"device": "dev-1"});
    let (status, why) =
        error(json!({"target": target, "commands": [{"cmd": "get", "uri": "./A"}, {"cmd": "get", "url": "./B"}]}));
    assert_eq!(status, 400);
    assert!(why.contains("command 1: unknown field `url`"), "{why}");
    let (status, why) = error(json!({"target": target, "commands": [{"cmd": "get", "uri": "/A"}]}));
    assert_eq!(status, 400);
    assert!(why.starts_with("command 0: uri \"/A\" is not a URI of the tree"), "{why}");
    let (status, why) = error(json!({"target": {"device": "nobody"}, "commands": [{"cmd": "get", "uri": "./A"}]}));
    assert_eq!((status, why.as_str()), (404, "nobody is not registered, and no gateway has reported it"));
    let (status, why) = error(json!({"target": target, "commands": []}));
    assert_eq!((status, why.as_str()), (400, "the task has no commands"));
    let (status, _) = error(json!({"target": target, "commands": [{"cmd": "get", "uri": "./A"}], "images": ["none"]}));
    assert_eq!(status, 404);
}

#[test]
fn a_bad_registration_is_refused_with_the_cause_and_secrets_are_never_shown() {
    let site = Site::start();
    let refused =
        |body: serde_json::Value| site.http.api("/devices", &body).json()["error"].as_str().unwrap().to_owned();
    assert_eq!(
        refused(json!({"id": "d"})),
        "a device needs client and server credentials, or the gateway it is behind"
    );
    assert_eq!(refused(json!({"id": "d", "gateway": "g"})), "g is not registered, and no gateway has reported it");
    let device = registered(&site);
    assert!(
        refused(json!({"id": "dev-1", "client": {"name": "a", "secret": "b"}, "server": {"id": "s", "secret": "t"}}))
            .starts_with("dev-1 is registered already")
    );
    let shown = site.http.get("/api/v1/devices").text();
    assert!(!shown.contains(device.own.secret.expose()) && !shown.contains(device.server.secret.expose()));
}

#[test]
fn a_token_is_demanded_where_one_is_set() {
    let site = Site::start_with(|config| config.api_token = Some("s3cret".into()));
    assert_eq!(site.http.get("/api/v1/devices").status, 401);
    assert_eq!(site.http.get_with_token("/api/v1/devices", "wrong!").status, 401);
    assert_eq!(site.http.get_with_token("/api/v1/devices", "s3cret").status, 200);
}
