//! The tables, and how records become bytes.

use redb::TableDefinition;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;

/// Nodes by DevId.
pub(super) const NODES: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("nodes");
/// Where devices are, by DevId.
pub(super) const PLACES: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("places");
/// Index: the devices behind a gateway.
pub(super) const BEHIND: TableDefinition<'_, (&str, &str), ()> = TableDefinition::new("behind");
/// Index: the DevId of a node whose name is another text.
pub(super) const NAMES: TableDefinition<'_, &str, &str> = TableDefinition::new("names");
/// Devices that are not registered, by DevId.
pub(super) const STRANGERS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("strangers");
/// What becomes of them.
pub(super) const ACCEPTANCE: TableDefinition<'_, (), &[u8]> = TableDefinition::new("acceptance");
/// Sessions by DevId.
pub(super) const SESSIONS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("sessions");
/// Tasks by number.
pub(super) const TASKS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("tasks");
/// Jobs by task and number.
pub(super) const JOBS: TableDefinition<'_, (u64, u32), &[u8]> = TableDefinition::new("jobs");
/// Index: the active jobs of a node.
pub(super) const QUEUE: TableDefinition<'_, (&str, u64, u32), ()> = TableDefinition::new("queue");
/// Notifications by DevId.
pub(super) const WAKES: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("wakes");
/// Index: what is due, by moment; the node, and the job or [`WAKE`].
pub(super) const DUE: TableDefinition<'_, (u64, &str, u64, u32), ()> = TableDefinition::new("due");
/// Index: at which moment it stands in [`DUE`].
pub(super) const DUE_AT: TableDefinition<'_, (&str, u64, u32), u64> = TableDefinition::new("due_at");
/// Images by name.
pub(super) const IMAGES: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("images");
/// Alerts that no task waited for, by DevId and number.
pub(super) const ALERTS: TableDefinition<'_, (&str, u64), &[u8]> = TableDefinition::new("alerts");

/// Requesters by name.
pub(super) const REQUESTERS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("requesters");
/// Index: requesters by the digest of their token.
pub(super) const TOKENS: TableDefinition<'_, &str, &str> = TableDefinition::new("tokens");
/// The audit by moment and number.
pub(super) const AUDIT: TableDefinition<'_, (u64, u64), &[u8]> = TableDefinition::new("audit");
/// Kept answers by requester and key.
pub(super) const ANSWERS: TableDefinition<'_, (&str, &str), &[u8]> = TableDefinition::new("answers");
/// Index: kept answers by moment.
pub(super) const ANSWERED: TableDefinition<'_, (u64, &str, &str), ()> = TableDefinition::new("answered");

/// Alarms by device and trap.
pub(super) const ALARMS: TableDefinition<'_, (&str, &str), &[u8]> = TableDefinition::new("alarms");
/// Index: the alarms that are raised.
pub(super) const RAISED: TableDefinition<'_, (&str, &str), ()> = TableDefinition::new("raised");
/// The history of alarms by moment of arrival, device, trap, generation and number.
pub(super) const TRANSITIONS: TableDefinition<'_, (u64, &str, &str, u32, u64), &[u8]> =
    TableDefinition::new("transitions");
/// Index: the history of one device.
pub(super) const TRANSITIONS_OF: TableDefinition<'_, (&str, u64, &str, u32, u64), ()> =
    TableDefinition::new("transitions_of");

/// How many jobs of a task are over.
pub(super) const ENDED: TableDefinition<'_, u64, u32> = TableDefinition::new("ended");
/// Events that were told, by number; those of faults apart.
pub(super) const TOLD: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("told");
/// Events of faults, by number.
pub(super) const TOLD_FAULTS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("told_faults");
/// The number of the last event.
pub(super) const TOLD_LAST: TableDefinition<'_, (), u64> = TableDefinition::new("told_last");

/// Campaigns by number.
pub(super) const CAMPAIGNS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("campaigns");
/// Their waves, by campaign and number.
pub(super) const WAVES: TableDefinition<'_, (u64, u32), &[u8]> = TableDefinition::new("waves");

/// Stands for the notification of a node where a job stands else.
pub(super) const WAKE: (u64, u32) = (u64::MAX, u32::MAX);

/// Makes the tables that are not there, so that every reader finds them.
pub(super) fn create(db: &redb::Database) -> Result<(), StoreError> {
    let txn = db.begin_write()?;
    txn.open_table(NODES)?;
    txn.open_table(PLACES)?;
    txn.open_table(BEHIND)?;
    txn.open_table(SESSIONS)?;
    txn.open_table(TASKS)?;
    txn.open_table(JOBS)?;
    txn.open_table(QUEUE)?;
    txn.open_table(WAKES)?;
    txn.open_table(DUE)?;
    txn.open_table(DUE_AT)?;
    txn.open_table(IMAGES)?;
    txn.open_table(ALERTS)?;
    txn.open_table(REQUESTERS)?;
    txn.open_table(TOKENS)?;
    txn.open_table(AUDIT)?;
    txn.open_table(NAMES)?;
    txn.open_table(STRANGERS)?;
    txn.open_table(ACCEPTANCE)?;
    txn.open_table(ANSWERS)?;
    txn.open_table(ANSWERED)?;
    txn.open_table(ALARMS)?;
    txn.open_table(RAISED)?;
    txn.open_table(TRANSITIONS)?;
    txn.open_table(TRANSITIONS_OF)?;
    txn.open_table(ENDED)?;
    txn.open_table(TOLD)?;
    txn.open_table(TOLD_FAULTS)?;
    txn.open_table(TOLD_LAST)?;
    super::performance::create(&txn)?;
    txn.open_table(CAMPAIGNS)?;
    txn.open_table(WAVES)?;
    txn.commit()?;
    Ok(())
}

/// The record as bytes: with field names, so that later versions can add fields.
pub(super) fn encode(record: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    Ok(rmp_serde::to_vec_named(record)?)
}

pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, StoreError> {
    Ok(rmp_serde::from_slice(bytes)?)
}
