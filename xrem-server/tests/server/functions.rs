//! What a task can ask for beside single nodes, and what the server makes of the alerts of its clients.

use crate::client::Client;
use crate::world::World;
use omadm_proto::alert::{AlertCode, types};
use omadm_proto::exchange::Syntax;
use omadm_proto::message::{Alert, Data, Format, Item, Message, Meta};
use omadm_proto::status::StatusCode;
use serde_json::{Value, json};
use xrem_server::task::{Conclusion, Outcome};

const DEVICE: &str = "urn:imei:1";
const SYNTAXES: [Syntax; 2] = [Syntax::Xml, Syntax::Wbxml];

fn device(syntax: Syntax) -> (World, Client) {
    let mut world = World::new();
    let device = world.device(DEVICE, syntax);
    (world, device)
}

/// The codes that the alerts of package 1 are answered, without that of the session alert.
fn verdicts(world: &mut World, device: &mut Client) -> Vec<u16> {
    let first = device.start();
    let reply = world.send(device, &first);
    let message = Message::decode(&reply).unwrap();
    assert_eq!(message.statuses().next().unwrap().code.as_u16(), 212, "the session goes on");
    message.statuses().filter(|status| status.cmd == "Alert").skip(1).map(|status| status.code.as_u16()).collect()
}

fn generic(meta: Option<Meta<'static>>, data: Option<&'static str>) -> Alert<'static> {
    let mut item = Item::source("./App".to_string());
    item.meta = meta;
    item.data = data.map(Data::text);
    Alert::new(0, AlertCode::GENERIC_ALERT, vec![item])
}

fn whole_meta() -> Meta<'static> {
    Meta::with_format(Format::Int).and_type(types::TRAP_NOTIFICATION)
}

#[test]
fn x_gal_02_and_03_a_known_type_is_answered_200_an_unknown_one_415() {
    for syntax in SYNTAXES {
        let (mut world, mut device) = device(syntax);
        device.finish(None, "./App", types::TRAP_NOTIFICATION, "1");
        device.finish(None, "./App", "com.example.none", "1");
        assert_eq!(verdicts(&mut world, &mut device), [200, 415]);
        assert!(world.events.iter().any(|event| event.contains("com.example.none")), "people see it all the same");
    }
}

#[test]
fn x_gal_03_a_type_that_the_application_knows_is_answered_200() {
    let (mut world, mut device) = device(Syntax::Xml);
    world.knows_alerts(["com.example.none"]);
    device.finish(None, "./App", "Reversed-Domain-Name: com.example.none", "1");
    assert_eq!(verdicts(&mut world, &mut device), [200]);
}

#[test]
fn x_gal_04_a_generic_alert_that_lacks_a_part_is_answered_412_and_not_taken() {
    for syntax in SYNTAXES {
        let (mut world, mut device) = device(syntax);
        device.alerts = vec![
            Alert::new(0, AlertCode::GENERIC_ALERT, Vec::new()),
            generic(Some(Meta::with_format(Format::Int)), Some("1")),
            generic(Some(Meta::default().and_type(types::TRAP_NOTIFICATION)), Some("1")),
            generic(Some(whole_meta()), None),
            generic(Some(whole_meta()), Some("1")),
        ];
        assert_eq!(verdicts(&mut world, &mut device), [412, 412, 412, 412, 200]);
        let taken = world.events.iter().filter(|event| event.contains("alert")).count();
        assert_eq!(taken, 1, "{:?}", world.events);
    }
}

#[test]
fn x_gal_11_a_client_event_is_answered_200_and_one_without_item_412() {
    let (mut world, mut device) = device(Syntax::Xml);
    let item = Item::default().with_meta(Meta::with_format(Format::Chr).and_type("com.example/event"));
    device.alerts = vec![
        Alert::new(0, AlertCode::CLIENT_EVENT, vec![item.with_data(Data::text("user"))]),
        Alert::new(0, AlertCode::CLIENT_EVENT, Vec::new()),
    ];
    assert_eq!(verdicts(&mut world, &mut device), [200, 412]);
}

#[test]
fn x_gal_12_and_x_uia_13_alerts_that_no_client_may_send_are_answered_406() {
    let (mut world, mut device) = device(Syntax::Xml);
    device.alerts = [1299, 1199, 200, 1100].map(|code| Alert::new(0, AlertCode::from_u16(code), Vec::new())).to_vec();
    assert_eq!(verdicts(&mut world, &mut device), [406; 4]);
}

