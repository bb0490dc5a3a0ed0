//! Trees that are built from descriptions, and commands that are judged by them.

use omadm_proto::exchange::Syntax;
use omadm_proto::ids::ServerId;
use omadm_proto::message::Format;
use omadm_tree::ddf::microsoft::{AllowedValues, EnumValue, Extras, Ranges, ValueRule};
use omadm_tree::ddf::{Ddf, DescribeError, Description, DfProperties, LENIENT, Node, NodeType, Occurrence};
use omadm_tree::{AccessType, Actor, BuildError, LocalError, NewNode, NewValue, Scope, TargetUri, Tree, TreeLimits};

use crate::shared::documents;

const ALL: AccessType = AccessType::DEFAULT;

fn interior(access: AccessType) -> DfProperties {
    DfProperties::new(Format::Node, access)
}

fn leaf(format: Format, access: AccessType) -> DfProperties {
    DfProperties::new(format, access)
}

fn permanent(df: DfProperties) -> DfProperties {
    df.scope(Scope::Permanent).occurring(Occurrence::One)
}

fn allowing(df: DfProperties, rule: ValueRule) -> DfProperties {
    let mut extras = Extras::default();
    extras.allowed_values = Some(AllowedValues::new(rule));
    df.microsoft(extras)
}

/// `./Vendor/App`, permanent:
/// - `Mode` (chr `fast` or `slow`, default `slow`), permanent
/// - `Pace` (int 1 to 9, default 5), permanent
/// - `Note` (chr), optional
/// - `Kind` (chr, `a/b` or `c/d`), optional
/// - `Site/<x>`, at most two: `Url` (chr, must be there), `Key` (chr, must be added), `Port` (int, optional), `Log` (permanent)
///   with `Level` (int, default 3)
/// - `Peer/<x>`, at least one
/// - `Free`, an interior node that is described elsewhere
fn app() -> Ddf {
    let fast_or_slow = ValueRule::Enum(vec![EnumValue::new("fast"), EnumValue::new("slow")]);
    let one_to_nine = ValueRule::Range(Ranges::parse("[1-9]").unwrap());
    let mode = permanent(leaf(Format::Chr, AccessType::GET_REPLACE)).default_value("slow");
    let pace = permanent(leaf(Format::Int, AccessType::GET_REPLACE)).default_value("5");
    let kind = leaf(Format::Chr, ALL)
        .occurring(Occurrence::ZeroOrOne)
        .of_type(NodeType::Mime(vec!["a/b".into(), "c/d".into()]));
    let log = Node::new("Log")
        .with(permanent(interior(AccessType::GET | AccessType::DELETE)))
        .child(Node::new("Level").with(leaf(Format::Int, AccessType::GET_REPLACE).default_value("3")));
    let url_access = AccessType::GET_REPLACE | AccessType::DELETE;
    let site = Node::unnamed()
        .with(interior(ALL).occurring(Occurrence::ZeroOrN(Some(2))))
        .child(Node::new("Url").with(leaf(Format::Chr, url_access).occurring(Occurrence::One)))
        .child(Node::new("Key").with(leaf(Format::Chr, ALL).occurring(Occurrence::One)))
        .child(Node::new("Port").with(leaf(Format::Int, ALL).occurring(Occurrence::ZeroOrOne)))
        .child(log);
    let peer = Node::unnamed().with(interior(ALL).occurring(Occurrence::OneOrMore));
    let app = Node::new("App")
        .below("./Vendor")
        .with(permanent(interior(AccessType::GET)))
        .child(Node::new("Mode").with(allowing(mode, fast_or_slow)))
        .child(Node::new("Pace").with(allowing(pace, one_to_nine)))
        .child(Node::new("Note").with(leaf(Format::Chr, ALL).occurring(Occurrence::ZeroOrOne)))
        .child(Node::new("Kind").with(kind))
        .child(Node::new("Site").with(permanent(interior(AccessType::GET))).child(site))
        .child(Node::new("Peer").with(permanent(interior(AccessType::GET | AccessType::ADD))).child(peer))
        .child(Node::new("Free").with(permanent(interior(AccessType::GET | AccessType::ADD))));
    Ddf::new(vec![app])
}

