//! Packages 1 to 4 and how a session ends.

use omadm_proto::message::{Command, Verb};
use omadm_proto::status::StatusCode;
use omadm_proto::version::DmVersion;
use xrem_client::event::Failure;
use xrem_client::{Account, Event};

use crate::world::*;

fn finished(device: &Device) -> usize {
    device.happened(|event| matches!(event, Event::SessionFinished { .. }))
}

fn failed_with(device: &Device, expected: Failure) -> bool {
    device.happened(|event| matches!(event, Event::SessionFailed { failure, .. } if *failure == expected)) == 1
}

#[test]
fn x_ses_01_package_1_of_a_client_initiated_session() {
    let mut device = Device::new(open_account());
    device.start();
    let sent = device.sent();
    assert_eq!(sent.0.destination, URL);
    let message = sent.message();
    assert_eq!((&*message.header.ver_dtd, &*message.header.ver_proto), ("1.2", "DM/1.2"));
    assert!((1..=4).contains(&message.header.session_id.len()));
    assert!(message.header.session_id.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase()));
    assert_eq!(message.header.msg_id.get(), 1);
    assert_eq!(message.header.target.loc_uri, URL);
    assert_eq!(message.header.source.loc_uri, DEV_ID);
    assert!(message.header.meta.as_ref().unwrap().max_msg_size().is_some());
    assert!(message.is_final);
    assert_eq!(sent.alerts(), [1201]);
    let [Command::Alert(_), Command::Tree(replace)] = &message.commands[..] else { panic!("{message:?}") };
    assert_eq!(replace.verb, Verb::Replace);
    let leaves: Vec<_> = replace
        .items
        .iter()
        .map(|item| (item.source_uri().unwrap(), item.data.as_ref().unwrap().as_str().unwrap()))
        .collect();
    assert_eq!(
        leaves,
        [
            ("./DevInfo/DevId", DEV_ID),
            ("./DevInfo/Man", "ExampleCorp"),
            ("./DevInfo/Mod", "GW-1"),
            ("./DevInfo/DmV", "1.2.1"),
            ("./DevInfo/Lang", "en-US"),
        ]
    );
}

#[test]
fn x_ses_16_leaves_of_optional_devinfo_branches_are_sent_and_interior_nodes_are_not() {
    let tree = tree().leaf("./DevInfo/Ext/x", "1").leaf("./DevInfo/Bearer/y", "2");
    let mut device = Device::with_tree(open_account(), tree);
    device.start();
    let sent = device.sent();
    let message = sent.message();
    let Command::Tree(replace) = &message.commands[1] else { panic!("{message:?}") };
    let sources: Vec<_> = replace.items.iter().map(|item| item.source_uri().unwrap()).collect();
    assert_eq!(sources[..5], ["./DevInfo/DevId", "./DevInfo/Man", "./DevInfo/Mod", "./DevInfo/DmV", "./DevInfo/Lang"]);
    assert_eq!(sources[5..], ["./DevInfo/Ext/x", "./DevInfo/Bearer/y"]);
}

#[test]
fn x_ses_04_one_management_round() {
    let mut device = Device::new(open_account());
    device.start();
    let answers = device.serve(&[&get(7, "./DevDetail/FwV")]);
    assert_eq!(answers[0].statuses(), "SyncHdr:0:200 Get:7:200");
    assert_eq!(answers[0].results(), "./DevDetail/FwV=4.2.0");
    assert!(answers[0].message().is_final);
    assert!(device.sent.is_empty());
    assert_eq!(finished(&device), 1);
}

#[test]
fn x_ses_05_statuses_and_final_alone_end_the_session_without_an_answer() {
    let mut device = Device::new(open_account());
    device.start();
    let sent = device.sent();
    device.answer(&sent, &sent.reply(""));
    assert!(device.sent.is_empty());
    assert_eq!(finished(&device), 1);
}

#[test]
fn x_ses_07_identifiers_stay_right_through_two_hundred_rounds() {
    let mut device = Device::new(open_account());
    device.start();
    let mut sent = device.sent();
    let session = sent.message().header.session_id.into_owned();
    for round in 1..=200 {
        device.answer(&sent, &sent.reply(&get(9, "./DevDetail/FwV")));
        sent = device.sent();
        let message = sent.message();
        assert_eq!(message.header.session_id, session);
        assert_eq!(message.header.msg_id.get(), round + 1);
        assert!(message.statuses().all(|status| status.msg_ref.unwrap().get() == round));
        assert_eq!(sent.statuses(), "SyncHdr:0:200 Get:9:200");
    }
    device.answer(&sent, &sent.reply(""));
    assert_eq!(finished(&device), 1);
}

