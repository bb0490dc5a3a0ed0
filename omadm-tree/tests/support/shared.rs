//! The shared documents, which stay where they are: third-party files are read from there and never copied.

use std::path::PathBuf;

/// The folder with the shared data, or `None` after a message when it is missing on a developer's machine.
pub(crate) fn data_dir() -> Option<PathBuf> {
    let workspace = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let shared = std::env::var_os("OMADM_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    // A relative path counts from the workspace, where cargo was called.
    let data = workspace.join(shared).join("data");
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
