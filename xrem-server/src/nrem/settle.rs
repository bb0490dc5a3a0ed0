//! Who is where: attachments, moves and conflicts; and what the server asks nodes of its own accord \[gwmo 2 F1,
//! mission-matrix N4, N7a\].
//!
//! A step tells in [`Step::reports`] what gateways said about devices; [`Nrem::settle`] compares it with the directory and adds
//! its records to the step, so that all is stored as one. A device that attaches at another gateway is there from then on. Had
//! the first one not told that it left, that one is asked for it: a device that still answers there is a second one with the
//! same DevId. Then nobody can say which of the two a task would reach, and until one of them leaves tasks for it are refused.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use omadm_gwmo::code::DeviceState;
use omadm_gwmo::payload::Dev;
use omadm_proto::ids::DevId;
use omadm_proto::status::StatusCode;
use omadm_proto::time::Instant;

use super::submit::own_task;
use super::{Event, MAX_DEV_INFO, MAX_DEV_INFO_TEXT, Nrem, Step};
use crate::directory::{NodeId, NodeRecord, Place, Rival, Route, is_local, local_device};
use crate::register::Inventory;
use crate::store::{Record, Store};
use crate::task::{CommandSpec, DeviceResult, Job, Purpose, Target, TaskCommand, TaskId};

/// What a first inventory reads; a device need not have all of it.
const INVENTORY: [&str; 10] = [
    "./DevInfo/Man",
    "./DevInfo/Mod",
    "./DevInfo/DmV",
    "./DevInfo/Lang",
    "./DevDetail/DevTyp",
    "./DevDetail/OEM",
    "./DevDetail/FwV",
    "./DevDetail/SwV",
    "./DevDetail/HwV",
    "./DevDetail/LrgObj",
];
/// A device that answers this is there.
const PRESENCE: &str = "./DevInfo/DevId";
/// The mode in which a gateway speaks another protocol with the device \[gwmo 3.2\].
const ADAPTATION: u8 = 3;
/// The mode in which it is no party of the device's sessions.
const TRANSPARENT: u8 = 1;

/// What a gateway told, and which tasks of the server's own are over.
#[derive(Debug, Default)]
pub(super) struct Reports {
    pub(super) gateway: Option<DevId>,
    pub(super) attached: Vec<Dev>,
    pub(super) detached: Vec<DevId>,
    pub(super) finished: Vec<(Purpose, Job)>,
}

impl Reports {
    pub(super) const fn is_empty(&self) -> bool {
        self.gateway.is_none() && self.finished.is_empty()
    }
}

impl Nrem {
    /// Compares what `step` reports with the directory, and adds what follows to its records and events. To be called after
    /// [`Nrem::handle_message`] and [`Nrem::handle_timeout`], before the step is committed; one call at a time. `next_task`
    /// gives numbers of tasks that nobody else gets.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn settle<S: Store>(
        &self,
        now: Instant,
        store: &S,
        step: &mut Step,
        next_task: &mut dyn FnMut() -> TaskId,
    ) -> Result<(), S::Error> {
        let reports = core::mem::take(&mut step.reports);
        let mut settling = Settling { now, store, step, next_task };
        if let Some(gateway) = &reports.gateway {
            settling.attach(gateway, &reports.attached)?;
            for device in &reports.detached {
                settling.detach(gateway, device)?;
            }
        }
        for (purpose, job) in &reports.finished {
            if *purpose == Purpose::Inventory {
                settling.take_inventory(job)?;
            } else if *purpose == Purpose::Presence {
                settling.take_presence(job)?;
            }
        }
        settling.ask_newcomer();
        Ok(())
    }
}

struct Settling<'s, S> {
    now: Instant,
    store: &'s S,
    step: &'s mut Step,
    next_task: &'s mut dyn FnMut() -> TaskId,
}

/// What this server calls the device that `gateway` reports as `dev`. One that the gateway adapts, and whose name is no URN,
/// has no identity but the one that its gateway gave it \[gwmo 2\].
fn identity(gateway: &DevId, dev: &DevId, mode: Option<u8>) -> DevId {
    if mode == Some(ADAPTATION) && !dev.as_str().contains(':') { local_device(gateway, dev) } else { dev.clone() }
}

