//! Tables as device descriptions, and against real ones.
#![cfg(all(feature = "xml", feature = "wbxml"))]

extern crate alloc;

use alloc::collections::{BTreeMap, BTreeSet};

use std::path::PathBuf;

use omadm_proto::exchange::Syntax;
use omadm_proto::ids::ServerId;
use omadm_proto::message::Format;
use omadm_tree::ddf::{Ddf, LENIENT, Node, NodeType, STRICT};
use omadm_tree::mo::{self, ObjectTable};
use omadm_tree::{AccessType, Actor, NewNode, NewValue, TargetUri, Tree};

/// Each node with its names from the root of the object, `<x>` for those that are chosen.
fn nodes<'d>(node: &'d Node, above: &str, found: &mut BTreeMap<String, &'d Node>) {
    for child in &node.children {
        let name = if child.is_unnamed() { "<x>" } else { child.name.as_deref().unwrap() };
        let path = if above.is_empty() { name.to_string() } else { format!("{above}/{name}") };
        nodes(child, &path, found);
        found.insert(path, child);
    }
}

#[test]
fn a_description_says_what_the_table_says() {
    let ddf = mo::DM_ACC.to_ddf("./DMAcc/<x>");
    let root = &ddf.nodes[0];
    assert_eq!((root.path.as_deref(), root.is_unnamed()), (Some("./DMAcc"), true));
    let moi = NodeType::DdfName("urn:oma:mo:oma-dm-dmacc:1.0".into());
    assert_eq!(root.df.as_ref().unwrap().node_type, Some(moi));
    let mut found = BTreeMap::new();
    nodes(root, "", &mut found);
    assert_eq!(found.len(), 23);
    let data = found["AppAuth/<x>/AAuthData"].df.as_ref().unwrap();
    assert_eq!((data.format, data.access), (Some(Format::Bin), Some(AccessType::REPLACE)));
    let kind = found["AppAddr/<x>/AddrType"].df.as_ref().unwrap();
    assert_eq!(kind.default_value.as_deref(), Some("URI"));
    let allowed = kind.microsoft.as_ref().unwrap().allowed_values.as_ref().unwrap();
    assert_eq!(["IPv6", "", "IPv5"].map(|value| allowed.admit(value, |_, _| true)), [true, true, false]);
}

#[test]
fn the_strict_profile_reads_the_description_of_every_table() {
    for table in crate::sheet::TABLES {
        let whole = table.to_ddf("./Object");
        let bare = whole.clone().without_microsoft();
        for (syntax, ddf) in [(Syntax::Xml, whole), (Syntax::Xml, bare.clone()), (Syntax::Wbxml, bare)] {
            let mut document = Vec::new();
            ddf.encode(syntax, &mut document).unwrap();
            let read = Ddf::parse(syntax, &document, &STRICT).unwrap();
            assert_eq!(read.ddf, ddf, "{} in {syntax:?}", table.name);
        }
    }
}

#[test]
fn a_tree_built_from_the_description_of_a_table_has_no_findings() {
    for table in [mo::DEV_INFO, mo::DEV_DETAIL, mo::FUMO, mo::SCOMO_1_1, mo::LAWMO, mo::DIAG_FUNCTION, mo::DIAG_TRAP] {
        let tree = Tree::builder().ddf(&table.to_ddf("./Object")).build().unwrap();
        assert_eq!(table.check(tree.find("./Object").unwrap()), [], "{}", table.name);
    }
}

#[test]
fn commands_are_judged_by_the_description_of_a_table() {
    let account = mo::DM_ACC.instance("./DMAcc/a").fill("ServerID", "s").fill("AppAddr/1/Addr", "http://example.net");
    let mut tree = Tree::builder()
        .mo(mo::DIAG_FUNCTION.instance("./DiagMon/memory"))
        .ddf(&mo::DIAG_FUNCTION.to_ddf("./DiagMon/<x>"))
        .mo(account
            .grant("AppAddr/<x>/AddrType", AccessType::REPLACE)
            .grant("AppAddr/<x>/AddrType", AccessType::DELETE))
        .ddf(&mo::DM_ACC.to_ddf("./DMAcc/<x>"))
        .managed_by("s")
        .build()
        .unwrap();
    let server = ServerId::new("s");
    let code =
        |outcome: Result<(), omadm_tree::Refusal>| outcome.map_or_else(|refusal| refusal.status.as_u16(), |()| 200);
    let uri = |text: &str| TargetUri::parse(text).unwrap();
    let actor = Actor::Server(&server);
    let period = uri("./DiagMon/memory/Period");
    let periods = ["0", "1", "86400", "86401", "soon"];
    assert_eq!(
        periods.map(|value| code(tree.replace(actor, &period, NewValue::new(value)))),
        [415, 200, 200, 415, 415]
    );
    let kind = uri("./DMAcc/a/AppAddr/1/AddrType");
    assert_eq!(
        ["IPv5", "IPv4", ""].map(|value| code(tree.replace(actor, &kind, NewValue::new(value)))),
        [415, 200, 200]
    );
    assert_eq!(code(tree.delete(actor, &kind)), 405);
    assert_eq!(code(tree.add(actor, &uri("./DMAcc/a/Colour"), NewNode::leaf(Format::Chr, "red"))), 405);
    assert_eq!(code(tree.add(actor, &uri("./DMAcc/b"), NewNode::interior())), 405);
}

