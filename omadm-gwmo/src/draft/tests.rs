//! What a server writes is what a job asks for.
#![cfg(feature = "xml")]

use super::*;
use crate::mo::{GatewayFacts, GatewayObjects};
use alloc::format;
use omadm_tree::value::{NewNode, NewValue};
use omadm_tree::{Actor, TargetUri};

struct World {
    tree: Tree,
    names: NodeNames,
    server: ServerId,
}

impl World {
    fn new() -> Self {
        let names = NodeNames::new();
        let objects = GatewayObjects::new(&names, GatewayFacts::new("urn:gw".into()));
        let tree = Tree::builder().mo(objects).managed_by("nrem").build().unwrap();
        let mut world = Self { tree, names, server: "nrem".into() };
        for uri in ["./GwMO/Fanout/Fanout/j1", "./GwMO/ImgInv/Images/i1"] {
            let target = TargetUri::parse(uri).unwrap();
            world.tree.add(Actor::Server(&world.server), &target, NewNode::interior()).unwrap();
        }
        world
    }

    fn write(&mut self, uri: &str, value: &str) {
        let target = TargetUri::parse(uri).unwrap();
        let actor = Actor::Server(&self.server);
        match self.tree.find(uri) {
            Some(_) => self.tree.replace(actor, &target, NewValue::new(value)).unwrap(),
            None => self.tree.add(actor, &target, NewNode::leaf(omadm_proto::message::Format::Chr, value)).unwrap(),
        }
    }

    fn job(&mut self, leaves: &[(&str, &str)]) -> Draft {
        for (leaf, value) in leaves {
            self.write(&format!("./GwMO/Fanout/Fanout/j1/{leaf}"), value);
        }
        job(&self.tree, &self.names, "j1", &self.server, None).unwrap()
    }
}

const BODY: (&str, &str) = ("Command/Body", "<SyncBody/>");

#[test]
fn leaves_become_the_job_and_the_rest_are_defaults() {
    let draft = World::new().job(&[
        BODY,
        ("JobID", "job-17"),
        ("Target/DeviceIDs/1", "urn:a"),
        ("Target/DeviceIDs/2", "urn:b"),
        ("Target/Exclude/1", "urn:c"),
        ("Target/Args/1/DeviceID", "urn:a"),
        ("Target/Args/1/Key", "k"),
        ("Target/Args/1/Value", "v"),
        ("Command/Images/1", "fw-2.1"),
        ("Policy/Parallel", "20"),
        ("Policy/RetryUnknown", "true"),
        ("Report/Mode", "4"),
    ]);
    assert_eq!(draft.problem, None);
    let spec = draft.spec;
    assert_eq!((spec.id.as_str(), spec.priority, spec.images.as_slice()), ("job-17", 5, &["fw-2.1".to_string()][..]));
    assert_eq!(spec.targets.devices, [DevId::new("urn:a"), DevId::new("urn:b")]);
    assert!(spec.targets.exclude.contains(&DevId::new("urn:c")) && !spec.targets.all);
    assert_eq!(spec.args[&DevId::new("urn:a")]["k"], "v");
    assert_eq!((spec.policy.parallel, spec.policy.retry_max, spec.policy.retry_unknown), (20, 3, true));
    assert_eq!(spec.policy.dev_timeout, Duration::from_secs(600));
    assert_eq!(spec.report.mode, ReportMode::EveryDevice);
}

#[test]
fn the_star_addresses_all_devices_and_the_node_name_is_the_job_id() {
    let draft = World::new().job(&[BODY, ("Target/DeviceIDs/1", "*")]);
    assert!(draft.spec.targets.all && draft.spec.targets.devices.is_empty());
    assert_eq!(draft.spec.id, "j1");
}

#[test]
fn exactly_one_of_body_and_bin_holds_the_template() {
    assert_eq!(World::new().job(&[]).problem, Some(Reason::BodyOrBin));
    assert_eq!(World::new().job(&[BODY, ("Command/Bin", "x")]).problem, Some(Reason::BodyOrBin));
}

#[test]
fn what_is_not_supported_is_refused_by_name() {
    for (leaf, value, named) in [
        ("Target/GroupIDs/1", "meters", "Target/GroupIDs"),
        ("Target/Filter", "fwv<2.1", "Target/Filter"),
        ("Policy/First", "5", "Policy/First"),
        ("Policy/AbortPct", "20", "Policy/AbortPct"),
        ("Policy/Rate", "1", "Policy/Rate"),
        ("Policy/NotAfter", "20300101T000000Z", "Policy/NotAfter"),
        ("Policy/Window/1", "0 2 * * * +7200", "Policy/Window"),
        ("Target/Dynamic", "true", "Target/Dynamic"),
    ] {
        let uri = format!("./GwMO/Fanout/Fanout/j1/{named}");
        assert_eq!(World::new().job(&[BODY, (leaf, value)]).problem, Some(Reason::Unsupported(uri)), "{leaf}");
    }
}

#[test]
fn numbers_out_of_range_are_named() {
    let uri = |leaf| Some(Reason::Value(format!("./GwMO/Fanout/Fanout/j1/{leaf}")));
    assert_eq!(World::new().job(&[BODY, ("Policy/Parallel", "0")]).problem, uri("Policy/Parallel"));
    assert_eq!(World::new().job(&[BODY, ("Report/Mode", "5")]).problem, uri("Report/Mode"));
    assert_eq!(World::new().job(&[BODY, ("JobID", "a b")]).problem, uri("JobID"));
}

#[test]
fn an_image_is_read_from_its_leaves() {
    let mut world = World::new();
    let refused = ImageRefused::new(StatusCode::BAD_REQUEST, ResultCode::MALFORMED);
    assert_eq!(image(&world.tree, &world.names, "i1"), Err(refused));
    let hash = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    for (leaf, value) in [
        ("ImageID", "meter2-2.1"),
        ("Kind", "1"),
        ("Hash", hash),
        ("Size", "1048576"),
        ("SrcURL", "https://cdn.example/x"),
    ] {
        world.write(&format!("./GwMO/ImgInv/Images/i1/{leaf}"), value);
    }
    let spec = image(&world.tree, &world.names, "i1").unwrap();
    assert_eq!((spec.node.as_str(), spec.id.as_str(), spec.kind, spec.size), ("i1", "meter2-2.1", 1, Some(1_048_576)));
    assert_eq!(spec.hash.to_string(), hash["sha256:".len()..]);
    assert_eq!(spec.source.as_deref(), Some("https://cdn.example/x"));
}