#[test]
fn x_gal_07_every_item_of_every_alert_is_an_event_of_its_own() {
    let (mut world, mut device) = device(Syntax::Xml);
    let item =
        |data: &'static str| Item::source("./App".to_string()).with_meta(whole_meta()).with_data(Data::text(data));
    device.alerts = vec![
        Alert::new(0, AlertCode::GENERIC_ALERT, vec![item("1"), item("2"), item("3")]),
        Alert::new(0, AlertCode::GENERIC_ALERT, vec![item("4")]),
        Alert::new(0, AlertCode::GENERIC_ALERT, vec![item("5")]),
    ];
    assert_eq!(verdicts(&mut world, &mut device), [200; 3]);
    assert_eq!(world.events.iter().filter(|event| event.contains("alert")).count(), 5);
}

#[test]
fn x_exe_10_an_alert_with_a_correlator_that_nobody_knows_is_answered_200_and_logged() {
    let (mut world, mut device) = device(Syntax::Xml);
    device.finish(Some("job-of-yesterday"), "./FUMO", types::FUMO_UPDATE, "200");
    assert_eq!(verdicts(&mut world, &mut device), [200]);
    assert!(world.events.iter().any(|event| event.contains("no task waits for")));
}

#[test]
fn x_srv_02_an_alert_of_package_3_is_answered_in_package_4() {
    let (mut world, mut device) = device(Syntax::Xml);
    world.task(json!({"device": DEVICE}), json!([{"cmd": "get", "uri": "./DevInfo/Man"}]));
    let first = device.start();
    let reply = world.send(&device, &first);
    device.finish(None, "./App", types::TRAP_NOTIFICATION, "1");
    let package3 = device.answer(&reply).unwrap();
    let reply = world.send(&device, &package3);
    let message = Message::decode(&reply).unwrap();
    let statuses: Vec<_> = message.statuses().map(|it| (it.cmd.to_string(), it.code.as_u16())).collect();
    assert_eq!(statuses, [("SyncHdr".into(), 200), ("Alert".into(), 200)]);
    assert!(message.is_final);
}

fn ask(user: (StatusCode, Vec<String>)) -> (World, Value, &'static str) {
    let (mut world, mut device) = device(Syntax::Xml);
    device.user = user;
    let items = json!(["MAXDT=15", "Which name?"]);
    let task = world.task(json!({"device": DEVICE}), json!([{"cmd": "alert", "code": 1102, "items": items}]));
    world.run_session(&mut device);
    let (result, state) = (world.result(task, DEVICE), world.state(task, DEVICE));
    (world, result, state)
}

#[test]
fn the_answer_of_the_user_is_the_result_of_an_alert() {
    let (_, result, state) = ask((StatusCode::OK, vec!["CNN".into()]));
    assert_eq!((state, &result[0]["results"][0]["data"]), ("ok", &json!("CNN")));
}

#[test]
fn x_srv_04_no_and_cancel_of_the_user_are_told_by_name() {
    for (code, word) in [(304, "the user said no"), (214, "the user cancelled it"), (215, "not executed")] {
        let (_, result, state) = ask((StatusCode::from_u16(code), Vec::new()));
        assert_eq!((state, &result[0]["status"]), ("failed", &json!(code)));
        assert!(result[0]["error"].as_str().unwrap().starts_with(word), "{result}");
    }
}

#[test]
fn x_srv_04_every_status_has_its_conclusion() {
    let of = |code: u16| {
        let mut outcome = Outcome::default();
        outcome.status = Some(StatusCode::from_u16(code));
        outcome.conclusion()
    };
    let table = [
        (200, Conclusion::Succeeded),
        (202, Conclusion::Pending),
        (213, Conclusion::InTransfer),
        (214, Conclusion::Cancelled),
        (215, Conclusion::NotExecuted),
        (304, Conclusion::Declined),
        (404, Conclusion::Failed(StatusCode::NOT_FOUND)),
        (405, Conclusion::Failed(StatusCode::COMMAND_NOT_ALLOWED)),
        (406, Conclusion::Failed(StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED)),
        (418, Conclusion::Failed(StatusCode::ALREADY_EXISTS)),
        (425, Conclusion::Failed(StatusCode::PERMISSION_DENIED)),
        (500, Conclusion::Failed(StatusCode::COMMAND_FAILED)),
    ];
    for (code, expected) in table {
        assert_eq!(of(code), expected, "{code}");
    }
    assert_eq!(of(404).to_string(), "404 Not found");
}