#[test]
fn x_ses_08_resp_uri_is_followed() {
    let mut device = Device::new(Account::new(SERVER, "http://dm.example.net/omadm"));
    device.start();
    let sent = device.sent();
    let reply =
        sent.reply(&get(2, "./DevDetail/FwV")).replace("</Source>", "</Source><RespURI>http://h/x?sid=7</RespURI>");
    device.answer(&sent, &reply);
    let next = device.sent();
    assert_eq!(next.0.destination, "http://h/x?sid=7");
    assert_eq!(next.message().header.target.loc_uri, "http://h/x?sid=7");
}

#[test]
fn a_resp_uri_that_leaves_tls_or_is_not_absolute_is_not_followed() {
    for uri in ["http://h/x?sid=7", "/omadm?sid=7", "omadm", "", "h/x:7"] {
        let mut device = Device::new(open_account());
        device.start();
        let sent = device.sent();
        let reply =
            sent.reply(&get(2, "./DevDetail/FwV")).replace("</Source>", &format!("</Source><RespURI>{uri}</RespURI>"));
        device.answer(&sent, &reply);
        assert_eq!(device.sent().0.destination, URL, "{uri}");
    }
}

#[test]
fn a_resp_uri_holds_for_its_session_only() {
    let mut device = Device::new(open_account());
    device.start();
    let sent = device.sent();
    let reply =
        sent.reply(&get(2, "./DevDetail/FwV")).replace("</Source>", "</Source><RespURI>https://h/x?sid=7</RespURI>");
    device.answer(&sent, &reply);
    let next = device.sent();
    device.answer(&next, &next.reply(""));
    device.start();
    assert_eq!(device.sent().0.destination, URL);
}

#[test]
fn an_older_message_of_the_server_is_no_answer_and_ours_is_sent_again() {
    let mut device = Device::new(open_account());
    device.start();
    let first = device.sent();
    let add = first.reply(&command("Add", 2, "./Vendor/New", Some("1")));
    device.answer(&first, &add);
    let second = device.sent();
    device.answer(&second, &add.replace("./Vendor/New", "./Vendor/New2"));
    assert!(device.tree.find("./Vendor/New2").is_none());
    assert!(device.sent.is_empty() && device.drem.in_session());
    device.wait();
    let again = device.sent();
    assert_eq!(again.0.body, second.0.body);
    device.answer(&again, &again.reply(&get(3, "./Vendor/New")));
    assert_eq!(device.sent().results(), "./Vendor/New=1");
}

#[test]
fn a_server_that_has_nothing_but_old_messages_is_left() {
    let mut device = Device::new(open_account());
    device.start();
    let first = device.sent();
    let old = first.reply(&get(2, "./DevDetail/FwV"));
    device.answer(&first, &old);
    while let Some(sent) = device.sent.pop_front() {
        device.answer(&Sent(sent), &old);
        device.wait();
    }
    assert!(failed_with(&device, Failure::Lost));
}

#[test]
fn x_ses_22_a_server_that_refuses_1_3_is_spoken_to_in_1_2_in_a_new_session() {
    let refusal = |sent: &Sent| {
        let item = "<Data>513</Data><Item><Data>DM/1.2</Data></Item></Status>";
        sent.reply_with(513, "", "<Final/>", "").replacen("<Data>513</Data></Status>", item, 1)
    };
    for header in ["DM/1.3", "DM/1.2"] {
        let mut device = Device::new(open_account().version(DmVersion::V1_3));
        device.start();
        let first = device.sent();
        assert_eq!(&*first.message().header.ver_proto, "DM/1.3");
        device.answer(&first, &refusal(&first).replace("DM/1.2</VerProto>", &format!("{header}</VerProto>")));
        let second = device.sent();
        let message = second.message();
        assert_eq!((&*message.header.ver_dtd, &*message.header.ver_proto), ("1.2", "DM/1.2"));
        assert_ne!(message.header.session_id, first.message().header.session_id);
        assert_eq!(message.header.msg_id.get(), 1);
        device.answer(&second, &second.reply(&get(2, "./DevDetail/FwV")));
        let third = device.sent();
        assert_eq!(third.results(), "./DevDetail/FwV=4.2.0");
        device.answer(&third, &third.reply(""));
        let xrem_client::Record::Account(record) = &device.records["account dm.example.net"] else { panic!() };
        assert_eq!(record.version, Some(DmVersion::V1_2), "it is remembered");
        device.start();
        assert_eq!(&*device.sent().message().header.ver_proto, "DM/1.2");
    }
}

#[test]
fn x_ses_22_a_1_2_answer_to_1_3_is_not_mixed_into_the_session() {
    let mut device = Device::new(open_account().version(DmVersion::V1_3));
    device.start();
    let first = device.sent();
    device.answer(&first, &first.reply(&replace(5, "./Vendor/Example/Interval", "1")));
    assert_eq!(device.text("./Vendor/Example/Interval"), "900");
    assert_eq!(&*device.sent().message().header.ver_proto, "DM/1.2");
}

