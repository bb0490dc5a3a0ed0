//! The network server over the store in memory, against scripted clients: tasks, lost sessions, notifications, gateways.

use crate::client::{Client, Ran};
use crate::world::World;
use omadm_proto::alert::types;
use omadm_proto::auth::Credentials;
use omadm_proto::exchange::Syntax;
use omadm_proto::notification::Notification;
use omadm_proto::status::StatusCode;
use serde_json::{Value, json};
use xrem_server::task::TaskId;

const DEVICE: &str = "urn:imei:1";
const GATEWAY: &str = "urn:imei:gw";

fn exec_correlator(client: &Client) -> String {
    client.ran.last().unwrap().correlator.clone().unwrap()
}

#[test]
fn x_ses_04_a_task_is_carried_out_in_the_next_session_and_comes_back_filled_in() {
    for syntax in [Syntax::Xml, Syntax::Wbxml] {
        let mut world = World::new();
        let mut device = world.device(DEVICE, syntax);
        device.tree.insert("./App/Interval".into(), "60".into());
        let task = world.task(
            json!({"device": DEVICE}),
            json!([
                {"cmd": "get", "uri": "./DevInfo/Man"},
                {"cmd": "sequence", "commands": [
                    {"cmd": "replace", "uri": "./App/Interval", "format": "int", "data": "300"},
                    {"cmd": "replace", "uri": "./App/Missing", "data": "1"}]}]),
        );
        world.run_session(&mut device);
        assert_eq!(
            world.result(task, DEVICE),
            json!([
                {"cmd": "get", "uri": "./DevInfo/Man", "status": 200,
                    "results": [{"uri": "./DevInfo/Man", "format": "chr", "data": "Acme"}]},
                {"cmd": "sequence", "status": 200, "commands": [
                    {"cmd": "replace", "uri": "./App/Interval", "format": "int", "data": "300", "status": 200},
                    {"cmd": "replace", "uri": "./App/Missing", "data": "1", "status": 404}]}])
        );
        assert_eq!(world.state(task, DEVICE), "failed");
        assert_eq!(device.tree["./App/Interval"], "300");
    }
}

#[test]
fn x_exe_10_the_alert_of_a_later_session_finishes_the_exec() {
    let mut world = World::new();
    let mut device = world.device(DEVICE, Syntax::Xml);
    let task = world.task(json!({"device": DEVICE}), json!([{"cmd": "exec", "uri": "./FUMO/DownloadAndUpdate"}]));
    world.run_session(&mut device);
    assert_eq!(world.state(task, DEVICE), "waiting for the final alert");
    let correlator = exec_correlator(&device);
    device.finish(Some(&correlator), "./FUMO", types::FUMO_DOWNLOAD_AND_UPDATE, "200");
    world.run_session(&mut device);
    assert_eq!(world.state(task, DEVICE), "ok");
    let result = world.result(task, DEVICE);
    assert_eq!(result[0]["status"], 202);
    assert_eq!(
        result[0]["alert"],
        json!({"type": types::FUMO_DOWNLOAD_AND_UPDATE, "mark": "informational", "data": "200", "source": "./FUMO"})
    );
}

#[test]
fn a_bad_result_code_in_the_alert_fails_the_task() {
    let mut world = World::new();
    let mut device = world.device(DEVICE, Syntax::Xml);
    let task = world.task(json!({"device": DEVICE}), json!([{"cmd": "exec", "uri": "./FUMO/Update"}]));
    world.run_session(&mut device);
    let correlator = exec_correlator(&device);
    device.finish(Some(&correlator), "./FUMO", types::FUMO_UPDATE, "402");
    world.run_session(&mut device);
    assert_eq!(world.state(task, DEVICE), "failed");
}

#[test]
fn an_exec_without_correlator_is_finished_by_an_alert_from_its_object() {
    let mut world = World::new();
    let mut device = world.device(DEVICE, Syntax::Xml);
    let task =
        world.task(json!({"device": DEVICE}), json!([{"cmd": "exec", "uri": "./FUMO/Update", "correlator": null}]));
    world.run_session(&mut device);
    assert_eq!(device.ran, [Ran { uri: "./FUMO/Update".into(), correlator: None }]);
    device.finish(None, "./Elsewhere", types::FUMO_UPDATE, "200");
    device.finish(None, "./FUMO", types::FUMO_UPDATE, "200");
    world.run_session(&mut device);
    assert_eq!(world.state(task, DEVICE), "ok");
}

