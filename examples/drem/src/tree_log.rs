//! Byte strings in one file, each made durable behind the others: its length and a part of its digest, then itself.
//!
//! A power cut can leave the last one torn. Nobody has been told about it then, so it is cut off when the file is read.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::files;

const CHECK: usize = 8;
const HEAD: usize = 4 + CHECK;

/// Appends `bytes`, durably.
///
/// # Errors
/// The file cannot be written.
pub fn append(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let is_new = !path.exists();
    let len = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    let entry = [&len.to_le_bytes()[..], &check(bytes), bytes].concat();
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(&entry)?;
    file.sync_all()?;
    match path.parent() {
        Some(dir) if is_new => files::sync_folder(dir),
        _ => Ok(()),
    }
}

/// Removes everything.
///
/// # Errors
/// The file cannot be written.
pub fn clear(path: &Path) -> io::Result<()> {
    if path.exists() { File::create(path).map(drop) } else { Ok(()) }
}

/// Everything that was appended, in its order, without what was cut short.
///
/// # Errors
/// The file cannot be read, or not be shortened.
pub fn load(path: &Path) -> io::Result<Vec<Vec<u8>>> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut entries = Vec::new();
    let mut rest = bytes.as_slice();
    while let Some((entry, behind)) = first(rest) {
        entries.push(entry.to_vec());
        rest = behind;
    }
    if !rest.is_empty() {
        tracing::warn!(path = %path.display(), bytes = rest.len(), "a change that was not stored whole is dropped");
        let file = OpenOptions::new().write(true).open(path)?;
        file.set_len((bytes.len() - rest.len()) as u64)?;
        file.sync_all()?;
    }
    Ok(entries)
}

/// The first entry and what is behind it.
fn first(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (head, rest) = bytes.split_at_checked(HEAD)?;
    let (len, digest) = head.split_first_chunk::<4>()?;
    let (entry, behind) = rest.split_at_checked(u32::from_le_bytes(*len) as usize)?;
    (check(entry) == digest).then_some((entry, behind))
}

fn check(bytes: &[u8]) -> [u8; CHECK] {
    let mut check = [0; CHECK];
    check.iter_mut().zip(Sha256::digest(bytes)).for_each(|(to, from)| *to = from);
    check
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_that_was_cut_anywhere_is_dropped_and_the_next_one_follows_the_good_ones() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tree.log");
        append(&path, b"one").unwrap();
        append(&path, b"two").unwrap();
        let whole = std::fs::read(&path).unwrap();
        for cut in whole.len() / 2..whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            assert_eq!(load(&path).unwrap(), [b"one"], "cut at {cut}");
            append(&path, b"three").unwrap();
            assert_eq!(load(&path).unwrap(), [&b"one"[..], b"three"], "cut at {cut}");
        }
        let mut torn = whole.clone();
        *torn.last_mut().unwrap() = 0;
        std::fs::write(&path, torn).unwrap();
        assert_eq!(load(&path).unwrap(), [b"one"]);
        clear(&path).unwrap();
        assert!(load(&path).unwrap().is_empty());
    }
}