#[test]
fn x_ses_22_a_server_that_refuses_1_2_too_ends_it() {
    let mut device = Device::new(open_account().version(DmVersion::V1_3));
    for _ in 0..2 {
        if device.sent.is_empty() {
            device.start();
        }
        let sent = device.sent();
        device.answer(&sent, &sent.reply_with(513, "", "<Final/>", ""));
    }
    assert!(device.sent.is_empty());
    assert!(failed_with(&device, Failure::Status(StatusCode::PROTOCOL_VERSION_NOT_SUPPORTED)));
}

#[test]
fn a_1_3_server_is_managed_in_1_3() {
    let mut device = Device::new(open_account().version(DmVersion::V1_3));
    device.start();
    let first = device.sent();
    device.answer(&first, &first.reply(&get(2, "./DevDetail/FwV")).replace("DM/1.2", "DM/1.3"));
    let second = device.sent();
    assert_eq!((second.results().as_str(), &*second.message().header.ver_proto), ("./DevDetail/FwV=4.2.0", "DM/1.3"));
}

#[test]
fn two_sessions_have_different_ids() {
    let mut device = Device::new(open_account());
    device.start();
    let first = device.sent();
    device.answer(&first, &first.reply(""));
    device.start();
    assert_ne!(first.message().header.session_id, device.sent().message().header.session_id);
}

#[test]
fn a_session_asked_for_during_another_follows_it() {
    let mut device = Device::new(open_account());
    device.start();
    device.start();
    let first = device.sent();
    assert!(device.sent.is_empty());
    device.answer(&first, &first.reply(""));
    assert_eq!(device.sent().alerts(), [1201]);
}

#[test]
fn x_abo_02_an_abort_of_the_server_gets_no_answer_and_its_commands_do_not_run() {
    let mut device = Device::new(open_account());
    device.start();
    let sent = device.sent();
    let body = replace(5, "./Vendor/Example/Interval", "1") + "<Alert><CmdID>6</CmdID><Data>1223</Data></Alert>";
    device.answer(&sent, &sent.reply(&body));
    assert!(device.sent.is_empty());
    assert_eq!(device.text("./Vendor/Example/Interval"), "900");
    assert!(failed_with(&device, Failure::AbortedByServer));
}

#[test]
fn x_abo_04_the_device_ends_a_session_with_alert_1223_and_final() {
    let mut device = Device::new(open_account());
    device.start();
    let sent = device.sent();
    device.drem.abort_session(device.now, &mut device.tree);
    device.answer(&sent, &sent.reply(&replace(5, "./Vendor/Example/Interval", "1")));
    let abort = device.sent();
    assert_eq!(abort.alerts(), [1223]);
    assert!(abort.message().is_final);
    assert_eq!(device.text("./Vendor/Example/Interval"), "900");
    device.answer(&abort, &abort.reply(""));
    assert!(!device.drem.in_session());
}

#[test]
fn x_abo_04_what_was_executed_is_answered_with_the_abort() {
    let mut device = Device::new(open_account());
    device.drem.queue_alert(xrem_client::GenericAlert::new("com.example.event", "x"));
    device.start();
    let sent = device.sent();
    let body = replace(2, "./Vendor/Example/Interval", "1")
        + &get(3, "./DevDetail/FwV")
        + &exec(4, "./Vendor/Example/Run", "job")
        + &replace(5, "./Vendor/Example/A", "1");
    device.answer(&sent, &sent.reply(&body));
    assert_eq!(device.actions.len(), 1);
    device.drem.abort_session(device.now, &mut device.tree);
    device.pump();
    let abort = device.sent();
    assert_eq!(abort.statuses(), "SyncHdr:0:200 Replace:2:200 Get:3:200");
    assert_eq!((abort.results().as_str(), abort.alerts()), ("./DevDetail/FwV=4.2.0", vec![1223]));
    assert!(abort.message().is_final);
    assert_eq!(device.text("./Vendor/Example/A"), "0");
}

#[test]
fn an_abort_fits_into_the_smallest_message_of_the_server() {
    let mut device = Device::new(open_account());
    device.start();
    let sent = device.sent();
    let gets: String = (2..60).map(|id| get(id, "./DevDetail/FwV")).collect();
    let limit = "<Meta><MaxMsgSize xmlns='syncml:metinf'>1500</MaxMsgSize></Meta></SyncHdr>";
    let body = gets + &exec(90, "./Vendor/Example/Run", "job");
    device.answer(&sent, &sent.reply(&body).replace("</SyncHdr>", limit));
    device.drem.abort_session(device.now, &mut device.tree);
    device.pump();
    let abort = device.sent();
    assert!(abort.0.body.len() <= 1500 && abort.message().is_final);
    assert_eq!(abort.alerts(), [1223]);
}

