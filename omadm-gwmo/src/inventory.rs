//! The device inventory: one record per end device, and the announcements of those that came \[gwmo 3.2, F1\].
//!
//! Record names are `r` and a number that is never given twice, so that reports may name devices by their records. The
//! Revision grows with every change a server can see below Records. Called by the gateway composition, which mirrors the
//! records into the tree ([`crate::mirror`]) and stores what [`Inventory::take_changes`] names.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;
use omadm_proto::ids::DevId;
use omadm_proto::time::{Instant, UtcTime, Wakeup};

use crate::code::Presence;
use crate::payload::{Dev, Devices, RecordName};

/// How the gateway manages a device \[gwmo 2\].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_enums, reason = "the three modes of GwMO")]
pub enum Mode {
    /// 1: the server talks to the device itself.
    Transparent,
    /// 2: the gateway is the device's DM server.
    Proxy,
    /// 3: the gateway translates to another protocol.
    Adaptation,
}

impl Mode {
    /// The number in leaves and payloads.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Transparent => 1,
            Self::Proxy => 2,
            Self::Adaptation => 3,
        }
    }
}

/// What a device says about itself; empty when it was not asked or did not say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Facts {
    /// DevInfo/Man.
    pub man: Option<String>,
    /// DevInfo/Mod.
    pub model: Option<String>,
    /// DevDetail/DevTyp.
    pub dev_type: Option<String>,
    /// DevDetail/FwV.
    pub fwv: Option<String>,
    /// DevDetail/SwV.
    pub swv: Option<String>,
    /// DevDetail/HwV.
    pub hwv: Option<String>,
}

impl Facts {
    /// Longest value that is kept, in bytes: the limit of a chr leaf \[gwmo 3\].
    pub const MAX_LEN: usize = 255;

    /// Takes over what `newer` knows; tells whether something changed.
    fn update(&mut self, newer: Self) -> bool {
        let mut changed = false;
        for (mine, theirs) in [
            (&mut self.man, newer.man),
            (&mut self.model, newer.model),
            (&mut self.dev_type, newer.dev_type),
            (&mut self.fwv, newer.fwv),
            (&mut self.swv, newer.swv),
            (&mut self.hwv, newer.hwv),
        ] {
            if let Some(value) = theirs
                && value.len() <= Self::MAX_LEN
                && mine.as_ref() != Some(&value)
            {
                *mine = Some(value);
                changed = true;
            }
        }
        changed
    }
}

/// One device.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Device {
    /// The number of its record.
    pub record: u32,
    /// DeviceID.
    pub id: DevId,
    /// How it is managed.
    pub mode: Mode,
    /// Management protocol on the area network.
    pub protocol: String,
    /// Whether it is there.
    pub presence: Presence,
    /// What it said about itself.
    pub facts: Facts,
    /// Last contact.
    pub last_seen: Option<UtcTime>,
    /// Whether the servers were told that it attached.
    announced: bool,
}

impl Device {
    /// The name of its record.
    #[must_use]
    pub const fn record_name(&self) -> RecordName {
        RecordName::new(self.record)
    }
}

/// What must survive besides the devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct InventoryHead {
    /// The last record number that was given.
    pub last_record: u32,
    /// Revision.
    pub revision: u64,
}

/// The inventory is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the inventory holds {limit} devices already, which is its limit")]
#[non_exhaustive]
pub struct InventoryFull {
    /// How many devices it may hold.
    pub limit: usize,
}

/// When announcements are sent \[gwmo 3.1, Self/Alerts\].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Batching {
    /// `BatchSec`: how long an announcement waits for others.
    pub hold: Duration,
    /// `BatchMax`: how many leave at the latest.
    pub max: usize,
}

impl Batching {
    /// Announcements wait `hold`, or until there are `max`.
    #[must_use]
    pub const fn new(hold: Duration, max: usize) -> Self {
        Self { hold, max: if max == 0 { 1 } else { max } }
    }
}

