//! The fixture tree of the catalogue.

use omadm_proto::auth::Nonce;
use omadm_proto::ids::ServerId;
use omadm_proto::message::Format;
use omadm_tree::ddf::{Ddf, DfProperties, Node, NodeType};
use omadm_tree::mo::{DevDetail, DevInfo, DmAcc};
use omadm_tree::{AccessType, Acl, Feature as TreeFeature, NodeSpec, Right, Tree, TreeBuilder, TreeLimits};

use crate::device::{Feature, Known, Setup, Special};
use crate::row::Stop;

/// The device id of the catalogue.
pub(crate) const DEV_ID: &str = "IMEI:493005100592800";

/// The tree as `setup` wants it.
pub(super) fn tree(setup: &Setup) -> Result<Tree, Stop> {
    let a = setup.server_a.unwrap_or("srvA");
    let mut tree = base(setup, a);
    for special in &setup.extra {
        tree = with(tree, *special);
    }
    for feature in &setup.without {
        tree = without(tree, *feature);
    }
    if setup.full {
        let mut limits = TreeLimits::DEFAULT;
        let built = base(setup, a).build().map_err(|error| Stop::skipped(error.to_string()))?;
        limits.nodes = u32::try_from(built.node_count()).unwrap_or(u32::MAX);
        tree = tree.limits(limits);
    }
    let mut tree = tree.build().map_err(|error| Stop::skipped(format!("the fixture cannot be built: {error}")))?;
    if setup.extra.contains(&Special::LockedLeaf) {
        tree.lock("./T/locked").map_err(|error| Stop::skipped(error.to_string()))?;
    }
    Ok(tree)
}

fn base(setup: &Setup, a: &str) -> TreeBuilder {
    let (dm, everybody) = (ServerId::new(a), Acl::EMPTY.grant_everyone(Right::Add).grant_everyone(Right::Get));
    let t = [Right::Replace, Right::Delete, Right::Exec]
        .into_iter()
        .fold(everybody.clone(), |acl, right| acl.grant(right, &dm));
    let b = ServerId::new("srvB");
    let secret = Acl::EMPTY.grant(Right::Get, &b).grant(Right::Replace, &b);
    let detail = DevDetail::new().fw("1.0").large_objects(!setup.without.contains(&Feature::LargeObjects));
    let detail = if setup.tight_uris { detail.uri_limits(5, 64, 16) } else { detail };
    let get = AccessType::GET;
    let tree = match setup.known {
        Known::Both | Known::BuiltIn => Tree::builder().mo(account("./DMAcc/A", a, "http://a.example/dm", setup)),
        Known::OnlyB => Tree::builder(),
    };
    tree.root_acl(everybody)
        .mo(DevInfo::new(DEV_ID).man("ExampleCorp").model("M1").dm_version("1.2.1").lang("en"))
        .mo(detail)
        .mo(account("./DMAcc/B", "srvB", "http://b.example/dm", setup))
        .mo(omadm_tree::mo::INBOX.instance(omadm_tree::mo::INBOX_ROOT))
        .node("./T", NodeSpec::interior().permanent().acl(t))
        .node("./T/s", NodeSpec::value("abc"))
        .node("./T/i", NodeSpec::value(42))
        .node("./T/b", NodeSpec::leaf(Format::Bin, vec![0x00, 0x01, 0xFE, 0xFF]).of_type("application/octet-stream"))
        .node("./T/n", NodeSpec::leaf(Format::Null, ""))
        .node("./T/ro", NodeSpec::value("r").access(get))
        .node("./T/nd", NodeSpec::value("d").access(AccessType::GET_REPLACE))
        .node("./T/wo", NodeSpec::value("hidden-value").access(AccessType::REPLACE))
        .node("./T/sub/a", NodeSpec::value("1"))
        .node("./T/sub/b", NodeSpec::value("2"))
        .node("./T/sub/deep/c", NodeSpec::value("3"))
        .node("./T/empty", NodeSpec::interior())
        .node("./T/perm", NodeSpec::value("p").permanent())
        .node("./T/x", NodeSpec::interior().access(AccessType::ALL))
        .node("./T/xa", NodeSpec::interior().access(AccessType::ALL))
        .node("./T/secret", NodeSpec::value("hidden-value").acl(secret))
}

/// An account; unless the client lives from it, its secrets are there to be looked for.
fn account(root: &str, server: &str, url: &str, setup: &Setup) -> DmAcc {
    let nonce = Nonce::from_base64(super::CLIENT_NONCE).unwrap_or_default();
    let (client, proof, nonce) = match setup.known {
        Known::BuiltIn => ("cpw", "spw", nonce.as_bytes()),
        Known::Both | Known::OnlyB => ("hidden-value", "hidden-value", &b"hidden-value"[..]),
    };
    DmAcc::at(root, server)
        .name(server)
        .addr(url)
        .client("DIGEST", "client1", client, nonce)
        .server("DIGEST", server, proof, nonce)
}

fn with(tree: TreeBuilder, special: Special) -> TreeBuilder {
    match special {
        Special::SmallLeaf => tree.node("./T/small", NodeSpec::value("old").max_size(100)),
        Special::LockedLeaf => tree.node("./T/locked", NodeSpec::value("l")),
        Special::DevInfoBranches => tree.leaf("./DevInfo/Ext/x", "ex").leaf("./DevInfo/Bearer/y", "by"),
        Special::AnyType => tree.node("./T/multi", NodeSpec::value("m").any_format().any_type()),
        Special::IntsOnly => tree.node("./T/ints", NodeSpec::interior()).ddf(&ints()),
    }
}

/// Any leaf below ./T/ints is an int.
fn ints() -> Ddf {
    let mut leaf = DfProperties::default();
    leaf.access = Some(AccessType::DEFAULT);
    leaf.format = Some(Format::Int);
    leaf.node_type = Some(NodeType::Mime(vec!["text/plain".to_string()]));
    let mut list = DfProperties::default();
    list.access = Some(AccessType::DEFAULT);
    list.format = Some(Format::Node);
    Ddf::new(vec![Node::new("ints").below("./T").with(list).child(Node::unnamed().with(leaf))])
}

fn without(tree: TreeBuilder, feature: Feature) -> TreeBuilder {
    match feature {
        Feature::Atomic => tree.without(TreeFeature::Atomic),
        Feature::Copy => tree.without(TreeFeature::Copy),
        Feature::Exec => tree.without(TreeFeature::Exec),
        Feature::Lists => tree.without(TreeFeature::Lists),
        Feature::Tnds => tree.without(TreeFeature::Tnds),
        Feature::TStamp => tree.without(TreeFeature::TStamp),
        Feature::Properties => tree.without(TreeFeature::Title).without(TreeFeature::VerNo).without(TreeFeature::Size),
        Feature::LargeObjects | Feature::UserInterface => tree,
    }
}
