//! Serialized trees: what the reader takes and refuses, real documents, and the way there and back.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "support/shared.rs"]
mod shared;

use omadm_proto::exchange::Syntax;
use omadm_proto::media_type::DocumentKind;
use omadm_proto::message::Format;
use omadm_tree::tnds::{Tnds, TndsContent, TndsError, TndsErrorKind, TndsLimits, TndsUse};
use omadm_tree::{Acl, Actor, Answer, NewNode, NodeSpec, TargetUri, Tree};
use proptest::prelude::*;

fn document(nodes: &str) -> String {
    format!("<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD>{nodes}</MgmtTree>")
}

/// The kind of the error and what the document has where it is.
fn refusal(nodes: &str) -> (TndsErrorKind, String) {
    let document = document(nodes);
    let error = Tnds::parse(document.as_bytes()).unwrap_err();
    (error.kind, document[error.offset..].chars().take(12).collect())
}

#[test]
fn what_makes_no_tree_is_refused_where_it_stands() {
    use TndsErrorKind as Kind;
    let cases = [
        ("", Kind::NoNode, "<MgmtTree xm"),
        ("<Node><NodeName>o</NodeName><Value>1</Value><Node/></Node>", Kind::ValueAndNodes, "<Node/></Nod"),
        (
            "<Node><NodeName>o</NodeName><Node><NodeName>a</NodeName><Value/></Node><Value>1</Value></Node>",
            Kind::ValueAndNodes,
            "<Value>1</Va",
        ),
        ("<Node><NodeName>o</NodeName><Value>1</Value><Value>2</Value></Node>", Kind::SecondValue, "<Value>2</Va"),
        ("<Node><NodeName>o</NodeName><NodeName>p</NodeName></Node>", Kind::SecondName, "<NodeName>p<"),
        ("<Node><NodeName>o</NodeName><Node><Value>1</Value></Node></Node>", Kind::Unnamed, "<Node><Value"),
        ("<Node><NodeName>o</NodeName><Node><NodeName> </NodeName></Node></Node>", Kind::Unnamed, "<NodeName> <"),
        (
            "<Node><NodeName>o</NodeName><Node><NodeName>a</NodeName><Value/></Node>\
             <Node><NodeName>%61</NodeName><Value/></Node></Node>",
            Kind::DuplicateName,
            "<Node><NodeN",
        ),
        ("<Node><NodeName>o</NodeName></Node>", Kind::Indefinite, "<Node><NodeN"),
        (
            "<Node><NodeName>o</NodeName><RTProperties><Format><tree/></Format></RTProperties></Node>",
            Kind::Format,
            "<Format><tre",
        ),
        (
            "<Node><NodeName>o</NodeName><RTProperties><Format><node/></Format></RTProperties><Value>1</Value></Node>",
            Kind::InteriorWithValue,
            "<Value>1</Va",
        ),
        (
            "<Node><NodeName>o</NodeName><RTProperties><Format><int/></Format></RTProperties>\
             <Node><NodeName>a</NodeName><Value/></Node></Node>",
            Kind::LeafWithNodes,
            "<Node><NodeN",
        ),
        (
            "<Node><NodeName>o</NodeName><RTProperties><Format><bin/></Format></RTProperties><Value>?</Value></Node>",
            Kind::Base64,
            "<Value>?</Va",
        ),
        ("<Node><NodeName>o</NodeName><Value><a/></Value></Node>", Kind::ElementsInValue, "<Value><a/><"),
    ];
    for (nodes, kind, at) in cases {
        assert_eq!(refusal(nodes), (kind, at.to_string()), "{nodes}");
    }
    assert!(matches!(refusal("<Node><NodeName>*</NodeName><Value/></Node>").0, TndsErrorKind::Name(_)));
    // Also where the name holds a percent sign that begins no escape, and so stands for itself.
    assert!(matches!(refusal("<Node><NodeName>%o\u{7f}</NodeName><Value/></Node>").0, TndsErrorKind::Name(_)));
    assert!(matches!(
        refusal("<Node><NodeName>o</NodeName><RTProperties><ACL>Get</ACL></RTProperties><Value/></Node>").0,
        TndsErrorKind::Acl(_)
    ));
}

