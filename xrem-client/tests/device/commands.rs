//! Single commands: their Status, their Results, their effect.

use omadm_proto::message::Format;
use omadm_proto::status::StatusCode;
use omadm_tree::mo::DmAcc;
use xrem_client::{Action, ActionFailure, ActionResult, Event};

use crate::world::*;

/// The answer to one package with `body`.
fn answer(device: &mut Device, body: &str) -> Sent {
    device.start();
    device.serve(&[body]).remove(0)
}

#[test]
fn several_commands_of_one_message_are_answered_in_their_order() {
    let mut device = Device::new(open_account());
    let body = get(2, "./DevDetail/FwV")
        + &replace(3, "./Vendor/Example/Interval", "300")
        + &get(4, "./Vendor/Example/Interval")
        + &command("Delete", 5, "./Vendor/Example/Old", None)
        + &get(6, "./Vendor/Example/Old");
    let sent = answer(&mut device, &body);
    assert_eq!(sent.statuses(), "SyncHdr:0:200 Get:2:200 Replace:3:200 Get:4:200 Delete:5:200 Get:6:404");
    assert_eq!(sent.results(), "./DevDetail/FwV=4.2.0 ./Vendor/Example/Interval=300");
}

#[test]
fn x_get_05_each_item_of_a_get_has_its_own_status_and_results() {
    let mut device = Device::new(open_account());
    let body = "<Get><CmdID>2</CmdID><Item><Target><LocURI>./DevDetail/FwV</LocURI></Target></Item>\
                <Item><Target><LocURI>./Missing</LocURI></Target></Item>\
                <Item><Target><LocURI>./Vendor</LocURI></Target></Item></Get>";
    let sent = answer(&mut device, body);
    assert_eq!(sent.statuses(), "SyncHdr:0:200 Get:2:200 Get:2:404 Get:2:200");
    assert_eq!(sent.results(), "./DevDetail/FwV=4.2.0 ./Vendor=Example");
    let message = sent.message();
    let refs: Vec<_> = message.statuses().skip(1).map(|status| status.target_refs[0].clone()).collect();
    assert_eq!(refs, ["./DevDetail/FwV", "./Missing", "./Vendor"]);
}

#[test]
fn replace_on_missing_leaf_answers_404() {
    let mut device = Device::new(open_account());
    assert_eq!(answer(&mut device, &replace(2, "./Vendor/None", "1")).statuses(), "SyncHdr:0:200 Replace:2:404");
}

#[test]
fn a_failed_implicit_add_names_the_node_that_could_not_be_created() {
    let mut device = Device::new(open_account());
    device.tree.set_acl("./Vendor/Example", "Get=*".parse().unwrap()).unwrap();
    let sent = answer(&mut device, &command("Add", 2, "./Vendor/Example/new/leaf", Some("1")));
    assert_eq!(sent.statuses(), "SyncHdr:0:200 Add:2:425");
    let message = sent.message();
    let status = message.statuses().last().unwrap();
    assert_eq!(status.items[0].target_uri(), Some("./Vendor/Example/new"));
}

#[test]
fn a_server_without_rights_is_answered_425() {
    let mut device = Device::new(open_account());
    device.tree.set_acl("./Vendor/Example/Interval", "Replace=somebody.else".parse().unwrap()).unwrap();
    let sent = answer(&mut device, &replace(2, "./Vendor/Example/Interval", "1"));
    assert_eq!(sent.statuses(), "SyncHdr:0:200 Replace:2:425");
    assert_eq!(device.text("./Vendor/Example/Interval"), "900");
}

#[test]
fn x_get_19_a_secret_of_an_account_never_leaves_the_device() {
    let account = DmAcc::at("./DMAcc/a", SERVER);
    let mut device = Device::with_tree(open_account(), tree().mo(account));
    device
        .tree
        .put(
            "./DMAcc/a/AppAuth/1/AAuthSecret",
            omadm_tree::NodeSpec::value("hidden").access(omadm_tree::AccessType::REPLACE),
        )
        .unwrap();
    let sent = answer(&mut device, &get(2, "./DMAcc/a/AppAuth/1/AAuthSecret"));
    assert_eq!(sent.statuses(), "SyncHdr:0:200 Get:2:405");
    assert_eq!(sent.results(), "");
}

