//! Files that are whole or not there: written beside their place, made durable, then renamed.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use bytes::Bytes;

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

/// At most `max_len` bytes of `path` from `offset` on, and whether nothing follows them.
///
/// # Errors
/// The file cannot be read.
pub fn read_at(path: &Path, offset: u64, max_len: u32) -> io::Result<(Bytes, bool)> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    file.seek(SeekFrom::Start(offset))?;
    let mut data = Vec::new();
    file.take(u64::from(max_len)).read_to_end(&mut data)?;
    let end = offset + data.len() as u64 >= size;
    Ok((data.into(), end))
}
