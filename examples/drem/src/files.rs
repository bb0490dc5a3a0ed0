//! Files that are whole or not there: written beside their place, made durable, then renamed.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

/// Replaces the content of `path` with `bytes`, durably and in one step.
///
/// # Errors
/// The old content is still there then.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let mut file = File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// Makes the names in the folder `dir` durable.
///
/// # Errors
/// The folder cannot be opened.
pub fn sync_folder(dir: &Path) -> io::Result<()> {
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
}
