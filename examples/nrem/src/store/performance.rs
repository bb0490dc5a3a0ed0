//! Samples in redb.
//!
//! A series has one row that is written with every upload: its unit and its newest samples, the tail. When the tail is full
//! it is sealed: it becomes a block of its own that is read as a whole and hardly ever written again. So an upload costs one
//! small read and one small write however much there is already, and a day of one metric is a dozen rows side by side.
//! Invariants: samples in blocks are older than those in the tail; blocks of a series do not overlap, and each is filed under
//! its first sample.

mod block;
mod read;
mod series;
mod subscriptions;

use redb::{ReadableTable as _, Table, TableDefinition, WriteTransaction};
use xrem_server::performance::{Change, Collected, Loss, MAX_SERIES, Subscription};
use xrem_server::store::Record;

use self::subscriptions::Standing;
use super::StoreError;
use super::tables::{decode, encode};

type Bytes = &'static [u8];
type Name = &'static str;
/// Node, function, metric.
type SeriesName = (Name, Name, Name);

/// The unit and the tail of a series.
const SERIES: TableDefinition<'_, SeriesName, Bytes> = TableDefinition::new("pm_series");
/// Sealed blocks of a series, by the time of their first sample.
const BLOCKS: TableDefinition<'_, (Name, Name, Name, u64), Bytes> = TableDefinition::new("pm_blocks");
/// What is missing, by node and function.
const LOSSES: TableDefinition<'_, (Name, Name), Bytes> = TableDefinition::new("pm_losses");
/// Subscriptions by number, and where they stand.
const SUBSCRIPTIONS: TableDefinition<'_, u64, Bytes> = TableDefinition::new("pm_subscriptions");
/// What subscriptions have seen of series.
const WATCHED: TableDefinition<'_, (u64, Name, Name, Name), Bytes> = TableDefinition::new("pm_watched");
/// Nodes with samples to be judged, and the number of the latest document.
const TOUCHED: TableDefinition<'_, Name, u64> = TableDefinition::new("pm_touched");
/// News by subscription and number.
const NOTICES: TableDefinition<'_, (u64, u64), Bytes> = TableDefinition::new("pm_notices");
/// How long samples are kept.
const RETENTION: TableDefinition<'_, (), Bytes> = TableDefinition::new("pm_retention");

/// Makes the tables that are not there.
pub(super) fn create(txn: &WriteTransaction) -> Result<(), StoreError> {
    txn.open_table(RETENTION)?;
    Tables::open(txn).map(drop)
}

/// The tables of this area in one transaction; opened when something is to be written to them.
pub(super) struct PmTables<'t> {
    txn: &'t WriteTransaction,
    tables: Option<Tables<'t>>,
}

struct Tables<'t> {
    series: Table<'t, SeriesName, Bytes>,
    blocks: Table<'t, (Name, Name, Name, u64), Bytes>,
    losses: Table<'t, (Name, Name), Bytes>,
    subscriptions: Table<'t, u64, Bytes>,
    watched: Table<'t, (u64, Name, Name, Name), Bytes>,
    touched: Table<'t, Name, u64>,
    notices: Table<'t, (u64, u64), Bytes>,
    /// Whether a subscription looks at each sample; `None` when it is to be found out.
    watching: Option<bool>,
}

impl<'t> PmTables<'t> {
    pub(super) const fn new(txn: &'t WriteTransaction) -> Self {
        Self { txn, tables: None }
    }

    /// Stores `record` if it is of this area.
    pub(super) fn put(&mut self, record: &Record) -> Result<(), StoreError> {
        let tables = match &mut self.tables {
            Some(tables) => tables,
            None => self.tables.insert(Tables::open(self.txn)?),
        };
        match record {
            Record::Samples(collected) => tables.append(collected),
            Record::Performance(Change::Retention(retention)) => {
                let bytes = encode(retention)?;
                self.txn.open_table(RETENTION)?.insert((), bytes.as_slice())?;
                Ok(())
            }
            Record::Performance(Change::Trim { series, before, keep }) => {
                tables.trim(series, before.as_unix_millis(), *keep)
            }
            Record::Performance(change) => tables.change(change),
            _ => Ok(()),
        }
    }
}

impl<'t> Tables<'t> {
    fn open(txn: &'t WriteTransaction) -> Result<Self, StoreError> {
        Ok(Self {
            series: txn.open_table(SERIES)?,
            blocks: txn.open_table(BLOCKS)?,
            losses: txn.open_table(LOSSES)?,
            subscriptions: txn.open_table(SUBSCRIPTIONS)?,
            watched: txn.open_table(WATCHED)?,
            touched: txn.open_table(TOUCHED)?,
            notices: txn.open_table(NOTICES)?,
            watching: None,
        })
    }

    fn append(&mut self, collected: &Collected) -> Result<(), StoreError> {
        let Collected { node, function, origin, metrics, .. } = collected;
        let node = node.as_str();
        let (mut added, mut refused) = (0, 0);
        let mut known = None;
        for measured in metrics {
            let name = (node, function.as_str(), measured.metric.as_str());
            let row = self.series.get(name)?.map(|row| row.value().to_vec());
            if row.is_none() {
                let count = match known {
                    Some(count) => count,
                    None => self.series_of(node)?,
                };
                known = Some(count + 1);
                if count >= MAX_SERIES {
                    known = Some(count);
                    refused += measured.samples.len() as u64;
                    continue;
                }
            }
            added += self.append_to(name, row.as_deref(), measured)?;
        }
        self.count_losses((node, function.as_str()), |loss| {
            loss.count(*origin, added);
            loss.refused += refused;
        })?;
        if added > 0 && self.is_watched()? {
            let version = self.touched.get(node)?.map_or(0, |version| version.value());
            self.touched.insert(node, version + 1)?;
        }
        Ok(())
    }

    /// How many series `node` has, as far as that matters.
    fn series_of(&self, node: &str) -> Result<usize, StoreError> {
        let mut count = 0;
        for row in self.series.range((node, "", "")..)?.take(MAX_SERIES) {
            if row?.0.value().0 != node {
                break;
            }
            count += 1;
        }
        Ok(count)
    }

    fn count_losses(&mut self, key: (&str, &str), count: impl FnOnce(&mut Loss)) -> Result<(), StoreError> {
        let before: Option<Loss> = self.losses.get(key)?.map(|bytes| decode(bytes.value())).transpose()?;
        let mut loss = before.unwrap_or_default();
        count(&mut loss);
        if loss != before.unwrap_or_default() {
            self.losses.insert(key, encode(&loss)?.as_slice())?;
        }
        Ok(())
    }

    fn is_watched(&mut self) -> Result<bool, StoreError> {
        if let Some(watching) = self.watching {
            return Ok(watching);
        }
        let mut watching = false;
        for row in self.subscriptions.iter()? {
            let standing: Standing = decode(row?.1.value())?;
            watching |= Subscription::watches(&standing.subscription);
        }
        self.watching = Some(watching);
        Ok(watching)
    }
}
