//! What a server is told, whatever it sends: Statuses, refusals, values that do not fit.

use omadm_proto::exchange::Syntax;
use omadm_tree::Feature;
use xrem_client::outbox::Mark;
use xrem_client::{Event, GenericAlert};

use crate::world::*;

fn answer(device: &mut Device, body: &str) -> Sent {
    device.start();
    device.serve(&[body]).remove(0)
}

fn limited(reply: &str, bytes: u32) -> String {
    let meta = format!("<Meta><MaxMsgSize xmlns='syncml:metinf'>{bytes}</MaxMsgSize></Meta></SyncHdr>");
    reply.replace("</SyncHdr>", &meta)
}

fn without_large_objects() -> Device {
    let mut device = Device::new(open_account());
    device.tree.set("./DevDetail/LrgObj", false).unwrap();
    device
}

#[test]
fn x_sta_02_a_status_names_its_command_message_target_and_source() {
    let mut device = Device::new(open_account());
    let body = "<Copy><CmdID>7</CmdID><Item><Target><LocURI>./Vendor/Example/s2</LocURI></Target>\
                <Source><LocURI>./Vendor/Example/Old</LocURI></Source></Item></Copy>";
    let sent = answer(&mut device, body);
    let message = sent.message();
    let status = message.statuses().last().unwrap();
    assert_eq!((&*status.cmd, status.cmd_ref.to_string(), status.code.as_u16()), ("Copy", "7".into(), 200));
    assert_eq!(status.msg_ref.map(|id| id.get()), Some(1));
    assert_eq!(status.target_refs[0], "./Vendor/Example/s2");
    assert_eq!(status.extras().source_refs[0], "./Vendor/Example/Old");
}

#[test]
fn x_sta_05_a_command_without_a_usable_cmdid_is_refused_and_does_nothing() {
    for id in ["", "<CmdID>0</CmdID>"] {
        let mut device = Device::new(open_account());
        let bare = replace(2, "./Vendor/Example/A", "1").replace("<CmdID>2</CmdID>", id);
        let sequence = format!("<Sequence>{id}{}</Sequence>", replace(4, "./Vendor/Example/A", "1"));
        let atomic = format!("<Atomic><CmdID>5</CmdID>{}{bare}</Atomic>", replace(6, "./Vendor/Example/A", "1"));
        let sent =
            answer(&mut device, &(bare.clone() + &sequence + &atomic + &replace(9, "./Vendor/Example/Interval", "9")));
        let message = sent.message();
        let codes: Vec<u16> = message.statuses().map(|status| status.code.as_u16()).collect();
        assert_eq!(codes, [200, 400, 400, 215, 507, 216, 400, 200], "{id}");
        assert_eq!((device.text("./Vendor/Example/A"), device.text("./Vendor/Example/Interval")), ("0", "9"));
    }
}

#[test]
fn x_sta_07_x_sta_11_commands_of_other_protocols_are_refused_and_the_rest_runs() {
    let mut device = Device::new(open_account());
    let body = "<Search><CmdID>2</CmdID></Search><Map><CmdID>3</CmdID></Map><Sync><CmdID>4</CmdID></Sync>\
                <Put><CmdID>5</CmdID></Put><foo><CmdID>6</CmdID></foo><x:bar xmlns:x='urn:other'><CmdID>7</CmdID></x:bar>"
        .to_string()
        + &replace(8, "./Vendor/Example/A", "1");
    let sent = answer(&mut device, &body);
    assert!(
        sent.statuses().starts_with("SyncHdr:0:200 Search:2:406 Map:3:406 Sync:4:406 Put:5:406 foo:6:400"),
        "{}",
        sent.statuses()
    );
    assert!(sent.statuses().ends_with("Replace:8:200"));
}

#[test]
fn x_sta_08_noresp_is_not_used_in_dm_and_the_status_is_sent() {
    let mut device = Device::new(open_account());
    let body = replace(2, "./Vendor/Example/A", "1").replace("</CmdID>", "</CmdID><NoResp/>");
    assert_eq!(answer(&mut device, &body).statuses(), "SyncHdr:0:200 Replace:2:200");
}

#[test]
fn x_sta_12_commands_without_item_or_target_are_refused() {
    let mut device = Device::new(open_account());
    let body = "<Replace><CmdID>2</CmdID></Replace><Get><CmdID>3</CmdID><Item/></Get>";
    assert_eq!(answer(&mut device, body).statuses(), "SyncHdr:0:200 Replace:2:400 Get:3:400");
}

