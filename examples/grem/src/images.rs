//! Image bytes as files, one a digest: `<state>/images/<sha256>.img`.

use std::fs::OpenOptions;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;

use bytes::Bytes;
use drem::files;
use omadm_gwmo::image::ImageHash;

/// The folder of the images.
#[derive(Debug, Clone)]
pub struct ImageFiles(PathBuf);

impl ImageFiles {
    /// The folder `dir`, created if it is missing.
    ///
    /// # Errors
    /// The folder cannot be created.
    pub fn open(dir: PathBuf) -> io::Result<Self> {
        std::fs::create_dir_all(&dir)?;
        Ok(Self(dir))
    }

    /// The file of `hash`.
    pub fn path(&self, hash: ImageHash) -> PathBuf {
        self.0.join(format!("{hash}.img"))
    }

    /// Stores `data` at `offset`, durably.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn store(&self, hash: ImageHash, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(self.path(hash))?;
        file.seek(SeekFrom::Start(offset))?;
        file.write_all(data)?;
        file.sync_data()
    }

    /// Reads at most `max_len` bytes from `offset`, and whether nothing follows them.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(&self, hash: ImageHash, offset: u64, max_len: u32) -> io::Result<(Bytes, bool)> {
        files::read_at(&self.path(hash), offset, max_len)
    }

    /// Cuts the file to `size` and makes it and its name durable.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn finalize(&self, hash: ImageHash, size: u64) -> io::Result<()> {
        let file = OpenOptions::new().write(true).open(self.path(hash))?;
        file.set_len(size)?;
        file.sync_all()?;
        files::sync_folder(&self.0)
    }

    /// Removes the file; one that is not there is removed already.
    ///
    /// # Errors
    /// The file is there and cannot be removed.
    pub fn remove(&self, hash: ImageHash) -> io::Result<()> {
        match std::fs::remove_file(self.path(hash)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_read_back_and_the_tail_of_a_torn_write_is_cut() {
        let dir = tempfile::tempdir().unwrap();
        let files = ImageFiles::open(dir.path().join("images")).unwrap();
        let hash = ImageHash::new([7; 32]);
        files.store(hash, 0, b"abcd").unwrap();
        files.store(hash, 4, b"efgh--torn--").unwrap();
        files.finalize(hash, 8).unwrap();
        assert_eq!(files.read(hash, 0, 4).unwrap(), (Bytes::from_static(b"abcd"), false));
        assert_eq!(files.read(hash, 4, 100).unwrap(), (Bytes::from_static(b"efgh"), true));
        files.remove(hash).unwrap();
        files.remove(hash).unwrap();
        assert!(files.read(hash, 0, 1).is_err());
    }
}
