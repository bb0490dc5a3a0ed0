//! Random commands of several servers, judged by a naive model of [dm 9.5, 9.6] on plain text, ACLs compared after each.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![allow(clippy::std_instead_of_alloc, reason = "tests have std")]

use std::collections::BTreeMap;

use omadm_proto::ids::ServerId;
use omadm_proto::message::Format;
use omadm_tree::{Acl, Actor, NewNode, NewValue, Right, TargetUri, Tree};
use proptest::prelude::*;

const SERVERS: [&str; 3] = ["srvA", "srvB", "srvC"];
const START: &str = "Add=*&Get=*&Replace=srvA&Delete=srvA";

/// A node: whether it is a leaf, and the text of its ACL.
type Model = BTreeMap<String, (bool, String)>;

fn granted(text: &str, right: &str, server: &str) -> bool {
    text.split('&').any(|entry| {
        let (command, servers) = entry.split_once('=').unwrap_or((entry, ""));
        command == right && servers.split('+').any(|id| id == "*" || id == server)
    })
}

fn parent(uri: &str) -> Option<&str> {
    uri.rsplit_once('/').map(|(above, _)| above)
}

fn may(model: &Model, server: &str, right: &str, uri: &str) -> bool {
    let mut at = uri;
    while model[at].1.is_empty() {
        at = parent(at).unwrap();
    }
    granted(&model[at].1, right, server)
}

fn without(text: &str, server: &str) -> String {
    let entries = text.split('&').filter_map(|entry| {
        let (command, servers) = entry.split_once('=')?;
        let left: Vec<&str> = servers.split('+').filter(|id| *id != server).collect();
        (!left.is_empty()).then(|| format!("{command}={}", left.join("+")))
    });
    entries.collect::<Vec<_>>().join("&")
}

#[derive(Debug, Clone)]
enum Step {
    SetAcl(String, String),
    Add(String, bool),
    Replace(String),
    Delete(String),
    Get(String),
    Exec(String),
    Remove,
}

impl Step {
    /// What the model says to `server` doing this, the model changed accordingly.
    fn foresee(&self, model: &mut Model, server: &str) -> u16 {
        match self {
            Self::SetAcl(uri, text) => {
                let Some((leaf, _)) = model.get(uri) else { return 404 };
                let own = !leaf && may(model, server, "Replace", uri);
                if !own && !parent(uri).is_some_and(|above| may(model, server, "Replace", above)) {
                    return 425;
                }
                if uri == "." && !granted(text, "Add", "*") {
                    return 405;
                }
                model.get_mut(uri).unwrap().1.clone_from(text);
            }
            Self::Add(uri, leaf) => {
                let above = parent(uri).unwrap_or(".");
                match (model.contains_key(uri), model.get(above)) {
                    (true, _) => return 418,
                    (false, Some((true, _))) => return 405,
                    (false, None) => return self.foresee_implicit(model, server),
                    (false, Some(_)) if !may(model, server, "Add", above) => return 425,
                    (false, Some(_)) => {}
                }
                let mine = !leaf && !may(model, server, "Replace", above);
                let acl = format!("Add={server}&Delete={server}&Get={server}&Replace={server}");
                model.insert(uri.clone(), (*leaf, if mine { acl } else { String::new() }));
            }
            Self::Replace(uri) => match model.get(uri) {
                None => return 404,
                Some((false, _)) => return 405,
                Some(_) if !may(model, server, "Replace", uri) => return 425,
                Some(_) => {}
            },
            Self::Delete(uri) => match model.get(uri) {
                None => return 404,
                Some(_) if uri == "." => return 405,
                Some(_) if !may(model, server, "Delete", uri) => return 425,
                Some(_) => model.retain(|node, _| node != uri && !node.starts_with(&format!("{uri}/"))),
            },
            Self::Get(uri) | Self::Exec(uri) => {
                let right = if matches!(self, Self::Get(_)) { "Get" } else { "Exec" };
                match model.get(uri) {
                    None => return 404,
                    Some(_) if !may(model, server, right, uri) => return 425,
                    Some(_) if right == "Exec" => return 405,
                    Some(_) => {}
                }
            }
            Self::Remove => {
                for (uri, (_, acl)) in model.iter_mut() {
                    let left = without(acl, server);
                    let lost = |right| granted(acl, right, server) && !left.contains(&format!("{right}="));
                    let (add, get) = (lost("Add"), lost("Get"));
                    *acl = left;
                    if uri == "." {
                        if add {
                            *acl = format!("{acl}&Add=*");
                        }
                        if acl.is_empty() && !add && !get {
                            *acl = "Add=*&Get=*".to_string();
                        }
                        if get {
                            *acl = format!("{acl}&Get=*");
                        }
                    }
                }
            }
        }
        200
    }