#[test]
fn an_accepted_exec_without_alert_ends_after_a_day() {
    let mut world = World::new();
    let mut device = world.device(DEVICE, Syntax::Xml);
    let task = world.task(json!({"device": DEVICE}), json!([{"cmd": "exec", "uri": "./FUMO/Update"}]));
    world.run_session(&mut device);
    world.advance_secs(86_399);
    assert_eq!(world.state(task, DEVICE), "waiting for the final alert");
    world.advance_secs(2);
    assert_eq!(world.state(task, DEVICE), "failed");
    assert!(world.result(task, DEVICE)[0]["error"].as_str().unwrap().starts_with("no alert"));
}

#[test]
fn after_a_lost_session_reads_and_writes_are_repeated_and_an_exec_is_not() {
    let mut world = World::new();
    let mut device = world.device(DEVICE, Syntax::Xml);
    let commands = json!([{"cmd": "add", "uri": "./New", "data": "1"}, {"cmd": "exec", "uri": "./X"}]);
    let task = world.task(json!({"device": DEVICE}), commands);
    // The device executes, and its answer is lost.
    let first = device.start();
    let reply = world.send(&device, &first);
    device.answer(&reply).unwrap();
    world.run_session(&mut device);
    assert_eq!(device.ran.len(), 1);
    assert_eq!(world.result(task, DEVICE)[0]["status"], 418, "it was there already, which is good");
    // The alert tells the outcome after all.
    let correlator = exec_correlator(&device);
    device.finish(Some(&correlator), "./X", types::FUMO_UPDATE, "200");
    world.run_session(&mut device);
    assert_eq!(world.state(task, DEVICE), "ok");
}

#[test]
fn an_exec_of_unknown_outcome_ends_so_when_no_alert_comes() {
    let mut world = World::new();
    let mut device = world.device(DEVICE, Syntax::Xml);
    let task = world.task(json!({"device": DEVICE}), json!([{"cmd": "exec", "uri": "./X"}]));
    let first = device.start();
    world.send(&device, &first);
    world.run_session(&mut device);
    world.advance_secs(86_401);
    assert!(device.ran.is_empty());
    assert_eq!(world.state(task, DEVICE), "failed");
    assert!(world.result(task, DEVICE)[0]["error"].as_str().unwrap().starts_with("outcome unknown"));
}

#[test]
fn an_exec_is_repeated_after_a_lost_session_when_the_task_allows_it() {
    let mut world = World::new();
    let mut device = world.device(DEVICE, Syntax::Xml);
    let task = world.task_with(json!({"device": DEVICE}), json!([{"cmd": "exec", "uri": "./X"}]), true);
    let first = device.start();
    let reply = world.send(&device, &first);
    device.answer(&reply).unwrap();
    world.run_session(&mut device);
    assert_eq!(device.ran.len(), 2);
    assert_eq!(device.ran[0], device.ran[1], "the same correlator, so that the device can tell");
    assert_eq!(world.state(task, DEVICE), "waiting for the final alert");
}

#[test]
fn tasks_of_one_device_run_in_order_and_a_waiting_one_lets_the_next_pass() {
    let mut world = World::new();
    let mut device = world.device(DEVICE, Syntax::Xml);
    let exec = world.task(json!({"device": DEVICE}), json!([{"cmd": "exec", "uri": "./X"}]));
    let get = world.task(json!({"device": DEVICE}), json!([{"cmd": "get", "uri": "./DevInfo/Man"}]));
    world.run_session(&mut device);
    assert_eq!(world.state(exec, DEVICE), "waiting for the final alert");
    assert_eq!(world.state(get, DEVICE), "ok");
}

#[test]
fn x_ntf_12_a_node_with_work_is_notified_until_it_comes() {
    let mut world = World::new();
    let mut device = world.device(DEVICE, Syntax::Xml);
    world.run_session(&mut device);
    world.task(json!({"device": DEVICE}), json!([{"cmd": "get", "uri": "./DevInfo/Man"}]));
    world.advance_secs(0);
    let first = world.notified.remove(0);
    assert_eq!(first.to, "udp://127.0.0.1:9");
    let received = Notification::parse(&first.datagram).unwrap();
    assert!(received.verify(&device.server.secret, &device.server_nonce), "signed with the nonce that the device set");
    world.advance_secs(10);
    assert_eq!(world.notified.len(), 2, "after 2 and 6 seconds");
    assert_eq!(world.notified[0].datagram, first.datagram, "the same session id");
    world.run_session(&mut device);
    world.notified.clear();
    world.advance_secs(3600);
    assert!(world.notified.is_empty());
}

