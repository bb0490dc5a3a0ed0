//! Subtree queries and serialized trees in a session.

use omadm_proto::message::{Command, Format};
use omadm_tree::NodeSpec;
use omadm_tree::tnds::Tnds;
use xrem_client::output::ActionFailure;
use xrem_client::{Action, ActionResult};

use crate::world::*;

fn limited(reply: &str, bytes: u32) -> String {
    let meta = format!("<Meta><MaxMsgSize xmlns='syncml:metinf'>{bytes}</MaxMsgSize></Meta></SyncHdr>");
    reply.replace("</SyncHdr>", &meta)
}

/// The URIs in Results.
fn listed(sent: &Sent) -> Vec<String> {
    let message = sent.message();
    let results = message.commands().filter_map(|command| match command {
        Command::Results(results) => Some(&results.items),
        _ => None,
    });
    results.flatten().map(|item| item.source_uri().unwrap().to_string()).collect()
}

#[test]
fn a_struct_is_answered_with_one_item_a_node() {
    let mut device = Device::new(open_account());
    device.start();
    let [answer] = &device.serve(&[&get(2, "./Vendor?list=Struct")])[..] else { panic!("one answer") };
    assert_eq!(answer.statuses(), "SyncHdr:0:200 Get:2:200");
    let expected = ["./Vendor", "./Vendor/Example", "./Vendor/Example/Interval", "./Vendor/Example/A"];
    assert_eq!(listed(answer)[..4], expected);
    let message = answer.message();
    let Some(Command::Results(results)) = message.commands().last() else { panic!("no Results") };
    assert_eq!(results.items[0].meta.as_ref().unwrap().known_format(), Some(Format::Node));
    assert!(results.items.iter().all(|item| item.data.is_none()));
}

#[test]
fn x_lst_07_a_list_larger_than_a_message_is_spread_over_several() {
    let mut tree = tree();
    for number in 0..300 {
        tree.put(&format!("./Vendor/Many/n{number:03}"), NodeSpec::value(format!("value {number}")));
    }
    let mut device = Device::with_tree(open_account(), tree);
    device.start();
    let first = device.sent();
    device.answer(&first, &limited(&first.reply(&get(2, "./Vendor/Many?list=StructData")), 2048));
    let mut uris = Vec::new();
    let mut messages = 0;
    loop {
        let sent = device.sent();
        messages += 1;
        assert!(sent.0.body.len() <= 2048, "{}", sent.0.body.len());
        uris.extend(listed(&sent));
        if sent.message().is_final {
            break;
        }
        device.answer(&sent, &sent.reply_more("<Alert><CmdID>90</CmdID><Data>1222</Data></Alert>"));
    }
    let mut expected = vec!["./Vendor/Many".to_string()];
    expected.extend((0..300).map(|number| format!("./Vendor/Many/n{number:03}")));
    assert_eq!(uris, expected);
    assert!(messages > 10, "{messages}");
}

#[test]
fn live_nodes_of_a_list_are_read_before_it_is_answered() {
    let tree =
        tree().live("./Vendor/Live/a", Format::Int).leaf("./Vendor/Live/b", 2).live("./Vendor/Live/c", Format::Int);
    let mut device = Device::with_tree(open_account(), tree);
    device.start();
    let first = device.sent();
    let gets = get(2, "./Vendor/Live?list=StructData") + &get(3, "./Vendor/Live/b");
    device.answer(&first, &first.reply(&gets));
    assert!(matches!(device.act("1"), Action::Read(uri) if uri.to_string() == "./Vendor/Live/a"));
    assert!(matches!(device.act("3"), Action::Read(uri) if uri.to_string() == "./Vendor/Live/c"));
    let answer = device.sent();
    assert_eq!(answer.statuses(), "SyncHdr:0:200 Get:2:200 Get:3:200");
    assert_eq!(
        answer.results(),
        "./Vendor/Live=? ./Vendor/Live/a=1 ./Vendor/Live/b=2 ./Vendor/Live/c=3 ./Vendor/Live/b=2"
    );
}