/// The tree of [`app`], and the server that manages it.
struct World {
    tree: Tree,
    server: ServerId,
}

impl World {
    fn new() -> Self {
        Self::of(Tree::builder().ddf(&app()).managed_by("s").build().unwrap())
    }

    fn of(tree: Tree) -> Self {
        Self { tree, server: "s".into() }
    }

    fn add(&mut self, uri: &str, new: NewNode) -> u16 {
        code(self.tree.add(Actor::Server(&self.server), &target(uri), new))
    }

    fn add_text(&mut self, uri: &str, format: Format, value: &str) -> u16 {
        self.add(uri, NewNode::leaf(format, value))
    }

    fn replace(&mut self, uri: &str, new: NewValue) -> u16 {
        code(self.tree.replace(Actor::Server(&self.server), &target(uri), new))
    }

    fn delete(&mut self, uri: &str) -> u16 {
        code(self.tree.delete(Actor::Server(&self.server), &target(uri)))
    }

    fn copy(&mut self, from: &str, to: &str) -> u16 {
        code(self.tree.copy(Actor::Server(&self.server), &target(from), &target(to)))
    }
}

fn target(uri: &str) -> TargetUri {
    TargetUri::parse(uri).unwrap()
}

fn code(outcome: Result<(), omadm_tree::Refusal>) -> u16 {
    outcome.map_or_else(|refusal| refusal.status.as_u16(), |()| 200)
}

#[test]
fn what_has_to_be_there_is_built_with_its_defaults() {
    let World { tree, .. } = World::new();
    let mut sorted: Vec<String> = tree.root().subtree().skip(1).map(|node| node.uri().to_string()).collect();
    sorted.sort();
    assert_eq!(
        sorted,
        [
            "./Vendor",
            "./Vendor/App",
            "./Vendor/App/Free",
            "./Vendor/App/Mode",
            "./Vendor/App/Pace",
            "./Vendor/App/Peer",
            "./Vendor/App/Site",
        ]
    );
    assert_eq!((tree.text("./Vendor/App/Mode"), tree.text("./Vendor/App/Pace")), (Some("slow"), Some("5")));
    let pace = tree.find("./Vendor/App/Pace").unwrap();
    assert_eq!((pace.format(), pace.scope(), pace.access()), (Format::Int, Scope::Permanent, AccessType::GET_REPLACE));
}

#[test]
fn an_instance_comes_with_what_has_to_be_there() {
    let mut world = World::new();
    assert_eq!(world.add("./Vendor/App/Site/home", NewNode::interior()), 200);
    assert_eq!(world.tree.text("./Vendor/App/Site/home/Url"), Some(""));
    assert_eq!(world.tree.text("./Vendor/App/Site/home/Log/Level"), Some("3"));
    for optional in ["Port", "Key"] {
        assert!(world.tree.find(&format!("./Vendor/App/Site/home/{optional}")).is_none());
    }
    assert_eq!(world.add_text("./Vendor/App/Site/home/Key", Format::Chr, "k"), 200);
    assert_eq!(world.add_text("./Vendor/App/Site/home/Port", Format::Int, "80"), 200);
    assert_eq!(world.delete("./Vendor/App/Site/home/Log"), 405, "it is permanent in its instance");
    assert_eq!(world.delete("./Vendor/App/Site/home"), 200);
    assert_eq!(world.tree.node_count(), World::new().tree.node_count());
}

#[test]
fn an_instance_may_be_made_on_the_way_to_its_leaf() {
    let mut world = World::new();
    assert_eq!(world.add_text("./Vendor/App/Site/home/Url", Format::Chr, "http://x"), 200);
    assert_eq!(world.tree.text("./Vendor/App/Site/home/Url"), Some("http://x"));
    assert_eq!(world.tree.text("./Vendor/App/Site/home/Log/Level"), Some("3"));
}

#[test]
fn only_described_nodes_can_be_added() {
    let mut world = World::new();
    assert_eq!(world.add_text("./Vendor/App/Other", Format::Chr, "x"), 405);
    assert_eq!(world.add_text("./Vendor/App/Note", Format::Chr, "x"), 200);
    assert_eq!(world.add_text("./Vendor/App/Note", Format::Chr, "x"), 418);
    assert_eq!(world.add_text("./Vendor/App/Site/home/Colour", Format::Chr, "x"), 405);
    assert_eq!(world.add_text("./Vendor/App/Free/Whatever", Format::Chr, "x"), 200, "described elsewhere");
    assert_eq!(world.add_text("./Elsewhere", Format::Chr, "x"), 200, "not everything has a description");
}

