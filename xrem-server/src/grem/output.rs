//! What a gateway wants from its driver, and what it wants to survive.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;
use omadm_gwmo::code::{ImageState, JobState, ResultCode};
use omadm_gwmo::fanout::{JobRecord, Run, StartRefused};
use omadm_gwmo::image::{BlobRecord, ImageHash, ImageRecord};
use omadm_gwmo::inventory::{Device, InventoryHead};
use omadm_proto::auth::Nonce;
use omadm_proto::exchange::Transmit;
use omadm_proto::ids::{ActionId, DevId};
use xrem_client::outbox::AlertId;

use crate::session::Fault;

/// Which network a message belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a gateway has two sides")]
pub enum Side {
    /// Towards the network server: send it, and hand in the answer or the failure.
    North,
    /// The answer to a device on the exchange it names.
    South,
}

/// One thing to do for the driver, in this order.
///
/// All [`GremOutput::Persist`] and [`GremOutput::Forget`] up to the next output of another kind (events do not count) are one
/// transaction, which is durable before that output is performed: a power cut leaves all of them or none. All that an input
/// changed comes before everything else that came of it, so it is never spread over two transactions.
#[derive(Debug, Clone)]
#[allow(clippy::exhaustive_enums, reason = "a driver must perform every kind; a new kind has to break its match")]
#[allow(clippy::large_enum_variant, reason = "outputs are moved once, from the machine to the driver")]
pub enum GremOutput {
    /// Send this message.
    Transmit {
        /// On which network.
        side: Side,
        /// The message.
        transmit: Transmit,
    },
    /// Send this notification to a device as one datagram; there is no answer.
    Notify {
        /// The device.
        device: DevId,
        /// Its address, as the configuration gave it.
        address: String,
        /// Package #0.
        bytes: Vec<u8>,
    },
    /// Store this record under its key, in place of the one before.
    Persist(GremRecord),
    /// Remove all records whose keys begin so.
    Forget(String),
    /// Do this work and answer with `handle_action_result`.
    Action {
        /// What the result is reported with.
        id: ActionId,
        /// The work.
        action: GremAction,
    },
    /// Something happened that a log may want to know.
    Event(GremEvent),
}

/// Work on the bytes of images. They are named by their digest: one file each.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a driver must perform every kind; a new kind has to break its match")]
pub enum GremAction {
    /// Fetch at most `max_len` bytes of `url` from `offset` on, over the WAN; answer `ImageResult::Block`.
    Fetch {
        /// The URL, as the server wrote it.
        url: String,
        /// The first byte wanted.
        offset: u64,
        /// The most bytes wanted.
        max_len: u32,
    },
    /// Store these bytes durably; bytes behind them may be overwritten. Answer `ImageResult::Done`.
    StoreBlock {
        /// Which file.
        hash: ImageHash,
        /// Where the first byte goes.
        offset: u64,
        /// The bytes.
        data: Bytes,
    },
    /// Read back at most `max_len` stored bytes; answer `ImageResult::Block`.
    ReadBlock {
        /// Which file.
        hash: ImageHash,
        /// The first byte wanted.
        offset: u64,
        /// The most bytes wanted.
        max_len: u32,
    },
    /// The bytes are verified: cut the file to `size` and make it durable. Answer `ImageResult::Done`.
    FinalizeImage {
        /// Which file.
        hash: ImageHash,
        /// How many bytes it has.
        size: u64,
    },
    /// Delete the file; not answered.
    DropImage {
        /// Which file.
        hash: ImageHash,
    },
}

/// What an alert in the outbox is about, so that its delivery can be told to the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum AlertPurpose {
    /// Report `seq` of a job.
    Report {
        /// Serial of the job.
        job: u64,
        /// Sequence number of the report.
        seq: u32,
    },
    /// The completionstatus of a job.
    Completion {
        /// Serial of the job.
        job: u64,
    },
}

/// The nonces of a device's account; its names and secrets stay in the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct LanNonces {
    /// The device.
    pub device: DevId,
    /// What the device must use next.
    pub client: Nonce,
    /// What the gateway must use next.
    pub server: Nonce,
}