/// All devices of a gateway.
#[derive(Debug, Clone)]
pub struct Inventory {
    devices: BTreeMap<u32, Device>,
    by_id: BTreeMap<DevId, u32>,
    head: InventoryHead,
    limit: usize,
    /// Devices to announce, and since when the oldest waits.
    held: BTreeSet<u32>,
    held_since: Option<Instant>,
    changed: BTreeSet<u32>,
    head_changed: bool,
}

impl Inventory {
    /// An empty inventory for at most `limit` devices.
    #[must_use]
    pub const fn new(limit: usize) -> Self {
        Self {
            devices: BTreeMap::new(),
            by_id: BTreeMap::new(),
            head: InventoryHead { last_record: 0, revision: 0 },
            limit,
            held: BTreeSet::new(),
            held_since: None,
            changed: BTreeSet::new(),
            head_changed: false,
        }
    }

    /// The inventory after a restart. Devices that were not announced yet are announced at the next timeout.
    #[must_use]
    pub fn restore(limit: usize, head: InventoryHead, devices: impl IntoIterator<Item = Device>) -> Self {
        let mut inventory = Self { head, ..Self::new(limit) };
        for device in devices {
            if !device.announced {
                inventory.held.insert(device.record);
                inventory.held_since = Some(Instant::ZERO);
            }
            inventory.head.last_record = inventory.head.last_record.max(device.record);
            inventory.by_id.insert(device.id.clone(), device.record);
            inventory.devices.insert(device.record, device);
        }
        inventory
    }

    /// What must survive besides the devices.
    #[must_use]
    pub const fn head(&self) -> InventoryHead {
        self.head
    }

    /// The device with the record number `record`.
    #[must_use]
    pub fn device(&self, record: u32) -> Option<&Device> {
        self.devices.get(&record)
    }

    /// The device named `id`.
    #[must_use]
    pub fn find(&self, id: &DevId) -> Option<&Device> {
        self.by_id.get(id).and_then(|record| self.devices.get(record))
    }

    /// All devices in the order of their records.
    pub fn devices(&self) -> impl Iterator<Item = &Device> {
        self.devices.values()
    }

    /// How many devices.
    #[must_use]
    pub fn len(&self) -> usize {
        self.devices.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.devices.is_empty()
    }

    /// A device was seen for the first time: gives it a record, and holds its announcement.
    ///
    /// # Errors
    /// When the inventory is full.
    pub fn attach(&mut self, now: Instant, id: &DevId, protocol: &str, facts: Facts) -> Result<u32, InventoryFull> {
        if let Some(record) = self.by_id.get(id).copied() {
            self.update(record, facts);
            return Ok(record);
        }
        if self.devices.len() >= self.limit {
            return Err(InventoryFull { limit: self.limit });
        }
        let record = self.head.last_record.saturating_add(1);
        self.head.last_record = record;
        let mut device = Device {
            record,
            id: id.clone(),
            mode: Mode::Proxy,
            protocol: protocol.into(),
            presence: Presence::Awake,
            facts: Facts::default(),
            last_seen: None,
            announced: false,
        };
        device.facts.update(facts);
        self.by_id.insert(id.clone(), record);
        self.devices.insert(record, device);
        self.held.insert(record);
        self.held_since.get_or_insert(now);
        self.touch(record);
        Ok(record)
    }

    /// The device with the record `record` was heard of at `at`. Not a change that counts for Revision.
    pub fn seen(&mut self, record: u32, at: UtcTime) {
        if let Some(device) = self.devices.get_mut(&record) {
            device.last_seen = Some(at);
            self.changed.insert(record);
        }
    }

    /// The device with the record `record` said something about itself.
    pub fn update(&mut self, record: u32, facts: Facts) {
        if let Some(device) = self.devices.get_mut(&record)
            && device.facts.update(facts)
        {
            self.touch(record);
        }
    }

