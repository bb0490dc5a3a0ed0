//! ACL: access control lists.

use crate::device::answer::demand;
use crate::device::bench::Bench;
use crate::device::command::{add, add_node, delete, get, replace};
use crate::device::{Server, session::Session};
use crate::row::{Level, Row, Side, Stop};

pub(super) const ROWS: &[Row<Bench>] = &[
    Row {
        id: "X-ACL-01",
        side: Side::Client,
        level: Level::Mandatory,
        title: "inheritance from the nearest ancestor",
        rule: "200; 425",
        run: acl_01,
    },
    Row {
        id: "X-ACL-02",
        side: Side::Client,
        level: Level::Mandatory,
        title: "a set ACL is complete, no merging per command",
        rule: "425 (Replace missing in the node's own ACL)",
        run: acl_02,
    },
    Row {
        id: "X-ACL-03",
        side: Side::Client,
        level: Level::Mandatory,
        title: "Get of an unset ACL",
        rule: "200, empty Data (not the inherited value)",
        run: acl_03,
    },
    Row {
        id: "X-ACL-04",
        side: Side::Client,
        level: Level::Mandatory,
        title: "set and clear",
        rule: "200; Get gives the text; after clearing inheritance applies again",
        run: acl_04,
    },
    Row {
        id: "X-ACL-05",
        side: Side::Client,
        level: Level::Mandatory,
        title: "Replace overwrites the whole ACL",
        rule: "srvB has no Get any more",
        run: acl_05,
    },
    Row {
        id: "X-ACL-06",
        side: Side::Client,
        level: Level::Mandatory,
        title: "interior node: own Replace right suffices",
        rule: "200",
        run: acl_06,
    },
    Row {
        id: "X-ACL-08",
        side: Side::Client,
        level: Level::Mandatory,
        title: "parent takes control of a child in two steps",
        rule: "425; 200; 200",
        run: acl_08,
    },
    Row {
        id: "X-ACL-09",
        side: Side::Client,
        level: Level::Mandatory,
        title: "worked example of the specification",
        rule: "any server Gets Node1; only ServerC can change Node1 ACL in one step; nobody can Delete or Replace Node1's value; Node1 ACL reads Get=*; Node4 ACL reads empty; ServerA may Replace Node5",
        run: acl_09,
    },
    Row {
        id: "X-ACL-10",
        side: Side::Client,
        level: Level::Mandatory,
        title: "wildcard",
        rule: "200; the wildcard overrides named identifiers",
        run: acl_10,
    },
    Row {
        id: "X-ACL-12",
        side: Side::Client,
        level: Level::Mandatory,
        title: "root ACL protected",
        rule: "405 (or 425); root always has a value; default Add=*&Get=*",
        run: acl_12,
    },
    Row {
        id: "X-ACL-13",
        side: Side::Client,
        level: Level::Mandatory,
        title: "server identifier removed",
        rule: "identifier removed everywhere; commands left without identifier are dropped; an ACL left empty becomes inherited; at the root the command becomes * or factory value",
        run: acl_13,
    },
    Row {
        id: "X-ACL-15",
        side: Side::Client,
        level: Level::Mandatory,
        title: "no automatic ACL otherwise",
        rule: "ACL of the new node reads empty",
        run: acl_15,
    },
    Row {
        id: "X-ACL-17",
        side: Side::Client,
        level: Level::Mandatory,
        title: "ACL governs properties",
        rule: "425 each",
        run: acl_17,
    },
    Row {
        id: "X-ACL-18",
        side: Side::Client,
        level: Level::Mandatory,
        title: "Add needs the parent, Delete the node itself",
        rule: "200; 425",
        run: acl_18,
    },
    Row {
        id: "X-ACL-19",
        side: Side::Client,
        level: Level::Mandatory,
        title: "identity is the authenticated server id",
        rule: "rights of srvB only; Source LocURI has no influence",
        run: acl_19,
    },
    Row {
        id: "X-ACL-23",
        side: Side::Client,
        level: Level::Mandatory,
        title: "factory nodes",
        rule: "per bootstrap ACL: Get, Replace, Delete for srvA; srvB only what root grants",
        run: acl_23,
    },
];

/// Sets the ACL of a node.
fn set(s: &mut Session<'_>, uri: &str, acl: &str) -> Result<(), Stop> {
    s.expect(replace(&format!("{uri}?prop=ACL"), acl), &[200]).map(drop)
}