#[test]
fn x_sta_16_meta_that_dm_does_not_use_is_ignored() {
    let mut device = Device::new(open_account());
    let meta = "<Meta><EMI xmlns='syncml:metinf'>x</EMI><Version xmlns='syncml:metinf'>1</Version>\
                <Anchor xmlns='syncml:metinf'><Next>1</Next></Anchor></Meta><Data>";
    let body = replace(2, "./Vendor/Example/A", "1").replace("<Data>", meta);
    assert_eq!(answer(&mut device, &body).statuses(), "SyncHdr:0:200 Replace:2:200");
}

#[test]
fn x_sta_19_a_status_never_comes_after_its_results_however_small_the_messages() {
    let mut device = Device::new(open_account());
    device.start();
    let first = device.sent();
    let gets: String = (2..22).map(|id| get(id, "./DevDetail/FwV")).collect();
    device.answer(&first, &limited(&first.reply(&gets), 1300));
    let mut answered = Vec::new();
    loop {
        let sent = device.sent();
        for command in sent.message().commands() {
            match command {
                omadm_proto::message::Command::Status(status) => answered.push(status.cmd_ref.to_string()),
                omadm_proto::message::Command::Results(results) => {
                    assert!(answered.contains(&results.cmd_ref.to_string()));
                }
                _ => {}
            }
        }
        if sent.message().is_final {
            break;
        }
        device.answer(&sent, &sent.reply_more("<Alert><CmdID>90</CmdID><Data>1222</Data></Alert>"));
    }
}

#[test]
fn x_exe_05_x_exe_06_an_exec_without_right_or_target_does_not_run() {
    let mut device = Device::new(open_account());
    device.tree.set_acl("./Vendor/Example/Run", "Exec=other".parse().unwrap()).unwrap();
    let sent = answer(&mut device, &(exec(2, "./Vendor/Example/Run", "") + &exec(3, "./Vendor/None", "")));
    assert_eq!(sent.statuses(), "SyncHdr:0:200 Exec:2:425 Exec:3:404");
    assert!(device.actions.is_empty());
}

#[test]
fn x_exe_09_a_device_without_exec_answers_406() {
    let mut device = Device::new(open_account());
    device.tree.leave_out(Feature::Exec);
    assert_eq!(answer(&mut device, &exec(2, "./Vendor/Example/Run", "")).statuses(), "SyncHdr:0:200 Exec:2:406");
}

#[test]
fn an_atomic_whose_answer_no_message_can_carry_is_undone_and_answered_517() {
    let mut device = Device::new(open_account());
    let long = vec!["x".repeat(60); 14].join("/");
    device.start();
    let sent = device.sent();
    let body = format!(
        "<Atomic><CmdID>2</CmdID>{}{}</Atomic>",
        replace(3, "./Vendor/Example/A", "1"),
        command("Add", 4, &format!("./Vendor/{long}"), Some("1"))
    );
    device.answer(&sent, &limited(&sent.reply(&body), 1500));
    let answer = device.sent();
    assert!(answer.statuses().starts_with("SyncHdr:0:200 Atomic:2:517 Replace:3:216"), "{}", answer.statuses());
    assert_eq!(device.text("./Vendor/Example/A"), "0");
    assert_eq!(device.tree.children("./Vendor").count(), 1);
}

#[test]
fn an_atomic_whose_answers_need_several_messages_is_done() {
    let mut device = Device::new(open_account());
    device.start();
    let sent = device.sent();
    let children: String = (3..40).map(|id| replace(id, "./Vendor/Example/A", &id.to_string())).collect();
    device.answer(&sent, &limited(&sent.reply(&format!("<Atomic><CmdID>2</CmdID>{children}</Atomic>")), 1500));
    let answer = device.sent();
    assert!(answer.statuses().starts_with("SyncHdr:0:200 Atomic:2:200") && !answer.message().is_final);
    assert_eq!(device.text("./Vendor/Example/A"), "39");
}

#[test]
fn x_lob_16_a_device_without_large_objects_sends_no_value_in_chunks() {
    for uri in ["./Vendor/Example/Blob", "./Vendor?list=StructData"] {
        let mut device = without_large_objects();
        device.tree.set("./Vendor/Example/Blob", "x".repeat(5000)).unwrap();
        device.start();
        let sent = device.sent();
        device.answer(&sent, &limited(&sent.reply(&(get(2, uri) + &get(3, "./Vendor/Example/Interval"))), 2000));
        let answer = device.sent();
        assert_eq!(answer.statuses(), "SyncHdr:0:200 Get:2:413 Get:3:200");
        assert_eq!((answer.results().as_str(), answer.message().is_final), ("./Vendor/Example/Interval=900", true));
    }
}