#[test]
fn a_list_fails_with_the_live_node_that_cannot_be_read() {
    let tree = tree().live("./Vendor/Live/a", Format::Int).live("./Vendor/Live/c", Format::Int);
    let mut device = Device::with_tree(open_account(), tree);
    device.start();
    let first = device.sent();
    device.answer(&first, &first.reply(&get(2, "./Vendor/Live?list=TNDS")));
    device.act("1");
    device.act(ActionResult::Failed(ActionFailure::Unsupported));
    let answer = device.sent();
    assert_eq!((answer.statuses().as_str(), answer.results().as_str()), ("SyncHdr:0:200 Get:2:406", ""));
}

#[test]
fn a_serialized_tree_goes_out_and_comes_back() {
    let mut device = Device::new(open_account());
    device.start();
    let first = device.sent();
    device.answer(&first, &first.reply(&get(2, "./Vendor/Example?list=TNDS")));
    let answer = device.sent();
    let message = answer.message();
    let Some(Command::Results(results)) = message.commands().last() else { panic!("no Results") };
    let meta = results.items[0].meta.as_ref().unwrap();
    assert_eq!(meta.known_format(), Some(Format::Xml));
    assert_eq!(meta.type_name.as_deref(), Some("application/vnd.syncml.dmtnds+xml"));
    let document = results.items[0].data.as_ref().unwrap().as_str().unwrap().to_string();
    assert_eq!(Tnds::parse(document.as_bytes()).unwrap().nodes().len(), 6);
    let copy = document.replacen("<NodeName>Example<", "<NodeName>Copy<", 1);
    let add = format!(
        "<Add><CmdID>2</CmdID><Item><Target><LocURI>./Vendor/Copy</LocURI></Target><Meta>\
         <Format xmlns='syncml:metinf'>xml</Format>\
         <Type xmlns='syncml:metinf'>application/vnd.syncml.dmtnds+xml</Type></Meta>\
         <Data><![CDATA[{copy}]]></Data></Item></Add>"
    );
    device.answer(&answer, &answer.reply(&add));
    assert_eq!(device.sent().statuses(), "SyncHdr:0:200 Add:2:200");
    assert_eq!((device.text("./Vendor/Copy/Interval"), device.text("./Vendor/Copy/Old")), ("900", "old"));
}

#[test]
fn x_lst_12_a_status_for_an_object_names_the_node_that_failed() {
    let mut device = Device::new(open_account());
    device.start();
    let leaf =
        "<Node><NodeName>n</NodeName><RTProperties><Format><int/></Format></RTProperties><Value>x</Value></Node>";
    let add = format!(
        "<Add><CmdID>2</CmdID><Item><Target><LocURI>./Vendor/New</LocURI></Target><Meta>\
         <Format xmlns='syncml:metinf'>xml</Format>\
         <Type xmlns='syncml:metinf'>application/vnd.syncml.dmtnds+xml</Type></Meta>\
         <Data><MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD><Node><NodeName/>{leaf}</Node></MgmtTree></Data>\
         </Item></Add>"
    );
    let [answer] = &device.serve(&[&add])[..] else { panic!("one answer") };
    assert_eq!(answer.statuses(), "SyncHdr:0:200 Add:2:415");
    let message = answer.message();
    let status = message.statuses().last().unwrap();
    assert_eq!(status.items[0].target_uri(), Some("./Vendor/New/n"));
}

#[test]
fn a_list_beyond_the_servers_largest_object_answers_413() {
    let tree = tree().leaf("./Vendor/Big/v", "x".repeat(600).as_str());
    let mut device = Device::with_tree(open_account(), tree);
    device.start();
    let first = device.sent();
    let meta = "<Meta><MaxObjSize xmlns='syncml:metinf'>500</MaxObjSize></Meta></SyncHdr>";
    let gets = get(2, "./Vendor/Big?list=StructData")
        + &get(3, "./Vendor/Big?list=TNDS")
        + &get(4, "./Vendor/Big?list=Struct");
    device.answer(&first, &first.reply(&gets).replace("</SyncHdr>", meta));
    let answer = device.sent();
    assert_eq!(answer.statuses(), "SyncHdr:0:200 Get:2:413 Get:3:413 Get:4:200");
}