#[test]
fn a_document_that_is_none_is_refused() {
    for bytes in [&b""[..], b"<Node/>", b"<MgmtTree><Node>", b"\x02\x00\x00\x6A\x00", b"hello"] {
        assert!(matches!(Tnds::parse(bytes).unwrap_err().kind, TndsErrorKind::Document(_)), "{bytes:?}");
    }
    let trailing = document("<Node><NodeName>o</NodeName><Value/></Node>") + "<MgmtTree/>";
    assert!(matches!(Tnds::parse(trailing.as_bytes()).unwrap_err().kind, TndsErrorKind::Document(_)));
}

#[test]
fn limits_hold() {
    let mut limits = TndsLimits::DEFAULT;
    (limits.nodes, limits.depth) = (3, 2);
    let read = |nodes: &str| {
        let document = document(nodes);
        Tnds::parse_for(TndsUse::Create, Syntax::Xml, document.as_bytes(), &limits).map(|tnds| tnds.nodes().len())
    };
    let leaf = |name: &str| format!("<Node><NodeName>{name}</NodeName><Value/></Node>");
    let parent = |children: &str| format!("<Node><NodeName>o</NodeName>{children}</Node>");
    assert_eq!(read(&parent(&(leaf("a") + &leaf("b")))), Ok(3));
    let kind = |outcome: Result<usize, TndsError>| outcome.unwrap_err().kind;
    assert_eq!(kind(read(&parent(&(leaf("a") + &leaf("b") + &leaf("c"))))), TndsErrorKind::TooManyNodes);
    assert_eq!(kind(read(&parent(&parent(&leaf("a"))))), TndsErrorKind::TooDeep);
}

#[test]
fn what_real_documents_do_otherwise_is_forgiven() {
    let nodes = "<!-- no namespace, other order, properties right in the Node, indented names, Format as text -->
        <Node><Value>1</Value><NodeName> o </NodeName><Type><MIME>text/plain</MIME></Type><Format>int</Format>
        <DFProperties><AccessType><Get/></AccessType></DFProperties><X/></Node>";
    let text = format!("<?xml version='1.0'?><MgmtTree><VerDTD>1.2</VerDTD><Man>m</Man><Mod/>{nodes}</MgmtTree>");
    let tnds = Tnds::parse(text.as_bytes()).unwrap();
    let [node] = tnds.nodes() else { panic!("one Node") };
    assert_eq!(
        (node.name.as_deref(), node.format, node.type_name.as_deref()),
        (Some("o"), Some(Format::Int), Some("text/plain"))
    );
    assert_eq!(node.content, TndsContent::Value(Some(b"1"[..].into())));
}

#[test]
fn inline_xml_is_the_value_of_an_xml_leaf() {
    let text = document(
        "<Node><NodeName>o</NodeName><RTProperties><Format><xml/></Format></RTProperties><Value><a x='1'>b</a></Value></Node>",
    );
    let tnds = Tnds::parse(text.as_bytes()).unwrap();
    assert_eq!(tnds.nodes()[0].content, TndsContent::Value(Some(b"<a x='1'>b</a>"[..].into())));
}

#[test]
fn real_documents_are_read_as_the_oracle_reads_them() {
    let Some(data) = shared::data_dir() else { return };
    let read = |path: &str| std::fs::read(data.join("ddf").join(path)).unwrap();
    for file in ["PerProviderSubscription.xml", "PerProviderSubscription_InvalidName.xml"] {
        let bytes = read(&format!("aosp-tnds/{file}"));
        let tnds = Tnds::parse(&bytes).unwrap_or_else(|error| panic!("{file}: {error}"));
        let mut way: Vec<&str> = Vec::new();
        let ours: Vec<_> = tnds
            .nodes()
            .iter()
            .map(|node| {
                way.truncate(node.level);
                way.push(node.name.as_deref().unwrap());
                let kind = if node.is_interior() { "interior" } else { "nochild" };
                let mo = node.type_name.as_deref().map_or_else(|| "-".to_string(), |moi| format!("rt:DDFName={moi}"));
                let value = match &node.content {
                    // The oracle shows the first 60 characters.
                    TndsContent::Value(Some(value)) => {
                        format!("'{}'", String::from_utf8_lossy(value).chars().take(60).collect::<String>())
                    }
                    TndsContent::Nodes | TndsContent::Value(None) | TndsContent::Unknown => "-".to_string(),
                };
                [way.join("/"), (node.level + 1).to_string(), kind.to_string(), mo, value]
            })
            .collect();
        let expected = String::from_utf8(read(&format!("expected/aosp-tnds/{file}.tsv"))).unwrap();
        let theirs: Vec<_> = expected
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| {
                let columns: Vec<&str> = line.split('\t').collect();
                [0, 1, 2, 7, 10].map(|column| columns[column].to_string())
            })
            .collect();
        assert_eq!(ours, theirs, "{file}");
    }
}