#[test]
fn a_device_that_vanishes_in_the_middle_is_notified_again() {
    let mut world = World::new();
    let mut device = world.device(DEVICE, Syntax::Xml);
    world.task(json!({"device": DEVICE}), json!([{"cmd": "get", "uri": "./DevInfo/Man"}]));
    let first = device.start();
    world.send(&device, &first);
    world.notified.clear();
    world.advance_secs(59);
    assert!(world.notified.is_empty(), "the session may still go on");
    world.advance_secs(2);
    assert_eq!(world.notified.len(), 1);
}

#[test]
fn n7a_an_unknown_device_is_answered_401_and_noted_once() {
    let mut world = World::new();
    let mut stranger = Client::new("urn:imei:stranger", Syntax::Xml);
    world.run_session(&mut stranger);
    assert_eq!(stranger.header_codes, [401, 401, 401]);
    assert_eq!(world.commits, 1, "that it came, not each of its messages");
    let told = world.events.iter().filter(|event| event.starts_with("unknown device urn:imei:stranger"));
    assert_eq!(told.count(), 1);
}

#[test]
fn a_wrong_password_is_answered_401_and_the_task_waits() {
    let mut world = World::new();
    let mut device = world.device(DEVICE, Syntax::Xml);
    let task = world.task(json!({"device": DEVICE}), json!([{"cmd": "get", "uri": "./DevInfo/Man"}]));
    device.own = Credentials::new("urn:imei:1-user", "wrong");
    world.run_session(&mut device);
    assert_eq!(device.header_codes, [401, 401, 401]);
    assert_eq!(world.state(task, DEVICE), "queued");
}

#[test]
fn a_get_answered_without_results_fails() {
    let mut world = World::new();
    let mut device = world.device(DEVICE, Syntax::Xml);
    device.tree.insert("./Silent".into(), String::new());
    let task = world.task(json!({"device": DEVICE}), json!([{"cmd": "get", "uri": "./Silent"}]));
    let first = device.start();
    let reply = world.send(&device, &first);
    let answer = String::from_utf8(device.answer(&reply).unwrap()).unwrap();
    let (start, end) = (answer.find("<Results>").unwrap(), answer.find("</Results>").unwrap() + "</Results>".len());
    world.send(&device, format!("{}{}", &answer[..start], &answer[end..]).as_bytes());
    assert!(world.result(task, DEVICE)[0]["error"].as_str().unwrap().starts_with("no result"));
}

#[test]
fn a_cancelled_task_is_sent_to_nobody() {
    let mut world = World::new();
    let mut device = world.device(DEVICE, Syntax::Xml);
    let task = world.task(json!({"device": DEVICE}), json!([{"cmd": "exec", "uri": "./X"}]));
    world.cancel(task);
    world.run_session(&mut device);
    assert!(device.ran.is_empty());
    assert_eq!(world.state(task, DEVICE), "cancelled");
}

#[test]
fn firmware_for_a_direct_device_is_addressed_at_this_server_and_optional_nodes_may_be_missing() {
    let mut world = World::new();
    let mut device = world.device(DEVICE, Syntax::Xml);
    device.tree.insert("./FUMO/DownloadAndUpdate/PkgURL".into(), String::new());
    let task = world.firmware(json!({"device": DEVICE}));
    world.run_session(&mut device);
    assert_eq!(device.tree["./FUMO/DownloadAndUpdate/PkgURL"], "http://nrem.test/images/fw.bin");
    let correlator = exec_correlator(&device);
    device.finish(Some(&correlator), "./FUMO", types::FUMO_DOWNLOAD_AND_UPDATE, "200");
    world.run_session(&mut device);
    assert_eq!(world.state(task, DEVICE), "ok", "{}", world.result(task, DEVICE));
}

