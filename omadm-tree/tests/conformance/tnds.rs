//! Serialized trees (group LST).

use omadm_proto::exchange::Syntax;
use omadm_proto::media_type::DocumentKind;
use omadm_proto::message::Format;
use omadm_tree::tnds::{Tnds, TndsContent, TndsLimits, TndsUse};
use omadm_tree::{Actor, Answer, Feature, NewNode, NewValue, NodeSpec, TargetUri, Tree};

use crate::fixture::{acl, code, srv, tree, uri};

/// The e-mail object of the standard's example: POP3 with server, user and key.
const MAIL: &str = r#"<MgmtTree xmlns="syncml:dmddf1.2"><VerDTD>1.2</VerDTD><Node><NodeName>POP3</NodeName>
    <RTProperties><Format><node/></Format><Type><DDFName>org.example/1.0/mail</DDFName></Type></RTProperties>
    <Node><NodeName>POPServer</NodeName><RTProperties><Format><chr/></Format><Type><MIME>text/plain</MIME></Type>
        </RTProperties><Value>pop.example.com</Value></Node>
    <Node><NodeName>UserID</NodeName><RTProperties><Type><MIME>text/plain</MIME></Type></RTProperties><Value>me</Value></Node>
    <Node><NodeName>Port</NodeName><RTProperties><Format><int/></Format></RTProperties><Value> 110 </Value></Node>
    <Node><NodeName>Key</NodeName><RTProperties><Format><bin/></Format><Type><MIME>application/octet-stream</MIME></Type>
        </RTProperties><Value>AAH+/w==</Value></Node></Node></MgmtTree>"#;

const XML: &str = "application/vnd.syncml.dmtnds+xml";

fn object(nodes: &str) -> String {
    format!(r#"<MgmtTree xmlns="syncml:dmddf1.2"><VerDTD>1.2</VerDTD>{nodes}</MgmtTree>"#)
}

fn leaf(name: &str, value: &str) -> String {
    format!("<Node><NodeName>{name}</NodeName><Value>{value}</Value></Node>")
}

fn add(tree: &mut Tree, server: &str, target: &str, document: &str) -> u16 {
    srv(server).add(tree, target, NewNode::leaf(Format::Xml, document).of_type(XML))
}

fn replace(tree: &mut Tree, server: &str, target: &str, document: &str) -> u16 {
    srv(server).replace_with(tree, target, NewValue::new(document).in_format(Format::Xml).of_type(XML))
}

fn serialized(tree: &Tree, actor: Actor<'_>, target: &str, syntax: Syntax) -> Vec<u8> {
    match tree.get(actor, &uri(target)) {
        Ok(Answer::List(list)) => list.serialized(syntax).unwrap(),
        other => panic!("{other:?}"),
    }
}

fn as_xml(tree: &Tree, server: &str, target: &str) -> String {
    String::from_utf8(serialized(tree, srv(server).actor(), target, Syntax::Xml)).unwrap()
}

#[test]
fn x_lst_08_a_subtree_is_one_item_with_one_document() {
    let tree = tree();
    let Ok(Answer::List(list)) = srv("srvA").get(&tree, "./T/sub?list=TNDS-TStamp-VerNo") else { panic!("no list") };
    let items: Vec<_> = list.items(Syntax::Xml).unwrap().collect();
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].source_uri(), Some("./T/sub"));
    let meta = items[0].meta.as_ref().unwrap();
    assert_eq!((meta.known_format(), meta.type_name.as_deref()), (Some(Format::Xml), Some(XML)));
    let node = "<RTProperties><Format><node/></Format><Type><DDFName/></Type></RTProperties>";
    let chr = "<RTProperties><Format><chr/></Format><Type><MIME>text/plain</MIME></Type></RTProperties>";
    let expected = object(&format!(
        "<Node><NodeName>sub</NodeName>{node}<Node><NodeName>a</NodeName>{chr}<Value>1</Value></Node>\
         <Node><NodeName>b</NodeName>{chr}<Value>2</Value></Node><Node><NodeName>deep</NodeName>{node}\
         <Node><NodeName>c</NodeName>{chr}<Value>3</Value></Node></Node></Node>"
    ));
    assert_eq!(items[0].data.as_ref().unwrap().as_str().unwrap(), expected);
}

