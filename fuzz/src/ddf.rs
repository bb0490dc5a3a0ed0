//! Device descriptions in both syntaxes, and trees that keep to them.

use omadm_proto::error::EncodeError;
use omadm_proto::exchange::Syntax;
use omadm_proto::ids::ServerId;
use omadm_proto::message::Format;
use omadm_tree::ddf::{Ddf, DdfError, LENIENT, ReadDdf, STRICT};
use omadm_tree::{Actor, NewNode, NewValue, TargetUri, Tree};

/// The most bytes of a document that a tree is made of: each node is commanded.
const TREE_BYTES: usize = 4096;

/// Reads `bytes` as a description. Errors and deviations lie inside it; strict takes what lenient takes without deviations,
/// and reads the same. What was read is the same after it was written in either syntax. A tree of it takes commands.
///
/// # Panics
/// When it is not so.
pub fn ddf(bytes: &[u8]) {
    let syntax = Syntax::sniff(bytes);
    let strict = Ddf::parse(syntax, bytes, &STRICT);
    let lenient = match Ddf::parse(syntax, bytes, &LENIENT) {
        Ok(lenient) => lenient,
        Err(error) => {
            lies_inside(&error, bytes);
            assert!(strict.is_err(), "strict takes what lenient refuses");
            return;
        }
    };
    compare(bytes, &lenient, strict);
    survives(&lenient.ddf, Syntax::Xml);
    let standard = lenient.ddf.without_microsoft();
    survives(&standard, Syntax::Wbxml);
    if bytes.len() <= TREE_BYTES {
        command(&standard);
    }
}

fn lies_inside(error: &DdfError, bytes: &[u8]) {
    assert!(error.offset <= bytes.len(), "an error behind the end");
    assert!(error.position.is_none_or(|at| at.line >= 1 && at.column >= 1), "lines and columns count from 1");
}

fn compare(bytes: &[u8], lenient: &ReadDdf, strict: Result<ReadDdf, DdfError>) {
    let deviations = lenient.deviations.as_slice();
    assert!(deviations.iter().all(|deviation| deviation.offset <= bytes.len()), "a deviation behind the end");
    match strict {
        Ok(strict) => assert!(strict.ddf == lenient.ddf, "strict reads something else"),
        Err(error) => {
            lies_inside(&error, bytes);
            let complete = lenient.deviations.count() == deviations.len();
            let refusable = deviations.iter().any(|deviation| !deviation.kind.is_remark());
            assert!(refusable || !complete, "strict refuses what does not deviate");
        }
    }
}

fn survives(ddf: &Ddf, syntax: Syntax) {
    let mut written = Vec::new();
    match ddf.encode(syntax, &mut written) {
        Ok(()) => {}
        Err(EncodeError::Character) => return,
        Err(error) => found(&error),
    }
    match Ddf::parse(syntax, &written, &LENIENT) {
        Ok(again) => assert!(again.ddf == *ddf, "{syntax} changes the description"),
        Err(error) => found(&error),
    }
}

/// Gives a tree of `ddf` every command on every node; what is rolled back is as it was.
fn command(ddf: &Ddf) {
    let Ok(mut tree) = Tree::builder().ddf(ddf).managed_by("s").build() else { return };
    let server = ServerId::new("s");
    let actor = Actor::Server(&server);
    let uris: Vec<String> = tree.root().subtree().map(|node| node.uri().to_string()).collect();
    let before = tree.clone();
    tree.begin();
    for uri in &uris {
        let Ok(target) = TargetUri::parse(uri) else { continue };
        for new in [NewNode::interior(), NewNode::leaf(Format::Int, "7"), NewNode::leaf(Format::Chr, "")] {
            if let Ok(child) = TargetUri::parse(&format!("{uri}/x")) {
                let _ = tree.add(actor, &child, new);
            }
        }
        let _ = tree.replace(actor, &target, NewValue::new("7"));
        let _ = tree.delete(actor, &target);
    }
    tree.rollback();
    assert!(tree == before, "a roll-back leaves something behind");
}

#[expect(clippy::panic, reason = "a finding is a panic")]
fn found(error: &dyn core::fmt::Display) -> ! {
    panic!("{error}")
}
