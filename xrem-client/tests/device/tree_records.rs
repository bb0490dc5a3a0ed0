//! The tree as records: a change costs what changed, and what is stored is the tree, wherever the power fails.

use omadm_proto::auth::nonce::Seed;
use omadm_tree::{NodeSpec, Tree};
use xrem_client::record::{StoredTreeError, take_tree};
use xrem_client::{Drem, Output, Record};

use crate::world::*;

const LEAF: &str = "./Vendor/Example/Interval";

/// A device with `leaves` leaves of 100 bytes that has stored its tree once, and every record since.
fn large(leaves: usize) -> (Device, Vec<Record>) {
    let value = "v".repeat(100);
    let builder = (0..leaves).fold(tree(), |builder, number| {
        builder.node(&format!("./Vendor/Example/Many/n{number}"), NodeSpec::value(value.as_str()))
    });
    let mut device = Device::with_tree(open_account(), builder);
    device.start();
    (device, Vec::new())
}

/// Every tree record that a session with `bodies` stores, in order.
fn session(device: &mut Device, bodies: &[&str], stored: &mut Vec<Record>) {
    if device.sent.is_empty() {
        device.start();
    }
    for body in bodies {
        let sent = device.sent();
        let reply = sent.reply(body);
        let inbound = omadm_proto::exchange::Inbound::new(omadm_proto::exchange::Syntax::Xml, reply.as_bytes());
        device.drem.handle_message(device.now, &mut device.tree, sent.0.exchange, inbound);
        while let Some(output) = device.drem.poll_output() {
            match output {
                Output::Persist(record) => {
                    if record.key().starts_with("tree") {
                        stored.push(record.clone());
                    }
                    device.records.insert(record.key(), record);
                }
                Output::Transmit(transmit) => device.sent.push_back(transmit),
                Output::Event(_) | Output::Action { .. } => {}
            }
        }
    }
    let sent = device.sent();
    device.answer(&sent, &sent.reply(""));
}

fn bytes(record: &Record) -> usize {
    serde_json::to_vec(record).unwrap().len()
}

fn restored(device: &Device) -> Tree {
    let mut records: Vec<Record> = device.records.values().cloned().collect();
    take_tree(&mut records).unwrap().expect("no tree is stored")
}

#[test]
fn a_message_that_changes_one_leaf_of_a_large_tree_stores_a_small_record() {
    let (mut device, mut stored) = large(1000);
    session(&mut device, &[&replace(1, LEAF, "60")], &mut stored);
    let whole = bytes(&device.records["tree"]);
    session(&mut device, &[&replace(1, LEAF, "61"), &replace(1, LEAF, "62")], &mut stored);
    let sizes: Vec<usize> = stored.iter().map(bytes).collect();
    assert!(whole > 100_000 && sizes.len() == 3 && sizes.iter().all(|size| *size < 300), "{whole}: {sizes:?}");
    assert!(restored(&device) == device.tree);
}

#[test]
fn changes_that_outgrow_the_tree_give_way_to_a_whole_tree_and_are_left_over() {
    let (mut device, mut stored) = large(0);
    let mut trees = Vec::new();
    for round in 0..100 {
        session(&mut device, &[&replace(1, LEAF, &round.to_string())], &mut stored);
        trees.push(device.tree.clone());
        assert!(restored(&device) == device.tree, "round {round}");
    }
    let whole = stored.iter().filter(|record| record.key() == "tree").count();
    assert!((1..20).contains(&whole), "{whole} of {}", stored.len());
    let changes = device.records.keys().filter(|key| key.starts_with("tree change")).count();
    assert!(changes < 100, "{changes} keys, and never more");
    // An append-only driver sees the same: everything that was ever stored, up to any moment.
    let first = stored.iter().position(|record| record.key() == "tree").unwrap();
    for end in first + 1..=stored.len() {
        let last_tree = stored[..end].iter().rposition(|record| record.key() == "tree").unwrap();
        let mut records = stored[last_tree..end].to_vec();
        records.extend(stored[..last_tree].iter().filter(|record| record.key() != "tree").cloned());
        let tree = take_tree(&mut records).unwrap().unwrap();
        assert!(tree == trees[end - (stored.len() - trees.len()) - 1], "record {end}");
    }
}

#[test]
fn a_change_that_is_there_twice_is_one_and_one_that_is_missing_is_noticed() {
    let (mut device, mut stored) = large(10);
    let bodies: Vec<String> = (0..3).map(|round| replace(1, LEAF, &round.to_string())).collect();
    session(&mut device, &[&bodies[0], &bodies[1], &bodies[2]], &mut stored);
    let whole = device.records["tree"].clone();
    let [first, second, third] = <[Record; 3]>::try_from(stored).unwrap();
    let tree = |records: &[&Record]| take_tree(&mut records.iter().copied().cloned().collect());
    let all = tree(&[&third, &third, &first, &second, &whole]).unwrap().unwrap();
    assert!(all == device.tree, "in whatever order, and doubled");
    let torn = tree(&[&whole, &first, &second]).unwrap().unwrap();
    assert_eq!(torn.text(LEAF), Some("1"), "the last one was torn");
    assert_eq!(tree(&[&whole, &first, &third]).unwrap_err(), StoredTreeError::Missing(1));
    assert!(tree(&[&first, &second]).unwrap().is_none(), "changes of nothing");
}

#[test]
fn the_tree_of_a_record_from_before_there_were_changes_is_read() {
    let old = tree().leaf("./Vendor/Example/Since", 1).build().unwrap();
    let json = format!("{{\"Tree\":{}}}", serde_json::to_string(&old.snapshot()).unwrap());
    let record: Record = serde_json::from_str(&json).unwrap();
    assert_eq!(record.key(), "tree");
    assert!(take_tree(&mut vec![record]).unwrap().unwrap() == old);
    let counters: Record = serde_json::from_str("{\"Counters\":{\"nonces\":3,\"sessions\":2}}").unwrap();
    assert!(matches!(counters, Record::Counters(counters) if (counters.nonces, counters.trees) == (3, 0)));
}

#[test]
fn after_a_restart_left_over_changes_are_not_taken_for_new_ones() {
    let (mut device, mut stored) = large(0);
    session(&mut device, &[&replace(1, LEAF, "1"), &replace(1, LEAF, "2")], &mut stored);
    for round in 3..9 {
        let mut records: Vec<Record> = device.records.values().cloned().collect();
        device.tree = take_tree(&mut records).unwrap().unwrap();
        assert!(records.iter().all(|record| !record.key().starts_with("tree")), "they were taken out");
        device.drem = Drem::restore([open_account()], Seed::new([7; 32]), records);
        device.boot();
        session(&mut device, &[&replace(1, LEAF, &round.to_string())], &mut stored);
        assert_eq!(restored(&device).text(LEAF), Some(round.to_string().as_str()));
    }
}

#[test]
fn an_application_that_changes_the_tree_without_sessions_costs_a_whole_tree_at_most() {
    let (mut device, mut stored) = large(10);
    session(&mut device, &[], &mut stored);
    for number in 0..100_000 {
        device.tree.set("./Vendor/Example/A", number).unwrap();
    }
    session(&mut device, &[&get(1, LEAF)], &mut stored);
    let keys: Vec<&String> = device.records.keys().filter(|key| key.starts_with("tree")).collect();
    assert_eq!(keys, ["tree"]);
    assert!(restored(&device) == device.tree);
}