/// One thing to store.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::large_enum_variant, reason = "records are moved once, from the machine to the store")]
#[non_exhaustive]
pub enum GremRecord {
    /// A record of the client towards the server: nonces, outbox, tree.
    North(xrem_client::record::Record),
    /// What the waiting alerts are about.
    Alerts(BTreeMap<AlertId, AlertPurpose>),
    /// The counters of the inventory.
    Inventory(InventoryHead),
    /// A device of the inventory.
    Device(Device),
    /// The nonces of a device.
    Nonces(LanNonces),
    /// The largest serial that was given to a job.
    LastJob(u64),
    /// A job.
    Job(JobRecord),
    /// One device of a job.
    Run {
        /// Serial of the job.
        job: u64,
        /// Position in the job.
        index: usize,
        /// The run.
        run: Run,
    },
    /// An image.
    Image(ImageRecord),
    /// The bytes of one digest.
    Blob(BlobRecord),
}

impl GremRecord {
    /// The key under which the record replaces its predecessor; printable text.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::North(record) => format!("north/{}", record.key()),
            Self::Alerts(_) => "alerts".to_string(),
            Self::Inventory(_) => "inventory".to_string(),
            Self::Device(device) => Self::device_key(device.record),
            Self::Nonces(nonces) => format!("nonces/{}", nonces.device),
            Self::LastJob(_) => "lastjob".to_string(),
            Self::Job(job) => Self::job_key(job.serial),
            Self::Run { job, index, .. } => format!("{}{index:08}", Self::runs_prefix(*job)),
            Self::Image(image) => Self::image_key(&image.spec.node),
            Self::Blob(blob) => Self::blob_key(blob.hash),
        }
    }

    pub(super) fn device_key(record: u32) -> String {
        format!("device/{record:010}/")
    }

    pub(super) fn job_key(serial: u64) -> String {
        format!("job/{serial:020}/")
    }

    pub(super) fn runs_prefix(serial: u64) -> String {
        format!("run/{serial:020}/")
    }

    pub(super) fn image_key(node: &str) -> String {
        // A node name holds no slash, so no key is the beginning of another.
        format!("image/{node}/")
    }

    pub(super) fn blob_key(hash: ImageHash) -> String {
        format!("blob/{hash}/")
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum GremEvent {
    /// The client towards the server tells something.
    North(xrem_client::event::Event),
    /// A device opened a session.
    DeviceSession {
        /// The device.
        device: DevId,
    },
    /// A device got a record in the inventory.
    DeviceAttached {
        /// The device.
        device: DevId,
        /// The number of its record.
        record: u32,
    },
    /// The inventory has no room for a device.
    InventoryFull {
        /// The device.
        device: DevId,
    },
    /// A message of a device was refused.
    DeviceRefused {
        /// The device, by its own word.
        device: DevId,
        /// Why.
        fault: Fault,
    },
    /// A message of a device that has no account was refused.
    Stranger {
        /// The device, by its own word.
        device: DevId,
    },
    /// An alert of a device was handed up.
    Relayed {
        /// The device.
        device: DevId,
        /// Its type.
        type_name: String,
    },
    /// A job started.
    JobStarted {
        /// The name of its node.
        job: String,
        /// Devices it addresses.
        devices: u32,
    },
    /// A job did not start.
    JobRefused(StartRefused),
    /// All devices of a job ended.
    JobEnded {
        /// The name of its node.
        job: String,
        /// How.
        state: JobState,
        /// Its outcome.
        code: ResultCode,
    },
    /// An image reached an end.
    ImageEnded {
        /// The name of its node.
        image: String,
        /// Ready, or failed.
        state: ImageState,
    },
}

impl fmt::Display for GremEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::North(event) => write!(f, "{event}"),
            Self::DeviceSession { device } => write!(f, "session with device {device}"),
            Self::DeviceAttached { device, record } => write!(f, "device {device} attached as r{record}"),
            Self::InventoryFull { device } => write!(f, "no room in the inventory for device {device}"),
            Self::DeviceRefused { device, fault } => write!(f, "device {device} refused: {fault}"),
            Self::Stranger { device } => write!(f, "device {device} refused: it has no account here"),
            Self::Relayed { device, type_name } => write!(f, "alert {type_name} of device {device} handed up"),
            Self::JobStarted { job, devices } => write!(f, "job {job} started on {devices} devices"),
            Self::JobRefused(refused) => write!(f, "{refused}"),
            Self::JobEnded { job, state, code } => write!(f, "job {job} ended: {state}, {code}"),
            Self::ImageEnded { image, state } => write!(f, "image {image}: {state}"),
        }
    }
}
