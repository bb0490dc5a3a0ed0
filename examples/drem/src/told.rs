//! The account that the operator tells, and what becomes of it in the tree.
//!
//! The account in the tree counts, because its server may change it. What the operator tells goes into the tree when it is
//! new, that is another than the last time; address and credentials apart, so that a device that is sent to another address
//! keeps the secret that its server gave it. `told.json` remembers what was told, by digests. An account that its server
//! removed stays away until something new is told.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::path::Path;

use omadm_tree::mo::DmAccView;
use omadm_tree::{LeafValue, LocalError, NodeRef, NodeSpec, Tree};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use xrem_client::Account;

use crate::error::Error;
use crate::files;

/// The file of what was told.
const FILE: &str = "told.json";

/// What the operator can tell anew without the rest.
const PARTS: [&str; 2] = ["AppAddr", "AppAuth"];

/// What was told: the server, and a digest of each of [`PARTS`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Told {
    server: String,
    parts: BTreeMap<String, String>,
}

impl Told {
    /// What was told the last time, if it was ever.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(crate) fn load(state: &Path) -> Result<Option<Self>, Error> {
        let path = state.join(FILE);
        let read = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(io::Error::from),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        };
        read.map_err(|error| Error::new(format!("cannot read {}: {error}", path.display())))
    }

    /// Remembers it. Only when the tree that it went into is stored: what is forgotten is told once more.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn store(&self, state: &Path) -> Result<(), Error> {
        let path = state.join(FILE);
        let written = serde_json::to_vec(self).map_err(io::Error::from).and_then(|bytes| files::replace(&path, &bytes));
        written.map_err(|error| Error::new(format!("cannot write {}: {error}", path.display())))
    }
}

/// Puts what is new about `account` into `tree`, and tells what has to be remembered then. `before` is what was told the last
/// time.
///
/// # Errors
/// The tree has no room for it.
pub(crate) fn tell(account: &Account, before: Option<&Told>, tree: &mut Tree) -> Result<Option<Told>, Error> {
    let server = account.server_id().as_str();
    let existing = place(tree, server);
    let root = existing.clone().unwrap_or_else(|| free_place(tree));
    let cannot = |error: &dyn std::fmt::Display| Error::new(format!("cannot keep the account with {server}: {error}"));
    let object = Tree::builder().mo(account.object(root.as_str())).build().map_err(|error| cannot(&error))?;
    let parts = PARTS.map(|part| (part.to_owned(), digest(&object, &root, part)));
    let told = Told { server: server.to_owned(), parts: parts.into() };
    let before = before.filter(|before| before.server == told.server);
    if before == Some(&told) {
        if existing.is_none() {
            tracing::warn!(
                "{server} removed its account; tell another address or secret, or remove {FILE}, to have it again"
            );
        }
        return Ok(None);
    }
    if existing.is_none() {
        copy(&object, &root, tree).map_err(|error| cannot(&error))?;
        return Ok(Some(told));
    }
    for (part, digest) in &told.parts {
        if before.and_then(|before| before.parts.get(part)) != Some(digest) {
            let part = format!("{root}/{part}");
            let old: Vec<String> = tree.children(&part).map(|entry| entry.uri().to_string()).collect();
            old.iter().try_for_each(|entry| tree.remove(entry)).map_err(|error| cannot(&error))?;
            copy(&object, &part, tree).map_err(|error| cannot(&error))?;
        }
    }
    Ok(Some(told))
}

/// Where the account with `server` is.
pub(crate) fn place(tree: &Tree, server: &str) -> Option<String> {
    let mut views = DmAccView::all(tree);
    views.find(|view| view.text(DmAccView::SERVER_ID) == Some(server)).map(|view| view.uri().to_string())
}

/// The first number that no account has for its name.
fn free_place(tree: &Tree) -> String {
    let mut number = 1_u32;
    loop {
        let uri = format!("./DMAcc/{number}");
        if tree.find(&uri).is_none() {
            return uri;
        }
        number += 1;
    }
}

/// Copies what `from` has at `uri` and below.
fn copy(from: &Tree, uri: &str, to: &mut Tree) -> Result<(), LocalError> {
    let nodes = from.find(uri).into_iter().flat_map(NodeRef::subtree);
    nodes.into_iter().try_for_each(|node| to.put(&node.uri().to_string(), spec(node)))
}

fn spec(node: NodeRef<'_>) -> NodeSpec {
    let spec = match node.value() {
        Some(value) => NodeSpec::leaf(node.format(), LeafValue::new(node.format(), value)),
        None => NodeSpec::interior(),
    };
    let spec = spec.access(node.access()).acl(node.acl().clone()).scope(node.scope());
    if node.type_name().is_empty() { spec } else { spec.of_type(node.type_name()) }
}

/// SHA-256 of what `tree` has at `root`/`part`, in hex, wherever the root is.
fn digest(tree: &Tree, root: &str, part: &str) -> String {
    let mut hash = Sha256::new();
    for node in tree.find(&format!("{root}/{part}")).into_iter().flat_map(NodeRef::subtree) {
        let uri = node.uri().to_string();
        for bytes in [uri.strip_prefix(root).unwrap_or(&uri).as_bytes(), node.value().unwrap_or_default()] {
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        }
    }
    hash.finalize().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
