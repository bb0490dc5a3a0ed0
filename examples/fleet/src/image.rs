//! The firmware image: a file of the user's, or a generated one.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::failure::{Failure, Result};

/// Bytes of a generated image.
const GENERATED: u64 = 4 << 20;

/// An image on disk.
#[derive(Debug)]
pub(crate) struct Image {
    pub(crate) path: PathBuf,
    pub(crate) size: u64,
    /// In lower-case hexadecimal.
    pub(crate) sha256: String,
}

impl Image {
    /// The image at `path`.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let (size, sha256) =
            measure(path).map_err(|error| Failure::new(format!("cannot read {}: {error}", path.display())))?;
        if size == 0 {
            return Err(Failure::new(format!("{} is empty: an image has at least one byte", path.display())));
        }
        Ok(Self { path: path.to_owned(), size, sha256 })
    }

    /// Generates `size` bytes that no compression would help with, the same in every run for the same `name`.
    pub(crate) fn generate(path: &Path, name: &str, size: u64) -> Result<Self> {
        let write = || -> std::io::Result<()> {
            let mut file = std::io::BufWriter::new(File::create(path)?);
            let (mut left, mut counter) = (size, 0_u64);
            while left > 0 {
                let block = Sha256::new().chain_update(name).chain_update(counter.to_be_bytes()).finalize();
                let length = usize::try_from(left).map_or(block.len(), |left| left.min(block.len()));
                file.write_all(block.get(..length).unwrap_or_default())?;
                left -= length as u64;
                counter += 1;
            }
            file.flush()
        };
        write().map_err(|error| Failure::new(format!("cannot write {}: {error}", path.display())))?;
        Self::open(path)
    }

    /// The user's image, or a generated one below `dir`.
    pub(crate) fn choose(user: Option<&Path>, dir: &Path) -> Result<Self> {
        match user {
            Some(path) => Self::open(path),
            None => Self::generate(&dir.join("firmware.img"), "xrem fleet firmware", GENERATED),
        }
    }
}

fn measure(path: &Path) -> std::io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let (mut hash, mut size, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 16]);
    loop {
        let read = file.read(&mut buffer)?;
        let Some(block) = buffer.get(..read).filter(|block| !block.is_empty()) else { break };
        hash.update(block);
        size += read as u64;
    }
    Ok((size, hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_measured_as_sha256sum_measures_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("image");
        std::fs::write(&path, "abc").unwrap();
        let image = Image::open(&path).unwrap();
        assert_eq!(image.size, 3);
        assert_eq!(image.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn an_empty_image_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("image");
        std::fs::write(&path, "").unwrap();
        assert!(Image::open(&path).unwrap_err().to_string().contains("is empty"));
    }
}