#[test]
fn x_lst_08_in_wbxml_the_document_is_binary() {
    let tree = tree();
    let Ok(Answer::List(list)) = srv("srvA").get(&tree, "./T/sub?list=TNDS") else { panic!("no list") };
    let items: Vec<_> = list.items(Syntax::Wbxml).unwrap().collect();
    let meta = items[0].meta.as_ref().unwrap();
    let wbxml = DocumentKind::Tnds.media_type(Syntax::Wbxml);
    assert_eq!((meta.known_format(), meta.type_name.as_deref()), (Some(Format::Bin), Some(wbxml)));
    assert!(
        items[0].data.as_ref().unwrap().as_bytes().starts_with(b"\x02\x00\x00\x6A\x1B-//OMA//DTD-DM-DDF 1.2//EN\0")
    );
}

#[test]
fn x_lst_08_the_object_has_only_what_the_server_may_get() {
    let tree = tree();
    let document = as_xml(&tree, "srvA", "./T?list=TNDS");
    assert!(!document.contains("hidden") && !document.contains("<NodeName>wo<"), "{document}");
    assert!(
        document.contains("<ACL>Add=*&amp;Delete=srvA&amp;Exec=srvA&amp;Get=*&amp;Replace=srvA</ACL>"),
        "{document}"
    );
    let accounts = as_xml(&tree, "srvA", "./DMAcc?list=TNDS");
    assert!(!accounts.contains("AAuthSecret") && !accounts.contains("cpw"), "{accounts}");
}

#[test]
fn x_lst_09_only_the_wanted_properties_are_there() {
    let mut tree = tree();
    tree.set_acl("./T/sub/a", acl("Get=*")).unwrap();
    let expected = object(
        "<Node><NodeName>sub</NodeName><Node><NodeName>a</NodeName><RTProperties><ACL>Get=*</ACL></RTProperties>\
         <Value>1</Value></Node><Node><NodeName>b</NodeName><Value>2</Value></Node><Node><NodeName>deep</NodeName>\
         <Node><NodeName>c</NodeName><Value>3</Value></Node></Node></Node>",
    );
    assert_eq!(as_xml(&tree, "srvA", "./T/sub?list=TNDS+Value+ACL"), expected);
    assert_eq!(as_xml(&tree, "srvA", "./T/sub?list=TNDS-Format-Title-TStamp-Type-VerNo"), expected);
}

#[test]
fn x_lst_09_a_property_that_the_device_lacks_answers_406_when_it_is_named() {
    let mut tree = tree();
    tree.leave_out(Feature::VerNo);
    assert_eq!(srv("srvA").get_code(&tree, "./T/sub?list=TNDS+Value+VerNo"), 406);
    assert_eq!(srv("srvA").get_code(&tree, "./T/sub?list=TNDS+Value+Title"), 200);
    assert!(!as_xml(&tree, "srvA", "./T/sub?list=TNDS").contains("VerNo"));
}

#[test]
fn x_lst_11_one_add_creates_a_whole_object() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    assert_eq!(add(&mut tree, "srvA", "./T/POP3", MAIL), 200);
    assert_eq!(srv_a.text(&tree, "./T/POP3").unwrap(), "POPServer/UserID/Port/Key");
    assert_eq!(srv_a.text(&tree, "./T/POP3?prop=Type").unwrap(), "org.example/1.0/mail");
    assert_eq!(srv_a.text(&tree, "./T/POP3/POPServer").unwrap(), "pop.example.com");
    assert_eq!(srv_a.text(&tree, "./T/POP3/UserID?prop=Format").unwrap(), "chr");
    assert_eq!(srv_a.text(&tree, "./T/POP3/Port").unwrap(), "110");
    assert_eq!(tree.bytes("./T/POP3/Key"), Some(&[0, 1, 0xFE, 0xFF][..]));
    assert_eq!(srv_a.text(&tree, "./T/POP3/Key?prop=Type").unwrap(), "application/octet-stream");
}

