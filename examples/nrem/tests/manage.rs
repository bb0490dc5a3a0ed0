//! Clients that nobody of ours wrote are managed through the API, over real HTTP.
#![allow(dead_code, reason = "the scripted client and the site are shared with other tests")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../../xrem-server/tests/server/client.rs"]
mod client;
#[path = "support/site.rs"]
mod site;

use std::net::UdpSocket;
use std::time::Duration;

use client::Client;
use omadm_proto::auth::Scheme;
use omadm_proto::exchange::Syntax;
use omadm_proto::notification::Notification;
use serde_json::json;
use site::Site;

#[test]
fn a_client_with_the_habits_of_libdmclient_is_managed_in_xml_and_wbxml() {
    for syntax in [Syntax::Xml, Syntax::Wbxml] {
        let site = Site::start();
        let mut device = Client::new("DMCtest", syntax);
        device.forgets_containers = true;
        device.tree.insert("./App/Interval".into(), "60".into());
        site.http.register(&device, &json!({}));
        let task = site.http.task(&json!({"target": {"device": "DMCtest"}, "commands": [
            {"cmd": "get", "uri": "./DevInfo/Man"},
            {"cmd": "sequence", "commands": [
                {"cmd": "replace", "uri": "./App/Interval", "format": "int", "data": "300"},
                {"cmd": "get", "uri": "./App/Interval"}]},
            {"cmd": "exec", "uri": "./App/Restart", "correlator": "c-1", "data": "now"},
            {"cmd": "delete", "uri": "./App/Gone"}]}));
        site.http.run_session(&mut device);
        device.finish(Some("c-1"), "./App/Restart", "urn:test:done", "200");
        site.http.run_session(&mut device);
        let view = site.http.task_view(task);
        assert_eq!(view["state"], "done");
        let device = &view["devices"][0];
        assert_eq!((&device["id"], &device["state"]), (&json!("DMCtest"), &json!("failed")));
        assert_eq!(device["reason"], "delete ./App/Gone: 404 Not found");
        assert_eq!(
            device["commands"],
            json!([
                {"cmd": "get", "uri": "./DevInfo/Man", "status": 200,
                    "results": [{"uri": "./DevInfo/Man", "format": "chr", "data": "Acme"}]},
                {"cmd": "sequence", "commands": [
                    {"cmd": "replace", "uri": "./App/Interval", "format": "int", "data": "300", "status": 200},
                    {"cmd": "get", "uri": "./App/Interval", "status": 200,
                        "results": [{"uri": "./App/Interval", "format": "chr", "data": "300"}]}]},
                {"cmd": "exec", "uri": "./App/Restart", "correlator": "c-1", "data": "now", "status": 202,
                    "alert": {"type": "urn:test:done", "mark": "informational", "data": "200", "source": "./App/Restart"}},
                {"cmd": "delete", "uri": "./App/Gone", "status": 404}])
        );
    }
}

#[test]
fn a_client_that_speaks_basic_is_managed() {
    let site = Site::start();
    let mut device = Client::new("basic-1", Syntax::Xml);
    device.scheme = Scheme::Basic;
    site.http.register(&device, &json!({"scheme": "basic"}));
    let task =
        site.http.task(&json!({"target": {"device": "basic-1"}, "commands": [{"cmd": "get", "uri": "./DevInfo/Man"}]}));
    site.http.run_session(&mut device);
    assert_eq!(site.http.task_view(task)["devices"][0]["state"], "ok");
}

#[test]
fn the_data_sync_content_types_are_taken_and_answered_with_the_dm_types() {
    let site = Site::start();
    let mut device = Client::new("DMCtest", Syntax::Xml);
    site.http.register(&device, &json!({}));
    let answer = site.http.post("/dm", "application/vnd.syncml+xml", &device.start());
    assert_eq!((answer.status, answer.content_type.as_str()), (200, "application/vnd.syncml.dm+xml"));
}