/// A new leaf with an ACL.
fn leaf(s: &mut Session<'_>, uri: &str, acl: &str) -> Result<(), Stop> {
    s.expect(add(uri, "k"), &[200])?;
    set(s, uri, acl)
}

/// A new interior node, without an ACL.
fn node(s: &mut Session<'_>, uri: &str) -> Result<(), Stop> {
    s.expect(add_node(uri), &[200]).map(drop)
}

fn acl_01(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    s.expect(replace("./T/sub/a", "x"), &[200])?;
    s.close()?;
    let mut s = b.manage_as(Server::B)?;
    s.expect(replace("./T/sub/a", "y"), &[425])?;
    s.holds("./T/sub/a", "x")?;
    s.close()
}

fn acl_02(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    leaf(&mut s, "./T/k", "Get=srvA")?;
    s.expect(replace("./T/k", "x"), &[425])?;
    s.holds("./T/k", "k")?;
    s.close()
}

fn acl_03(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    s.holds("./T/sub?prop=ACL", "")?;
    s.close()
}

fn acl_04(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    set(&mut s, "./T/sub", "Get=*&Replace=srvA")?;
    s.has_acl("./T/sub", "Get=*&Replace=srvA")?;
    s.expect(delete("./T/sub/b"), &[425])?;
    set(&mut s, "./T/sub", "")?;
    s.holds("./T/sub?prop=ACL", "")?;
    s.expect(delete("./T/sub/b"), &[200])?;
    s.close()
}

fn acl_05(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    leaf(&mut s, "./T/k", "Get=srvA+srvB&Replace=srvA")?;
    set(&mut s, "./T/k", "Get=srvA&Replace=srvA")?;
    s.has_acl("./T/k", "Get=srvA&Replace=srvA")?;
    s.close()?;
    let mut s = b.manage_as(Server::B)?;
    s.expect(get("./T/k"), &[425])?.no_results(0)?;
    s.close()
}

fn acl_06(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    node(&mut s, "./T/outer")?;
    node(&mut s, "./T/outer/inner")?;
    set(&mut s, "./T/outer/inner", "Get=*&Replace=srvA")?;
    set(&mut s, "./T/outer", "Get=*")?;
    set(&mut s, "./T/outer/inner", "Add=srvA&Get=*&Replace=srvA")?;
    s.has_acl("./T/outer/inner", "Add=srvA&Get=*&Replace=srvA")?;
    s.close()
}

fn acl_08(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    leaf(&mut s, "./T/sub/child", "Get=srvB&Replace=srvB")?;
    s.expect(replace("./T/sub/child", "x"), &[425])?;
    set(&mut s, "./T/sub/child", "Get=srvA&Replace=srvA")?;
    s.expect(replace("./T/sub/child", "x"), &[200])?;
    s.holds("./T/sub/child", "x")?;
    s.close()
}

/// The tree of the standard's example below ./T; srvB stands for both its ServerB and its ServerC.
fn worked_example(s: &mut Session<'_>) -> Result<(), Stop> {
    for uri in ["./T/NodeA", "./T/NodeB", "./T/NodeB/Node3"] {
        node(s, uri)?;
    }
    for uri in ["./T/NodeA/Node1", "./T/NodeB/Node2", "./T/NodeB/Node3/Node4", "./T/NodeB/Node3/Node5"] {
        s.expect(add(uri, "v"), &[200])?;
    }
    set(s, "./T/NodeA/Node1", "Get=*")?;
    set(s, "./T/NodeA", "Get=srvB&Replace=srvB")?;
    set(s, "./T/NodeB/Node3/Node5", "Get=srvA&Replace=srvA")?;
    set(s, "./T/NodeB/Node3", "Get=srvB&Replace=srvB&Delete=srvB")?;
    set(s, "./T/NodeB", "Get=srvA&Replace=srvA")
}

fn acl_09(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    worked_example(&mut s)?;
    s.holds("./T/NodeA/Node1", "v")?;
    s.has_acl("./T/NodeA/Node1", "Get=*")?;
    s.expect(replace("./T/NodeA/Node1?prop=ACL", "Get=*&Replace=srvA"), &[425])?;
    s.expect(replace("./T/NodeA/Node1", "x"), &[425])?;
    s.expect(delete("./T/NodeA/Node1"), &[425])?;
    s.expect(replace("./T/NodeB/Node3/Node5", "x"), &[200])?;
    s.close()?;
    let mut s = b.manage_as(Server::B)?;
    s.holds("./T/NodeA/Node1", "v")?;
    s.expect(replace("./T/NodeA/Node1", "x"), &[425])?;
    s.expect(delete("./T/NodeA/Node1"), &[425])?;
    s.holds("./T/NodeB/Node3/Node4?prop=ACL", "")?;
    s.expect(replace("./T/NodeB/Node3/Node5", "y"), &[425])?;
    set(&mut s, "./T/NodeA/Node1", "Get=*&Replace=srvB")?;
    s.has_acl("./T/NodeA/Node1", "Get=*&Replace=srvB")?;
    s.close()
}