#[test]
fn documents_that_are_wrong_on_purpose_are_refused_with_position_and_reason() {
    let Some(data) = shared::data_dir() else { return };
    for (file, kind) in [
        ("PerProviderSubscription_DuplicateHomeSP.xml", TndsErrorKind::DuplicateName),
        ("PerProviderSubscription_MissingValue.xml", TndsErrorKind::Indefinite),
    ] {
        let bytes = std::fs::read(data.join("ddf/aosp-tnds").join(file)).unwrap();
        let error = Tnds::parse(&bytes).unwrap_err();
        assert_eq!(error.kind, kind, "{file}");
        let (line, column) = error.line_and_column(&bytes);
        let text = String::from_utf8(bytes).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[line - 1][column - 1..].starts_with("<Node>"), "{file}: {line}:{column}");
        let wrong = if kind == TndsErrorKind::DuplicateName { "HomeSP" } else { "FriendlyName" };
        assert!(lines[line].contains(wrong), "{file}: {line}:{column}");
    }
}

#[test]
fn a_document_of_a_node_that_no_description_has_is_refused_by_the_device_that_has_the_description() {
    let Some(data) = shared::data_dir() else { return };
    let bytes = std::fs::read(data.join("ddf/aosp-tnds/PerProviderSubscription_InvalidName.xml")).unwrap();
    let known = std::fs::read(data.join("ddf/aosp-tnds/PerProviderSubscription.xml")).unwrap();
    // The device knows the nodes of the good document and no others below ./W.
    let any = "<DFProperties><AccessType><Add/><Get/><Replace/></AccessType><DFFormat><chr/></DFFormat><Occurrence><ZeroOrOne/>\
               </Occurrence><DFType><MIME>text/plain</MIME></DFType></DFProperties>";
    let interior = any.replace("<chr/>", "<node/>").replace("<MIME>text/plain</MIME>", "<DDFName/>");
    let tnds = Tnds::parse(&known).unwrap();
    let mut description = format!("<Node><NodeName>W</NodeName>{interior}");
    let mut open = 0;
    for node in tnds.nodes() {
        (node.level..open).for_each(|_| description += "</Node>");
        let properties = if node.is_interior() { &interior } else { any };
        description += &format!("<Node><NodeName>{}</NodeName>{properties}", node.name.as_deref().unwrap());
        open = node.level + 1;
    }
    (0..=open).for_each(|_| description += "</Node>");
    let ddf = omadm_tree::ddf::Ddf::parse(
        Syntax::Xml,
        document(&description).as_bytes(),
        &omadm_proto::reading::Reading::LENIENT,
    )
    .unwrap()
    .ddf;
    let mut tree = Tree::builder().managed_by("s").ddf(&ddf).node("./W", NodeSpec::interior()).build().unwrap();
    let server = omadm_proto::ids::ServerId::from("s");
    let target = TargetUri::parse("./W/PerProviderSubscription").unwrap();
    let new = |bytes: &[u8]| NewNode::leaf(Format::Xml, bytes).of_type("application/vnd.syncml.dmtnds+xml");
    let refusal = tree.add(Actor::Server(&server), &target, new(&bytes)).unwrap_err();
    let at = "./W/PerProviderSubscription/i001/HomeSP/FriendName";
    assert_eq!((refusal.status.as_u16(), refusal.at.unwrap().to_string().as_str()), (405, at));
    tree.add(Actor::Server(&server), &target, new(&known)).unwrap();
}

/// A node of a random tree.
#[derive(Debug, Clone)]
enum Any {
    Leaf(Format, Vec<u8>, bool),
    Interior(Vec<(String, Self)>, bool),
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9._-]{1,8}x",
        "[ -~\u{e0}-\u{f0}\u{4e00}]{1,6}x",
        Just(" % /".to_string()),
        Just("%41".to_string())
    ]
    .prop_filter("a name", |name| name != "*")
}

