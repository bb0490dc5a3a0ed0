//! Struct and StructData, and discovery with them (group LST).

use omadm_proto::exchange::Syntax;
use omadm_proto::message::{Data, Format, Item};
use omadm_tree::query::discovered;
use omadm_tree::{Answer, Feature, List, NodeSpec, Tree};

use crate::fixture::{acl, srv, tree};

/// The example tree of the standard's appendix: A holds C and D, D holds E and F, E holds G and H.
fn appendix() -> Tree {
    Tree::builder()
        .node("./A/C", NodeSpec::leaf(Format::Chr, "c"))
        .node("./A/D/E/G", NodeSpec::leaf(Format::Chr, "g"))
        .node("./A/D/E/H", NodeSpec::leaf(Format::B64, "aGFsbG8="))
        .node("./A/D/F", NodeSpec::leaf(Format::Xml, "<f/>").of_type("application/xml"))
        .build()
        .unwrap()
}

fn list<'t>(tree: &'t Tree, server: &str, target: &str) -> List<'t> {
    match srv(server).get(tree, target) {
        Ok(Answer::List(list)) => list,
        other => panic!("{other:?}"),
    }
}

fn items<'t>(tree: &'t Tree, server: &str, target: &str) -> Vec<Item<'t>> {
    list(tree, server, target).items(Syntax::Xml).unwrap().map(Item::into_owned).collect()
}

/// Source, Format, Type and Data of each Item.
fn rows(items: &[Item<'_>]) -> Vec<(String, String, String, Option<String>)> {
    let row = |item: &Item<'_>| {
        let meta = item.meta.as_ref();
        let format = meta.and_then(|meta| meta.format.as_ref()).map_or("", |format| format.as_str());
        let type_name = meta.and_then(|meta| meta.type_name.as_deref()).unwrap_or("");
        let data = item.data.as_ref().map(|data| data.as_str().unwrap().to_string());
        (item.source_uri().unwrap().to_string(), format.to_string(), type_name.to_string(), data)
    };
    items.iter().map(row).collect()
}

