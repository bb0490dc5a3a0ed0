//! Get and node properties.

use omadm_proto::exchange::Syntax;
use omadm_proto::message::{Data, Format};
use omadm_proto::time::UtcTime;
use omadm_tree::mo::DevDetail;
use omadm_tree::{Answer, Feature, NodeSpec, Tree};

use crate::fixture::{srv, tree, tree_with};

fn sent(tree: &Tree, target: &str, syntax: Syntax) -> (Option<String>, Option<String>, Data<'static>) {
    let answer = srv("srvA").get(tree, target).unwrap();
    let (meta, data) = answer.to_meta_and_data(syntax);
    let format = meta.as_ref().and_then(|meta| meta.format.as_ref()).map(|format| format.as_str().to_string());
    let type_name = meta.as_ref().and_then(|meta| meta.type_name.as_ref()).map(ToString::to_string);
    (format, type_name, data.unwrap().into_owned())
}

#[test]
fn x_get_01_a_leaf_answers_its_value_without_default_meta() {
    let (format, type_name, data) = sent(&tree(), "./T/s", Syntax::Xml);
    assert_eq!((format, type_name, data), (None, None, Data::text("abc")));
}

#[test]
fn x_get_02_an_interior_node_answers_the_names_of_its_children() {
    let (format, type_name, data) = sent(&tree(), "./T/sub", Syntax::Xml);
    assert_eq!((format.as_deref(), type_name, data), (Some("node"), None, Data::text("a/b/deep")));
}

#[test]
fn x_get_02_names_in_the_list_are_escaped_as_in_uris() {
    let mut tree = tree();
    tree.put("./T/sub/x%2Fy z", NodeSpec::interior()).unwrap();
    assert_eq!(srv("srvA").text(&tree, "./T/sub").unwrap(), "a/b/deep/x%2Fy%20z");
}

#[test]
fn x_get_03_an_empty_interior_node_answers_empty_data() {
    let (format, _, data) = sent(&tree(), "./T/empty", Syntax::Wbxml);
    assert_eq!((format.as_deref(), data), (Some("node"), Data::text("")));
}

#[test]
fn x_get_04_a_missing_node_answers_404() {
    assert_eq!(srv("srvA").get_code(&tree(), "./T/none"), 404);
}

#[test]
fn x_get_07_a_binary_leaf_travels_as_base64_in_xml_and_as_it_is_in_wbxml() {
    let tree = tree();
    let octets = Some("application/octet-stream".to_string());
    assert_eq!(sent(&tree, "./T/b", Syntax::Xml), (Some("b64".into()), octets.clone(), Data::text("AAH+/w==")));
    let opaque = Data::Opaque(vec![0, 1, 0xFE, 0xFF].into());
    assert_eq!(sent(&tree, "./T/b", Syntax::Wbxml), (Some("bin".into()), octets, opaque));
    assert_eq!(srv("srvA").text(&tree, "./T/b?prop=Format").unwrap(), "bin");
}

#[test]
fn x_get_08_a_null_leaf_answers_format_null_and_empty_data() {
    let (format, _, data) = sent(&tree(), "./T/n", Syntax::Xml);
    assert_eq!((format.as_deref(), data), (Some("null"), Data::text("")));
}

#[test]
fn x_get_09_every_node_has_the_mandatory_properties() {
    let (tree, srv_a) = (tree(), srv("srvA"));
    let read = |property: &str| srv_a.text(&tree, &format!("./T/s?prop={property}")).unwrap();
    assert_eq!([read("Format"), read("Name"), read("Type"), read("ACL")], ["chr", "s", "text/plain", ""]);
    assert_eq!(srv_a.text(&tree, "./DevInfo?prop=Type").unwrap(), "urn:oma:mo:oma-dm-devinfo:1.0");
    assert_eq!(srv_a.text(&tree, "./T/sub?prop=Type").unwrap(), "");
    assert_eq!(srv_a.text(&tree, ".?prop=ACL").unwrap(), "Add=*&Get=*");
}

#[test]
fn x_get_09_a_property_has_no_meta() {
    let (format, type_name, data) = sent(&tree(), "./T/i?prop=Format", Syntax::Xml);
    assert_eq!((format, type_name, data), (None, None, Data::text("int")));
}

#[test]
fn x_get_10_optional_properties_follow_the_value() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    tree.set_clock(UtcTime::from_unix_secs(994_869_497));
    assert_eq!(srv_a.text(&tree, "./T/b?prop=Size").unwrap(), "4");
    assert_eq!(srv_a.text(&tree, "./T/s?prop=VerNo").unwrap(), "0");
    assert_eq!(srv_a.replace(&mut tree, "./T/s", "new value"), 200);
    assert_eq!(srv_a.text(&tree, "./T/s?prop=Size").unwrap(), "9");
    assert_eq!(srv_a.text(&tree, "./T/s?prop=VerNo").unwrap(), "1");
    assert_eq!(srv_a.text(&tree, "./T/s?prop=TStamp").unwrap(), "20010711T163817Z");
    assert_eq!(srv_a.replace(&mut tree, "./T/s?prop=Title", "A title"), 200);
    assert_eq!(srv_a.text(&tree, "./T/s?prop=Title").unwrap(), "A title");
}

#[test]
fn x_get_10_ver_no_starts_again_after_ffff() {
    let (mut tree, srv_a) = (tree(), srv("srvA"));
    for _ in 0..=0xFFFF {
        tree.set("./T/s", "x").unwrap();
    }
    assert_eq!(srv_a.text(&tree, "./T/s?prop=VerNo").unwrap(), "0");
}

