//! The software of a device as files: nothing of it is ever run.
//!
//! ```text
//! store/7.pkg                a package as it was delivered
//! installed/editor/package   what is installed: a copy of the package
//! installed/editor/active    there while the component is active
//! ```
//!
//! A package is one component: its ID is the PkgID, its version the last word of the package's Name (`nrem` writes `ID VERSION`).
//! Everything is done beside its place and moved there, so that doing it twice, as a restart may ask, does no harm.

use std::fs::{self, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use xrem_client::output::PackageId;
use xrem_client::software::{Activation, Component, Installation, SoftwareAction, SoftwareFailure, SoftwareResult};

use crate::files;

/// Packages and components below one folder.
#[derive(Debug, Clone)]
pub struct Packages {
    store: PathBuf,
    installed: PathBuf,
    /// Bytes that all components together may take.
    room: Option<u64>,
}

impl Packages {
    /// The software in the folder `dir`, whose components may take `room` bytes together.
    ///
    /// # Errors
    /// A folder cannot be made.
    pub fn open(dir: &Path, room: Option<u64>) -> io::Result<Self> {
        let packages = Self { store: dir.join("store"), installed: dir.join("installed"), room };
        fs::create_dir_all(&packages.store)?;
        fs::create_dir_all(&packages.installed)?;
        Ok(packages)
    }

    fn path(&self, package: PackageId) -> PathBuf {
        self.store.join(format!("{package}.pkg"))
    }

    /// Removes a package from the store.
    ///
    /// # Errors
    /// The file cannot be removed; that there is none is as good.
    pub fn erase(&self, package: PackageId) -> io::Result<()> {
        gone(fs::remove_file(self.path(package)))?;
        files::sync_folder(&self.store)
    }

    /// Writes a part of a package, durably; what stood behind it is cut off.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write_at(&self, package: PackageId, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(self.path(package))?;
        file.set_len(offset)?;
        file.seek(SeekFrom::Start(offset))?;
        file.write_all(data)?;
        file.sync_all()?;
        if offset == 0 { files::sync_folder(&self.store) } else { Ok(()) }
    }

    /// At most `max_len` bytes of a package from `offset` on, and whether nothing follows them.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read_at(&self, package: PackageId, offset: u64, max_len: u32) -> io::Result<(Bytes, bool)> {
        files::read_at(&self.path(package), offset, max_len)
    }

    /// Installs, removes or switches.
    pub fn perform(&self, action: &SoftwareAction) -> SoftwareResult {
        let done = |result: io::Result<()>| match result {
            Ok(()) => SoftwareResult::Done,
            Err(error) => failed(&error),
        };
        match action {
            SoftwareAction::Install(installation) => match self.install(installation) {
                Ok(component) => SoftwareResult::Installed(vec![component]),
                Err(error) => failed(&error),
            },
            SoftwareAction::Activate { component, .. } => done(self.switch(component, Activation::Active)),
            SoftwareAction::Deactivate { component, .. } => done(self.switch(component, Activation::Inactive)),
            SoftwareAction::Remove { component, .. } => done(gone(fs::remove_dir_all(self.place(component)))),
            _ => SoftwareResult::Failed(SoftwareFailure::Unsupported),
        }
    }

    fn install(&self, installation: &Installation) -> io::Result<Component> {
        let id = &installation.pkg_id;
        if id.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the package has no PkgID"));
        }
        let place = self.place(id);
        if let Some(room) = self.room
            && self.taken_without(&place)?.saturating_add(installation.len) > room
        {
            return Err(io::Error::new(
                io::ErrorKind::StorageFull,
                "the components would take more than --package-room",
            ));
        }
        let beside = self.installed.join(".new");
        gone(fs::remove_dir_all(&beside))?;
        fs::create_dir_all(&beside)?;
        fs::copy(self.path(installation.package), beside.join("package"))?;
        if installation.activation == Activation::Active {
            files::replace(&beside.join("active"), b"")?;
        }
        gone(fs::remove_dir_all(&place))?;
        fs::rename(&beside, &place)?;
        files::sync_folder(&self.installed)?;
        let mut component = Component::new(id.as_str());
        if !installation.name.is_empty() {
            component = component.named(installation.name.as_str());
        }
        Ok(match installation.name.rsplit_once(' ') {
            Some((_, version)) => component.version(version),
            None => component,
        })
    }

    fn switch(&self, component: &str, to: Activation) -> io::Result<()> {
        let mark = self.place(component).join("active");
        match to {
            Activation::Active => files::replace(&mark, b""),
            Activation::Inactive => gone(fs::remove_file(mark)),
        }
    }

    /// The folder of a component. Whatever a name could do in a path is spelled out.
    fn place(&self, component: &str) -> PathBuf {
        let mut name = String::new();
        for byte in component.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => name.push(char::from(byte)),
                b'.' if !name.is_empty() => name.push('.'),
                other => name.push_str(&format!("%{other:02x}")),
            }
        }
        self.installed.join(name)
    }

    /// Bytes of the components outside `place`.
    fn taken_without(&self, place: &Path) -> io::Result<u64> {
        let mut taken = 0;
        for entry in fs::read_dir(&self.installed)? {
            let path = entry?.path();
            if path != place && !path.ends_with(".new") {
                taken += fs::metadata(path.join("package")).map_or(0, |data| data.len());
            }
        }
        Ok(taken)
    }
}

fn failed(error: &io::Error) -> SoftwareResult {
    tracing::error!(%error, "work on software failed");
    SoftwareResult::Failed(match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => SoftwareFailure::NoSpace,
        _ => SoftwareFailure::Failed,
    })
}

/// That it was not there is as good as that it is gone.
fn gone(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