#[test]
fn an_account_that_comes_later_keeps_its_secrets() {
    let mut tree = Tree::builder().managed_by("s").ddf(&mo::DmAcc::ddf("./DMAcc")).build().unwrap();
    let uri = |below: &str| TargetUri::parse(&format!("./DMAcc/b{below}")).unwrap();
    // As the device does it with what a server sent: by a command of its own.
    for (below, value) in [("/AppAuth/1/AAuthSecret", "topsecret"), ("/AppAuth/1/AAuthName", "name")] {
        tree.add(Actor::Device, &uri(below), NewNode::leaf(Format::Chr, value)).unwrap();
    }
    let server = ServerId::new("s");
    let actor = Actor::Server(&server);
    let get =
        |tree: &Tree, below: &str| tree.get(actor, &uri(below)).map_or_else(|refusal| refusal.status.as_u16(), |_| 200);
    let read = ["/AppAuth/1/AAuthSecret", "/AppAuth/1/AAuthName"].map(|below| get(&tree, below));
    assert_eq!(read, [405, 200]);
    let mut replace = |below: &str| {
        let outcome = tree.replace(actor, &uri(below), NewValue::new("w7"));
        outcome.map_or_else(|refusal| refusal.status.as_u16(), |()| 200)
    };
    let written = ["/AppAuth/1/AAuthSecret", "/AppAuth/1/AAuthName", "/AppID"].map(&mut replace);
    assert_eq!(written, [200, 200, 405]);
}

/// The node at `root` in a shared description.
fn described(file: &str) -> Option<Ddf> {
    let workspace = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    // A relative path of the environment counts from the workspace, where cargo was called.
    let shared = std::env::var_os("OMADM_SHARED").map_or_else(|| "../shared".into(), PathBuf::from);
    let path = workspace.join(shared).join("data/ddf").join(file);
    if !path.is_file() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "the shared data is missing: {}", path.display());
        #[expect(clippy::print_stderr, reason = "a skipped test says so")]
        {
            eprintln!("skipped: no shared data at {}", path.display());
        }
        return None;
    }
    let document = std::fs::read(path).unwrap();
    Some(Ddf::parse(Syntax::Xml, &document, &LENIENT).unwrap().ddf)
}

/// Where a description differs from a table on the nodes of the table, one `path: what` each: a node that it lacks, another
/// format, fewer commands than the minimum, a Get where a secret must not be read. Below an open node nothing is compared.
fn differences(table: ObjectTable<'_>, root: &Node) -> BTreeSet<String> {
    let mut theirs = BTreeMap::new();
    nodes(root, "", &mut theirs);
    let mut ours = BTreeMap::new();
    let ddf = table.to_ddf("./Object");
    nodes(&ddf.nodes[0], "", &mut ours);
    let mut found = BTreeSet::new();
    for (path, node) in ours {
        if path.starts_with("Ext/XRem") {
            continue;
        }
        let Some(other) = theirs.get(&path) else {
            found.insert(format!("{path}: not there"));
            continue;
        };
        let (our, their) = (node.df.as_ref().unwrap(), other.df.as_ref().unwrap());
        if our.format != their.format {
            found.insert(format!("{path}: {}", their.format.unwrap()));
        }
        let (our, their) = (our.access.unwrap(), their.access.unwrap());
        for name in our.names().filter(|name| !their.names().any(|other| other == *name)) {
            found.insert(format!("{path}: no {name}"));
        }
        if !our.contains(AccessType::GET) && their.contains(AccessType::GET) {
            found.insert(format!("{path}: also Get"));
        }
    }
    found
}

fn expect(table: ObjectTable<'_>, root: &Node, reasons: &[(&str, &str)]) {
    let expected: BTreeSet<String> = reasons.iter().map(|(difference, _)| (*difference).to_string()).collect();
    assert_eq!(differences(table, root), expected, "{}", table.name);
}

fn child<'d>(node: &'d Node, name: &str) -> &'d Node {
    node.children.iter().find(|child| child.name.as_deref().unwrap_or("") == name).unwrap()
}

#[test]
fn our_tables_agree_with_the_descriptions_of_windows() {
    const OPTIONAL: &str = "an optional node that Windows does not have";
    let Some(info) = described("ms-csp/DevInfo.xml") else { return };
    expect(mo::DEV_INFO, &info.nodes[0], &[("Bearer: not there", OPTIONAL)]);
    let detail = described("ms-csp/DevDetail.xml").unwrap();
    expect(mo::DEV_DETAIL, &detail.nodes[0], &[("Bearer: not there", OPTIONAL)]);
    let account = described("ms-csp/DMAcc.xml").unwrap();
    let reasons = [
        ("ToConRef: not there", OPTIONAL),
        ("ToConRef/<x>: not there", OPTIONAL),
        ("ToConRef/<x>/ConRef: not there", OPTIONAL),
    ];
    expect(mo::DM_ACC, child(&account.nodes[0], ""), &reasons);
}

#[test]
fn our_tables_agree_with_the_descriptions_of_android() {
    const LOOSE: &str =
        "the description gives every node of an account all commands; the standard forbids Get [mo 1.3]";
    let Some(device) = described("android-dm/syncmldm.ddf") else { return };
    let root = &device.nodes[0];
    expect(mo::DEV_INFO, child(root, "DevInfo"), &[]);
    let numbers = "deviates from the standard; a check accepts it [mo 3]";
    let reasons = [("URI/MaxDepth: int", numbers), ("URI/MaxTotLen: int", numbers), ("URI/MaxSegLen: int", numbers)];
    expect(mo::DEV_DETAIL, child(root, "DevDetail"), &reasons);
    let reasons = [
        ("AppAuth/<x>/AAuthData: chr", "deviates from the standard, where it is bin [mo 4.1]"),
        ("AppAuth/<x>/AAuthData: also Get", LOOSE),
        ("AppAuth/<x>/AAuthSecret: also Get", LOOSE),
    ];
    expect(mo::DM_ACC, child(child(root, "DMAcc"), ""), &reasons);
}
