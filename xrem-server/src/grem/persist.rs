//! What survives a restart, and how the gateway is made of it again.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;

use omadm_gwmo::fanout::Fanout;
use omadm_gwmo::image::ImageInventory;
use omadm_gwmo::inventory::{Inventory, InventoryHead};
use omadm_proto::auth::nonce::{NonceSource, Seed};
use omadm_proto::ids::DevId;
use omadm_proto::time::Instant;
use omadm_tree::{BuildError, Tree};
use xrem_client::client::Client;
use xrem_client::record::Record;

use super::south::South;
use super::{Grem, GremConfig, GremOutput, GremRecord, LanNonces, Stale};

/// Records, sorted by what they belong to.
#[derive(Default)]
struct Sorted {
    north: Vec<Record>,
    alerts: BTreeMap<xrem_client::outbox::AlertId, super::AlertPurpose>,
    head: InventoryHead,
    devices: Vec<omadm_gwmo::inventory::Device>,
    nonces: BTreeMap<DevId, LanNonces>,
    last_job: u64,
    jobs: Vec<omadm_gwmo::fanout::JobRecord>,
    runs: Vec<(u64, usize, omadm_gwmo::fanout::Run)>,
    images: Vec<omadm_gwmo::image::ImageRecord>,
    blobs: Vec<omadm_gwmo::image::BlobRecord>,
}

impl Grem {
    /// The gateway after a restart at `now`, made of everything that was persisted. `seed` is a new one: nonces and tokens
    /// are never the same as before. Devices that are no longer in the configuration have no account any more.
    ///
    /// # Errors
    /// When the configuration cannot be written into a tree (a value too long for its leaf).
    pub fn restore(
        config: GremConfig,
        seed: Seed,
        now: Instant,
        records: impl IntoIterator<Item = GremRecord>,
    ) -> Result<Self, BuildError> {
        let mut sorted = sort(records);
        let tree = match stored_tree(&mut sorted.north) {
            Some(tree) => tree,
            None => config.tree()?,
        };
        let mut nonces = NonceSource::new(seed);
        let [north, tokens] = [split(&mut nonces, b'n'), split(&mut nonces, b't')];
        let server = config.server().clone();
        let south = config.devices.into_iter().map(|mut device| {
            if let Some(stored) = sorted.nonces.get(&device.account.dev_id) {
                device.account.client_nonce = stored.client.clone();
                device.account.server_nonce = stored.server.clone();
            }
            (device.account.dev_id.clone(), South::new(device))
        });
        let mut grem = Self {
            now,
            server,
            settings: config.south,
            max_waiting_alerts: config.max_waiting_alerts,
            followed: tree.revision(),
            tree,
            client: Client::restore([config.north], north, sorted.north),
            inventory: Inventory::restore(config.max_devices, sorted.head, sorted.devices),
            images: ImageInventory::restore(config.images, NonceSource::new(tokens), sorted.images, sorted.blobs),
            fanout: Fanout::restore(config.fanout, now, sorted.last_job, sorted.jobs, sorted.runs),
            names: config.names,
            south: south.collect(),
            nonces,
            alerts: sorted.alerts,
            alerts_changed: false,
            actions: BTreeMap::new(),
            delivered: BTreeSet::new(),
            last_action: 0,
            stale: Stale::default(),
            changes: VecDeque::new(),
            outputs: VecDeque::new(),
        };
        grem.everything_is_stale();
        grem.refresh_tree();
        grem.take_deliveries();
        grem.settle();
        Ok(grem)
    }

    fn everything_is_stale(&mut self) {
        self.stale.devices = self.inventory.devices().map(|device| device.record).collect();
        for job in self.fanout.jobs() {
            let serial = job.record().serial;
            self.stale.jobs.insert(serial);
            self.stale.runs.extend((0..job.runs().len()).map(|index| (serial, index)));
        }
        self.stale.images = self.images.nodes().map(Into::into).collect();
    }

    /// Outputs everything that changed and has to be stored.
    pub(super) fn persist_changes(&mut self) {
        self.persist_jobs();
        self.persist_images();
        let (devices, head) = self.inventory.take_changes();
        for record in &devices {
            match self.inventory.device(*record) {
                Some(device) => self.persist(GremRecord::Device(device.clone())),
                None => self.forget(GremRecord::device_key(*record)),
            }
        }
        if head {
            self.persist(GremRecord::Inventory(self.inventory.head()));
        }
        self.stale.devices.extend(devices);
        let nonces: Vec<LanNonces> = self.south.values_mut().filter_map(South::changed_nonces).collect();
        for nonces in nonces {
            self.persist(GremRecord::Nonces(nonces));
        }
        if core::mem::take(&mut self.alerts_changed) {
            self.persist(GremRecord::Alerts(self.alerts.clone()));
        }
    }

