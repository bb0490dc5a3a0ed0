//! The Inbox, and what a bootstrap puts there (rows of group BOO that concern the tree).

use core::slice;

use omadm_proto::exchange::Syntax;
use omadm_proto::message::Format;
use omadm_tree::{Actor, NewNode, NewValue, NodeSpec, Tree};

use crate::fixture::{acl, srv, tree, uri};

const XML: &str = "application/vnd.syncml.dmtnds+xml";
const DM_ACC: &str = "urn:oma:mo:oma-dm-dmacc:1.0";
const NAP: &str = "urn:oma:mo:oma-connmo-nap:1.0";

fn mo(name: &str, moi: &str, acl: &str, children: &str) -> String {
    let acl = if acl.is_empty() { String::new() } else { format!("<ACL>{acl}</ACL>") };
    let name = if name.is_empty() { String::new() } else { format!("<NodeName>{name}</NodeName>") };
    format!(
        "<Node>{name}<RTProperties>{acl}<Format><node/></Format><Type><DDFName>{moi}</DDFName></Type></RTProperties>\
         {children}</Node>"
    )
}

fn leaf(name: &str, value: &str) -> String {
    format!("<Node><NodeName>{name}</NodeName><Value>{value}</Value></Node>")
}

fn document(objects: &[String]) -> NewNode {
    let document = format!(r#"<MgmtTree xmlns="syncml:dmddf1.2"><VerDTD>1.2</VerDTD>{}</MgmtTree>"#, objects.concat());
    NewNode::leaf(Format::Xml, document).of_type(XML)
}

#[test]
fn x_boo_24_a_known_object_goes_to_its_place() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    let account = mo("acc1", DM_ACC, "", &(leaf("AppID", "w7") + &leaf("ServerID", "srvC")));
    assert_eq!(srv_a.add(&mut tree, "./Inbox", document(&[account])), 200);
    assert_eq!(tree.text("./DMAcc/acc1/ServerID"), Some("srvC"));
    assert_eq!(tree.find("./DMAcc/acc1").unwrap().type_name(), DM_ACC);
    assert_eq!(tree.children("./Inbox").count(), 0);
}

#[test]
fn x_boo_24_an_object_goes_beside_one_of_its_kind_or_where_the_device_says() {
    let mut tree = tree();
    tree.put("./Net/NAP/old", NodeSpec::interior().mo(NAP)).unwrap();
    tree.file_under("x-test:mo:1.0", "./Vendor/Objects").unwrap();
    let objects = [mo("n", NAP, "", &leaf("a", "1")), mo("o", "x-test:mo:1.0", "", &leaf("a", "2"))];
    assert_eq!(srv("srvA").add(&mut tree, "./Inbox", document(&objects)), 200);
    assert_eq!(tree.text("./Net/NAP/n/a"), Some("1"));
    assert_eq!(tree.text("./Vendor/Objects/o/a"), Some("2"));
}

#[test]
fn x_boo_24_a_name_right_below_the_inbox_names_the_object() {
    let mut tree = tree();
    let nameless = mo("", DM_ACC, "", &leaf("AppID", "w7"));
    assert_eq!(srv("srvA").add(&mut tree, "./Inbox/mine", document(slice::from_ref(&nameless))), 200);
    assert_eq!(tree.text("./DMAcc/mine/AppID"), Some("w7"));
    let two = [nameless.clone(), nameless.clone()];
    assert_eq!(srv("srvA").add(&mut tree, "./Inbox/mine", document(&two)), 400);
    assert_eq!(srv("srvA").add(&mut tree, "./Inbox/a/b", document(&[nameless])), 400);
    assert_eq!(srv("srvA").add(&mut tree, "./Inbox/mine", document(&[mo("other", DM_ACC, "", "")])), 400);
}

