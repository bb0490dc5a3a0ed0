//! The software of a device: its package store and what is installed. A package is text, a line `ID VERSION` for each component.

use alloc::collections::BTreeMap;

use xrem_client::output::{Action, ActionFailure, ActionResult, OrderNumber, Place};
use xrem_client::software::{Activation, Component, SoftwareAction, SoftwareFailure, SoftwareResult};

use crate::station::block;

/// The package store of a device and its installed components; it survives everything.
#[derive(Debug, Clone, Default)]
pub struct Shelf {
    packages: BTreeMap<u32, Vec<u8>>,
    components: BTreeMap<String, Installed>,
    /// Orders that were carried out.
    done: Vec<OrderNumber>,
    room: Room,
}

/// An installed component.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "tests write it down")]
pub struct Installed {
    /// Its version.
    pub version: String,
    /// Whether it runs.
    pub activation: Activation,
}

/// Whether there is room for software.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(clippy::exhaustive_enums, reason = "there is or there is not")]
pub enum Room {
    /// As much as one wants.
    #[default]
    Enough,
    /// For packages, but not for what is in them.
    NoneToInstall,
    /// None at all.
    None,
}

impl Shelf {
    /// The installed components by ID.
    #[must_use]
    pub const fn components(&self) -> &BTreeMap<String, Installed> {
        &self.components
    }

    /// How many packages are stored.
    #[must_use]
    pub fn packages(&self) -> usize {
        self.packages.len()
    }

    /// Operations that were carried out, each counted once.
    #[must_use]
    pub const fn operations(&self) -> usize {
        self.done.len()
    }

    /// From now on there is so much room.
    pub const fn set_room(&mut self, room: Room) {
        self.room = room;
    }

    /// Does what `action` asks of the package store; `None` when it is about another place.
    #[expect(clippy::wildcard_enum_match_arm, reason = "all others are not for a package store")]
    pub(crate) fn perform(&mut self, action: &Action) -> Option<ActionResult> {
        Some(match action {
            Action::Erase { place: Place::Package(id), .. } => {
                self.packages.remove(&id.get());
                ActionResult::Done
            }
            Action::WriteAt { place: Place::Package(_), .. } if self.room == Room::None => {
                ActionResult::Failed(ActionFailure::NoSpace)
            }
            Action::WriteAt { place: Place::Package(id), offset, data } => {
                let bytes = self.packages.entry(id.get()).or_default();
                match usize::try_from(*offset) {
                    Ok(offset) if offset <= bytes.len() => bytes.truncate(offset),
                    _ => return Some(ActionResult::Failed(ActionFailure::Storage)),
                }
                bytes.extend_from_slice(data);
                ActionResult::Done
            }
            Action::ReadAt { place: Place::Package(id), offset, max_len } => {
                let bytes = self.packages.get(&id.get()).map(Vec::as_slice).unwrap_or_default();
                let (data, end) = block(bytes, *offset, *max_len);
                ActionResult::Block { data, end }
            }
            Action::Software(action) => self.software(action).into(),
            _ => return None,
        })
    }

    fn software(&mut self, action: &SoftwareAction) -> SoftwareResult {
        match action {
            SoftwareAction::Install(installation) => {
                let bytes = self.packages.get(&installation.package.get()).cloned().unwrap_or_default();
                let Ok(text) = core::str::from_utf8(&bytes) else {
                    return SoftwareResult::Failed(SoftwareFailure::NotAuthentic);
                };
                if self.room != Room::Enough {
                    return SoftwareResult::Failed(SoftwareFailure::NoSpace);
                }
                let mut made = Vec::new();
                for (id, version) in text.lines().filter_map(|line| line.split_once(' ')) {
                    let installed = Installed { version: version.to_owned(), activation: installation.activation };
                    self.components.insert(id.to_owned(), installed);
                    made.push(Component::new(id).version(version));
                }
                self.carried_out(installation.order);
                SoftwareResult::Installed(made)
            }
            SoftwareAction::Activate { order, component } => self.switch(*order, component, Activation::Active),
            SoftwareAction::Deactivate { order, component } => self.switch(*order, component, Activation::Inactive),
            SoftwareAction::Remove { order, component } => {
                self.components.remove(component);
                self.carried_out(*order);
                SoftwareResult::Done
            }
            _ => SoftwareResult::Failed(SoftwareFailure::Unsupported),
        }
    }

    fn switch(&mut self, order: OrderNumber, component: &str, to: Activation) -> SoftwareResult {
        let Some(installed) = self.components.get_mut(component) else {
            return SoftwareResult::Failed(SoftwareFailure::Failed);
        };
        installed.activation = to;
        self.carried_out(order);
        SoftwareResult::Done
    }

    fn carried_out(&mut self, order: OrderNumber) {
        if !self.done.contains(&order) {
            self.done.push(order);
        }
    }

    /// The power fails in the middle of `action`: half of it is done.
    pub(crate) fn tear(&mut self, action: &Action) {
        if let Action::WriteAt { place, offset, data } = action {
            let half = data.slice(..data.len() / 2);
            self.perform(&Action::WriteAt { place: *place, offset: *offset, data: half });
        }
    }
}