#[test]
fn a_refused_parent_is_named() {
    let mut world = World::new();
    let refused =
        world.tree.add(Actor::Server(&world.server), &target("./Vendor/App/Bad/Leaf"), NewNode::leaf(Format::Chr, "x"));
    let refusal = refused.unwrap_err();
    assert_eq!((refusal.status.as_u16(), refusal.at.unwrap().to_string()), (405, "./Vendor/App/Bad".to_string()));
}

#[test]
fn occurrence_limits_instances() {
    let mut world = World::new();
    assert_eq!(world.add("./Vendor/App/Site/a", NewNode::interior()), 200);
    assert_eq!(world.add("./Vendor/App/Site/b", NewNode::interior()), 200);
    assert_eq!(world.add("./Vendor/App/Site/c", NewNode::interior()), 405);
    assert_eq!(world.delete("./Vendor/App/Site/a"), 200);
    assert_eq!(world.add("./Vendor/App/Site/c", NewNode::interior()), 200);
    assert_eq!(world.add("./Vendor/App/Peer/a", NewNode::interior()), 200);
    assert_eq!(world.delete("./Vendor/App/Peer/a"), 405, "the last one stays");
    assert_eq!(world.add("./Vendor/App/Peer/b", NewNode::interior()), 200);
    assert_eq!(world.delete("./Vendor/App/Peer/a"), 200);
    assert_eq!(world.delete("./Vendor/App/Site/c/Url"), 405, "exactly one");
}

#[test]
fn scope_and_access_type_are_kept_to() {
    let mut world = World::new();
    assert_eq!(world.delete("./Vendor/App/Mode"), 405);
    assert_eq!(world.delete("./Vendor/App"), 405);
    assert_eq!(world.replace("./Vendor/App/Mode?prop=Name", NewValue::new("Fashion")), 405);
    assert_eq!(world.add("./Vendor/App/Site/a", NewNode::interior()), 200);
    assert_eq!(world.replace("./Vendor/App/Site/a?prop=Name", NewValue::new("b")), 200, "a name that is chosen");
    assert_eq!(world.add_text("./Vendor/App/Note", Format::Chr, "x"), 200);
    assert_eq!(world.replace("./Vendor/App/Note?prop=Name", NewValue::new("Kind")), 405, "it would be another node");
    let exec = code(world.tree.exec(Actor::Server(&world.server), &target("./Vendor/App/Note")).map(|_| ()));
    assert_eq!(exec, 405);
}

#[test]
fn formats_and_types_are_kept_to() {
    let mut world = World::new();
    assert_eq!(world.add_text("./Vendor/App/Note", Format::Int, "1"), 415);
    assert_eq!(world.add("./Vendor/App/Note", NewNode::interior()), 415);
    assert_eq!(world.add_text("./Vendor/App/Site/a", Format::Chr, "x"), 415);
    assert_eq!(world.add("./Vendor/App/Site/a", NewNode::interior()), 200);
    assert_eq!(world.add_text("./Vendor/App/Site/a/Port", Format::Chr, "80"), 200, "chr is what nothing means");
    assert_eq!(world.tree.find("./Vendor/App/Site/a/Port").unwrap().format(), Format::Int);
    assert_eq!(world.replace("./Vendor/App/Site/a/Port", NewValue::new("x")), 415);
    assert_eq!(world.add("./Vendor/App/Kind", NewNode::leaf(Format::Chr, "x").of_type("text/plain")), 415);
    assert_eq!(world.add("./Vendor/App/Kind", NewNode::leaf(Format::Chr, "x").of_type("C/D")), 200);
    assert_eq!(world.replace("./Vendor/App/Kind", NewValue::new("y").of_type("e/f")), 415);
    assert_eq!(world.replace("./Vendor/App/Kind", NewValue::new("y").of_type("a/b")), 200);
    assert_eq!(world.tree.find("./Vendor/App/Kind").unwrap().type_name(), "a/b");
}