#[test]
fn x_get_11_unknown_properties_and_size_of_an_interior_node_answer_406() {
    let (tree, srv_a) = (tree(), srv("srvA"));
    for target in ["./T/s?prop=Foo", "./T/sub?prop=Size", "./T/none?prop=Foo"] {
        assert_eq!(srv_a.get_code(&tree, target), 406, "{target}");
    }
}

#[test]
fn x_get_11_a_property_that_the_device_goes_without_answers_406() {
    let mut tree = tree();
    tree.leave_out(Feature::TStamp);
    assert_eq!(srv("srvA").get_code(&tree, "./T/s?prop=TStamp"), 406);
    assert_eq!(srv("srvA").replace(&mut tree, "./T/s?prop=TStamp", "20010711T163817Z"), 406);
    assert_eq!(srv("srvA").get_code(&tree, "./T/s?prop=VerNo"), 200);
}

#[test]
fn x_get_15_the_leading_dot_may_be_left_out_and_a_dot_is_the_root() {
    let (tree, srv_a) = (tree(), srv("srvA"));
    assert_eq!(srv_a.text(&tree, "T/s"), srv_a.text(&tree, "./T/s"));
    assert_eq!(srv_a.text(&tree, ".").unwrap(), "DevInfo/DevDetail/DMAcc/Inbox/T");
}

#[test]
fn x_get_16_illegal_uris_never_answer_200() {
    for target in ["./T/", "./T//s", "./T/../DevInfo", "./T/./s", "/T/s", ""] {
        assert_eq!(srv("srvA").get_code(&tree(), target), 400, "{target}");
    }
}

#[test]
fn x_get_17_uris_beyond_the_limits_of_the_device_answer_414() {
    let tree = tree_with(DevDetail::new().uri_limits(5, 64, 16));
    let name = |length| "n".repeat(length);
    let cases = [
        ("./a/b/c/d/e".to_string(), 404),
        ("./a/b/c/d/e/f".to_string(), 414),
        (format!("./{}", name(16)), 404),
        (format!("./{}", name(17)), 414),
        (format!("./{0}/{0}/{0}/{1}", name(16), name(11)), 404),
        (format!("./{0}/{0}/{0}/{1}", name(16), name(12)), 414),
    ];
    for (target, expected) in cases {
        assert_eq!(srv("srvA").get_code(&tree, &target), expected, "{target}");
    }
}

#[test]
fn x_get_19_leaves_without_get_answer_405() {
    let (tree, srv_a) = (tree(), srv("srvA"));
    for target in ["./T/wo", "./DMAcc/A/AppAuth/1/AAuthSecret", "./DMAcc/A/AppAuth/2/AAuthData", "./T/wo?prop=Size"] {
        assert_eq!(srv_a.get_code(&tree, target), 405, "{target}");
    }
}

#[test]
fn x_get_20_a_leaf_that_the_acl_denies_answers_425() {
    let tree = tree();
    assert_eq!(srv("srvA").get_code(&tree, "./T/secret"), 425);
    assert_eq!(srv("srvB").text(&tree, "./T/secret").unwrap(), "hidden");
}

#[test]
fn x_get_21_the_inbox_is_write_only() {
    for target in ["./Inbox", "./Inbox/x", "./Inbox?list=Struct", "./Inbox?prop=Name"] {
        assert_eq!(srv("srvA").get_code(&tree(), target), 405, "{target}");
    }
}

#[test]
fn x_get_27_date_time_and_float_are_kept_as_they_are() {
    let mut tree = tree();
    for (name, format, value) in [
        ("d1", Format::Date, "20260711"),
        ("d2", Format::Date, "2026-07-11"),
        ("t1", Format::Time, "163817Z"),
        ("t2", Format::Time, "16:38:17.5+02:00"),
        ("f1", Format::Float, "-1.5E-3"),
        ("f2", Format::Float, "-INF"),
    ] {
        tree.put(&format!("./T/{name}"), NodeSpec::leaf(format, value)).unwrap();
        let (sent_format, _, data) = sent(&tree, &format!("./T/{name}"), Syntax::Xml);
        assert_eq!((sent_format.as_deref(), data), (Some(format.as_str()), Data::text(value)));
    }
}

#[test]
fn text_that_xml_cannot_carry_travels_as_base64() {
    let mut tree = tree();
    tree.set("./T/s", "a\u{1}b").unwrap();
    let (format, _, data) = sent(&tree, "./T/s", Syntax::Xml);
    assert_eq!((format.as_deref(), data), (Some("b64"), Data::text("YQFi")));
}

#[test]
fn a_live_leaf_is_asked_for_and_then_answered() {
    let mut tree = tree();
    tree.put("./T/temp", NodeSpec::live(Format::Int)).unwrap();
    let revision = tree.revision();
    let Answer::Live(id) = srv("srvA").get(&tree, "./T/temp").unwrap() else { panic!("the leaf is live") };
    assert_eq!(tree.node(id).unwrap().uri().to_string(), "./T/temp");
    assert!(tree.answer_live(id, "warm").is_err());
    let answer = tree.answer_live(id, 21).unwrap();
    assert_eq!(answer.to_meta_and_data(Syntax::Xml).1, Some(Data::text("21")));
    assert_eq!(tree.text("./T/temp"), Some("21"));
    assert_eq!(tree.revision(), revision);
    tree.remove("./T/temp").unwrap();
    tree.put("./T/temp", NodeSpec::live(Format::Int)).unwrap();
    assert!(tree.answer_live(id, 22).is_err());
}