fn walk(change: impl FnOnce(&mut Client)) -> (Vec<String>, Value, &'static str) {
    let (mut world, mut device) = device(Syntax::Xml);
    for leaf in ["./A/b", "./A/c/d", "./A/c/e", "./A/f/g"] {
        device.tree.insert(leaf.into(), "1".into());
    }
    change(&mut device);
    let task = world.task(json!({"device": DEVICE}), json!([{"cmd": "walk", "uri": "./A"}]));
    world.run_session(&mut device);
    let result = world.result(task, DEVICE);
    let results = result[0]["results"].as_array().cloned().unwrap_or_default();
    let mut leaves: Vec<String> = results
        .iter()
        .filter(|value| value["format"] != "node")
        .map(|value| value["uri"].as_str().unwrap().to_string())
        .collect();
    leaves.sort();
    let state = world.state(task, DEVICE);
    (leaves, result, state)
}

#[test]
fn a_walk_is_one_list_where_the_device_has_lists() {
    let (leaves, result, state) = walk(|device| device.lists = true);
    assert_eq!(leaves, ["./A/b", "./A/c/d", "./A/c/e", "./A/f/g"]);
    assert_eq!((state, &result[0]["status"]), ("ok", &json!(200)));
}

#[test]
fn x_srv_19_without_lists_the_tree_is_found_node_by_node() {
    let (leaves, _, state) = walk(|_| {});
    assert_eq!(leaves, ["./A/b", "./A/c/d", "./A/c/e", "./A/f/g"]);
    assert_eq!(state, "ok");
}

#[test]
fn x_srv_19_what_cannot_be_read_does_not_stop_the_walk() {
    let (leaves, _, state) = walk(|device| device.unreadable = vec!["./A/c".into(), "./A/b".into()]);
    assert_eq!(leaves, ["./A/f/g"]);
    assert_eq!(state, "ok");
}

#[test]
fn a_walk_from_a_node_that_is_not_there_fails() {
    let (leaves, result, state) = walk(|device| device.tree.retain(|uri, _| !uri.starts_with("./A")));
    assert!(leaves.is_empty());
    assert_eq!((state, &result[0]["status"]), ("failed", &json!(404)));
}

#[test]
fn x_srv_19_a_device_that_names_children_without_end_is_left() {
    let (mut world, mut device) = device(Syntax::Xml);
    let name = ["x"; 100].join("/");
    device.tree.insert(format!("./A/{name}"), "1".into());
    let task = world.task(json!({"device": DEVICE}), json!([{"cmd": "walk", "uri": "./A"}]));
    world.run_session(&mut device);
    assert_eq!(world.state(task, DEVICE), "failed");
    assert!(world.result(task, DEVICE)[0]["error"].as_str().unwrap().starts_with("incomplete"));
}

#[test]
fn x_atm_22_a_roll_back_that_failed_raises_an_alarm() {
    let (mut world, mut device) = device(Syntax::Xml);
    device.tree.insert("./B".into(), "1".into());
    let commands =
        json!([{"cmd": "replace", "uri": "./A", "data": "1"}, {"cmd": "replace", "uri": "./B", "data": "1"}]);
    world.task(json!({"device": DEVICE}), json!([{"cmd": "atomic", "commands": commands}]));
    let first = device.start();
    let reply = world.send(&device, &first);
    let answer = String::from_utf8(device.answer(&reply).unwrap()).unwrap().replace("<Data>404<", "<Data>516<");
    world.send(&device, answer.as_bytes());
    assert!(world.events.iter().any(|event| event.contains("ALARM")), "{:?}", world.events);
}

#[test]
fn x_srv_08_two_devices_with_the_same_session_id_do_not_meet() {
    let mut world = World::new();
    let mut one = world.device(DEVICE, Syntax::Xml);
    let mut two = world.device("urn:imei:2", Syntax::Wbxml);
    let get = json!([{"cmd": "get", "uri": "./DevInfo/DevId"}]);
    let tasks = [DEVICE, "urn:imei:2"].map(|id| world.task(json!({"device": id}), get.clone()));
    let (first, second) = (one.start(), two.start());
    let (to_one, to_two) = (world.send(&one, &first), world.send(&two, &second));
    let (first, second) = (one.answer(&to_one).unwrap(), two.answer(&to_two).unwrap());
    world.send(&two, &second);
    world.send(&one, &first);
    for (task, id) in tasks.into_iter().zip([DEVICE, "urn:imei:2"]) {
        assert_eq!(world.result(task, id)[0]["results"][0]["data"], id);
    }
}