#[test]
fn a_binary_value_travels_as_base64_in_xml_and_comes_back_the_same() {
    let mut device = Device::new(open_account());
    let body = "<Add><CmdID>2</CmdID><Item><Target><LocURI>./Vendor/Bin</LocURI></Target><Meta><Format xmlns='syncml:metinf'>b64</Format>\
                <Type xmlns='syncml:metinf'>application/octet-stream</Type></Meta><Data>AP8Q</Data></Item></Add>"
        .to_string()
        + &get(3, "./Vendor/Bin");
    let sent = answer(&mut device, &body);
    assert_eq!(device.tree.bytes("./Vendor/Bin"), Some(&[0, 0xFF, 0x10][..]));
    assert_eq!(sent.results(), "./Vendor/Bin=AP8Q");
}

#[test]
fn a_live_value_is_asked_for_when_a_server_gets_it() {
    let mut device = Device::with_tree(open_account(), tree().live("./Vendor/Temperature", Format::Int));
    device.start();
    let sent = device.sent();
    let body = get(2, "./DevDetail/FwV") + &get(3, "./Vendor/Temperature") + &get(4, "./DevDetail/LrgObj");
    device.answer(&sent, &sent.reply(&body));
    assert!(device.sent.is_empty());
    assert_eq!(device.act("21"), Action::Read("./Vendor/Temperature".parse().unwrap()));
    let next = device.sent();
    assert_eq!(next.statuses(), "SyncHdr:0:200 Get:2:200 Get:3:200 Get:4:200");
    assert_eq!(next.results(), "./DevDetail/FwV=4.2.0 ./Vendor/Temperature=21 ./DevDetail/LrgObj=true");
}

#[test]
fn a_live_value_that_cannot_be_read_fails_alone() {
    let mut device = Device::with_tree(open_account(), tree().live("./Vendor/Temperature", Format::Int));
    for (result, code) in [
        (ActionResult::refused(), 406),
        (ActionResult::Failed(ActionFailure::Storage), 500),
        (ActionResult::from("warm"), 500),
        (ActionResult::Status(StatusCode::FORBIDDEN), 403),
    ] {
        device.start();
        let sent = device.sent();
        device.answer(&sent, &sent.reply(&(get(2, "./Vendor/Temperature") + &get(3, "./DevDetail/FwV"))));
        device.act(result);
        let next = device.sent();
        assert_eq!(next.statuses(), format!("SyncHdr:0:200 Get:2:{code} Get:3:200"));
        device.answer(&next, &next.reply(""));
    }
}

#[test]
fn x_exe_01_an_exec_runs_once_with_its_argument() {
    let mut device = Device::new(open_account());
    device.start();
    let sent = device.sent();
    device.answer(&sent, &sent.reply(&command("Exec", 2, "./Vendor/Example/Run", Some("arg"))));
    let Action::Exec { server, uri, correlator, data } = device.act(ActionResult::Done) else { panic!() };
    assert_eq!((server.as_str(), uri.to_string()), (SERVER, "./Vendor/Example/Run".to_string()));
    assert_eq!((correlator, data.as_deref()), (None, Some(&b"arg"[..])));
    assert_eq!(device.sent().statuses(), "SyncHdr:0:200 Exec:2:200");
}

#[test]
fn x_exe_04_x_exe_06_what_cannot_be_executed_is_refused_without_asking_the_driver() {
    let mut device = Device::new(open_account());
    let body = exec(2, "./Vendor/Example/Interval", "") + &exec(3, "./None", "");
    let sent = answer(&mut device, &body);
    assert_eq!(sent.statuses(), "SyncHdr:0:200 Exec:2:405 Exec:3:404");
}

