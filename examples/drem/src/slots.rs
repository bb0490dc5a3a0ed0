//! Two firmware slots and the staging area as files, and the boot record that a boot loader would keep: `slot-a.img`,
//! `slot-b.img`, `staging.pkg`, `boot.json`.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use xrem_client::output::{Place, Slot};

use crate::files;

/// What is in the first slot of a device that was given no image.
const FACTORY: &[u8] = b"drem factory image\n";

/// What the boot loader knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct BootRecord {
    /// The slot that is kept.
    active: Slot,
    /// The slot to try.
    trial: Option<Slot>,
    /// The trial slot was booted once and not confirmed since.
    tried: bool,
}

/// The slots of one device.
#[derive(Debug, Clone)]
pub struct Slots(PathBuf);

impl Slots {
    /// The slots in the folder `dir`; the first one is filled from `image` when there are none yet.
    ///
    /// # Errors
    /// A file cannot be read or written.
    pub fn open(dir: &Path, image: Option<&Path>) -> io::Result<Self> {
        let slots = Self(dir.to_owned());
        if !slots.boot_path().exists() {
            let bytes = image.map(std::fs::read).transpose()?;
            files::replace(&slots.path(Slot::A), bytes.as_deref().unwrap_or(FACTORY))?;
            files::replace(&slots.path(Slot::B), b"")?;
            slots.write(BootRecord { active: Slot::A, trial: None, tried: false })?;
        }
        Ok(slots)
    }

    /// The file of `slot`.
    pub fn path(&self, slot: Slot) -> PathBuf {
        self.0.join(format!("slot-{slot}.img"))
    }

    /// The slot that is kept.
    ///
    /// # Errors
    /// The boot record cannot be read.
    pub fn active(&self) -> io::Result<Slot> {
        Ok(self.read_record()?.active)
    }

    /// What the boot loader does: chooses the slot to run. A trial gets one boot; unless it is confirmed the next boot takes
    /// the other slot again.
    ///
    /// # Errors
    /// The boot record cannot be read or written.
    pub fn boot(&self) -> io::Result<Slot> {
        let record = self.read_record()?;
        match record.trial {
            Some(slot) if !record.tried => {
                self.write(BootRecord { tried: true, ..record })?;
                Ok(slot)
            }
            Some(_) => {
                self.write(BootRecord { trial: None, tried: false, ..record })?;
                Ok(record.active)
            }
            None => Ok(record.active),
        }
    }

    /// Boots from `slot` next, on trial.
    ///
    /// # Errors
    /// The boot record cannot be read or written.
    pub fn select(&self, slot: Slot) -> io::Result<()> {
        let record = self.read_record()?;
        self.write(BootRecord { trial: Some(slot), tried: false, ..record })
    }

    /// Keeps `slot` for good.
    ///
    /// # Errors
    /// The boot record cannot be written.
    pub fn confirm(&self, slot: Slot) -> io::Result<()> {
        self.write(BootRecord { active: slot, trial: None, tried: false })
    }

    /// Makes `place` empty.
    ///
    /// # Errors
    /// The file cannot be written, or there is no such place.
    pub fn erase(&self, place: Place) -> io::Result<()> {
        File::create(self.file(place)?)?.sync_all()
    }

    /// Writes `data` at `offset` and makes it durable.
    ///
    /// # Errors
    /// The file cannot be written, or there is no such place.
    pub fn write_at(&self, place: Place, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).open(self.file(place)?)?;
        file.seek(SeekFrom::Start(offset))?;
        file.write_all(data)?;
        // What an interrupted write left behind this block goes.
        file.set_len(offset + data.len() as u64)?;
        file.sync_data()
    }

    /// At most `max_len` bytes from `offset` on, and whether nothing follows them.
    ///
    /// # Errors
    /// The file cannot be read, or there is no such place.
    pub fn read_at(&self, place: Place, offset: u64, max_len: u32) -> io::Result<(Bytes, bool)> {
        files::read_at(&self.file(place)?, offset, max_len)
    }

    fn file(&self, place: Place) -> io::Result<PathBuf> {
        match place {
            Place::Slot(slot) => Ok(self.path(slot)),
            Place::Staging => Ok(self.0.join("staging.pkg")),
            _ => Err(io::Error::new(io::ErrorKind::Unsupported, format!("no place for {place}"))),
        }
    }

    fn boot_path(&self) -> PathBuf {
        self.0.join("boot.json")
    }

    fn read_record(&self) -> io::Result<BootRecord> {
        serde_json::from_slice(&std::fs::read(self.boot_path())?).map_err(io::Error::other)
    }

    fn write(&self, record: BootRecord) -> io::Result<()> {
        files::replace(&self.boot_path(), &serde_json::to_vec_pretty(&record).map_err(io::Error::other)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots() -> (tempfile::TempDir, Slots) {
        let dir = tempfile::tempdir().unwrap();
        let slots = Slots::open(dir.path(), None).unwrap();
        (dir, slots)
    }

    #[test]
    fn a_trial_that_is_not_confirmed_gets_one_boot() {
        let (_dir, slots) = slots();
        slots.select(Slot::B).unwrap();
        assert_eq!(slots.boot().unwrap(), Slot::B);
        assert_eq!(slots.boot().unwrap(), Slot::A);
        assert_eq!(slots.boot().unwrap(), Slot::A);
    }

    #[test]
    fn a_confirmed_trial_stays() {
        let (_dir, slots) = slots();
        slots.select(Slot::B).unwrap();
        slots.boot().unwrap();
        slots.confirm(Slot::B).unwrap();
        assert_eq!((slots.boot().unwrap(), slots.active().unwrap()), (Slot::B, Slot::B));
    }

    #[test]
    fn a_block_written_again_cuts_what_an_interrupted_write_left() {
        let (_dir, slots) = slots();
        slots.erase(Place::Slot(Slot::B)).unwrap();
        slots.write_at(Place::Slot(Slot::B), 0, b"abcd").unwrap();
        slots.write_at(Place::Slot(Slot::B), 4, b"torn and long").unwrap();
        slots.write_at(Place::Slot(Slot::B), 4, b"ef").unwrap();
        assert_eq!(slots.read_at(Place::Slot(Slot::B), 0, 4).unwrap(), (Bytes::from_static(b"abcd"), false));
        assert_eq!(slots.read_at(Place::Slot(Slot::B), 4, 100).unwrap(), (Bytes::from_static(b"ef"), true));
    }

    #[test]
    fn the_first_slot_keeps_its_image_over_restarts() {
        let dir = tempfile::tempdir().unwrap();
        let image = dir.path().join("v1.img");
        std::fs::write(&image, "version one").unwrap();
        Slots::open(dir.path(), Some(&image)).unwrap();
        std::fs::remove_file(&image).unwrap();
        let slots = Slots::open(dir.path(), Some(&image)).unwrap();
        assert_eq!(slots.read_at(Place::Slot(Slot::A), 0, 100).unwrap().0, Bytes::from_static(b"version one"));
    }
}
