//! The gateway's own store: the latest value of each key, in one redb file.
//!
//! The thread that owns the machine commits what a batch of inputs produced in one transaction, and speaks only after that.

use std::path::Path;

use redb::{Database, ReadableDatabase as _, ReadableTable as _, TableDefinition};

const RECORDS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("records");

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The key gets this value in place of the one before.
    Put {
        /// The key.
        key: String,
        /// The value.
        value: Vec<u8>,
    },
    /// All keys that begin so are removed.
    Forget(String),
}

/// An open store.
#[derive(Debug)]
pub struct Store(Database);

impl Store {
    /// Opens the store at `path`, or creates it.
    ///
    /// # Errors
    /// The file cannot be opened, or is no store of this kind.
    pub fn open(path: &Path) -> Result<Self, redb::Error> {
        let database = Database::create(path)?;
        let write = database.begin_write()?;
        write.open_table(RECORDS)?;
        write.commit()?;
        Ok(Self(database))
    }

    /// Everything that is stored, in the order of the keys.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn load(&self) -> Result<Vec<(String, Vec<u8>)>, redb::Error> {
        let table = self.0.begin_read()?.open_table(RECORDS)?;
        table
            .iter()?
            .map(|entry| entry.map(|(key, value)| (key.value().to_owned(), value.value().to_vec())).map_err(Into::into))
            .collect()
    }

    /// Makes `changes` durable in their order, all or none.
    ///
    /// # Errors
    /// The file cannot be written; nothing of the batch is stored then.
    pub fn commit(&self, changes: &[Change]) -> Result<(), redb::Error> {
        let mut write = self.0.begin_write()?;
        // Two-phase commit, so that a torn write is never taken for a complete one.
        write.set_quick_repair(true);
        {
            let mut table = write.open_table(RECORDS)?;
            for change in changes {
                match change {
                    Change::Put { key, value } => {
                        table.insert(key.as_str(), value.as_slice())?;
                    }
                    Change::Forget(prefix) => {
                        let found = table.range(prefix.as_str()..)?;
                        let keys: Result<Vec<String>, _> = found
                            .map(|entry| entry.map(|(key, _)| key.value().to_owned()))
                            .take_while(|key| key.as_ref().map_or(true, |key| key.starts_with(prefix.as_str())))
                            .collect();
                        for key in keys? {
                            table.remove(key.as_str())?;
                        }
                    }
                }
            }
        }
        write.commit()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_values_survive_reopening_and_forgotten_ones_do_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("grem.redb");
        let put = |key: &str, value: &[u8]| Change::Put { key: key.into(), value: value.to_vec() };
        {
            let store = Store::open(&path).unwrap();
            store.commit(&[put("a", b"1"), put("run/1/0", b"2"), put("run/1/1", b"2"), put("run/2/0", b"2")]).unwrap();
            store.commit(&[put("a", b"3"), Change::Forget("run/1/".into())]).unwrap();
        }
        let stored = [("a".to_owned(), b"3".to_vec()), ("run/2/0".to_owned(), b"2".to_vec())];
        assert_eq!(Store::open(&path).unwrap().load().unwrap(), stored);
    }
}