/// A gateway that takes whatever it is told, with two devices behind it that it has reported.
fn gateway_with_two_devices(world: &mut World) -> Client {
    let mut gateway = world.gateway(GATEWAY);
    let devices =
        r#"<Devices xmlns="urn:x-xrem:gwmo:1" rev="1"><Dev id="d1" rec="r1"/><Dev id="d2" rec="r2"/></Devices>"#;
    gateway.finish(None, "./GwMO/DevInv/Records", types::GWMO_DEVICE_ATTACHED, devices);
    world.run_session(&mut gateway);
    gateway.tree.insert("./GwMO/Fanout/Fanout/t1-0/Command/Body".into(), String::new());
    gateway
}

#[test]
fn x_gwm_21_a_task_for_devices_behind_a_gateway_is_one_fan_out_and_comes_back_by_device() {
    let mut world = World::new();
    let mut gateway = gateway_with_two_devices(&mut world);
    let task = world.task(json!({"devices": ["d1", "d2"]}), json!([{"cmd": "get", "uri": "./DevDetail/FwV"}]));
    world.run_session(&mut gateway);
    assert_eq!(
        gateway.tree["./GwMO/Fanout/Fanout/t1-0/Command/Body"],
        "<SyncBody><Get><CmdID>1</CmdID><Item><Target><LocURI>./DevDetail/FwV</LocURI></Target></Item></Get></SyncBody>"
    );
    assert_eq!(gateway.tree["./GwMO/Fanout/Fanout/t1-0/Target/DeviceIDs/1"], "*", "both are all there are");
    assert_eq!(gateway.ran[0].uri, "./GwMO/Fanout/Fanout/t1-0/Operations/Start");
    let report = r#"<Report xmlns="urn:x-xrem:gwmo:1" job="t1-0" gw="g" seq="1" last="1" t="2" ok="1" ko="1" sk="0" pend="0"><O n="1" s="10" rc="1200"><D>r1</D><S c="1" v="200"/><V c="1" u="./DevDetail/FwV" f="chr"><v>2.1</v></V></O><O n="1" s="11" rc="1412"><D>r2</D></O></Report>"#;
    let done =
        r#"<Job xmlns="urn:x-xrem:gwmo:1" id="t1-0" state="30" rc="1201" t="2" ok="1" ko="1" sk="0" reports="1"/>"#;
    let correlator = exec_correlator(&gateway);
    let source = "./GwMO/Fanout/Fanout/t1-0";
    gateway.finish(Some(&correlator), source, types::GWMO_RESULT_AGGREGATION, report);
    gateway.finish(Some(&correlator), source, types::GWMO_RESULT_AGGREGATION, report);
    gateway.finish(Some(&correlator), source, types::GWMO_COMPLETION_STATUS, done);
    world.run_session(&mut gateway);
    assert_eq!(world.state(task, "d1"), "ok");
    assert_eq!(
        world.result(task, "d1"),
        json!([{"cmd": "get", "uri": "./DevDetail/FwV", "status": 200,
            "results": [{"uri": "./DevDetail/FwV", "format": "chr", "data": "2.1"}]}])
    );
    assert_eq!(world.state(task, "d2"), "failed");
    assert_eq!(world.reason(task, "d2"), "1412 device did not come");
    assert!(!gateway.tree.contains_key("./GwMO/Fanout/Fanout/t1-0"), "the job is removed at the end");
    assert!(world.task_is_done(task));
}

#[test]
fn firmware_behind_a_gateway_is_fetched_by_the_gateway_before_the_devices_are_told() {
    let mut world = World::new();
    let mut gateway = gateway_with_two_devices(&mut world);
    world.firmware(json!({"behind": GATEWAY}));
    let image = "./GwMO/ImgInv/Images/fw.bin-9f86d081";
    for leaf in ["Kind", "Hash"] {
        gateway.tree.insert(format!("{image}/{leaf}"), String::new());
    }
    gateway.tree.insert("./GwMO/Fanout/Fanout/t1-0/Policy/RetryUnknown".into(), "false".into());
    world.run_session(&mut gateway);
    assert_eq!(gateway.tree[&format!("{image}/SrcURL")], "http://nrem.test/images/fw.bin");
    assert_eq!(gateway.ran.last().unwrap().uri, format!("{image}/Operations/Download"));
    let ready = r#"<Image xmlns="urn:x-xrem:gwmo:1" id="fw.bin-9f86d081" url="http://lan/fw" size="4" hash="sha256:00" kind="1"/>"#;
    let correlator = exec_correlator(&gateway);
    gateway.finish(Some(&correlator), image, types::GWMO_IMAGE_READY, ready);
    // So that it gets the template as text.
    gateway.unknown.push("./GwMO/Fanout/Fanout/t1-0/Command/Bin".into());
    gateway.exec_status = StatusCode::BAD_REQUEST;
    world.run_session(&mut gateway);
    let body = &gateway.tree["./GwMO/Fanout/Fanout/t1-0/Command/Body"];
    assert!(body.contains("{$img:fw.bin-9f86d081:url}"), "{body}");
    assert_eq!(gateway.tree["./GwMO/Fanout/Fanout/t1-0/Command/Images/1"], "fw.bin-9f86d081");
    assert_eq!(gateway.tree["./GwMO/Fanout/Fanout/t1-0/Policy/RetryUnknown"], "true");
}