#[test]
fn x_lob_09_base64_is_joined_before_it_is_decoded() {
    let mut device = Device::new(open_account());
    let chunk = |id: u32, data: &str, size: &str, more: &str| {
        format!(
            "<Add><CmdID>{id}</CmdID><Item><Target><LocURI>./Vendor/Bin</LocURI></Target><Meta>\
             <Format xmlns='syncml:metinf'>b64</Format><Type xmlns='syncml:metinf'>application/octet-stream</Type>{size}\
             </Meta><Data>{data}</Data>{more}</Item></Add>"
        )
    };
    device.start();
    let sent = device.sent();
    let first = chunk(2, "AAECA", "<Size xmlns='syncml:metinf'>8</Size>", "<MoreData/>");
    device.answer(&sent, &sent.reply_more(&first));
    let sent = device.sent();
    device.answer(&sent, &sent.reply(&(chunk(2, "wQF", "", "") + &get(3, "./Vendor/Bin?prop=Size"))));
    let answer = device.sent();
    assert_eq!(answer.statuses(), "SyncHdr:0:200 Add:2:200 Get:3:200");
    assert_eq!(answer.results(), "./Vendor/Bin?prop=Size=6");
    assert_eq!(device.tree.bytes("./Vendor/Bin"), Some(&[0, 1, 2, 3, 4, 5][..]));
}

fn large_alert(bytes: usize) -> GenericAlert {
    GenericAlert::new("com.example.report", "x".repeat(bytes)).source("./Vendor/Example").mark(Mark::Warning)
}

/// The device raises an alert of 5,000 bytes towards a server that takes messages of 2,000.
fn raise_large(device: &mut Device) -> Sent {
    device.start();
    let sent = device.sent();
    device.drem.queue_alert(large_alert(5000));
    device.answer(&sent, &limited(&sent.reply(&get(2, "./DevDetail/FwV")), 2000));
    device.sent()
}

#[test]
fn x_lob_22_a_large_alert_is_sent_in_chunks() {
    let mut device = Device::new(open_account());
    let mut sent = raise_large(&mut device);
    let mut bytes = 0;
    loop {
        assert!(sent.0.body.len() <= 2000);
        let message = sent.message();
        for command in message.commands() {
            if let omadm_proto::message::Command::Alert(alert) = command {
                bytes += alert.items[0].data.as_ref().unwrap().as_bytes().len();
            }
        }
        if message.is_final {
            break;
        }
        let reply = sent.reply_more("<Alert><CmdID>90</CmdID><Data>1222</Data></Alert>");
        let chunked = reply.replace("<Cmd>Alert</Cmd><Data>200", "<Cmd>Alert</Cmd><Data>213");
        device.answer(&sent, &chunked);
        sent = device.sent();
    }
    assert_eq!(bytes, 5000);
    device.answer(&sent, &sent.reply(""));
    assert_eq!(device.happened(|event| matches!(event, Event::AlertDelivered { .. })), 1);
    assert!(device.drem.is_idle());
}

#[test]
fn x_lob_22_without_large_objects_an_alert_that_does_not_fit_is_refused_here() {
    let mut device = without_large_objects();
    let sent = raise_large(&mut device);
    assert_eq!((sent.alerts().len(), sent.message().is_final), (0, true));
    let refused: Vec<String> =
        device.events.iter().map(ToString::to_string).filter(|text| text.contains("refused alert")).collect();
    assert_eq!(refused, ["dm.example.net refused alert 0: 413 Request entity too large"]);
    device.answer(&sent, &sent.reply(""));
    assert!(device.drem.is_idle());
}

#[test]
fn several_items_that_fit_no_message_are_refused_here_too() {
    let mut device = Device::new(open_account());
    device.start();
    let sent = device.sent();
    device.drem.queue_alert(large_alert(1500).and_item(large_alert(1500)));
    device.answer(&sent, &limited(&sent.reply(&get(2, "./DevDetail/FwV")), 2000));
    assert!(device.sent().alerts().is_empty());
    assert_eq!(device.happened(|event| matches!(event, Event::AlertRefused { .. })), 1);
}