    /// A server deleted the record: the device is forgotten until it attaches again, with another record \[gwmo 3.2\].
    pub fn remove(&mut self, record: u32) {
        if let Some(device) = self.devices.remove(&record) {
            self.by_id.remove(&device.id);
            self.held.remove(&record);
            if self.held.is_empty() {
                self.held_since = None;
            }
            self.touch(record);
        }
    }

    /// The device with the record `record` came back from elsewhere: it is announced again.
    pub fn announce_again(&mut self, now: Instant, record: u32) {
        if let Some(device) = self.devices.get_mut(&record) {
            device.announced = false;
            self.changed.insert(record);
            self.held.insert(record);
            self.held_since.get_or_insert(now);
        }
    }

    /// The announcement that is due at `now`, if one is. Its devices count as announced from then on, so the alert is stored in
    /// one transaction with what [`Self::take_changes`] names.
    pub fn announcement(&mut self, now: Instant, batching: Batching) -> Option<Devices> {
        let since = self.held_since?;
        if self.held.len() < batching.max && now < since + batching.hold {
            return None;
        }
        let batch: Vec<u32> = self.held.iter().copied().take(batching.max).collect();
        let mut devices = Vec::with_capacity(batch.len());
        for record in batch {
            self.held.remove(&record);
            if let Some(device) = self.devices.get_mut(&record) {
                device.announced = true;
                devices.push(announced(device));
                self.changed.insert(record);
            }
        }
        self.held_since = (!self.held.is_empty()).then_some(since);
        (!devices.is_empty()).then(|| Devices::new(self.head.revision, devices))
    }

    /// When the next announcement is due.
    #[must_use]
    pub fn next_timeout(&self, batching: Batching) -> Option<Wakeup> {
        let since = self.held_since?;
        let at = if self.held.len() >= batching.max { since } else { since + batching.hold };
        Some(Wakeup::new(at, "announce attached devices"))
    }

    /// Records that changed since the last call, and whether the head did. A record that is gone has no device any more.
    pub fn take_changes(&mut self) -> (BTreeSet<u32>, bool) {
        (core::mem::take(&mut self.changed), core::mem::take(&mut self.head_changed))
    }

    fn touch(&mut self, record: u32) {
        self.head.revision = self.head.revision.saturating_add(1);
        self.head_changed = true;
        self.changed.insert(record);
    }
}

