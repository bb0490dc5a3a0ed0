//! Access control lists against ten naive lines on their text.

use omadm_proto::ids::ServerId;
use omadm_tree::{AccessType, Acl, Actor, NodeSpec, Right, TargetUri, Tree};

const SERVERS: [&str; 4] = ["a", "srvB", "com.mgmtsrv.manage", "stranger"];

/// Whether the list `text` grants `right` to `server`.
fn naively_granted(text: &str, right: &str, server: &str) -> bool {
    text.split('&').any(|entry| {
        let (command, servers) = entry.split_once('=').unwrap_or((entry, ""));
        command == right && servers.split('+').any(|id| id == "*" || id == server)
    })
}

/// Takes the lines of `bytes` for the lists of a root and of nodes, each below the one before. What is read is read again
/// from what is written; grants, inheritance and the removal of a server are those of the naive model.
///
/// # Panics
/// When they are not.
pub fn acl(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut texts = vec!["Add=*&Get=*"];
    let mut acls = vec![Acl::root_default()];
    for line in text.lines().take(12) {
        let Ok(acl) = Acl::parse(line) else { continue };
        let written = acl.to_string();
        assert!(Acl::parse(&written).as_ref() == Ok(&acl), "{line:?} is another once written: {written:?}");
        assert!(acl.is_empty() == line.is_empty());
        for server in SERVERS {
            granted(line, &acl, server);
        }
        // A root needs a list.
        if acls.len() == 1 && !acl.is_empty() && texts.len() == 1 {
            (texts, acls) = (vec![line], vec![acl.clone()]);
        }
        texts.push(line);
        acls.push(acl);
    }
    inherited(&texts, &acls);
}

fn granted(line: &str, acl: &Acl, server: &str) {
    let id = ServerId::new(server);
    let left = acl.clone().without(&id);
    for right in Right::ALL {
        let allowed = acl.allows(right, &id);
        assert!(allowed == naively_granted(line, right.as_str(), server), "{line:?} {right:?} {server}");
        assert!(!allowed || acl.mentions(right));
        assert!(left.allows(right, &id) == acl.allows_everyone(right), "{line:?} without {server}");
        assert!(
            acl.clone().grant(right, &id).allows(right, &id)
                && acl.clone().grant_everyone(right).allows_everyone(right)
        );
        for other in SERVERS.into_iter().filter(|other| *other != server) {
            let other = ServerId::new(other);
            assert!(left.allows(right, &other) == acl.allows(right, &other), "{line:?} without {server}");
        }
    }
}

/// A tree of one way down with these lists asks the nearest that is not empty.
fn inherited(texts: &[&str], acls: &[Acl]) {
    let Some((root, below)) = acls.split_first() else { return };
    let Ok(mut tree) = Tree::builder().root_acl(root.clone()).build() else { return };
    let mut uri = String::from(".");
    for (level, acl) in below.iter().enumerate() {
        uri += "/n";
        if tree.put(&uri, NodeSpec::interior().access(AccessType::ALL).acl(acl.clone())).is_err() {
            return;
        }
        let Ok(target) = TargetUri::parse(&uri) else { return };
        let nearest = texts.iter().take(level + 2).rev().find(|text| !text.is_empty()).copied().unwrap_or_default();
        for server in SERVERS {
            let id = ServerId::new(server);
            let gets = tree.get(Actor::Server(&id), &target).is_ok();
            let execs = tree.exec(Actor::Server(&id), &target).is_ok();
            assert!(gets == naively_granted(nearest, "Get", server), "{texts:?} Get {server} at {uri}");
            assert!(execs == naively_granted(nearest, "Exec", server), "{texts:?} Exec {server} at {uri}");
        }
    }
    let gone = ServerId::from(SERVERS[0]);
    tree.remove_server(&gone);
    for (node, acl) in tree.root().subtree().zip(acls) {
        if node.parent().is_some() {
            assert!(*node.acl() == acl.clone().without(&gone));
        } else {
            let left = acl.clone().without(&gone);
            let factory = if left.is_empty() && !acl.mentions(Right::Add) && !acl.mentions(Right::Get) {
                Acl::root_default()
            } else {
                [Right::Add, Right::Get]
                    .into_iter()
                    .filter(|right| acl.mentions(*right) && !left.mentions(*right))
                    .fold(left.clone(), Acl::grant_everyone)
            };
            assert!(*node.acl() == factory, "{texts:?}");
        }
    }
}