#[test]
fn a_leaf_that_is_added_without_type_gets_the_first() {
    let mut world = World::new();
    assert_eq!(world.add_text("./Vendor/App/Kind", Format::Chr, "x"), 200);
    assert_eq!(world.tree.find("./Vendor/App/Kind").unwrap().type_name(), "a/b");
}

#[test]
fn only_allowed_values_are_taken() {
    let mut world = World::new();
    assert_eq!(world.replace("./Vendor/App/Mode", NewValue::new("fast")), 200);
    assert_eq!(world.replace("./Vendor/App/Mode", NewValue::new("brisk")), 415);
    assert_eq!(world.replace("./Vendor/App/Pace", NewValue::new("9")), 200);
    assert_eq!(world.replace("./Vendor/App/Pace", NewValue::new("10")), 415);
    assert_eq!(world.tree.text("./Vendor/App/Pace"), Some("9"));
    assert_eq!(world.add_text("./Vendor/App/Note", Format::Chr, "brisk"), 200);
    assert_eq!(world.copy("./Vendor/App/Note", "./Vendor/App/Mode"), 403);
    assert_eq!(world.replace("./Vendor/App/Note", NewValue::new("slow")), 200);
    assert_eq!(world.copy("./Vendor/App/Note", "./Vendor/App/Mode"), 200);
}

#[test]
fn the_device_is_not_judged() {
    let mut world = World::new();
    world.tree.set("./Vendor/App/Pace", 77).unwrap();
    let other = world.tree.add(Actor::Device, &target("./Vendor/App/Other"), NewNode::leaf(Format::Chr, "x"));
    assert_eq!(code(other), 200);
}

#[test]
fn several_descriptions_make_one_tree() {
    let more = Ddf::new(vec![
        Node::new("Extra").below("./Vendor/App/Free/").with(permanent(leaf(Format::Bool, AccessType::GET))),
        Node::new("Retries")
            .below("./Vendor/App/Site/*")
            .with(leaf(Format::Int, AccessType::GET).occurring(Occurrence::One).default_value("2")),
    ]);
    let tree = Tree::builder().ddf(&app()).ddf(&more).managed_by("s").build().unwrap();
    assert_eq!(tree.text("./Vendor/App/Free/Extra"), Some("false"));
    let mut world = World::of(tree);
    assert_eq!(world.add("./Vendor/App/Site/a", NewNode::interior()), 200);
    assert_eq!(world.tree.text("./Vendor/App/Site/a/Retries"), Some("2"));
}

#[test]
fn a_value_that_is_there_already_is_kept_under_the_rules_of_the_description() {
    let tree = Tree::builder().ddf(&app()).leaf("./Vendor/App/Pace", 7).build().unwrap();
    assert_eq!(tree.text("./Vendor/App/Pace"), Some("7"));
    let parent = tree.find("./Vendor/App").unwrap();
    assert_eq!((parent.access(), parent.scope()), (AccessType::GET | AccessType::ADD, Scope::Permanent));
}

#[test]
fn regular_expressions_are_evaluated_by_the_integrator() {
    let digits = |expression: &str, value: &str| {
        assert_eq!(expression, "^\\d*$");
        value.bytes().all(|byte| byte.is_ascii_digit())
    };
    let pin = allowing(permanent(leaf(Format::Chr, AccessType::GET_REPLACE)), ValueRule::RegEx(Some("^\\d*$".into())));
    let ddf = Ddf::new(vec![Node::new("Pin").with(pin)]);
    let mut asked = World::of(Tree::builder().matching(digits).ddf(&ddf).managed_by("s").build().unwrap());
    assert_eq!((asked.replace("./Pin", NewValue::new("12")), asked.replace("./Pin", NewValue::new("x"))), (200, 415));
    let mut unasked = World::of(Tree::builder().ddf(&ddf).managed_by("s").build().unwrap());
    assert_eq!(unasked.replace("./Pin", NewValue::new("x")), 200);
}

#[test]
fn a_tree_is_described_again_after_it_was_restored() {
    let mut description = Description::new();
    description.add(&app()).unwrap();
    let mut tree = Tree::builder().leaf("./Vendor/App/Pace", 7).managed_by("s").build().unwrap();
    tree.describe(description);
    let mut world = World::of(tree);
    assert_eq!(world.replace("./Vendor/App/Pace", NewValue::new("10")), 415);
}