fn uris(items: &[Item<'_>]) -> Vec<String> {
    items.iter().map(|item| item.source_uri().unwrap().to_string()).collect()
}

#[test]
fn x_lst_01_struct_lists_every_node_with_its_format_and_no_data() {
    let tree = appendix();
    let expected = [
        ("./A", "node", ""),
        ("./A/C", "", ""),
        ("./A/D", "node", ""),
        ("./A/D/E", "node", ""),
        ("./A/D/E/G", "", ""),
        ("./A/D/E/H", "b64", ""),
        ("./A/D/F", "xml", "application/xml"),
    ];
    let expected = expected.map(|(uri, format, mime)| (uri.to_string(), format.to_string(), mime.to_string(), None));
    assert_eq!(rows(&items(&tree, "srvA", "./A?list=Struct")), expected);
}

#[test]
fn x_lst_02_struct_data_carries_the_values_of_leaves() {
    let tree = appendix();
    let expected = [
        ("./A/D", "node", "", None),
        ("./A/D/E", "node", "", None),
        ("./A/D/E/G", "", "", Some("g")),
        ("./A/D/E/H", "b64", "", Some("aGFsbG8=")),
        ("./A/D/F", "xml", "application/xml", Some("<f/>")),
    ];
    let expected = expected.map(|(uri, format, mime, data)| {
        (uri.to_string(), format.to_string(), mime.to_string(), data.map(ToString::to_string))
    });
    assert_eq!(rows(&items(&tree, "srvA", "./A/D?list=StructData")), expected);
}

#[test]
fn x_lst_02_binary_leaves_travel_as_in_any_results() {
    let tree = tree();
    let xml: Vec<_> = items(&tree, "srvA", "./T/b?list=StructData");
    let octets = "application/octet-stream".to_string();
    assert_eq!(rows(&xml), [("./T/b".into(), "b64".into(), octets, Some("AAH+/w==".into()))]);
    let wbxml: Vec<_> = list(&tree, "srvA", "./T/b?list=StructData").items(Syntax::Wbxml).unwrap().collect();
    assert_eq!(wbxml[0].meta.as_ref().unwrap().known_format(), Some(Format::Bin));
    assert_eq!(wbxml[0].data, Some(Data::Opaque(vec![0, 1, 0xFE, 0xFF].into())));
}

#[test]
fn x_lst_04_a_client_without_lists_answers_406() {
    let mut tree = tree();
    tree.leave_out(Feature::Lists);
    for target in ["./T?list=Struct", "./T?list=StructData", "./T/none?list=Struct"] {
        assert_eq!(srv("srvA").get_code(&tree, target), 406, "{target}");
    }
    assert_eq!(srv("srvA").get_code(&tree, "./T?list=TNDS"), 200);
}

#[test]
fn x_lst_04_a_list_that_does_not_exist_answers_406() {
    for target in ["./T?list=Tree", "./T?list=TNDS+Name", "./T?list=TNDS+Size"] {
        assert_eq!(srv("srvA").get_code(&tree(), target), 406, "{target}");
    }
}

#[test]
fn a_list_of_a_missing_node_answers_404_and_of_a_denied_one_425() {
    let tree = tree();
    assert_eq!(srv("srvA").get_code(&tree, "./T/none?list=Struct"), 404);
    assert_eq!(srv("srvA").get_code(&tree, "./T/secret?list=Struct"), 425);
    assert_eq!(srv("srvA").get_code(&tree, "./T/wo?list=StructData"), 405);
}

#[test]
fn a_list_has_only_what_the_server_may_get() {
    let tree = tree();
    let listed = uris(&items(&tree, "srvA", "./T?list=Struct"));
    let expected = [
        "./T",
        "./T/s",
        "./T/i",
        "./T/b",
        "./T/n",
        "./T/ro",
        "./T/nd",
        "./T/sub",
        "./T/sub/a",
        "./T/sub/b",
        "./T/sub/deep",
        "./T/sub/deep/c",
        "./T/empty",
        "./T/perm",
        "./T/x",
        "./T/xa",
    ];
    assert_eq!(listed, expected);
    assert!(uris(&items(&tree, "srvB", "./T?list=Struct")).contains(&"./T/secret".to_string()));
}

#[test]
fn x_get_19_what_takes_no_get_is_in_no_list() {
    let tree = tree();
    for query in ["Struct", "StructData"] {
        let items = items(&tree, "srvA", &format!(".?list={query}"));
        for item in &items {
            let uri = item.source_uri().unwrap();
            assert!(!uri.contains("AAuthSecret") && !uri.contains("AAuthData") && uri != "./T/wo", "{query} {uri}");
            assert_ne!(item.data.as_ref().and_then(Data::as_str), Some("cpw"));
        }
    }
}

#[test]
fn x_get_21_the_inbox_is_in_no_list() {
    let mut tree = tree();
    tree.put("./Inbox/left", NodeSpec::value(1)).unwrap();
    let items = items(&tree, "srvA", ".?list=Struct");
    assert!(uris(&items).iter().all(|uri| !uri.starts_with("./Inbox")));
}

#[test]
fn a_node_below_a_denied_one_is_listed_with_its_full_uri() {
    let mut tree = tree();
    tree.set_acl("./T/sub/deep", acl("Get=srvB")).unwrap();
    tree.set_acl("./T/sub/deep/c", acl("Get=*")).unwrap();
    tree.put("./T/sub/z z/y", NodeSpec::value(1)).unwrap();
    let expected = ["./T/sub", "./T/sub/a", "./T/sub/b", "./T/sub/deep/c", "./T/sub/z%20z", "./T/sub/z%20z/y"];
    assert_eq!(uris(&items(&tree, "srvA", "./T/sub?list=Struct")), expected);
}

#[test]
fn an_acl_of_its_own_replaces_what_a_node_inherits() {
    let mut tree = tree();
    tree.set_acl("./T/sub", acl("Get=srvA")).unwrap();
    tree.set_acl("./T/sub/a", acl("Get=srvB")).unwrap();
    let expected = ["./T/sub", "./T/sub/b", "./T/sub/deep", "./T/sub/deep/c"];
    assert_eq!(uris(&items(&tree, "srvA", "./T/sub?list=Struct")), expected);
}

#[test]
fn live_leaves_are_named_before_a_list_with_values_is_made() {
    let mut tree = tree();
    tree.put("./T/sub/temp", NodeSpec::live(Format::Int)).unwrap();
    tree.put("./T/sub/hidden", NodeSpec::live(Format::Int).acl(acl("Get=srvB"))).unwrap();
    assert_eq!(list(&tree, "srvA", "./T/sub?list=Struct").live().count(), 0);
    assert_eq!(list(&tree, "srvA", "./T/sub?list=TNDS-Value").live().count(), 0);
    for query in ["StructData", "TNDS", "TNDS+Value"] {
        let live: Vec<_> = list(&tree, "srvA", &format!("./T/sub?list={query}")).live().collect();
        assert_eq!(live.len(), 1, "{query}");
        assert_eq!(tree.node(live[0]).unwrap().uri().to_string(), "./T/sub/temp");
    }
}

#[test]
fn a_server_discovers_the_management_objects_it_may_read_with_one_struct() {
    let tree = tree();
    let items = items(&tree, "srvA", ".?list=Struct");
    let found: Vec<_> = discovered(&items).map(|(uri, moi)| (uri.to_string(), moi.to_string())).collect();
    let found: Vec<_> = found.iter().map(|(uri, moi)| (uri.as_str(), moi.as_str())).collect();
    assert_eq!(
        found,
        [
            ("./DevInfo", "urn:oma:mo:oma-dm-devinfo:1.0"),
            ("./DevDetail", "urn:oma:mo:oma-dm-devdetail:1.0"),
            ("./DMAcc/A", "urn:oma:mo:oma-dm-dmacc:1.0"),
        ]
    );
}

#[test]
fn a_device_finds_its_management_objects_by_identifier() {
    let tree = tree();
    let accounts: Vec<_> = tree.with_type("urn:oma:mo:oma-dm-dmacc:1.0").map(|node| node.uri().to_string()).collect();
    assert_eq!(accounts, ["./DMAcc/A", "./DMAcc/B"]);
    let all: Vec<_> = tree.management_objects().map(|node| node.type_name().to_string()).collect();
    assert_eq!(all.len(), 5);
    assert!(all.contains(&"urn:oma:mo:oma-dm-inbox:1.0".to_string()));
}