impl<S: Store> Settling<'_, S> {
    fn attach(&mut self, gateway: &DevId, devices: &[Dev]) -> Result<(), S::Error> {
        let mut newcomers = Vec::new();
        for dev in devices {
            let id = identity(gateway, &dev.id, dev.mode);
            let (node, old) = (self.store.node(&id)?, self.store.place(&id)?);
            if node.as_ref().is_some_and(NodeRecord::is_deactivated) {
                continue;
            }
            let mut place = self.place(gateway, dev, node.as_ref(), old.as_ref())?;
            let is_new = old.as_ref().is_none_or(|old| old.gateway != *gateway);
            if let Some(node) = &node {
                let is_direct = node.account.is_some() && node.last_session.is_some() && dev.mode != Some(TRANSPARENT);
                if is_direct && is_new {
                    let gateways = vec![self.store.name_of(gateway)?];
                    self.step.events.push(Event::Conflict { node: node.node_id(), gateways });
                }
                if node.account.is_none() && node.inventory == Inventory::Wanted {
                    newcomers.push(node.clone());
                }
            }
            if let Some(old) = old {
                place.rival = self.rival(&id, old, gateway);
            }
            self.step.persist.push(Record::Place { device: id, place });
        }
        if newcomers.is_empty() {
            return Ok(());
        }
        let task = (self.next_task)();
        let devices: Vec<DevId> = newcomers.iter().map(|node| node.id.clone()).collect();
        let names = newcomers.iter().map(NodeRecord::node_id).collect();
        let route = Route::Through { gateway: gateway.clone(), devices, all: false };
        self.ask(task, (Target::Devices(names), Purpose::Inventory), &INVENTORY, route);
        for mut node in newcomers {
            node.inventory = Inventory::Asked(task);
            self.step.persist.push(Record::Node(node));
        }
        Ok(())
    }

    /// The place that `gateway` tells of, under the name that the device has or gets.
    fn place(
        &self,
        gateway: &DevId,
        dev: &Dev,
        node: Option<&NodeRecord>,
        old: Option<&Place>,
    ) -> Result<Place, S::Error> {
        let id = identity(gateway, &dev.id, dev.mode);
        let mut place = Place::behind(gateway.clone());
        place.record = Some(alloc::string::ToString::to_string(&dev.record));
        let facts =
            [("man", &dev.man), ("mod", &dev.model), ("fwv", &dev.fwv), ("hwv", &dev.hwv), ("proto", &dev.protocol)];
        let known = facts.into_iter().filter_map(|(name, value)| Some((String::from(name), value.clone()?)));
        place.facts.extend(known);
        let given = node.and_then(|node| node.name.clone()).or_else(|| old.and_then(|old| old.name.clone()));
        place.name = match given {
            Some(name) => Some(name),
            None if is_local(&id) => Some(NodeId::made(&id)),
            None => {
                let name = NodeId::of(&id);
                let taken = self.store.node_by_name(&name)?.is_some_and(|other| other != id);
                let is_made = name.as_str() != id.as_str();
                if taken { Some(NodeId::made(&id)) } else { is_made.then_some(name) }
            }
        };
        Ok(place)
    }

    /// The other gateway at which the device `id` may be as well, now that `gateway` has it.
    fn rival(&mut self, id: &DevId, old: Place, gateway: &DevId) -> Option<Rival> {
        if old.gateway == *gateway {
            return old.rival;
        }
        // It left there, or was only said to be there by its registration.
        let record = old.record.filter(|_| old.left.is_none())?;
        let probe = (self.next_task)();
        let route = Route::Through { gateway: old.gateway.clone(), devices: vec![id.clone()], all: false };
        let name = old.name.unwrap_or_else(|| id.into());
        self.ask(probe, (Target::Device(name), Purpose::Presence), &[PRESENCE], route);
        for asked in &mut self.step.persist {
            if let Record::Job(job) = asked
                && job.task() == probe
            {
                job.moved.insert(record.clone(), id.clone());
            }
        }
        Some(Rival { gateway: old.gateway, record, probe, proven: false })
    }

    fn ask(&mut self, id: TaskId, task: (Target, Purpose), uris: &[&str], route: Route) {
        let read = |uri: &&str| TaskCommand::tolerating(CommandSpec::get(*uri), StatusCode::NOT_FOUND);
        let commands = uris.iter().map(read).collect();
        self.step.persist.extend(own_task(self.now, id, task, commands, route));
    }

    fn detach(&mut self, gateway: &DevId, device: &DevId) -> Result<(), S::Error> {
        let local = local_device(gateway, device);
        let id = if self.store.place(&local)?.is_some() { local } else { device.clone() };
        let Some(mut place) = self.store.place(&id)? else { return Ok(()) };
        let rival = place.rival.take();
        let was_conflict = rival.as_ref().is_some_and(|rival| rival.proven);
        match rival {
            Some(rival) if place.gateway == *gateway => {
                (place.gateway, place.record) = (rival.gateway, Some(rival.record));
            }
            Some(rival) if rival.gateway != *gateway => {
                place.rival = Some(rival);
                return Ok(());
            }
            Some(_) => {}
            None if place.gateway == *gateway => place.left = Some(self.now),
            None => return Ok(()),
        }
        if was_conflict {
            let name = self.store.name_of(&id)?;
            self.step.events.push(Event::ConflictEnded(name));
        }
        self.step.persist.push(Record::Place { device: id, place });
        Ok(())
    }

    /// The gateway that had the device before has answered whether it still has it.
    fn take_presence(&mut self, job: &Job) -> Result<(), S::Error> {
        for (id, result) in job.results() {
            let Some(mut place) = self.store.place(&id)? else { continue };
            let Some(mut rival) = place.rival.take().filter(|rival| rival.probe == job.task()) else { continue };
            if result.state == DeviceState::Ok {
                let gateways = vec![self.store.name_of(&place.gateway)?, self.store.name_of(&rival.gateway)?];
                self.step.events.push(Event::Conflict { node: self.store.name_of(&id)?, gateways });
                rival.proven = true;
                place.rival = Some(rival);
            }
            self.step.persist.push(Record::Place { device: id, place });
        }
        Ok(())
    }

    fn take_inventory(&mut self, job: &Job) -> Result<(), S::Error> {
        for (id, result) in job.results() {
            let now = self.now;
            let own = self.step.persist.iter_mut().filter_map(node_of).find(|node| node.id == id);
            if let Some(node) = own {
                let event = note_inventory(now, node, job.task(), &result);
                self.step.events.extend(event);
            } else if let Some(mut node) = self.store.node(&id)? {
                let event = note_inventory(now, &mut node, job.task(), &result);
                if event.is_some() {
                    self.step.persist.push(Record::Node(node));
                }
                self.step.events.extend(event);
            }
        }
        Ok(())
    }

    /// A node that came for the first time is asked for its inventory.
    fn ask_newcomer(&mut self) {
        let is_new = |node: &NodeRecord| node.inventory == Inventory::Wanted && node.last_session.is_some();
        let newcomer = self.step.persist.iter_mut().filter_map(node_of).find(|node| is_new(node));
        let Some(node) = newcomer else { return };
        let task = (self.next_task)();
        node.inventory = Inventory::Asked(task);
        let (name, id) = (node.node_id(), node.id.clone());
        self.ask(task, (Target::Device(name), Purpose::Inventory), &INVENTORY, Route::Direct(id));
    }
}

const fn node_of(record: &mut Record) -> Option<&mut NodeRecord> {
    if let Record::Node(node) = record { Some(node) } else { None }
}

/// Keeps what the inventory told, and says that the registration is complete.
fn note_inventory(now: Instant, node: &mut NodeRecord, task: TaskId, result: &DeviceResult) -> Option<Event> {
    if node.inventory != Inventory::Asked(task) {
        return None;
    }
    for value in result.outcomes.iter().flat_map(|outcome| &outcome.results) {
        let Some(text) = value.text() else { continue };
        let fits = value.uri.len() <= MAX_DEV_INFO_TEXT && text.len() <= MAX_DEV_INFO_TEXT;
        if fits && (node.dev_info.len() < MAX_DEV_INFO || node.dev_info.contains_key(&value.uri)) {
            node.dev_info.insert(value.uri.clone(), text.into());
        }
    }
    node.inventory = Inventory::Read(now);
    Some(Event::Registered { node: node.node_id(), owner: node.owner.clone() })
}
