//! The target set of a job: which devices it addresses, frozen when it starts \[gwmo 5.2\].
//!
//! Explicit DeviceIDs, or all devices of the inventory by the single entry `*` (unspecified; chosen because the sheet spells
//! "all" as a filter that matches everything, and filters come later), less the exceptions. Groups and filters are refused
//! where a job is read ([`crate::fanout::JobSpec`]), never ignored.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use omadm_proto::ids::DevId;

use crate::code::ResultCode;
use crate::inventory::{Inventory, Mode};

/// Target of a job.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Selection {
    /// Target/DeviceIDs, in the order of their nodes.
    pub devices: Vec<DevId>,
    /// `*` is among them: every device of the inventory.
    pub all: bool,
    /// Target/Exclude.
    pub exclude: BTreeSet<DevId>,
}

/// One device of a target set.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Target {
    /// The device.
    pub id: DevId,
    /// Its record; `None` for an explicit device that the inventory does not know.
    pub record: Option<u32>,
    /// Why it is skipped at once, if it is.
    pub skip: Option<ResultCode>,
}

impl Selection {
    /// The entry that stands for all devices.
    pub const ALL: &'static str = "*";

    /// Exactly these devices.
    #[must_use]
    pub fn explicit(devices: impl IntoIterator<Item = DevId>) -> Self {
        Self { devices: devices.into_iter().collect(), ..Self::default() }
    }

    /// Every device of the inventory.
    #[must_use]
    pub fn everything() -> Self {
        Self { all: true, ..Self::default() }
    }

    /// The target set as the inventory is now: explicit devices first, each device once.
    #[must_use]
    pub fn resolve(&self, inventory: &Inventory) -> Vec<Target> {
        let mut seen = BTreeSet::new();
        let mut targets = Vec::new();
        let inventory_ids = inventory.devices().map(|device| &device.id).filter(|_| self.all);
        for id in self.devices.iter().chain(inventory_ids) {
            if self.exclude.contains(id) || !seen.insert(id) {
                continue;
            }
            let device = inventory.find(id);
            let skip = match device {
                None => Some(ResultCode::DEVICE_LEFT),
                Some(device) if device.mode == Mode::Transparent => Some(ResultCode::MODE_FORBIDS),
                Some(_) => None,
            };
            targets.push(Target { id: id.clone(), record: device.map(|device| device.record), skip });
        }
        targets
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Facts;
    use omadm_proto::time::Instant;

    fn inventory() -> Inventory {
        let mut inventory = Inventory::new(10);
        for id in ["a", "b", "c"] {
            inventory.attach(Instant::ZERO, &id.into(), "OMA-DM-1.2", Facts::default()).unwrap();
        }
        inventory
    }

    #[test]
    fn an_explicit_device_without_record_is_skipped_as_gone() {
        let targets = Selection::explicit(["b".into(), "x".into(), "b".into()]).resolve(&inventory());
        assert_eq!(targets.len(), 2);
        assert_eq!((targets[0].record, targets[0].skip), (Some(2), None));
        assert_eq!((targets[1].record, targets[1].skip), (None, Some(ResultCode::DEVICE_LEFT)));
    }

    #[test]
    fn all_devices_less_the_exceptions_are_targets() {
        let mut selection = Selection::everything();
        selection.exclude.insert("b".into());
        let targets = selection.resolve(&inventory());
        assert_eq!(targets.iter().map(|target| target.id.as_str()).collect::<Vec<_>>(), ["a", "c"]);
    }
}