#[test]
fn x_exe_09_an_exec_that_the_driver_does_not_know_is_answered_406() {
    let mut device = Device::new(open_account());
    device.start();
    let sent = device.sent();
    device.answer(&sent, &sent.reply(&exec(2, "./Vendor/Example/Run", "c")));
    device.act(ActionResult::refused());
    assert_eq!(device.sent().statuses(), "SyncHdr:0:200 Exec:2:406");
}

#[test]
fn the_same_exec_with_the_same_correlator_is_not_run_twice() {
    let mut device = Device::new(open_account());
    device.start();
    let sent = device.sent();
    device.answer(&sent, &sent.reply(&exec(2, "./Vendor/Example/Run", "job-1")));
    device.act(StatusCode::ACCEPTED_FOR_PROCESSING);
    let first = device.sent();
    assert_eq!(first.statuses(), "SyncHdr:0:200 Exec:2:202");
    device.answer(&first, &first.reply(&exec(9, "./Vendor/Example/Run", "job-1")));
    assert!(device.actions.is_empty());
    let second = device.sent();
    assert_eq!(second.statuses(), "SyncHdr:0:200 Exec:9:202");
    device.answer(&second, &second.reply(&exec(2, "./Vendor/Example/Run", "job-2")));
    assert_eq!(device.actions.len(), 1);
}

#[test]
fn an_exec_that_failed_may_be_tried_again() {
    let mut device = Device::new(open_account());
    device.start();
    let sent = device.sent();
    device.answer(&sent, &sent.reply(&exec(2, "./Vendor/Example/Run", "job-1")));
    device.act(StatusCode::COMMAND_FAILED);
    let first = device.sent();
    device.answer(&first, &first.reply(&exec(2, "./Vendor/Example/Run", "job-1")));
    assert_eq!(device.actions.len(), 1);
}

#[test]
fn x_uia_02_user_interaction_is_answered_406() {
    for code in [1100, 1101, 1102, 1103, 1104] {
        let mut device = Device::new(open_account());
        let body = format!("<Alert><CmdID>2</CmdID><Data>{code}</Data><Item/><Item><Data>Hello</Data></Item></Alert>");
        assert_eq!(answer(&mut device, &body).statuses(), "SyncHdr:0:200 Alert:2:406", "{code}");
    }
}

#[test]
fn x_gal_12_alerts_that_a_server_must_not_send_or_nobody_knows_are_refused() {
    for (code, status) in [(1200, 405), (1201, 405), (1226, 405), (1299, 406), (1199, 406), (200, 406)] {
        let mut device = Device::new(open_account());
        let body = format!("<Alert><CmdID>2</CmdID><Data>{code}</Data></Alert>");
        assert_eq!(answer(&mut device, &body).statuses(), format!("SyncHdr:0:200 Alert:2:{status}"), "{code}");
    }
}

#[test]
fn unknown_and_foreign_commands_are_refused_and_the_others_run() {
    let mut device = Device::new(open_account());
    let body = "<Blah><CmdID>2</CmdID></Blah><Put><CmdID>3</CmdID><Item/></Put><Results><CmdID>4</CmdID><CmdRef>1</CmdRef><Item/></Results>"
        .to_string()
        + &replace(5, "./Vendor/Example/Interval", "5");
    let sent = answer(&mut device, &body);
    assert_eq!(sent.statuses(), "SyncHdr:0:200 Blah:2:400 Put:3:406 Results:4:405 Replace:5:200");
    assert_eq!(device.text("./Vendor/Example/Interval"), "5");
}

#[test]
fn what_was_executed_is_told_as_an_event() {
    let mut device = Device::new(open_account());
    answer(&mut device, &replace(2, "./Vendor/Example/Interval", "5"));
    let told =
        device.events.iter().map(ToString::to_string).filter(|text| text.contains("Replace")).collect::<Vec<_>>();
    assert_eq!(told, ["dm.example.net: Replace ./Vendor/Example/Interval: 200 OK"]);
    assert_eq!(device.happened(|event| matches!(event, Event::CommandExecuted { .. })), 1);
}
