//! Large objects in both directions.

use crate::world::*;

fn chunk(id: u32, data: &str, size: Option<u32>, more: bool) -> String {
    let size = size.map(|size| format!("<Size xmlns='syncml:metinf'>{size}</Size>")).unwrap_or_default();
    let more = if more { "<MoreData/>" } else { "" };
    format!(
        "<Replace><CmdID>{id}</CmdID><Item><Target><LocURI>./Vendor/Example/Blob</LocURI></Target>\
         <Meta><Format xmlns='syncml:metinf'>chr</Format>{size}</Meta><Data>{data}</Data>{more}</Item></Replace>"
    )
}

#[test]
fn x_lob_01_x_lob_02_chunks_are_answered_213_and_1222_and_the_value_changes_with_the_last() {
    let mut device = Device::new(open_account());
    device.start();
    let mut sent = device.sent();
    for (data, size) in [("0123", Some(10)), ("45", None)] {
        device.answer(&sent, &sent.reply_more(&chunk(3, data, size, true)));
        sent = device.sent();
        assert_eq!(sent.statuses(), "SyncHdr:0:200 Replace:3:213");
        assert_eq!(sent.alerts(), [1222]);
        assert!(!sent.message().is_final);
        assert_eq!(device.text("./Vendor/Example/Blob"), "before");
    }
    device.answer(&sent, &sent.reply(&chunk(4, "6789", None, false)));
    sent = device.sent();
    assert_eq!(sent.statuses(), "SyncHdr:0:200 Replace:4:200");
    assert!(sent.message().is_final);
    assert_eq!(device.text("./Vendor/Example/Blob"), "0123456789");
}

#[test]
fn x_lob_03_chunks_that_do_not_add_up_are_answered_424() {
    for last in ["678", "67890"] {
        let mut device = Device::new(open_account());
        device.start();
        let sent = device.sent();
        device.answer(&sent, &sent.reply_more(&chunk(2, "012345", Some(10), true)));
        let sent = device.sent();
        device.answer(&sent, &sent.reply(&chunk(2, last, None, false)));
        assert_eq!(device.sent().statuses(), "SyncHdr:0:200 Replace:2:424");
        assert_eq!(device.text("./Vendor/Example/Blob"), "before");
    }
}

#[test]
fn x_lob_04_a_new_command_before_the_last_chunk_gets_alert_1225_and_runs() {
    let mut device = Device::new(open_account());
    device.start();
    let sent = device.sent();
    device.answer(&sent, &sent.reply_more(&chunk(2, "012345", Some(10), true)));
    let sent = device.sent();
    device.answer(&sent, &sent.reply(&replace(2, "./Vendor/Example/Interval", "5")));
    let next = device.sent();
    assert_eq!(next.statuses(), "SyncHdr:0:200 Replace:2:200");
    assert_eq!(next.alerts(), [1225]);
    assert!(String::from_utf8_lossy(&next.0.body).contains("./Vendor/Example/Blob"));
    assert_eq!((device.text("./Vendor/Example/Interval"), device.text("./Vendor/Example/Blob")), ("5", "before"));
}

#[test]
fn x_lob_06_x_lob_07_a_first_chunk_without_size_or_too_large_is_refused_at_once() {
    for (size, code) in [(None, 411), (Some(70 << 20), 413)] {
        let mut device = Device::new(open_account());
        device.start();
        let sent = device.sent();
        device.answer(&sent, &sent.reply_more(&chunk(2, "012345", size, true)));
        assert_eq!(device.sent().statuses(), format!("SyncHdr:0:200 Replace:2:{code}"));
    }
}

#[test]
fn x_lob_14_commands_before_the_first_chunk_run() {
    let mut device = Device::new(open_account());
    device.start();
    let sent = device.sent();
    let body = replace(2, "./Vendor/Example/Interval", "5") + &chunk(3, "012345", Some(10), true);
    device.answer(&sent, &sent.reply_more(&body));
    assert_eq!(device.sent().statuses(), "SyncHdr:0:200 Replace:2:200 Replace:3:213");
}

#[test]
fn x_lob_16_a_device_without_large_objects_answers_406() {
    let mut device = Device::new(open_account());
    device.tree.set("./DevDetail/LrgObj", false).unwrap();
    device.start();
    let sent = device.sent();
    device.answer(&sent, &sent.reply_more(&chunk(2, "012345", Some(10), true)));
    assert_eq!(device.sent().statuses(), "SyncHdr:0:200 Replace:2:406");
}

#[test]
fn x_lob_18_a_value_that_exceeds_the_servers_messages_is_sent_in_chunks() {
    let mut device = Device::new(open_account());
    let value: String = (0..5000_u32).map(|n| char::from(b'a' + u8::try_from(n % 26).unwrap())).collect();
    device.tree.set("./Vendor/Example/Blob", value.as_str()).unwrap();
    device.start();
    let sent = device.sent();
    let limit = "<Meta><MaxMsgSize xmlns='syncml:metinf'>2000</MaxMsgSize></Meta></SyncHdr>";
    device.answer(&sent, &sent.reply(&get(2, "./Vendor/Example/Blob")).replace("</SyncHdr>", limit));
    let mut joined = String::new();
    let mut messages = 0;
    loop {
        let sent = device.sent();
        messages += 1;
        assert!(sent.0.body.len() <= 2000, "{}", sent.0.body.len());
        joined += sent.results().strip_prefix("./Vendor/Example/Blob=").unwrap();
        if sent.message().is_final {
            break;
        }
        let next = "<Status><CmdID>5</CmdID><MsgRef>2</MsgRef><CmdRef>3</CmdRef><Cmd>Results</Cmd><Data>213</Data></Status>\
                    <Alert><CmdID>6</CmdID><Data>1222</Data></Alert>";
        device.answer(&sent, &sent.reply_more(next));
    }
    assert_eq!(joined, value);
    assert!(messages >= 3);
}

#[test]
fn a_value_above_the_servers_max_obj_size_is_answered_413() {
    let mut device = Device::new(open_account());
    device.tree.set("./Vendor/Example/Blob", "x".repeat(5000)).unwrap();
    device.start();
    let sent = device.sent();
    let limit = "<Meta><MaxObjSize xmlns='syncml:metinf'>4000</MaxObjSize></Meta></SyncHdr>";
    device.answer(&sent, &sent.reply(&get(2, "./Vendor/Example/Blob")).replace("</SyncHdr>", limit));
    let next = device.sent();
    assert_eq!((next.statuses(), next.results()), ("SyncHdr:0:200 Get:2:413".into(), String::new()));
}