#[test]
fn an_image_as_a_value_reaches_the_device_in_chunks() {
    let site = Site::start();
    let mut device = Client::new("dev-1", Syntax::Wbxml);
    site.http.register(&device, &json!({}));
    let package: String = ('a'..='z').cycle().take(300_000).collect();
    let task = site.http.task(&json!({"target": {"device": "dev-1"}, "commands": [
        {"cmd": "add", "uri": "./FUMO/Update/PkgData", "data": package},
        {"cmd": "exec", "uri": "./FUMO/Update"}]}));
    site.http.run_session(&mut device);
    assert_eq!(device.tree["./FUMO/Update/PkgData"], package);
    assert!(device.received.iter().all(|len| *len <= 16_384));
    assert_eq!(site.http.task_view(task)["devices"][0]["commands"][0]["status"], 200);
    assert_eq!(device.ran.len(), 1);
}

#[test]
fn a_submitted_task_wakes_the_device_by_a_signed_notification() {
    let site = Site::start();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let device = Client::new("dev-1", Syntax::Xml);
    site.http.register(
        &device,
        &json!({"notify": format!("udp://{}", socket.local_addr().unwrap()), "server_nonce": "AQIDBA=="}),
    );
    site.http.task(&json!({"target": {"device": "dev-1"}, "commands": [{"cmd": "get", "uri": "./DevInfo/Man"}]}));
    let mut buffer = [0; 1500];
    let len = socket.recv(&mut buffer).expect("a notification");
    let received = Notification::parse(&buffer[..len]).unwrap();
    assert_eq!(received.notification().server_id, "nrem.test");
    assert!(received.verify(&device.server.secret, &omadm_proto::auth::Nonce::new(vec![1, 2, 3, 4])));
}

#[test]
fn an_image_is_taken_in_and_handed_out_whole_and_in_parts() {
    let site = Site::start();
    let stored = site.http.put("/api/v1/images/fw-1.bin?version=1.0", b"0123456789");
    assert_eq!(stored.status, 201, "{}", stored.text());
    let image = stored.json();
    assert_eq!((&image["size"], &image["version"]), (&json!(10), &json!("1.0")));
    assert_eq!(image["sha256"], "84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882");
    assert_eq!(site.http.get("/images/fw-1.bin").body, b"0123456789");
    let url = image["url"].as_str().unwrap().strip_prefix(&site.http.base).unwrap().to_owned();
    let part = site.http.get_range(&url, "bytes=3-5");
    assert_eq!((part.status, part.body.as_slice()), (206, &b"345"[..]));
    site.http.put("/api/v1/images/fw-1.bin?version=1.1", b"abc");
    assert_eq!(site.http.get("/images/fw-1.bin").body, b"abc");
    assert_eq!(site.http.get(&url).body, b"0123456789", "who was told the old address gets the old file");
}

#[test]
fn what_was_acknowledged_is_there_after_a_restart() {
    let mut site = Site::start();
    let mut device = Client::new("dev-1", Syntax::Xml);
    site.http.register(&device, &json!({}));
    site.http.put("/api/v1/images/fw", b"x");
    let task =
        site.http.task(&json!({"target": {"device": "dev-1"}, "commands": [{"cmd": "get", "uri": "./DevInfo/Man"}]}));
    site.restart();
    site.http.run_session(&mut device);
    assert_eq!(site.http.task_view(task)["devices"][0]["state"], "ok");
    let shown = site.http.get("/api/v1/devices/dev-1").json();
    assert_eq!((&shown["sessions"], &shown["dev_info"]["./DevInfo/Man"]), (&json!(1), &json!("Acme")));
    assert_eq!(site.http.get("/api/v1/images").json()["images"][0]["name"], "fw");
    let next =
        site.http.task(&json!({"target": {"device": "dev-1"}, "commands": [{"cmd": "get", "uri": "./DevInfo/Man"}]}));
    assert!(next > task, "numbers are never given twice");
}