#[test]
fn a_name_that_no_node_can_have_is_told_when_the_tree_is_built() {
    let ddf = Ddf::new(vec![Node::new("..").with(permanent(interior(AccessType::GET)))]);
    let BuildError { uri, reason, .. } = Tree::builder().ddf(&ddf).build().unwrap_err();
    assert!(uri == ".." && matches!(reason, LocalError::Name(_)));
}

#[test]
fn all_real_descriptions_of_windows_make_one_tree() {
    let mut builder = Tree::builder().managed_by("s");
    let mut files = 0;
    for (_, document) in documents().iter().filter(|(name, _)| name.starts_with("ms-csp/")) {
        builder = builder.ddf(&Ddf::parse(Syntax::Xml, document, &LENIENT).unwrap().ddf);
        files += 1;
    }
    if files == 0 {
        return;
    }
    let mut world = World::of(builder.build().unwrap());
    let update = "./Device/Vendor/MSFT/Policy/Config/Update";
    assert_eq!(world.add_text(&format!("{update}/ActiveHoursEnd"), Format::Int, "24"), 415);
    assert_eq!(world.add_text(&format!("{update}/ActiveHoursEnd"), Format::Bool, "true"), 415);
    assert_eq!(world.add_text(&format!("{update}/ActiveHoursEnd"), Format::Int, "17"), 200);
    assert_eq!(world.replace(&format!("{update}/ActiveHoursEnd"), NewValue::new("23")), 200);
    assert_eq!(world.replace(&format!("{update}/ActiveHoursEnd"), NewValue::new("24")), 415);
    assert_eq!(world.add_text(&format!("{update}/NoSuchPolicy"), Format::Int, "1"), 405);
    assert_eq!(world.delete(update), 405, "permanent as long as Config is there");
    let account = "./User/Vendor/MSFT/ActiveSync/Accounts/%7B1%7D";
    assert_eq!(world.add(account, NewNode::interior()), 200);
    assert_eq!(world.add_text(&format!("{account}/EmailAddress"), Format::Chr, "a@example.org"), 200);
    assert_eq!(world.delete(&format!("{account}/EmailAddress")), 405, "exactly one");
    assert_eq!(world.delete(account), 200);
}

#[test]
fn every_real_description_can_be_used_for_a_tree() {
    for (name, document) in documents() {
        let ddf = Ddf::parse(Syntax::Xml, &document, &LENIENT).unwrap().ddf;
        let built = Tree::builder().ddf(&ddf).build();
        assert!(built.is_ok(), "{name}: {built:?}");
    }
}

#[test]
fn an_instance_without_room_for_all_of_it_is_refused_as_a_whole() {
    let mut limits = TreeLimits::DEFAULT;
    limits.nodes = 11;
    let mut world = World::of(Tree::builder().limits(limits).ddf(&app()).managed_by("s").build().unwrap());
    let before = world.tree.clone();
    assert_eq!(world.add("./Vendor/App/Site/home", NewNode::interior()), 420, "three nodes come with it");
    assert_eq!(world.tree, before);
}

#[test]
fn a_default_that_the_tree_has_no_room_for_is_left_out() {
    let mut limits = TreeLimits::DEFAULT;
    limits.value_bytes = 3;
    let long = Node::new("Long").with(permanent(leaf(Format::Chr, AccessType::GET)).default_value("long"));
    let tree = Tree::builder().limits(limits).ddf(&Ddf::new(vec![long])).build().unwrap();
    assert_eq!(tree.text("./Long"), Some(""));
}

#[test]
fn a_path_of_more_names_than_a_uri_may_have_is_told() {
    let ddf = Ddf::new(vec![Node::new("A").below("a/".repeat(100_000))]);
    assert_eq!(Description::new().add(&ddf), Err(DescribeError::Path));
    assert!(matches!(Tree::builder().ddf(&ddf).build().unwrap_err().reason, LocalError::Uri(_)));
}

#[test]
fn values_are_not_told_for_debugging() {
    let mut node = Node::new("Secret");
    node.value = Some("hunter2".into());
    assert!(!format!("{node:?}").contains("hunter2"));
}