#[test]
fn x_lst_11_the_top_node_is_the_target() {
    for (top, expected) in [
        ("<NodeName/>", 200),
        ("<NodeName>o</NodeName><Path/>", 200),
        ("<NodeName>o</NodeName><Path>.</Path>", 200),
        ("<NodeName>o</NodeName><Path>./T</Path>", 200),
        ("<NodeName>o</NodeName><Path>./T/sub</Path>", 400),
        ("<NodeName>other</NodeName>", 400),
        ("", 400),
    ] {
        let mut tree = tree();
        let before = tree.clone();
        let document = object(&format!("<Node>{top}{}</Node>", leaf("x", "1")));
        assert_eq!(add(&mut tree, "srvA", "./T/o", &document), expected, "{top}");
        assert_eq!(tree.text("./T/o/x"), (expected == 200).then_some("1"), "{top}");
        assert!(expected == 200 || tree == before);
    }
    let two = object(&format!("{}{}", leaf("o", "1"), leaf("p", "1")));
    assert_eq!(add(&mut tree(), "srvA", "./T/o", &two), 400);
}

#[test]
fn x_lst_12_an_object_with_one_bad_node_leaves_nothing_behind() {
    let bad_value =
        r"<Node><NodeName>c</NodeName><RTProperties><Format><int/></Format></RTProperties><Value>x</Value></Node>";
    let no_acl = r"<Node><NodeName>c</NodeName><RTProperties><ACL>Get</ACL></RTProperties><Value>x</Value></Node>";
    let twin = leaf("a", "2");
    for (third, expected) in [(bad_value, 415), (no_acl, 400), (twin.as_str(), 400), ("<Node/>", 400)] {
        let mut tree = tree();
        let before = tree.clone();
        let parts = [leaf("a", "1"), leaf("b", "2"), third.to_string()].concat();
        assert_eq!(
            add(&mut tree, "srvA", "./T/new/o", &object(&format!("<Node><NodeName>o</NodeName>{parts}</Node>"))),
            expected
        );
        assert_eq!(tree, before, "{third}");
    }
}

#[test]
fn x_lst_12_the_status_is_that_of_the_first_node_that_fails() {
    let mut tree = Tree::builder()
        .managed_by("srvA")
        .leaf("./DevDetail/URI/MaxSegLen", 4)
        .leaf("./DevDetail/URI/MaxDepth", 3)
        .node("./T", NodeSpec::interior())
        .build()
        .unwrap();
    tree.set("./DevDetail/URI/MaxSegLen", "4").unwrap();
    let before = tree.clone();
    let new = |document: &str| NewNode::leaf(Format::Xml, document).of_type(XML);
    let long = object(&format!("<Node><NodeName>o</NodeName>{}{}</Node>", leaf("a", "1"), leaf("toolong", "1")));
    let refusal = tree.add(srv("srvA").actor(), &uri("./T/o"), new(&long)).unwrap_err();
    assert_eq!((refusal.status.as_u16(), refusal.at.unwrap().to_string()), (414, "./T/o/toolong".into()));
    let deep =
        object(&format!("<Node><NodeName>o</NodeName><Node><NodeName>p</NodeName>{}</Node></Node>", leaf("q", "1")));
    assert_eq!(code(tree.add(srv("srvA").actor(), &uri("./T/o"), new(&deep))), 414);
    assert_eq!(tree, before);
}