#[test]
fn an_image_that_the_gateway_cannot_verify_fails_all_devices_with_the_code() {
    let mut world = World::new();
    let mut gateway = gateway_with_two_devices(&mut world);
    let task = world.firmware(json!({"behind": GATEWAY}));
    world.run_session(&mut gateway);
    let correlator = exec_correlator(&gateway);
    let failed = r#"<Image xmlns="urn:x-xrem:gwmo:1" id="fw.bin-9f86d081" state="40" rc="1423"/>"#;
    gateway.finish(Some(&correlator), "./GwMO/ImgInv/Images/fw.bin-9f86d081", types::XREM_IMAGE_FAILED, failed);
    world.run_session(&mut gateway);
    for device in ["d1", "d2"] {
        assert_eq!(world.reason(task, device), "1423 hash mismatch");
    }
    assert!(world.task_is_done(task));
}

#[test]
fn a_gateway_that_loses_its_session_is_told_again_and_traces_of_the_first_time_do_no_harm() {
    let mut world = World::new();
    let mut gateway = gateway_with_two_devices(&mut world);
    let task = world.task(json!({"device": "d1"}), json!([{"cmd": "get", "uri": "./DevDetail/FwV"}]));
    let first = gateway.start();
    let reply = world.send(&gateway, &first);
    gateway.answer(&reply).unwrap();
    gateway.exec_status = StatusCode::COMMAND_NOT_ALLOWED;
    world.run_session(&mut gateway);
    assert_eq!(gateway.tree["./GwMO/Fanout/Fanout/t1-0/Target/DeviceIDs/1"], "d1");
    assert!(!world.task_is_done(task), "started once, the report is awaited");
}

/// A task whose template is long, for the devices behind `gateway`.
fn long_task(world: &mut World) -> TaskId {
    let setting = |number| json!({"cmd": "replace", "uri": format!("./App/Setting{number}"), "data": "value"});
    let settings: Vec<Value> = (0..8).map(setting).collect();
    world.task(json!({"behind": GATEWAY}), settings.into())
}

#[test]
fn x_gwm_21_a_long_template_is_sent_as_wbxml() {
    let mut world = World::new();
    let mut gateway = gateway_with_two_devices(&mut world);
    long_task(&mut world);
    world.run_session(&mut gateway);
    assert!(gateway.tree.contains_key("./GwMO/Fanout/Fanout/t1-0/Command/Bin"));
    assert_eq!(gateway.tree["./GwMO/Fanout/Fanout/t1-0/Command/Body"], "", "one of the two");
    assert_eq!(gateway.ran.len(), 1);
}

#[test]
fn x_gwm_21_a_gateway_that_takes_no_wbxml_template_gets_it_as_text() {
    let mut world = World::new();
    let mut gateway = gateway_with_two_devices(&mut world);
    gateway.unknown.push("./GwMO/Fanout/Fanout/t1-0/Command/Bin".into());
    gateway.exec_status = StatusCode::BAD_REQUEST;
    let task = long_task(&mut world);
    let first = gateway.start();
    let reply = world.send(&gateway, &first);
    let refusal = gateway.answer(&reply).unwrap();
    gateway.exec_status = StatusCode::ACCEPTED_FOR_PROCESSING;
    let reply = world.send(&gateway, &refusal);
    let taken = gateway.answer(&reply).unwrap();
    world.send(&gateway, &taken);
    let body = &gateway.tree["./GwMO/Fanout/Fanout/t1-0/Command/Body"];
    assert!(body.starts_with("<SyncBody><Replace>") && body.contains("./App/Setting7"), "{body}");
    assert_eq!(gateway.ran.len(), 2);
    assert!(!world.task_is_done(task), "started, the report is awaited");
}