#[test]
fn x_boo_05_a_name_that_is_taken_is_changed() {
    let mut tree = tree();
    let account = || mo("A", DM_ACC, "", &leaf("ServerID", "srvC"));
    let nameless = || mo("", DM_ACC, "", &leaf("ServerID", "srvD"));
    assert_eq!(srv("srvA").add(&mut tree, "./Inbox", document(&[account(), account(), nameless(), nameless()])), 200);
    assert_eq!(tree.text("./DMAcc/A/ServerID"), Some("srvA"));
    let names: Vec<_> = tree.children("./DMAcc").map(|node| node.name().to_string()).collect();
    assert_eq!(names, ["A", "B", "A-2", "A-3", "1", "2"]);
}

#[test]
fn x_boo_08_references_in_the_document_follow_the_objects() {
    let mut tree = tree();
    tree.file_under(NAP, "./Net").unwrap();
    tree.put("./Net/nap", NodeSpec::interior()).unwrap();
    let account = mo("acc", DM_ACC, "", &(leaf("PrefConRef", "./Inbox/nap/Addr") + &leaf("Name", "./Inbox/none")));
    let reference = format!("<Node><NodeName>ToConRef</NodeName>{}</Node>", leaf("ConRef", "./Inbox/nap"));
    let second = mo("acc2", DM_ACC, "", &reference);
    let nap = mo("nap", NAP, "", &leaf("Addr", "internet"));
    assert_eq!(srv("srvA").add(&mut tree, "./Inbox", document(&[account, second, nap])), 200);
    assert_eq!(tree.text("./DMAcc/acc/PrefConRef"), Some("./Net/nap-2/Addr"));
    assert_eq!(tree.text("./DMAcc/acc2/ToConRef/ConRef"), Some("./Net/nap-2"));
    assert_eq!(tree.text("./DMAcc/acc/Name"), Some("./Inbox/none"));
    assert_eq!(tree.text("./Net/nap-2/Addr"), Some("internet"));
}

#[test]
fn x_boo_08_a_bootstrap_in_wbxml_creates_the_account() {
    let mut source = Tree::builder().build().unwrap();
    source.put("./acc1", NodeSpec::interior().mo(DM_ACC).acl(acl("Get=srvC&Replace=srvC"))).unwrap();
    source.put("./acc1/AppID", NodeSpec::leaf(Format::Chr, "w7")).unwrap();
    source.put("./acc1/AAuthData", NodeSpec::leaf(Format::Bin, &[0, 0xFF][..])).unwrap();
    let target = uri("./acc1?list=TNDS");
    let Ok(omadm_tree::Answer::List(list)) = source.get(Actor::Device, &target) else { panic!("no list") };
    let bytes = list.serialized(Syntax::Wbxml).unwrap();
    let new = NewNode::leaf(Format::Bin, bytes).of_type("application/vnd.syncml.dmtnds+wbxml");
    let mut tree = tree();
    tree.add(Actor::Device, &uri("./Inbox"), new).unwrap();
    assert_eq!(tree.text("./DMAcc/acc1/AppID"), Some("w7"));
    assert_eq!(tree.bytes("./DMAcc/acc1/AAuthData"), Some(&[0, 0xFF][..]));
    assert_eq!(tree.find("./DMAcc/acc1").unwrap().acl(), &acl("Get=srvC&Replace=srvC"));
}

#[test]
fn x_boo_15_objects_of_unknown_kinds_are_ignored() {
    let mut tree = tree();
    let account = mo("acc1", DM_ACC, "", &leaf("AppID", "w7"));
    let unknown = mo("u", "urn:oma:mo:oma-unknown:1.0", "", &leaf("x", "1"));
    let (nodes, before) = (tree.node_count(), tree.clone());
    assert_eq!(srv("srvA").add(&mut tree, "./Inbox", document(slice::from_ref(&unknown))), 415);
    assert_eq!(tree, before);
    assert_eq!(srv("srvA").add(&mut tree, "./Inbox", document(&[unknown, account])), 200);
    assert_eq!(tree.node_count(), nodes + 2);
}