#[test]
fn names_that_differ_by_case_are_one_where_case_does_not_matter() {
    let mut tree = tree();
    tree.put("./T/cis", NodeSpec::interior().case_sense(omadm_tree::CaseSense::Insensitive)).unwrap();
    tree.put("./T/cis/Name", NodeSpec::leaf(Format::Chr, "old")).unwrap();
    let top = |children: &str| object(&format!("<Node><NodeName>cis</NodeName>{children}</Node>"));
    let before = tree.clone();
    assert_eq!(replace(&mut tree, "srvA", "./T/cis", &top(&[leaf("NAME", "1"), leaf("name", "2")].concat())), 418);
    assert_eq!(tree, before);
    assert_eq!(replace(&mut tree, "srvA", "./T/cis", &top(&leaf("NAME", "new"))), 200);
    assert_eq!(srv("srvA").text(&tree, "./T/cis").unwrap(), "Name");
    assert_eq!(tree.text("./T/cis/Name"), Some("new"));
}

#[test]
fn an_add_of_an_object_is_checked_like_any_add() {
    let mut tree = tree();
    let document = object(&format!("<Node><NodeName/>{}</Node>", leaf("x", "1")));
    assert_eq!(add(&mut tree, "srvA", "./T/sub", &document), 418);
    assert_eq!(add(&mut tree, "srvA", "./T/s/x", &document), 405);
    assert_eq!(add(&mut tree, "srvA", "./DevInfo/x", &document), 405);
    assert_eq!(add(&mut tree, "srvA", "./T/o", "<MgmtTree"), 400);
    assert_eq!(add(&mut tree, "srvA", "./T/o", ""), 400);
    tree.set_acl("./T/empty", acl("Get=*")).unwrap();
    assert_eq!(add(&mut tree, "srvA", "./T/empty/o", &document), 425);
}

#[test]
fn x_lst_13_a_replaced_subtree_is_exactly_the_object() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    let document = object(&format!("<Node><NodeName>sub</NodeName>{}{}</Node>", leaf("a", "new"), leaf("d", "4")));
    assert_eq!(replace(&mut tree, "srvA", "./T/sub", &document), 200);
    assert_eq!(srv_a.text(&tree, "./T/sub").unwrap(), "a/d");
    assert_eq!(srv_a.text(&tree, "./T/sub/a").unwrap(), "new");
    assert_eq!(srv_a.text(&tree, "./T/sub/d").unwrap(), "4");
}

#[test]
fn x_lst_13_a_leaf_can_become_an_interior_node_below_the_target() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    let a = format!("<Node><NodeName>a</NodeName>{}</Node>", leaf("x", "1"));
    let document = object(&format!("<Node><NodeName>sub</NodeName>{a}{}</Node>", leaf("deep", "flat")));
    assert_eq!(replace(&mut tree, "srvA", "./T/sub", &document), 200);
    assert_eq!(srv_a.text(&tree, "./T/sub/a/x").unwrap(), "1");
    assert_eq!(srv_a.text(&tree, "./T/sub/deep").unwrap(), "flat");
}

#[test]
fn a_replace_that_any_node_refuses_changes_nothing() {
    let nothing = object("<Node><NodeName/><RTProperties><Format><node/></Format></RTProperties></Node>");
    let mut tree = tree();
    let before = tree.clone();
    // A permanent leaf below, a missing target, a leaf, the rights of another.
    assert_eq!(replace(&mut tree, "srvA", "./T", &nothing), 405);
    assert_eq!(replace(&mut tree, "srvA", "./T/none", &nothing), 404);
    assert_eq!(replace(&mut tree, "srvA", "./T/s", &nothing), 415);
    assert_eq!(replace(&mut tree, "srvB", "./T/sub", &nothing), 425);
    assert_eq!(replace(&mut tree, "srvA", ".", &nothing), 425);
    assert_eq!(tree, before);
    tree.set_acl("./T/sub/b", acl("Get=srvB")).unwrap();
    let before = tree.clone();
    let document = object(&format!("<Node><NodeName>sub</NodeName>{}{}</Node>", leaf("a", "new"), leaf("d", "4")));
    let new = NewValue::new(document).of_type(XML);
    let refusal = tree.replace(srv("srvA").actor(), &uri("./T/sub"), new).unwrap_err();
    assert_eq!((refusal.status.as_u16(), refusal.at.unwrap().to_string()), (425, "./T/sub/b".into()));
    assert_eq!(tree, before);
}

