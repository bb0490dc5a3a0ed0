//! The records of the machine as files, one a key: `records/<key>.rec`; what changed in the tree, one behind the other, in
//! `records/tree.log`.

use std::io;
use std::path::{Path, PathBuf};

use xrem_client::record::Record;

use crate::error::Error;
use crate::files;
use crate::tree_log;

/// The folder of the records.
#[derive(Debug)]
pub struct Records(PathBuf);

/// The file of the changes.
const TREE_LOG: &str = "tree.log";

impl Records {
    /// The folder `dir`, created if it is missing.
    ///
    /// # Errors
    /// The folder cannot be created.
    pub fn open(dir: &Path) -> io::Result<Self> {
        let dir = dir.join("records");
        std::fs::create_dir_all(&dir)?;
        Ok(Self(dir))
    }

    /// Stores `record` durably: a change of the tree behind the others, everything else under its key.
    ///
    /// # Errors
    /// The file cannot be written; the old record is still there then.
    pub fn store(&self, record: &Record) -> Result<(), Error> {
        let key = record.key();
        let write = || -> io::Result<()> {
            let bytes = rmp_serde::to_vec_named(record).map_err(io::Error::other)?;
            let log = self.0.join(TREE_LOG);
            if let Record::TreeChange(_) = record {
                return tree_log::append(&log, &bytes);
            }
            files::replace(&self.0.join(format!("{}.rec", file_name(&key))), &bytes)?;
            match record {
                Record::WholeTree(_) => tree_log::clear(&log),
                _ => Ok(()),
            }
        };
        write().map_err(|error| Error::new(format!("cannot store the record {key:?}: {error}")))
    }

    /// All records. The end of a change that was cut short is removed.
    ///
    /// # Errors
    /// A file cannot be read, or is no record: the message names it.
    pub fn load(&self) -> Result<Vec<Record>, Error> {
        let parse = |bytes: &[u8]| rmp_serde::from_slice::<Record>(bytes).map_err(io::Error::other);
        let read = |path: &Path| parse(&std::fs::read(path)?);
        let entries = std::fs::read_dir(&self.0)
            .map_err(|error| Error::new(format!("cannot read {}: {error}", self.0.display())))?;
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "rec"));
        paths.sort();
        let cannot = |path: &Path, error: io::Error| Error::new(format!("cannot read {}: {error}", path.display()));
        let whole = paths.iter().map(|path| read(path).map_err(|error| cannot(path, error)));
        let log = self.0.join(TREE_LOG);
        let changes = tree_log::load(&log).map_err(|error| cannot(&log, error))?;
        let changes = changes.iter().map(|bytes| parse(bytes).map_err(|error| cannot(&log, error)));
        whole.chain(changes).collect()
    }
}

/// The key with everything that a file name may not have written as its code.
fn file_name(key: &str) -> String {
    key.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' => char::from(byte).to_string(),
            _ => format!("_{byte:02x}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_become_distinct_plain_file_names() {
        assert_eq!(file_name("account nrem.example"), "account_20nrem.example");
        assert_eq!(file_name("a/../b_"), "a_2f.._2fb_5f");
    }
}