    /// An Add whose parent is missing too: the parent is added first, and stays away when the Add fails.
    fn foresee_implicit(&self, model: &mut Model, server: &str) -> u16 {
        let Self::Add(uri, _) = self else { panic!("an Add") };
        let before = model.clone();
        let code = match Self::Add(parent(uri).unwrap().to_string(), false).foresee(model, server) {
            200 => self.foresee(model, server),
            code => code,
        };
        if code != 200 {
            *model = before;
        }
        code
    }

    fn run(&self, tree: &mut Tree, server: &str) -> u16 {
        let id = ServerId::new(server);
        let actor = Actor::Server(&id);
        let uri = |text: &str| TargetUri::parse(text).unwrap();
        let outcome = match self {
            Self::SetAcl(at, text) => {
                tree.replace(actor, &uri(&format!("{at}?prop=ACL")), NewValue::new(text.as_str()))
            }
            Self::Add(at, true) => tree.add(actor, &uri(at), NewNode::leaf(Format::Chr, "v")),
            Self::Add(at, false) => tree.add(actor, &uri(at), NewNode::interior()),
            Self::Replace(at) => tree.replace(actor, &uri(at), NewValue::new("w")),
            Self::Delete(at) => tree.delete(actor, &uri(at)),
            Self::Get(at) => tree.get(actor, &uri(at)).map(drop),
            Self::Exec(at) => tree.exec(actor, &uri(at)).map(drop),
            Self::Remove => {
                tree.remove_server(&id);
                Ok(())
            }
        };
        outcome.map_or_else(|refusal| refusal.status.as_u16(), |()| 200)
    }
}

fn acl_text() -> impl Strategy<Value = String> {
    let entry = (
        prop::sample::select(vec!["Add", "Delete", "Exec", "Get", "Replace"]),
        prop::sample::subsequence(vec!["srvA", "srvB", "srvC", "*"], 1..3),
    );
    let entry = entry.prop_map(|(right, servers)| format!("{right}={}", servers.join("+")));
    prop::collection::vec(entry, 0..5).prop_map(|entries| entries.join("&"))
}

fn step() -> impl Strategy<Value = Step> {
    let name = prop::sample::select(vec!["/a", "/b"]);
    let uri = prop::collection::vec(name, 0..4).prop_map(|names| format!(".{}", names.concat()));
    let node = uri.prop_filter("the root is there", |uri| uri != ".");
    prop_oneof![
        5 => (node.clone(), acl_text()).prop_map(|(uri, text)| Step::SetAcl(uri, text)),
        1 => acl_text().prop_map(|text| Step::SetAcl(".".into(), format!("Add=*&{text}").trim_end_matches('&').into())),
        1 => acl_text().prop_map(|text| Step::SetAcl(".".into(), text)),
        6 => (node.clone(), any::<bool>()).prop_map(|(uri, leaf)| Step::Add(uri, leaf)),
        3 => node.clone().prop_map(Step::Replace),
        2 => node.clone().prop_map(Step::Delete),
        2 => node.clone().prop_map(Step::Get),
        2 => node.prop_map(Step::Exec),
        1 => Just(Step::Remove),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn rights_are_inherited_granted_set_and_taken_as_in_the_naive_model(
        steps in prop::collection::vec((step(), prop::sample::select(&SERVERS[..])), 1..60),
    ) {
        let mut tree = Tree::builder().root_acl(Acl::parse(START).unwrap()).build().unwrap();
        let mut model = Model::from([(".".to_string(), (false, START.to_string()))]);
        for (step, server) in &steps {
            prop_assert_eq!(step.run(&mut tree, server), step.foresee(&mut model, server), "{} {:?}", server, step);
            prop_assert_eq!(tree.node_count(), model.len());
            for (uri, (leaf, text)) in &model {
                let node = tree.find(uri).unwrap();
                prop_assert_eq!(node.is_interior(), !leaf);
                prop_assert_eq!(node.acl().is_empty(), text.is_empty(), "{} after {:?}: {}", uri, step, text);
                for right in Right::ALL {
                    for server in SERVERS {
                        let allows = node.acl().allows(right, &ServerId::new(server));
                        prop_assert_eq!(allows, granted(text, right.as_str(), server), "{} after {:?}", uri, step);
                    }
                }
            }
        }
    }
}