#[test]
fn what_a_server_reads_it_can_send_back() {
    let mut tree = tree();
    tree.put("./T/sub/live", NodeSpec::leaf(Format::Chr, "ro").access(omadm_tree::AccessType::GET)).unwrap();
    let before = tree.clone();
    let document = as_xml(&tree, "srvA", "./T/sub?list=TNDS");
    assert_eq!(replace(&mut tree, "srvA", "./T/sub", &document), 200);
    assert_eq!(tree, before);
}

#[test]
fn x_lst_15_acls_of_the_object_are_set_though_they_take_the_senders_rights() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    let rights = "<RTProperties><ACL>Get=srvB&amp;Replace=srvB</ACL><Format><node/></Format></RTProperties>";
    let inner =
        format!("<Node><NodeName>in</NodeName><RTProperties><ACL>Get=*</ACL></RTProperties>{}</Node>", leaf("x", "1"));
    let document = object(&format!("<Node><NodeName>o</NodeName>{rights}{inner}</Node>"));
    assert_eq!(add(&mut tree, "srvA", "./T/o", &document), 200);
    assert_eq!(srv_a.get_code(&tree, "./T/o"), 425);
    assert_eq!(srv("srvB").text(&tree, "./T/o?prop=ACL").unwrap(), "Get=srvB&Replace=srvB");
    assert_eq!(srv_a.text(&tree, "./T/o/in/x").unwrap(), "1");
}

#[test]
fn x_lst_15_an_acl_needs_the_right_to_replace_it() {
    let mut tree = tree();
    // srvB may Add below the root, and has Replace on what it adds there, but not on the root: a leaf's ACL is out of reach.
    let acl_on_leaf = "<RTProperties><ACL>Get=*</ACL><Format><chr/></Format></RTProperties><Value>1</Value>";
    let before = tree.clone();
    assert_eq!(add(&mut tree, "srvB", "./new", &object(&format!("<Node><NodeName/>{acl_on_leaf}</Node>"))), 425);
    assert_eq!(tree, before);
    let inside = object(&format!("<Node><NodeName/><Node><NodeName>x</NodeName>{acl_on_leaf}</Node></Node>"));
    assert_eq!(add(&mut tree, "srvB", "./new", &inside), 200);
    assert_eq!(tree.find("./new/x").unwrap().acl(), &acl("Get=*"));
    assert_eq!(tree.find("./new").unwrap().acl(), &acl("Add=srvB&Delete=srvB&Get=srvB&Replace=srvB"));
}

#[test]
fn x_lst_18_a_client_without_serialized_trees_answers_415_and_406() {
    let mut tree = tree();
    tree.leave_out(Feature::Tnds);
    let before = tree.clone();
    assert_eq!(add(&mut tree, "srvA", "./T/POP3", MAIL), 415);
    assert_eq!(add(&mut tree, "srvA", "./Inbox", MAIL), 415);
    assert_eq!(replace(&mut tree, "srvA", "./T/sub", MAIL), 415);
    assert_eq!(replace(&mut tree, "srvA", "./T/s", MAIL), 415);
    assert_eq!(srv("srvA").get_code(&tree, "./T?list=TNDS"), 406);
    assert_eq!(srv("srvA").get_code(&tree, "./T?list=Struct"), 200);
    assert_eq!(tree, before);
}