    fn persist_jobs(&mut self) {
        let changes = self.fanout.take_changes();
        if changes.is_empty() {
            return;
        }
        for serial in &changes.removed {
            self.forget(GremRecord::job_key(*serial));
        }
        for serial in changes.removed.iter().chain(&changes.dropped) {
            self.forget(GremRecord::runs_prefix(*serial));
        }
        for serial in &changes.jobs {
            if let Some(record) = self.fanout.job(*serial).map(|job| job.record().clone()) {
                if record.reports == 0 {
                    self.persist(GremRecord::LastJob(self.fanout.last_serial()));
                }
                self.persist(GremRecord::Job(record));
            }
        }
        for (serial, index) in &changes.runs {
            let run = self.fanout.job(*serial).and_then(|job| job.runs().get(*index)).cloned();
            if let Some(run) = run {
                self.persist(GremRecord::Run { job: *serial, index: *index, run });
            }
        }
        self.stale.jobs.extend(changes.jobs.iter().chain(&changes.dropped));
        self.stale.jobs.extend(changes.runs.iter().map(|(serial, _)| *serial));
        self.stale.runs.extend(changes.runs);
    }

    fn persist_images(&mut self) {
        let changes = self.images.take_changes();
        for node in &changes.images {
            match self.images.record(node).cloned() {
                Some(record) => self.persist(GremRecord::Image(record)),
                None => self.forget(GremRecord::image_key(node)),
            }
        }
        for hash in &changes.blobs {
            match self.images.blob(*hash).cloned() {
                Some(record) => self.persist(GremRecord::Blob(record)),
                None => self.forget(GremRecord::blob_key(*hash)),
            }
        }
        let of_blobs: Vec<String> = self
            .images
            .nodes()
            .filter(|node| self.images.record(node).is_some_and(|record| changes.blobs.contains(&record.spec.hash)))
            .map(Into::into)
            .collect();
        self.stale.images.extend(of_blobs);
        self.stale.images.extend(changes.images);
    }

    pub(super) fn persist(&mut self, record: GremRecord) {
        self.changes.push_back(GremOutput::Persist(record));
    }

    fn forget(&mut self, prefix: String) {
        self.changes.push_back(GremOutput::Forget(prefix));
    }
}

/// The tree among the records. One that is damaged is as good as none: the gateway starts with a fresh one.
#[cfg(feature = "serde")]
fn stored_tree(records: &mut Vec<Record>) -> Option<Tree> {
    xrem_client::record::take_tree(records).ok().flatten()
}

#[cfg(not(feature = "serde"))]
const fn stored_tree(_: &mut Vec<Record>) -> Option<Tree> {
    None
}

fn sort(records: impl IntoIterator<Item = GremRecord>) -> Sorted {
    let mut sorted = Sorted::default();
    for record in records {
        match record {
            GremRecord::North(record) => sorted.north.push(record),
            GremRecord::Alerts(alerts) => sorted.alerts = alerts,
            GremRecord::Inventory(head) => sorted.head = head,
            GremRecord::Device(device) => sorted.devices.push(device),
            GremRecord::Nonces(nonces) => {
                sorted.nonces.insert(nonces.device.clone(), nonces);
            }
            GremRecord::LastJob(serial) => sorted.last_job = serial,
            GremRecord::Job(job) => sorted.jobs.push(job),
            GremRecord::Run { job, index, run } => sorted.runs.push((job, index, run)),
            GremRecord::Image(image) => sorted.images.push(image),
            GremRecord::Blob(blob) => sorted.blobs.push(blob),
        }
    }
    sorted
}

/// A seed of its own for one of the machines, told from the others by `label`.
fn split(nonces: &mut NonceSource, label: u8) -> Seed {
    use sha2::{Digest as _, Sha256};
    let mut hash = Sha256::new();
    hash.update([label]);
    for _ in 0..2 {
        hash.update(nonces.next().as_bytes());
    }
    Seed::new(hash.finalize().into())
}
