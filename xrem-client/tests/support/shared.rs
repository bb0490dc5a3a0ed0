//! Where the shared test data is.

use std::path::PathBuf;

/// The file `path` below the shared data; `None`, with a note, when the data is not there and this is not CI.
pub(crate) fn read(path: &str) -> Option<Vec<u8>> {
    let file = root()?.join("data").join(path);
    Some(std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display())))
}

fn root() -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared");
    let root = std::env::var_os("OMADM_SHARED").map_or_else(|| PathBuf::from(default), PathBuf::from);
    // A relative path of the environment counts from the workspace, where cargo was called.
    let root =
        if root.is_relative() { PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(root) } else { root };
    if !root.exists() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "shared data is missing at {}", root.display());
        eprintln!("skipped: no shared data at {}", root.display());
        return None;
    }
    Some(root)
}

/// The same for a file that may not be among the data.
pub(crate) fn read_if_there(path: &str) -> Option<Vec<u8>> {
    root().and_then(|root| std::fs::read(root.join("data").join(path)).ok())
}