#[test]
fn x_gal_07_several_items_travel_in_one_alert_and_the_worst_status_counts() {
    let raise = |codes: [u16; 2]| {
        let mut device = Device::new(open_account());
        device.drem.queue_alert(large_alert(1).and_item(large_alert(2).source("./Vendor/Other")));
        device.pump();
        device.wait();
        let sent = device.sent();
        let message = sent.message();
        let omadm_proto::message::Command::Alert(alert) = message.commands().nth(2).unwrap() else {
            panic!("no Alert")
        };
        assert_eq!(alert.items.len(), 2);
        let both = codes.map(|code| format!("<Cmd>Alert</Cmd><SourceRef>x</SourceRef><Data>{code}</Data>"));
        let one = format!("<CmdRef>{}</CmdRef><Cmd>Alert</Cmd><Data>200</Data></Status>", alert.cmd_id);
        let two = format!(
            "<CmdRef>{id}</CmdRef>{}</Status><Status><CmdID>77</CmdID><MsgRef>1</MsgRef><CmdRef>{id}</CmdRef>{}</Status>",
            both[0],
            both[1],
            id = alert.cmd_id
        );
        let reply = sent.reply("").replace(&one, &two);
        device.answer(&sent, &reply);
        let delivered = device.happened(|event| matches!(event, Event::AlertDelivered { .. }));
        let refused = device.happened(|event| matches!(event, Event::AlertRefused { .. }));
        (delivered, refused, device.drem.is_idle())
    };
    assert_eq!(raise([200, 200]), (1, 0, true));
    assert_eq!(raise([200, 415]), (0, 1, true));
    assert_eq!(raise([500, 200]), (0, 0, false), "it is sent again");
}

#[test]
fn a_client_event_has_type_and_format_and_no_correlator() {
    let mut device = Device::new(open_account());
    device.drem.queue_alert(GenericAlert::client_event("com.example/Login", "user").correlator(Some("c".into())));
    device.pump();
    device.wait();
    let sent = device.sent();
    assert_eq!(sent.alerts(), [1201, 1224]);
    let body = String::from_utf8(sent.0.body.to_vec()).unwrap();
    assert!(
        body.contains(
            "<Data>1224</Data><Item><Meta><Format xmlns=\"syncml:metinf\">chr</Format>\
             <Type xmlns=\"syncml:metinf\">com.example/Login</Type></Meta><Data>user</Data></Item></Alert>"
        ),
        "{body}"
    );
    let refusal = sent
        .reply("")
        .replace("<CmdRef>3</CmdRef><Cmd>Alert</Cmd><Data>200", "<CmdRef>3</CmdRef><Cmd>Alert</Cmd><Data>406");
    device.answer(&sent, &refusal);
    assert_eq!(device.happened(|event| matches!(event, Event::AlertRefused { .. })), 1);
    assert!(device.drem.is_idle());
}

#[test]
fn x_lob_11_opaque_chunks_are_joined() {
    use omadm_proto::exchange::Inbound;
    use omadm_proto::message::{Command, Data, Format, Item, Message, Meta, TreeCommand, Verb};
    let mut device = Device::new(open_account().syntax(Syntax::Wbxml));
    device.start();
    let value: Vec<u8> = (0..=255).collect();
    for (at, piece) in value.chunks(128).enumerate() {
        let sent = device.sent();
        let xml = sent.reply_more("");
        let mut message = Message::decode(xml.as_bytes()).unwrap();
        let mut meta = Meta::with_format(Format::Bin).and_type("application/octet-stream");
        if at == 0 {
            meta = meta.and_size(256);
        }
        let mut item = Item::target("./Vendor/Bin").with_meta(meta).with_data(Data::Opaque(piece.into()));
        item.more_data = at == 0;
        message.is_final = at != 0;
        message.commands.push(Command::Tree(TreeCommand::new(Verb::Add, 9, vec![item])));
        let mut wbxml = Vec::new();
        message.encode(Syntax::Wbxml, &mut wbxml).unwrap();
        device.drem.handle_message(device.now, &mut device.tree, sent.0.exchange, Inbound::new(Syntax::Wbxml, &wbxml));
        device.pump();
    }
    assert_eq!(device.sent().statuses(), "SyncHdr:0:200 Add:9:200");
    assert_eq!(device.tree.bytes("./Vendor/Bin"), Some(&value[..]));
}
