//! The shared descriptions, which stay where they are.

use std::path::PathBuf;

/// The folder of the shared descriptions, or `None` after a message when it is missing on a developer's machine.
pub(crate) fn ddf_dir() -> Option<PathBuf> {
    let workspace = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    // A relative path of the environment counts from the workspace, where cargo was called.
    let shared = std::env::var_os("OMADM_SHARED").map_or_else(|| "../shared".into(), PathBuf::from);
    let folder = workspace.join(shared).join("data/ddf");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "the shared data is missing: {}", folder.display());
    #[expect(clippy::print_stderr, reason = "a skipped test says so")]
    {
        eprintln!("skipped: no shared data at {}", folder.display());
    }
    None
}

/// The shared descriptions: `GROUP/FILE` and the bytes, sorted.
pub(crate) fn documents() -> Vec<(String, Vec<u8>)> {
    let Some(folder) = ddf_dir() else { return Vec::new() };
    let mut found = Vec::new();
    for group in ["android-dm", "aosp-tnds", "libwbxml", "ms-csp"] {
        for entry in std::fs::read_dir(folder.join(group)).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("{group}/{}", path.file_name().unwrap().to_str().unwrap());
            found.push((name, std::fs::read(&path).unwrap()));
        }
    }
    found.sort();
    assert_eq!(found.len(), 42, "the descriptions that the shared folder has");
    found
}
