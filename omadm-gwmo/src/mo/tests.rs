//! The tables against the shared fact table, and what a server sees in a built tree.

use super::*;
use omadm_proto::ids::ServerId;
use omadm_tree::uri::TargetUri;
use omadm_tree::value::NewNode;
use omadm_tree::{Actor, Tree};
use std::{env, fs, println};

fn built() -> Tree {
    let names = NodeNames::new();
    let mut facts = GatewayFacts::new("urn:gw:1".into());
    facts.store_bytes = 1 << 20;
    Tree::builder().mo(GatewayObjects::new(&names, facts)).managed_by("nrem").build().unwrap()
}

fn add(tree: &mut Tree, uri: &str) {
    let server = ServerId::new("nrem");
    tree.add(Actor::Server(&server), &TargetUri::parse(uri).unwrap(), NewNode::interior()).unwrap();
}

#[test]
fn the_tables_hold_every_row_of_the_fact_table() {
    let shared =
        env::var("OMADM_SHARED").unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared").into());
    let Ok(text) = fs::read_to_string(alloc::format!("{shared}/data/gwmo/gwmo-nodes.tsv")) else {
        assert_ne!(env::var("CI").as_deref(), Ok("true"), "no shared data at {shared}");
        println!("skipped: no shared data at {shared}");
        return;
    };
    let mut seen = 0;
    for line in text.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let mo = match columns[0] {
            "config" => Mo::Config,
            "deviceinventory" => Mo::DeviceInventory,
            "edtrigger" => Mo::EdTrigger,
            "fanout" => Mo::Fanout,
            "imageinventory" => Mo::ImageInventory,
            other => panic!("{other}"),
        };
        let path: Vec<&str> = columns[1].split('/').skip(1).collect();
        if path.is_empty() {
            continue;
        }
        let text_of = |step: &Option<Name>| step.map_or("<X>", Name::default_text);
        let row = rows(mo).iter().find(|row| row.path.iter().map(text_of).eq(path.iter().copied()));
        let row = row.unwrap_or_else(|| panic!("{line}"));
        let access: AccessType = row.access.iter().copied().collect();
        let written: AccessType = columns[5].split(',').filter_map(AccessType::parse).collect();
        assert_eq!(
            (row.format.as_str(), access, row.need == Need::Required),
            (columns[4], written, columns[2] == "R"),
            "{line}"
        );
        seen += 1;
    }
    assert_eq!(seen, Mo::ALL.iter().map(|mo| rows(*mo).len()).sum::<usize>());
}

#[test]
fn the_five_roots_are_found_by_their_identifiers() {
    let tree = built();
    for (moi, uri) in [
        ("urn:oma:mo:oma-gwmo-config:1.1", "./GwMO/Config"),
        ("urn:oma:mo:oma-gwmo-deviceinventory:1.1", "./GwMO/DevInv"),
        ("urn:oma:mo:oma-gwmo-edtrigger:1.0", "./GwMO/EDTrig"),
        ("urn:oma:mo:oma-gwmo-fanout:1.0", "./GwMO/Fanout"),
        ("urn:oma:mo:oma-gwmo-imageinventory:1.0", "./GwMO/ImgInv"),
    ] {
        let found: Vec<String> = tree.with_type(moi).map(|node| node.uri().to_string()).collect();
        assert_eq!(found, [uri]);
    }
    assert_eq!(tree.text("./GwMO/Config/Self/GwID"), Some("urn:gw:1"));
    assert_eq!(tree.text("./GwMO/ImgInv/Total"), Some("1024"));
    assert!(tree.find("./GwMO/Config/Gateway").is_none());
}

#[test]
fn a_job_that_is_added_has_its_required_children_policies_and_reports() {
    let mut tree = built();
    add(&mut tree, "./GwMO/Fanout/Fanout/j17");
    for (leaf, value) in [
        ("JobID", ""),
        ("State", "0"),
        ("Command/Body", ""),
        ("Policy/Parallel", "8"),
        ("Policy/RetryMax", "3"),
        ("Policy/AsyncTimeout", "86400"),
        ("Policy/RetryUnknown", "false"),
        ("Report/Mode", "2"),
        ("Report/Values", "true"),
        ("Progress/Total", "0"),
    ] {
        assert_eq!(tree.text(&alloc::format!("./GwMO/Fanout/Fanout/j17/{leaf}")), Some(value), "{leaf}");
    }
    for node in ["Target", "Policy/Window", "Results", "Operations/Start", "Operations/Stop"] {
        assert!(tree.find(&alloc::format!("./GwMO/Fanout/Fanout/j17/{node}")).is_some(), "{node}");
    }
    for node in ["Target/DeviceIDs", "Ext", "Command/Images", "Operations/Pause"] {
        assert!(tree.find(&alloc::format!("./GwMO/Fanout/Fanout/j17/{node}")).is_none(), "{node}");
    }
}

#[test]
fn an_image_that_is_added_waits_for_its_description() {
    let mut tree = built();
    add(&mut tree, "./GwMO/ImgInv/Images/fw");
    assert_eq!(tree.text("./GwMO/ImgInv/Images/fw/State"), Some("0"));
    assert_eq!(tree.text("./GwMO/ImgInv/Images/fw/LocalURL"), Some(""));
    assert!(tree.find("./GwMO/ImgInv/Images/fw/Operations/Download").is_some());
}