fn acl_10(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    leaf(&mut s, "./T/k", "Get=srvB+*")?;
    s.holds("./T/k", "k")?;
    s.close()
}

fn acl_12(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    let before = s.expect(get(".?prop=ACL"), &[200])?.text(0)?;
    demand(before.contains("Add=*"), "Add=* in the root's ACL", before.as_str())?;
    s.expect(replace(".?prop=ACL", ""), &[405, 425])?;
    s.expect(replace(".?prop=ACL", "Get=*&Replace=srvA"), &[405, 425])?;
    s.has_acl(".", &before)?;
    s.close()
}

fn acl_13(b: &mut Bench) -> Result<(), Stop> {
    b.account(Server::B)?;
    let mut s = b.manage()?;
    set(&mut s, "./T/sub", "Get=srvA&Replace=srvA")?;
    leaf(&mut s, "./T/k", "Get=srvA+srvB&Replace=srvA")?;
    s.expect(delete("./DMAcc/A"), &[200])?;
    s.close()?;
    let mut s = b.manage_as(Server::B)?;
    s.lacks("./DMAcc/A")?;
    let left = s.expect(get("./T?prop=ACL"), &[200])?.text(0)?;
    let a = s.bench.account(Server::A)?.id;
    demand(!left.contains(&a), &format!("no {a} in the ACL of ./T"), left.as_str())?;
    s.holds("./T/sub?prop=ACL", "")?;
    s.has_acl("./T/k", "Get=srvB")?;
    s.close()
}

fn acl_15(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    node(&mut s, "./T/inner")?;
    s.holds("./T/inner?prop=ACL", "")?;
    s.close()?;
    let mut s = b.manage_as(Server::B)?;
    s.expect(add("./T/leaf", "v"), &[200])?;
    s.holds("./T/leaf?prop=ACL", "")?;
    s.close()
}

fn acl_17(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    node(&mut s, "./T/hidden")?;
    set(&mut s, "./T/hidden", "Get=srvB&Replace=srvA")?;
    for property in ["Name", "ACL", "Title"] {
        // Who has no Titles may say so first.
        let codes: &[u16] = if property == "Title" { &[425, 406] } else { &[425] };
        s.expect(get(&format!("./T/hidden?prop={property}")), codes)?.no_results(0)?;
    }
    s.close()
}

fn acl_18(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    node(&mut s, "./T/par")?;
    leaf(&mut s, "./T/par/node", "Get=*&Delete=srvB")?;
    set(&mut s, "./T/par", "Add=srvA&Get=*&Replace=srvA&Delete=srvA")?;
    s.expect(add("./T/par/child", "v"), &[200])?;
    s.expect(delete("./T/par/node"), &[425])?;
    s.holds("./T/par/node", "k")?;
    s.close()
}

fn acl_19(b: &mut Bench) -> Result<(), Stop> {
    let a = b.account(Server::A)?.url;
    b.account(Server::B)?;
    let mut s = b.manage_as(Server::B)?;
    s.source = a;
    s.expect(get("./T/secret"), &[200])?;
    s.expect(replace("./T/s", "x"), &[425])?;
    s.holds("./T/s", "abc")?;
    s.close()
}

fn acl_23(b: &mut Bench) -> Result<(), Stop> {
    b.account(Server::B)?;
    let mut s = b.manage()?;
    let id = s.account.id.clone();
    s.holds("./DMAcc/A/ServerID", &id)?;
    s.has_acl("./DMAcc/A", "Get=srvA&Replace=srvA&Delete=srvA")?;
    s.expect(replace("./DMAcc/A/Name", "renamed"), &[200])?;
    s.close()?;
    let mut s = b.manage_as(Server::B)?;
    s.expect(get("./DMAcc/A/ServerID"), &[425])?.no_results(0)?;
    s.expect(replace("./DMAcc/A/Name", "taken"), &[425])?;
    s.expect(delete("./DMAcc/A"), &[425])?;
    s.close()
}