fn leaf() -> impl Strategy<Value = Any> {
    let of = |format: Format, text: String| (format, text.into_bytes());
    let value = prop_oneof![
        "[ -~\t\n\u{e0}-\u{f0}\u{1f600}]{0,12}".prop_map(move |text| of(Format::Chr, text)),
        "[ -~<>&]{0,12}".prop_map(move |text| of(Format::Xml, text)),
        any::<i32>().prop_map(move |number| of(Format::Int, number.to_string())),
        any::<bool>().prop_map(move |flag| of(Format::Bool, flag.to_string())),
        prop::collection::vec(any::<u8>(), 0..12).prop_map(|bytes| (Format::Bin, bytes)),
        Just(of(Format::Null, String::new())),
        Just(of(Format::B64, "AAECAw==".into())),
        Just(of(Format::Float, "-1.5E3".into())),
        Just(of(Format::Date, "20260711".into())),
        Just(of(Format::Time, "163817Z".into())),
    ];
    (value, any::<bool>()).prop_map(|((format, bytes), typed)| Any::Leaf(format, bytes, typed))
}

fn subtree() -> impl Strategy<Value = Any> {
    leaf().prop_recursive(4, 40, 6, |inner| {
        (prop::collection::vec((name(), inner), 0..6), any::<bool>())
            .prop_map(|(children, with_acl)| Any::Interior(children, with_acl))
    })
}

fn build(tree: &mut Tree, uri: &omadm_tree::NodeUri, node: &Any) {
    // The first of two children of one name stays.
    if tree.node_at(uri).is_some() {
        return;
    }
    match node {
        Any::Leaf(format, bytes, typed) => {
            let spec = NodeSpec::leaf(*format, bytes.clone()).any_format().any_type();
            let spec = if *typed { spec.of_type("text/x-y").title("A & B") } else { spec };
            tree.put(&uri.to_string(), spec).unwrap();
        }
        Any::Interior(children, with_acl) => {
            let spec = NodeSpec::interior().any_format().any_type();
            let spec = if *with_acl { spec.acl(Acl::parse("Get=*&Replace=s").unwrap()).mo("x:mo:1.0") } else { spec };
            tree.put(&uri.to_string(), spec).unwrap();
            for (name, child) in children {
                build(tree, &uri.child(name), child);
            }
        }
    }
}

fn serialized(tree: &Tree, uri: &str, syntax: Syntax) -> Vec<u8> {
    match tree.get(Actor::Device, &TargetUri::parse(uri).unwrap()) {
        Ok(Answer::List(list)) => list.serialized(syntax).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// Everything of a subtree that a serialized tree carries.
fn content(tree: &Tree, uri: &str) -> Vec<String> {
    let nodes = tree.find(uri).unwrap().subtree();
    nodes
        .map(|node| {
            format!(
                "{} {} {} {:?} {} {:?}",
                node.uri(),
                node.format(),
                node.type_name(),
                node.acl(),
                node.title(),
                node.value()
            )
        })
        .collect()
}

proptest! {
    #[test]
    fn a_tree_written_and_added_elsewhere_is_the_same(node in subtree()) {
        let mut tree = Tree::builder().build().unwrap();
        build(&mut tree, &"./o".parse().unwrap(), &node);
        for syntax in [Syntax::Xml, Syntax::Wbxml] {
            let bytes = serialized(&tree, "./o?list=TNDS", syntax);
            let mut other = Tree::builder().build().unwrap();
            let new = || NewNode::leaf(Format::Bin, bytes.clone()).of_type(DocumentKind::Tnds.media_type(syntax));
            other.add(Actor::Device, &TargetUri::parse("./o").unwrap(), new()).unwrap();
            prop_assert_eq!(content(&other, "./o"), content(&tree, "./o"));
        }
    }

    #[test]
    fn a_replaced_subtree_is_the_object_whatever_was_there(before in subtree(), after in subtree()) {
        let (mut tree, mut target) = (Tree::builder().build().unwrap(), Tree::builder().build().unwrap());
        build(&mut tree, &"./o".parse().unwrap(), &after);
        build(&mut target, &"./o".parse().unwrap(), &before);
        let bytes = serialized(&tree, "./o?list=TNDS", Syntax::Wbxml);
        let new = omadm_tree::NewValue::new(bytes).of_type(DocumentKind::Tnds.media_type(Syntax::Wbxml));
        let old = target.clone();
        match target.replace(Actor::Device, &TargetUri::parse("./o").unwrap(), new) {
            Ok(()) => {
                // The Target itself keeps what the object does not name, and what stays is in front of what comes.
                let below = |tree: &Tree| {
                    let mut nodes = content(tree, "./o").split_off(1);
                    nodes.sort();
                    nodes
                };
                prop_assert_eq!(below(&target), below(&tree));
            }
            Err(refusal) => {
                prop_assert_eq!(refusal.status.as_u16(), 415);
                prop_assert_eq!(target, old);
            }
        }
    }
}
