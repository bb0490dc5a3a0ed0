//! Two firmware slots and the staging area as files, and the boot record that a boot loader would keep: `slot-a.img`,
//! `slot-b.img`, `staging.pkg`, `boot.json`.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use xrem_client::output::{Delta, Place, Slot};
use xrem_client::update::Booted;

use crate::{files, patch};

/// What is in the first slot of a device that was given no image.
const FACTORY: &[u8] = b"drem factory image\n";

/// What the boot loader knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct BootRecord {
    /// The slot that is kept.
    active: Slot,
    /// The slot to try.
    trial: Option<Slot>,
    /// The boots that the slot on trial has left to be confirmed.
    #[serde(default)]
    tries: u8,
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
            slots.write(BootRecord { active: Slot::A, trial: None, tries: 0 })?;
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

    /// What the boot loader does: chooses the slot to run. A slot on trial is taken as long as it has boots left; each is
    /// counted before the image starts. An empty slot is no image.
    ///
    /// # Errors
    /// The boot record cannot be read or written.
    pub fn boot(&self) -> io::Result<Booted> {
        let record = self.read_record()?;
        if let Some(slot) = record.trial {
            if record.tries > 0 && self.has_image(slot) {
                self.write(BootRecord { tries: record.tries - 1, ..record })?;
                return Ok(Booted::from(slot));
            }
            self.write(BootRecord { trial: None, tries: 0, ..record })?;
        }
        let other = record.active.other();
        Ok(match (self.has_image(record.active), self.has_image(other)) {
            (true, _) => Booted::from(record.active),
            (false, true) => Booted::from(other).rejecting(record.active),
            (false, false) => Booted::neither(),
        })
    }

    fn has_image(&self, slot: Slot) -> bool {
        self.path(slot).metadata().is_ok_and(|metadata| metadata.len() > 0)
    }

    /// Boots from `slot` next, on trial for so many boots.
    ///
    /// # Errors
    /// The boot record cannot be read or written.
    pub fn select(&self, slot: Slot, tries: u8) -> io::Result<()> {
        let record = self.read_record()?;
        self.write(BootRecord { trial: Some(slot), tries, ..record })
    }

    /// Makes an image in the target of a delta and the image in its source, with bounded memory.
    ///
    /// # Errors
    /// A file fails, or the delta is broken.
    pub fn apply(&self, delta: &Delta) -> io::Result<()> {
        let patch = self.file(delta.patch)?;
        patch::apply(&self.path(delta.source), &patch, &self.path(delta.target), delta.target_len)
    }

    /// Keeps `slot` for good.
    ///
    /// # Errors
    /// The boot record cannot be written.
    pub fn confirm(&self, slot: Slot) -> io::Result<()> {
        self.write(BootRecord { active: slot, trial: None, tries: 0 })
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

    fn booted(slots: &Slots) -> Option<Slot> {
        slots.boot().unwrap().slot
    }

    #[test]
    fn a_trial_that_is_not_confirmed_gets_so_many_boots() {
        let (_dir, slots) = slots();
        slots.write_at(Place::Slot(Slot::B), 0, b"new").unwrap();
        slots.select(Slot::B, 2).unwrap();
        let boots = [(); 4].map(|()| booted(&slots));
        assert_eq!(boots, [Some(Slot::B), Some(Slot::B), Some(Slot::A), Some(Slot::A)]);
    }

    #[test]
    fn a_confirmed_trial_stays() {
        let (_dir, slots) = slots();
        slots.write_at(Place::Slot(Slot::B), 0, b"new").unwrap();
        slots.select(Slot::B, 1).unwrap();
        slots.boot().unwrap();
        slots.confirm(Slot::B).unwrap();
        assert_eq!((booted(&slots), slots.active().unwrap()), (Some(Slot::B), Slot::B));
    }

    #[test]
    fn an_empty_slot_gives_way_to_the_other_and_two_of_them_to_none() {
        let (_dir, slots) = slots();
        slots.write_at(Place::Slot(Slot::B), 0, b"new").unwrap();
        slots.erase(Place::Slot(Slot::A)).unwrap();
        assert_eq!(slots.boot().unwrap(), Booted::from(Slot::B).rejecting(Slot::A));
        slots.erase(Place::Slot(Slot::B)).unwrap();
        assert_eq!(slots.boot().unwrap(), Booted::neither());
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