fn announced(device: &Device) -> Dev {
    let mut dev = Dev::new(device.id.clone(), device.record_name());
    dev.mode = Some(device.mode.number());
    dev.component = Some(0);
    dev.protocol = Some(device.protocol.clone());
    dev.man.clone_from(&device.facts.man);
    dev.model.clone_from(&device.facts.model);
    dev.fwv.clone_from(&device.facts.fwv);
    dev.hwv.clone_from(&device.facts.hwv);
    dev
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString as _;

    fn id(number: u32) -> DevId {
        DevId::new(format!("urn:x:{number}"))
    }

    #[test]
    fn devices_that_attach_together_share_announcements() {
        let mut inventory = Inventory::new(1000);
        for number in 1..=100 {
            inventory.attach(Instant::from_secs(1), &id(number), "OMA-DM-1.2", Facts::default()).unwrap();
        }
        let batching = Batching::new(Duration::from_secs(60), 50);
        let first = inventory.announcement(Instant::from_secs(1), batching).unwrap();
        let second = inventory.announcement(Instant::from_secs(1), batching).unwrap();
        assert_eq!((first.devices.len(), second.devices.len()), (50, 50));
        assert_eq!(first.devices[0].record.to_string(), "r1");
        assert_eq!(inventory.announcement(Instant::from_secs(100), batching), None);
        assert_eq!(inventory.next_timeout(batching), None);
    }

    #[test]
    fn an_announcement_waits_for_others_as_long_as_the_server_allows() {
        let mut inventory = Inventory::new(10);
        let batching = Batching::new(Duration::from_secs(60), 50);
        inventory.attach(Instant::from_secs(1), &id(1), "OMA-DM-1.2", Facts::default()).unwrap();
        assert_eq!(inventory.announcement(Instant::from_secs(60), batching), None);
        assert_eq!(inventory.next_timeout(batching).unwrap().at, Instant::from_secs(61));
        assert_eq!(inventory.announcement(Instant::from_secs(61), batching).unwrap().devices.len(), 1);
    }

    #[test]
    fn a_known_device_keeps_its_record_and_the_revision_grows_with_its_facts_only() {
        let mut inventory = Inventory::new(10);
        let facts = |fwv: &str| Facts { fwv: Some(fwv.into()), ..Facts::default() };
        let record = inventory.attach(Instant::ZERO, &id(1), "OMA-DM-1.2", facts("1.0")).unwrap();
        let before = inventory.head().revision;
        assert_eq!(inventory.attach(Instant::ZERO, &id(1), "OMA-DM-1.2", facts("1.0")), Ok(record));
        assert_eq!(inventory.head().revision, before);
        inventory.update(record, facts("2.0"));
        assert_eq!(inventory.head().revision, before + 1);
        assert_eq!(inventory.find(&id(1)).unwrap().facts.fwv.as_deref(), Some("2.0"));
    }

    #[test]
    fn a_forgotten_device_attaches_again_with_another_record() {
        let mut inventory = Inventory::new(10);
        let first = inventory.attach(Instant::ZERO, &id(1), "OMA-DM-1.2", Facts::default()).unwrap();
        inventory.remove(first);
        assert_eq!((inventory.len(), inventory.find(&id(1))), (0, None));
        let second = inventory.attach(Instant::ZERO, &id(1), "OMA-DM-1.2", Facts::default()).unwrap();
        assert_eq!((first, second), (1, 2));
    }

    #[test]
    fn a_device_that_came_back_is_announced_again_with_its_record() {
        let mut inventory = Inventory::new(10);
        let record = inventory.attach(Instant::ZERO, &id(1), "OMA-DM-1.2", Facts::default()).unwrap();
        let batching = Batching::new(Duration::ZERO, 50);
        assert!(inventory.announcement(Instant::ZERO, batching).is_some());
        assert_eq!(inventory.announcement(Instant::ZERO, batching), None);
        inventory.announce_again(Instant::from_secs(9), record);
        let again = inventory.announcement(Instant::from_secs(9), batching).unwrap();
        assert_eq!(again.devices.iter().map(|dev| dev.record.to_string()).collect::<Vec<_>>(), ["r1"]);
        assert_eq!(inventory.announcement(Instant::from_secs(9), batching), None);
    }

    #[test]
    fn a_full_inventory_refuses_the_next_device() {
        let mut inventory = Inventory::new(1);
        inventory.attach(Instant::ZERO, &id(1), "OMA-DM-1.2", Facts::default()).unwrap();
        let refused = inventory.attach(Instant::ZERO, &id(2), "OMA-DM-1.2", Facts::default());
        assert_eq!(refused, Err(InventoryFull { limit: 1 }));
    }

    #[test]
    fn a_device_that_was_not_announced_before_a_restart_is_announced_after_it() {
        let mut inventory = Inventory::new(10);
        inventory.attach(Instant::from_secs(5), &id(1), "OMA-DM-1.2", Facts::default()).unwrap();
        let devices: Vec<_> = inventory.devices().cloned().collect();
        let mut restored = Inventory::restore(10, inventory.head(), devices);
        let batching = Batching::new(Duration::from_secs(60), 50);
        assert_eq!(restored.announcement(Instant::from_secs(100), batching).unwrap().devices.len(), 1);
        assert_eq!(restored.attach(Instant::ZERO, &id(2), "OMA-DM-1.2", Facts::default()), Ok(2));
    }
}