#[test]
fn x_abo_06_garbage_ends_the_session_and_the_next_one_works() {
    let other_root = "<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD></MgmtTree>";
    for garbage in ["", "\u{1}\u{2}", "<SyncML", other_root, "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr/></SyncML>"] {
        let mut device = Device::new(open_account());
        device.start();
        let sent = device.sent();
        device.answer(&sent, garbage);
        assert!(failed_with(&device, Failure::Malformed), "{garbage:?}");
        device.start();
        assert_eq!(device.serve(&[&get(2, "./DevDetail/FwV")])[0].results(), "./DevDetail/FwV=4.2.0");
    }
}

#[test]
fn an_answer_of_another_session_is_not_believed() {
    let mut device = Device::new(open_account());
    device.start();
    let sent = device.sent();
    let session = format!("<SessionID>{}<", sent.message().header.session_id);
    let reply = sent.reply(&replace(5, "./Vendor/Example/Interval", "1")).replace(&session, "<SessionID>ZZZZ<");
    device.answer(&sent, &reply);
    assert_eq!(device.text("./Vendor/Example/Interval"), "900");
    assert!(failed_with(&device, Failure::Malformed));
}

#[test]
fn a_message_of_another_version_is_refused_nothing_runs_and_the_session_ends() {
    let versions = [
        ("<VerDTD>1.2", "<VerDTD>9.9", 505, "1.2"),
        ("<VerDTD>1.2", "<VerDTD>1.1", 505, "1.2"),
        ("DM/1.2", "DM/9.9", 513, "DM/1.2"),
        ("DM/1.2", "DM/1.3", 513, "DM/1.2"),
    ];
    for (from, to, code, spoken) in versions {
        let mut device = Device::new(open_account());
        device.start();
        let sent = device.sent();
        let reply = sent.reply(&replace(5, "./Vendor/Example/Interval", "1")).replace(from, to);
        device.answer(&sent, &reply);
        let refusal = device.sent();
        assert_eq!(refusal.statuses(), format!("SyncHdr:0:{code} Replace:5:{code}"));
        assert_eq!(refusal.header_status().items[0].data.as_ref().unwrap().as_str(), Some(spoken));
        assert_eq!(device.text("./Vendor/Example/Interval"), "900");
        device.answer(&refusal, &refusal.reply(""));
        assert!(failed_with(&device, Failure::Version));
    }
}

#[test]
fn a_server_that_refuses_the_header_ends_the_session() {
    let mut device = Device::new(open_account());
    device.start();
    let sent = device.sent();
    device.answer(&sent, &sent.reply_with(513, "", "<Final/>", ""));
    assert!(failed_with(&device, Failure::Status(StatusCode::PROTOCOL_VERSION_NOT_SUPPORTED)));
}

#[test]
fn every_optional_element_may_be_missing() {
    let bodies = [
        "<Add><CmdID>2</CmdID><Item/></Add>",
        "<Add><CmdID>2</CmdID><Item><Target><LocURI>./Vendor/New</LocURI></Target></Item></Add>",
        "<Replace><CmdID>2</CmdID><Item><Target><LocURI>./Vendor/Example/A</LocURI></Target></Item></Replace>",
        "<Get><CmdID>2</CmdID><Item><Target><LocURI/></Target></Item></Get>",
        "<Delete><CmdID>2</CmdID></Delete>",
        "<Exec><CmdID>2</CmdID><Item><Data>x</Data></Item></Exec>",
        "<Copy><CmdID>2</CmdID><Item><Target><LocURI>./Vendor/New</LocURI></Target></Item></Copy>",
        "<Alert><CmdID>2</CmdID></Alert>",
        "<Atomic><CmdID>2</CmdID></Atomic>",
        "<Sequence><CmdID>2</CmdID></Sequence>",
        "<Results><CmdID>2</CmdID><Item/></Results>",
        "<Nonsense/>",
    ];
    for body in bodies {
        let mut device = Device::new(open_account());
        device.start();
        let sent = device.sent();
        let reply = sent.reply(body);
        device.answer(&sent, &reply);
        assert!(device.sent.len() == 1 || !device.drem.in_session(), "{body}");
        let bare = reply.find("<Status>").unwrap()..reply.rfind("</Status>").unwrap() + "</Status>".len();
        let mut without_statuses = reply.clone();
        without_statuses.replace_range(bare, "");
        let mut device = Device::new(open_account());
        device.start();
        let sent = device.sent();
        device.answer(&sent, &without_statuses);
        assert!(device.sent.len() == 1 || !device.drem.in_session(), "{body}");
    }
}
