//! Random commands, run on the model and on the tree.

use omadm_proto::ids::ServerId;
use omadm_proto::message::Format;
use omadm_tree::{Actor, Answer, NewNode, NewValue, Refusal, TargetUri, Tree};

use crate::reference::{MANAGER, Model, Node, Who};

const NAMES: [&str; 4] = ["a", "b", "c", "dd"];
const FORMATS: [Format; 4] = [Format::Chr, Format::Int, Format::Bool, Format::Xml];
const VALUES: [&str; 8] = [
    "",
    "1",
    "-20",
    "true",
    "false",
    "text",
    "a longer text of words",
    "a text beyond the limit of a value, which is sixty-four bytes here, so this one has more",
];
const TYPES: [&str; 3] = ["text/plain", "text/x", "application/y"];
const ACLS: [&str; 6] = [
    "",
    "Add=*&Get=*",
    "Add=srvB&Delete=srvB&Get=*&Replace=srvA+srvB",
    "Delete=srvA&Exec=srvA&Replace=srvA",
    "Add=*&Delete=srvA&Exec=srvA&Get=*&Replace=srvA",
    "Get=srvB&Replace=srvB",
];

/// Numbers that look random; one seed gives the same ones again.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(end).unwrap()).unwrap()
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    fn uri(&mut self) -> String {
        let depth = self.of(&[0, 1, 1, 2, 2, 2, 3, 3, 3, 4]);
        (0..depth).fold(".".to_string(), |uri, _| format!("{uri}/{}", self.of(&NAMES)))
    }
}

/// A command of [dm 4].
#[derive(Debug, Clone)]
pub(crate) enum Verb {
    AddLeaf(Format, &'static str, Option<&'static str>),
    AddInterior(Option<&'static str>),
    Replace(&'static str, Option<Format>, Option<&'static str>),
    Title(&'static str),
    Acl(&'static str),
    Rename(&'static str),
    Delete,
    Copy(String),
    Get,
    Exec,
}

/// A command with who commands it and what it addresses.
#[derive(Debug, Clone)]
pub(crate) struct Command {
    pub(crate) who: Who,
    pub(crate) uri: String,
    pub(crate) verb: Verb,
}

impl Command {
    pub(crate) fn random(dice: &mut Dice) -> Self {
        let kind = |dice: &mut Dice| (dice.below(3) == 0).then(|| dice.of(&TYPES));
        let verb = match dice.below(16) {
            0..=3 => Verb::AddLeaf(dice.of(&FORMATS), dice.of(&VALUES), kind(dice)),
            4 | 5 => Verb::AddInterior((dice.below(4) == 0).then_some("urn:x:mo:1.0")),
            6..=8 => {
                let format = (dice.below(3) == 0).then(|| dice.of(&FORMATS));
                Verb::Replace(dice.of(&VALUES), format, kind(dice))
            }
            9 => Verb::Title(dice.of(&["", "t", "title"])),
            10 => Verb::Acl(dice.of(&ACLS)),
            11 => Verb::Rename(dice.of(&NAMES)),
            12 => Verb::Delete,
            13 => Verb::Copy(dice.uri()),
            14 => Verb::Get,
            _ => Verb::Exec,
        };
        Self { who: dice.of(&[None, Some(MANAGER), Some(MANAGER), Some("srvB")]), uri: dice.uri(), verb }
    }

    /// The status by the sheet, and what a Get answers.
    pub(crate) fn run_on_model(&self, model: &mut Model) -> (u16, String) {
        let (who, uri) = (self.who, self.uri.as_str());
        let typed = |node: Node, kind: Option<&str>| match kind {
            Some(kind) => Node { type_name: kind.to_string(), ..node },
            None => node,
        };
        let outcome = match &self.verb {
            Verb::AddLeaf(format, value, kind) => model.add(who, uri, &typed(Node::new(*format, value), *kind)),
            Verb::AddInterior(kind) => model.add(who, uri, &typed(Node::new(Format::Node, ""), *kind)),
            Verb::Replace(value, format, kind) => model.replace(who, uri, value, *format, *kind),
            Verb::Title(title) => model.set_title(who, uri, title),
            Verb::Acl(acl) => model.set_acl(who, uri, acl),
            Verb::Rename(name) => model.rename(who, uri, name),
            Verb::Delete => model.delete(who, uri),
            Verb::Copy(from) => model.copy(who, from, uri),
            Verb::Get => return model.get(who, uri).map_or_else(|code| (code, String::new()), |text| (200, text)),
            Verb::Exec => model.exec(who, uri),
        };
        (outcome.err().unwrap_or(200), String::new())
    }

    /// The status of the tree, and what a Get answers.
    pub(crate) fn run_on_tree(&self, tree: &mut Tree) -> (u16, String) {
        let server = self.who.map(ServerId::new);
        let actor = server.as_ref().map_or(Actor::Device, Actor::Server);
        let parse = |text: &str| TargetUri::parse(text).unwrap();
        let target = parse(&self.uri);
        let property = |name: &str| parse(&format!("{}?prop={name}", self.uri));
        let code = |outcome: Result<(), Refusal>| outcome.err().map_or(200, |refusal| refusal.status.as_u16());
        let outcome = match &self.verb {
            Verb::AddLeaf(format, value, kind) => {
                tree.add(actor, &target, of_type(NewNode::leaf(*format, *value), *kind))
            }
            Verb::AddInterior(kind) => tree.add(actor, &target, of_type(NewNode::interior(), *kind)),
            Verb::Replace(value, format, kind) => {
                let mut new = NewValue::new(*value);
                (new.format, new.type_name) = (*format, kind.map(str::to_string));
                tree.replace(actor, &target, new)
            }
            Verb::Title(title) => tree.replace(actor, &property("Title"), NewValue::new(*title)),
            Verb::Acl(acl) => tree.replace(actor, &property("ACL"), NewValue::new(*acl)),
            Verb::Rename(name) => tree.replace(actor, &property("Name"), NewValue::new(*name)),
            Verb::Delete => tree.delete(actor, &target),
            Verb::Copy(from) => tree.copy(actor, &parse(from), &target),
            Verb::Get => match tree.get(actor, &target) {
                Ok(Answer::Leaf { value, .. }) => return (200, String::from_utf8(value.to_vec()).unwrap()),
                Ok(Answer::Interior { names }) => return (200, names),
                Ok(other) => panic!("{other:?}"),
                Err(refusal) => Err(refusal),
            },
            Verb::Exec => tree.exec(actor, &target).map(drop),
        };
        (code(outcome), String::new())
    }
}

fn of_type(new: NewNode, kind: Option<&str>) -> NewNode {
    match kind {
        Some(kind) => new.of_type(kind),
        None => new,
    }
}
