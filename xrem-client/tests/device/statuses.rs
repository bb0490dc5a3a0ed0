//! Rules of Status, and elements that DM leaves out \[dm 3.4\].

use omadm_proto::message::Command;

use crate::world::*;

fn answer(body: &str) -> (Device, Sent) {
    let mut device = Device::new(open_account());
    device.start();
    let sent = device.sent();
    device.answer(&sent, &sent.reply(body));
    let answer = device.sent();
    (device, answer)
}

#[test]
fn x_sta_01_one_status_a_command_in_their_order() {
    let body = replace(7, "./Vendor/Example/A", "1")
        + &get(3, "./Vendor/Example/None")
        + &get(5, "./Vendor/Example/A")
        + &command("Delete", 4, "./Vendor/Example/Old", None)
        + &command("Add", 6, "./Vendor/New", Some("1"));
    let (_, answer) = answer(&body);
    assert_eq!(answer.statuses(), "SyncHdr:0:200 Replace:7:200 Get:3:404 Get:5:200 Delete:4:200 Add:6:200");
}

#[test]
fn x_sta_02_a_status_names_its_command() {
    let copy = "<Copy><CmdID>4</CmdID><Item><Target><LocURI>./Vendor/Example/B2</LocURI></Target>\
                <Source><LocURI>./Vendor/Example/Blob</LocURI></Source></Item></Copy>";
    let (_, answer) = answer(copy);
    let message = answer.message();
    let status = message.statuses().nth(1).unwrap();
    assert_eq!((&*status.cmd, status.cmd_ref.to_string().as_str()), ("Copy", "4"));
    assert_eq!(status.msg_ref.unwrap().get(), 1);
    assert!(answer.statuses().ends_with(":200"), "{}", answer.statuses());
}

#[test]
fn x_sta_05_a_missing_or_zero_cmd_id_is_answered_400() {
    for body in [get(0, "./Vendor/Example/A"), get(0, "./Vendor/Example/A").replace("<CmdID>0</CmdID>", "")] {
        let (_, answer) = answer(&body);
        let message = answer.message();
        let codes: Vec<u16> = message.statuses().map(|status| status.code.as_u16()).collect();
        assert_eq!(codes, [200, 400], "{body}");
        assert_eq!(answer.results(), "");
    }
}

#[test]
fn x_sta_07_commands_outside_dm_are_refused_and_the_others_run() {
    for name in ["Put", "Search", "Map", "Sync"] {
        let outside = format!("<{name}><CmdID>2</CmdID></{name}>");
        let (device, answer) = answer(&(outside + &replace(3, "./Vendor/Example/Interval", "5")));
        let message = answer.message();
        let code = message.statuses().nth(1).unwrap().code.as_u16();
        assert!([400, 406, 501].contains(&code), "{name}: {code}");
        assert_eq!(device.text("./Vendor/Example/Interval"), "5", "{name}");
    }
}

#[test]
fn x_sta_08_no_resp_changes_nothing() {
    let quiet = replace(2, "./Vendor/Example/Interval", "5").replace("</CmdID>", "</CmdID><NoResp/>");
    let (device, sent) = answer(&quiet);
    assert_eq!(sent.statuses(), "SyncHdr:0:200 Replace:2:200");
    assert_eq!(device.text("./Vendor/Example/Interval"), "5");

    let mut device = Device::new(open_account());
    device.start();
    let sent = device.sent();
    let reply = sent.reply(&get(2, "./DevDetail/FwV")).replace("</SyncHdr>", "<NoResp/></SyncHdr>");
    device.answer(&sent, &reply);
    assert_eq!(device.sent().statuses(), "SyncHdr:0:200 Get:2:200");
}

#[test]
fn x_sta_11_an_unknown_element_is_refused_or_ignored_and_the_others_run() {
    for element in ["<foo/>", "<foo><CmdID>2</CmdID></foo>", "<x:bar xmlns:x='urn:x-test'/>"] {
        let (device, answer) = answer(&(element.to_owned() + &replace(3, "./Vendor/Example/Interval", "5")));
        assert!(answer.statuses().ends_with("Replace:3:200"), "{}", answer.statuses());
        assert_eq!(device.text("./Vendor/Example/Interval"), "5");
    }
}

#[test]
fn x_sta_12_an_empty_command_is_answered_400_or_412() {
    for body in ["<Replace><CmdID>2</CmdID></Replace>", "<Get><CmdID>2</CmdID><Item/></Get>"] {
        let (_, answer) = answer(body);
        let code = answer.message().statuses().nth(1).unwrap().code.as_u16();
        assert!([400, 412].contains(&code), "{body}: {code}");
    }
}

#[test]
fn x_sta_15_a_status_gets_no_status() {
    let (_, answer) = answer(&get(9, "./DevDetail/FwV"));
    assert!(answer.message().statuses().all(|status| status.cmd != "Status"));
    assert_eq!(answer.statuses(), "SyncHdr:0:200 Get:9:200");
}

#[test]
fn x_sta_16_meta_that_dm_does_not_use_is_ignored() {
    let meta = "<Meta><EMI xmlns='syncml:metinf'>x</EMI><Version xmlns='syncml:metinf'>7</Version>\
                <Anchor xmlns='syncml:metinf'><Next>2</Next></Anchor>\
                <Mem xmlns='syncml:metinf'><FreeMem>1</FreeMem><FreeID>2</FreeID></Mem></Meta>";
    let body = replace(2, "./Vendor/Example/Interval", "5").replace("<Data>", &format!("{meta}<Data>"));
    let (device, answer) = answer(&body);
    assert_eq!(answer.statuses(), "SyncHdr:0:200 Replace:2:200");
    assert_eq!(device.text("./Vendor/Example/Interval"), "5");
}

#[test]
fn x_sta_19_the_status_of_a_get_is_never_behind_its_results() {
    let mut device = Device::new(open_account());
    device.start();
    let first = device.sent();
    let gets: String = (2..32).map(|id| get(id, "./DevDetail/FwV")).collect();
    let limit = "<Meta><MaxMsgSize xmlns='syncml:metinf'>1500</MaxMsgSize></Meta></SyncHdr>";
    device.answer(&first, &first.reply(&gets).replace("</SyncHdr>", limit));
    let mut answered = std::collections::BTreeSet::new();
    loop {
        let sent = device.sent();
        for command in sent.message().commands() {
            match command {
                Command::Status(status) => drop(answered.insert(status.cmd_ref.to_string())),
                Command::Results(results) => assert!(answered.contains(&results.cmd_ref.to_string())),
                _ => {}
            }
        }
        if sent.message().is_final {
            break;
        }
        device.answer(&sent, &sent.reply_more("<Alert><CmdID>90</CmdID><Data>1222</Data></Alert>"));
    }
}