#[test]
fn x_lst_19_what_was_read_deleted_and_added_again_is_the_same() {
    for syntax in [Syntax::Xml, Syntax::Wbxml] {
        let (mut tree, srv_a) = (tree(), srv("srvA"));
        assert_eq!(add(&mut tree, "srvA", "./T/POP3", MAIL), 200);
        let title = TargetUri::parse("./T/POP3?prop=Title").unwrap();
        tree.replace(srv_a.actor(), &title, NewValue::new("My mail & more")).unwrap();
        tree.put("./T/POP3/a%2Fb %25", NodeSpec::leaf(Format::Chr, " <x>]]> \u{e9} ").any_format().any_type()).unwrap();
        let settled = "./T/POP3?list=TNDS-TStamp-VerNo";
        let before = serialized(&tree, srv_a.actor(), settled, syntax);
        assert_eq!(srv_a.delete(&mut tree, "./T/POP3"), 200);
        let new = NewNode::leaf(Format::Bin, before.clone()).of_type(DocumentKind::Tnds.media_type(syntax));
        assert_eq!(srv_a.add(&mut tree, "./T/POP3", new), 200);
        assert_eq!(serialized(&tree, srv_a.actor(), settled, syntax), before, "{syntax}");
        assert_eq!(tree.text("./T/POP3/a%2Fb %25"), Some(" <x>]]> \u{e9} "));
        assert_eq!(tree.bytes("./T/POP3/Key"), Some(&[0, 1, 0xFE, 0xFF][..]));
    }
}

#[test]
fn x_lst_21_both_syntaxes_say_the_same() {
    let tree = tree();
    let of = |syntax| serialized(&tree, Actor::Device, ".?list=TNDS", syntax);
    let (xml, wbxml) = (of(Syntax::Xml), of(Syntax::Wbxml));
    let (xml, wbxml) = (Tnds::parse(&xml).unwrap(), Tnds::parse(&wbxml).unwrap());
    assert_eq!(xml.nodes().len(), tree.node_count());
    for (a, b) in xml.nodes().iter().zip(wbxml.nodes()) {
        let properties = (&a.acl, &a.tstamp, a.ver_no) == (&b.acl, &b.tstamp, b.ver_no);
        assert!(properties && (a.format, &a.type_name) == (b.format, &b.type_name), "{a:?} {b:?}");
        assert_eq!((a.level, &a.name, &a.content), (b.level, &b.name, &b.content));
    }
}

#[test]
fn x_lst_21_a_wbxml_object_is_read_from_its_tokens() {
    // MgmtTree (verDTD "1.2", Node (NodeName "n", RTProperties (Format (int), Type (MIME "text/plain")), Value "7")), by hand.
    let mut bytes = b"\x02\x00\x00\x6A\x1B-//OMA//DTD-DM-DDF 1.2//EN\0\x00\x02\x60\x77\x031.2\0\x01".to_vec();
    bytes.extend_from_slice(
        b"\x64\x66\x03n\0\x01\x6F\x5C\x1E\x01\x75\x61\x03text/plain\0\x01\x01\x01\x76\x037\0\x01\x01\x01",
    );
    let tnds = Tnds::parse(&bytes).unwrap();
    let [node] = tnds.nodes() else { panic!("one node") };
    assert_eq!(
        (node.name.as_deref(), node.format, node.type_name.as_deref()),
        (Some("n"), Some(Format::Int), Some("text/plain"))
    );
    assert_eq!(node.content, TndsContent::Value(Some(b"7"[..].into())));
}

#[test]
fn an_object_that_leaves_something_out_can_be_read_but_not_created() {
    let document = object("<Node><NodeName>o</NodeName><Node><NodeName>x</NodeName></Node></Node>");
    assert!(Tnds::parse(document.as_bytes()).is_err());
    let read = Tnds::parse_for(TndsUse::Report, Syntax::Xml, document.as_bytes(), &TndsLimits::DEFAULT).unwrap();
    assert_eq!(read.nodes()[1].content, TndsContent::Unknown);
}
