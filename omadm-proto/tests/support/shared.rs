//! The shared documents, which stay where they are: third-party messages are read from there and never copied.

use std::path::PathBuf;

/// The folder with the shared data, or `None` after a message when it is missing on a developer's machine.
pub(crate) fn data_dir() -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared");
    let shared = std::env::var_os("OMADM_SHARED").map_or_else(|| PathBuf::from(default), PathBuf::from);
    // A relative path of the environment counts from the workspace, where cargo was called.
    let shared = if shared.is_absolute() {
        shared
    } else {
        PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(shared)
    };
    let data = shared.join("data");
    if data.is_dir() {
        return Some(data);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "the shared data is missing: {}", data.display());
    #[expect(clippy::print_stderr, reason = "a skipped test says so")]
    {
        eprintln!("skipped: no shared data at {}", data.display());
    }
    None
}

/// One line of KINDS.tsv.
pub(crate) struct Document {
    pub(crate) path: String,
    pub(crate) xml: bool,
    pub(crate) kind: String,
    pub(crate) bytes: Vec<u8>,
}

/// All documents that KINDS.tsv lists.
pub(crate) fn documents() -> Vec<Document> {
    let Some(data) = data_dir() else { return Vec::new() };
    let kinds = std::fs::read_to_string(data.join("KINDS.tsv")).unwrap();
    let rows = kinds.lines().filter(|line| !line.starts_with('#'));
    rows.map(|line| {
        let mut columns = line.split('\t');
        let mut column = || columns.next().unwrap().to_string();
        let (path, syntax, kind) = (column(), column(), column());
        let bytes = std::fs::read(data.join(&path)).unwrap();
        Document { path, xml: syntax == "xml", kind, bytes }
    })
    .collect()
}