#[test]
fn x_boo_15_of_several_versions_of_one_kind_the_newest_is_taken() {
    let mut tree = tree();
    let versions = ["urn:oma:mo:oma-dm-dmacc:1.0", "urn:oma:mo:oma-dm-dmacc:1.1", "urn:oma:mo:oma-dm-dmacc:9.9"];
    let objects = versions.map(|moi| mo("acc", moi, "", &leaf("AppID", "w7")));
    assert_eq!(srv("srvA").add(&mut tree, "./Inbox", document(&objects)), 200);
    assert_eq!(tree.find("./DMAcc/acc").unwrap().type_name(), "urn:oma:mo:oma-dm-dmacc:1.1");
    assert!(tree.find("./DMAcc/acc-2").is_none());
}

#[test]
fn x_boo_17_vendor_extensions_of_an_account_are_taken() {
    let mut tree = tree();
    let ext = format!("<Node><NodeName>Ext</NodeName>{}</Node>", leaf("Vendor", "v"));
    assert_eq!(srv("srvA").add(&mut tree, "./Inbox", document(&[mo("acc1", DM_ACC, "", &ext)])), 200);
    assert_eq!(tree.text("./DMAcc/acc1/Ext/Vendor"), Some("v"));
}

#[test]
fn x_boo_18_acls_are_those_of_the_object_and_no_others() {
    let mut tree = tree();
    let with = mo("with", DM_ACC, "Get=srvC&amp;Replace=srvC&amp;Delete=srvC", &leaf("AppID", "w7"));
    let without = mo("without", DM_ACC, "", &leaf("AppID", "w7"));
    assert_eq!(srv("srvA").add(&mut tree, "./Inbox", document(&[with, without])), 200);
    assert_eq!(tree.find("./DMAcc/with").unwrap().acl(), &acl("Delete=srvC&Get=srvC&Replace=srvC"));
    assert!(tree.find("./DMAcc/with/AppID").unwrap().acl().is_empty());
    assert!(tree.find("./DMAcc/without").unwrap().acl().is_empty());
}

#[test]
fn x_boo_26_the_inbox_takes_add_only() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    let before = tree.clone();
    for target in ["./Inbox", "./Inbox/x"] {
        assert_eq!(srv_a.replace(&mut tree, target, "x"), 405, "{target}");
        assert_eq!(srv_a.replace_with(&mut tree, target, NewValue::new("x").of_type(XML)), 405, "{target}");
        assert_eq!(srv_a.delete(&mut tree, target), 405, "{target}");
        assert_eq!(srv_a.copy(&mut tree, "./T/s", target), 405, "{target}");
        assert_eq!(srv_a.copy(&mut tree, target, "./T/s"), 405, "{target}");
        assert_eq!(srv_a.exec(&tree, target), 405, "{target}");
    }
    assert_eq!(tree, before);
}

#[test]
fn x_boo_26_nothing_but_whole_objects_can_be_put_there() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    let before = tree.clone();
    assert_eq!(srv_a.add_text(&mut tree, "./Inbox/x", "v"), 415);
    assert_eq!(srv_a.add(&mut tree, "./Inbox/x/y", NewNode::interior()), 415);
    assert_eq!(srv_a.add(&mut tree, "./Inbox", NewNode::interior()), 418);
    assert_eq!(tree, before);
}

#[test]
fn the_inbox_may_be_closed_by_its_acl() {
    let mut tree = tree();
    tree.set_acl("./Inbox", acl("Add=srvB")).unwrap();
    let account = || document(&[mo("acc1", DM_ACC, "", &leaf("AppID", "w7"))]);
    assert_eq!(srv("srvA").add(&mut tree, "./Inbox", account()), 425);
    assert_eq!(srv("srvB").add(&mut tree, "./Inbox", account()), 200);
}

#[test]
fn a_bad_node_in_one_object_files_none() {
    let mut tree = tree();
    let before = tree.clone();
    let bad = "<Node><NodeName>x</NodeName><RTProperties><Format><int/></Format></RTProperties><Value>y</Value></Node>";
    let objects = [mo("good", DM_ACC, "", &leaf("AppID", "w7")), mo("bad", DM_ACC, "", bad)];
    assert_eq!(srv("srvA").add(&mut tree, "./Inbox", document(&objects)), 415);
    assert_eq!(tree, before);
}
