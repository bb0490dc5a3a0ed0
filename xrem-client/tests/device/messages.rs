//! Packages of several messages, the server's and ours.

use crate::world::*;

const NEXT: &str = "<Alert><CmdID>90</CmdID><Data>1222</Data></Alert>";

fn limited(reply: &str, bytes: u32) -> String {
    let meta = format!("<Meta><MaxMsgSize xmlns='syncml:metinf'>{bytes}</MaxMsgSize></Meta></SyncHdr>");
    reply.replace("</SyncHdr>", &meta)
}

#[test]
fn a_server_package_of_two_messages_is_asked_on_and_answered() {
    let mut device = Device::new(open_account());
    device.start();
    let first = device.sent();
    device.answer(&first, &first.reply_more(&replace(2, "./Vendor/Example/A", "1")));
    let second = device.sent();
    assert_eq!(second.statuses(), "SyncHdr:0:200 Replace:2:200");
    assert_eq!((second.alerts(), second.message().is_final), (vec![1222], false));
    device.answer(&second, &second.reply(&get(2, "./Vendor/Example/A")));
    let third = device.sent();
    assert_eq!((third.results().as_str(), third.message().is_final), ("./Vendor/Example/A=1", true));
}

#[test]
fn x_msg_02_x_msg_04_an_answer_that_does_not_fit_is_spread_and_continued_on_1222() {
    let mut device = Device::new(open_account());
    device.start();
    let first = device.sent();
    let gets: String = (2..32).map(|id| get(id, "./DevDetail/FwV")).collect();
    device.answer(&first, &limited(&first.reply(&gets), 1500));
    let mut answered = 0;
    let mut results = 0;
    let mut messages = 0;
    loop {
        let sent = device.sent();
        messages += 1;
        assert!(sent.0.body.len() <= 1500);
        assert!(sent.statuses().starts_with("SyncHdr:0:200"));
        if messages > 1 {
            assert!(sent.statuses().contains("Alert:90:200"), "{}", sent.statuses());
        }
        answered += sent.statuses().matches("Get:").count();
        results += sent.results().matches("FwV=4.2.0").count();
        if sent.message().is_final {
            break;
        }
        device.answer(&sent, &sent.reply_more(NEXT));
    }
    assert_eq!((answered, results), (30, 30));
    assert!(messages > 3);
}

#[test]
fn x_msg_12_a_later_limit_replaces_the_earlier_one_and_zero_is_none() {
    let mut device = Device::new(open_account());
    device.start();
    let first = device.sent();
    let gets: String = (2..32).map(|id| get(id, "./DevDetail/FwV")).collect();
    device.answer(&first, &limited(&first.reply(&gets), 1500));
    let second = device.sent();
    device.answer(&second, &limited(&second.reply_more(NEXT), 0));
    let third = device.sent();
    assert!(third.0.body.len() <= 1500);
    device.answer(&third, &limited(&third.reply_more(NEXT), 100_000));
    let fourth = device.sent();
    assert!(fourth.0.body.len() > 1500 && fourth.message().is_final);
}

#[test]
fn a_server_that_closes_while_we_have_more_to_say_ends_the_session() {
    let mut device = Device::new(open_account());
    device.start();
    let first = device.sent();
    let gets: String = (2..32).map(|id| get(id, "./DevDetail/FwV")).collect();
    device.answer(&first, &limited(&first.reply(&gets), 1500));
    let second = device.sent();
    device.answer(&second, &second.reply(""));
    assert!(device.sent.is_empty() && !device.drem.in_session());
}

#[test]
fn wbxml_is_spoken_when_the_account_says_so() {
    use omadm_proto::exchange::{Inbound, Syntax};
    let mut device = Device::new(open_account().syntax(Syntax::Wbxml));
    device.start();
    let sent = device.sent();
    assert_eq!(sent.0.syntax, Syntax::Wbxml);
    assert_eq!(sent.alerts(), [1201]);
    let xml = sent.reply(&get(2, "./DevDetail/FwV"));
    let mut wbxml = Vec::new();
    omadm_proto::message::Message::decode(xml.as_bytes()).unwrap().encode(Syntax::Wbxml, &mut wbxml).unwrap();
    let inbound = Inbound::new(Syntax::Wbxml, &wbxml);
    device.drem.handle_message(device.now, &mut device.tree, sent.0.exchange, inbound);
    device.pump();
    assert_eq!(device.sent().results(), "./DevDetail/FwV=4.2.0");
}
