//! Properties over random trees and command lists: the ACL equals a naive model, the commands equal a flat map, a roll-back
//! gives the exact old tree.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![allow(clippy::std_instead_of_alloc, reason = "tests have std")]

use std::collections::BTreeMap;

use omadm_proto::ids::ServerId;
use omadm_proto::message::Format;
use omadm_proto::time::UtcTime;
use omadm_tree::tree::CreatorAcl;
use omadm_tree::{Acl, Actor, Answer, NewNode, NewValue, NodeRef, NodeSpec, Refusal, TargetUri, Tree};
use proptest::prelude::*;

/// The whole of [dm 9.6] in ten lines, on text.
fn naively_allowed(acls: &BTreeMap<String, String>, uri: &str, right: &str, server: &str) -> bool {
    let mut at = uri.to_string();
    while acls.get(&at).is_none_or(String::is_empty) {
        at.truncate(at.rfind('/').unwrap());
    }
    acls[&at].split('&').any(|entry| {
        let (command, servers) = entry.split_once('=').unwrap();
        command == right && servers.split('+').any(|id| id == "*" || id == server)
    })
}

fn acl_text() -> impl Strategy<Value = String> {
    let entry = (
        prop::sample::select(vec!["Add", "Delete", "Exec", "Get", "Replace"]),
        prop::sample::subsequence(vec!["srvA", "srvB", "srvC", "*"], 1..3),
    );
    prop::collection::vec(entry.prop_map(|(right, servers)| format!("{right}={}", servers.join("+"))), 0..4)
        .prop_map(|entries| entries.join("&"))
}

const ACL_NODES: [&str; 7] = ["./a", "./a/b", "./a/b/c", "./a/b/c/d", "./a/e", "./f", "./f/g"];

proptest! {
    #[test]
    fn the_effective_acl_equals_the_naive_model(texts in prop::collection::vec(acl_text(), ACL_NODES.len())) {
        let mut tree = Tree::builder().root_acl(Acl::parse("Add=*&Get=*&Exec=srvC").unwrap()).build().unwrap();
        let mut acls = BTreeMap::from([(".".to_string(), "Add=*&Get=*&Exec=srvC".to_string())]);
        for (uri, text) in ACL_NODES.into_iter().zip(&texts) {
            let all = omadm_tree::AccessType::ALL;
            tree.put(uri, NodeSpec::interior().access(all).acl(Acl::parse(text).unwrap())).unwrap();
            acls.insert(uri.to_string(), text.clone());
        }
        for uri in ACL_NODES {
            for server in ["srvA", "srvB", "srvC", "srvD"] {
                let id = ServerId::new(server);
                let (actor, target) = (Actor::Server(&id), TargetUri::parse(uri).unwrap());
                let model = |right| naively_allowed(&acls, uri, right, server);
                prop_assert_eq!(allowed(tree.get(actor, &target)), model("Get"));
                prop_assert_eq!(allowed(tree.exec(actor, &target)), model("Exec"));
                let child = TargetUri::parse(&format!("{uri}/new")).unwrap();
                let title = TargetUri::parse(&format!("{uri}?prop=Title")).unwrap();
                let mut scratch = tree.clone();
                prop_assert_eq!(allowed(scratch.add(actor, &child, NewNode::interior())), model("Add"));
                prop_assert_eq!(allowed(scratch.replace(actor, &title, NewValue::new("t"))), model("Replace"));
                prop_assert_eq!(allowed(scratch.delete(actor, &target)), model("Delete"));
            }
        }
    }
}

fn allowed<T>(outcome: Result<T, Refusal>) -> bool {
    match outcome {
        Ok(_) => true,
        Err(refusal) if refusal.status.as_u16() == 425 => false,
        Err(other) => panic!("{other}"),
    }
}

/// A command on the universe of `./x/y/z` with x, y, z in a, b, c.
#[derive(Debug, Clone)]
enum Step {
    AddLeaf(String, String),
    AddInterior(String),
    Replace(String, String),
    Delete(String),
    Rename(String, String),
    Copy(String, String),
    Begin,
    Commit,
    Rollback,
}

fn step() -> impl Strategy<Value = Step> {
    let name = || prop::sample::select(vec!["a", "b", "c"]).prop_map(str::to_string);
    let uri = || prop::collection::vec(name(), 1..4).prop_map(|names| format!("./{}", names.join("/")));
    let value = || prop::sample::select(vec!["", "1", "two"]).prop_map(str::to_string);
    prop_oneof![
        4 => (uri(), value()).prop_map(|(uri, value)| Step::AddLeaf(uri, value)),
        3 => uri().prop_map(Step::AddInterior),
        3 => (uri(), value()).prop_map(|(uri, value)| Step::Replace(uri, value)),
        2 => uri().prop_map(Step::Delete),
        2 => (uri(), name()).prop_map(|(uri, name)| Step::Rename(uri, name)),
        2 => (uri(), uri()).prop_map(|(from, to)| Step::Copy(from, to)),
        1 => Just(Step::Begin),
        1 => Just(Step::Commit),
        1 => Just(Step::Rollback),
    ]
}

/// The reference: every node of the tree but the root by its URI; a leaf has a value.
#[derive(Debug, Clone, Default, PartialEq)]
struct Model {
    nodes: BTreeMap<String, Option<String>>,
}

impl Model {
    fn parent(uri: &str) -> &str {
        &uri[..uri.rfind('/').unwrap()]
    }

