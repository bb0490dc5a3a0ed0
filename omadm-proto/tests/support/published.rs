//! The published vectors, read from where the fact sheets keep them.

use serde_json::Value;
use std::path::{Path, PathBuf};

/// The folder of the vectors, or `None` after a message when it is missing on a developer's machine.
pub(crate) fn folder() -> Option<PathBuf> {
    let workspace = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let shared = std::env::var_os("OMADM_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    // A relative path counts from the workspace, where cargo was called; an absolute one replaces it.
    let folder = workspace.join(shared).join("data/vectors");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "the shared vectors are missing: {}", folder.display());
    println!("skipped: no vectors at {}", folder.display());
    None
}

/// `vectors.json`.
pub(crate) fn vectors() -> Option<Value> {
    let text = std::fs::read_to_string(folder()?.join("vectors.json")).unwrap();
    Some(serde_json::from_str(&text).unwrap())
}