    fn below<'m>(&'m self, uri: &str) -> impl Iterator<Item = String> + use<'m> {
        let (node, children) = (uri.to_string(), format!("{uri}/"));
        self.nodes.keys().filter(move |key| **key == node || key.starts_with(&children)).cloned()
    }

    fn add(&mut self, uri: &str, value: Option<String>) -> u16 {
        if self.nodes.contains_key(uri) {
            return 418;
        }
        let mut missing = vec![uri.to_string()];
        let mut at = Self::parent(uri);
        while at != "." {
            match self.nodes.get(at) {
                Some(None) => break,
                Some(Some(_)) => return 405,
                None => missing.push(at.to_string()),
            }
            at = Self::parent(at);
        }
        for node in missing {
            self.nodes.insert(node, None);
        }
        self.nodes.insert(uri.to_string(), value);
        200
    }

    fn replace(&mut self, uri: &str, value: String) -> u16 {
        match self.nodes.get_mut(uri) {
            None => 404,
            Some(None) => 405,
            Some(old) => {
                *old = Some(value);
                200
            }
        }
    }

    fn delete(&mut self, uri: &str) -> u16 {
        let gone: Vec<String> = self.below(uri).collect();
        gone.iter().for_each(|node| drop(self.nodes.remove(node)));
        if gone.is_empty() { 404 } else { 200 }
    }

    fn rename(&mut self, uri: &str, name: &str) -> u16 {
        let to = format!("{}/{name}", Self::parent(uri));
        if !self.nodes.contains_key(uri) {
            return 404;
        }
        if to != uri && self.nodes.contains_key(&to) {
            return 418;
        }
        let moved: Vec<String> = self.below(uri).collect();
        for node in moved {
            let value = self.nodes.remove(&node).unwrap();
            self.nodes.insert(format!("{to}{}", &node[uri.len()..]), value);
        }
        200
    }

    fn copy(&mut self, from: &str, to: &str) -> u16 {
        match (self.nodes.get(from).cloned(), self.nodes.get(to)) {
            (None, _) => 404,
            (Some(None), _) | (_, Some(None)) => 403,
            (Some(value), None) => self.add(to, value),
            (Some(Some(value)), Some(_)) => self.replace(to, value),
        }
    }
}

fn listing(tree: &Tree) -> BTreeMap<String, Option<String>> {
    let text = |node: NodeRef<'_>| node.text().map(str::to_string);
    tree.root().subtree().skip(1).map(|node| (node.uri().to_string(), text(node))).collect()
}

fn run(tree: &mut Tree, actor: Actor<'_>, step: &Step) -> u16 {
    let uri = |text: &str| TargetUri::parse(text).unwrap();
    let outcome = match step {
        Step::AddLeaf(at, value) => tree.add(actor, &uri(at), NewNode::leaf(Format::Chr, value.as_str())),
        Step::AddInterior(at) => tree.add(actor, &uri(at), NewNode::interior()),
        Step::Replace(at, value) => tree.replace(actor, &uri(at), NewValue::new(value.as_str())),
        Step::Delete(at) => tree.delete(actor, &uri(at)),
        Step::Rename(at, name) => tree.replace(actor, &uri(&format!("{at}?prop=Name")), NewValue::new(name.as_str())),
        Step::Copy(from, to) => tree.copy(actor, &uri(from), &uri(to)),
        Step::Begin => {
            tree.begin();
            Ok(())
        }
        Step::Commit => {
            tree.commit();
            Ok(())
        }
        Step::Rollback => {
            tree.rollback();
            Ok(())
        }
    };
    outcome.map_or_else(|refusal| refusal.status.as_u16(), |()| 200)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_tree_equals_a_flat_map_after_every_command(steps in prop::collection::vec(step(), 1..60)) {
        let server = ServerId::new("srvA");
        let mut tree = Tree::builder().managed_by("srvA").build().unwrap();
        let mut model = Model::default();
        let mut saved: Vec<(Model, Tree)> = Vec::new();
        for (second, step) in steps.iter().enumerate() {
            tree.set_clock(UtcTime::from_unix_secs(u64::try_from(second).unwrap()));
            let expected = match step {
                Step::AddLeaf(uri, value) => model.add(uri, Some(value.clone())),
                Step::AddInterior(uri) => model.add(uri, None),
                Step::Replace(uri, value) => model.replace(uri, value.clone()),
                Step::Delete(uri) => model.delete(uri),
                Step::Rename(uri, name) => model.rename(uri, name),
                Step::Copy(from, to) => model.copy(from, to),
                Step::Begin => { saved.push((model.clone(), tree.clone())); 200 }
                Step::Commit => { saved.pop(); 200 }
                Step::Rollback => { if let Some((old, _)) = saved.last() { model = old.clone(); } 200 }
            };
            prop_assert_eq!(run(&mut tree, Actor::Server(&server), step), expected, "{:?}", step);
            prop_assert_eq!(&listing(&tree), &model.nodes, "{:?}", step);
            prop_assert_eq!(tree.node_count(), model.nodes.len() + 1);
            if matches!(step, Step::Rollback)
                && let Some((_, old)) = saved.pop()
            {
                prop_assert!(tree == old, "a roll-back gives every property back");
            }
        }
    }

    #[test]
    fn a_creators_tree_is_its_own_and_rolls_back_exactly(steps in prop::collection::vec(step(), 1..40)) {
        let server = ServerId::new("stranger");
        let mut tree = Tree::builder().creator_acl(CreatorAcl::Literal).leaf("./c", "kept").build().unwrap();
        let before = tree.clone();
        tree.begin();
        for step in steps.iter().filter(|step| !matches!(step, Step::Begin | Step::Commit | Step::Rollback)) {
            run(&mut tree, Actor::Server(&server), step);
        }
        prop_assert_eq!(tree.text("./c"), Some("kept"));
        tree.rollback();
        prop_assert!(tree == before);
        let answer = tree.get(Actor::Device, &TargetUri::parse(".").unwrap()).unwrap();
        prop_assert_eq!(answer, Answer::Interior { names: "c".into() });
    }
}
