//! Reading samples, subscriptions and news.

use omadm_proto::ids::DevId;
use omadm_tree::mo::diag_mon::DiagTime;
use redb::{ReadableDatabase as _, ReadableTable as _};
use xrem_server::performance::{
    Extent, Loss, Notice, PmStore, Position, Retention, Sample, Series, SeriesKey, Span, Subscription, SubscriptionId,
    Touched, Watch,
};

use super::super::tables::decode;
use super::super::{Database, StoreError};
use super::series::{Row, sealed};
use super::subscriptions::Standing;
use super::{BLOCKS, LOSSES, NOTICES, RETENTION, SERIES, SUBSCRIPTIONS, TOUCHED, WATCHED, block};

fn name(series: &SeriesKey) -> (&str, &str, &str) {
    (series.node.as_str(), series.function.as_str(), series.metric.as_str())
}

impl Database {
    /// The number of the newest subscription; 0 when there is none.
    pub(crate) fn last_subscription(&self) -> Result<u64, StoreError> {
        let table = self.db.begin_read()?.open_table(SUBSCRIPTIONS)?;
        let last = table.last()?;
        Ok(last.map_or(0, |(number, _)| number.value()))
    }
}

impl PmStore for Database {
    type Error = StoreError;

    fn samples(&self, series: &SeriesKey, span: Span, limit: usize) -> Result<Vec<Sample>, StoreError> {
        let mut found = Vec::new();
        if span.is_empty() {
            return Ok(found);
        }
        let txn = self.db.begin_read()?;
        let (node, function, metric) = name(series);
        let Some(row) = txn.open_table(SERIES)?.get((node, function, metric))? else { return Ok(found) };
        let mut take = |samples: Vec<Sample>| {
            let begin = samples.partition_point(|sample| sample.time < span.from);
            let end = samples.partition_point(|sample| sample.time < span.until);
            let room = limit - found.len();
            found.extend(samples.get(begin..end).unwrap_or_default().iter().take(room));
            found.len() < limit
        };
        let (from, until) = (span.from.as_unix_millis(), span.until.as_unix_millis());
        let blocks = txn.open_table(BLOCKS)?;
        // The block that the first moment lies in began before it.
        let first =
            blocks.range((node, function, metric, 0)..=(node, function, metric, from))?.next_back().transpose()?;
        let first = first.map_or(from, |(key, _)| key.value().3);
        for entry in blocks.range((node, function, metric, first)..(node, function, metric, until))? {
            if !take(sealed(entry?.1.value())?) {
                return Ok(found);
            }
        }
        take(Row::read(row.value())?.tail);
        Ok(found)
    }

    fn newest(&self, series: &SeriesKey, time: DiagTime) -> Result<Option<Sample>, StoreError> {
        let txn = self.db.begin_read()?;
        let (node, function, metric) = name(series);
        let Some(row) = txn.open_table(SERIES)?.get((node, function, metric))? else { return Ok(None) };
        let last = |samples: Vec<Sample>| samples.into_iter().rev().find(|sample| sample.time < time);
        if let Some(sample) = last(Row::read(row.value())?.tail) {
            return Ok(Some(sample));
        }
        let older = (node, function, metric, 0)..(node, function, metric, time.as_unix_millis());
        let Some(entry) = txn.open_table(BLOCKS)?.range(older)?.next_back() else { return Ok(None) };
        Ok(last(sealed(entry?.1.value())?))
    }

    fn series(&self, node: &DevId) -> Result<Vec<Series>, StoreError> {
        let table = self.db.begin_read()?.open_table(SERIES)?;
        let mut found = Vec::new();
        for row in table.range((node.as_str(), "", "")..)? {
            let (key, bytes) = row?;
            let (of, function, metric) = key.value();
            if of != node.as_str() {
                break;
            }
            found.push(Series::new(SeriesKey::new(node.clone(), function, metric), Row::unit(bytes.value())?));
        }
        Ok(found)
    }

    fn measuring(&self, after: Option<&DevId>, limit: usize) -> Result<Vec<DevId>, StoreError> {
        let table = self.db.begin_read()?.open_table(SERIES)?;
        let mut nodes: Vec<DevId> = Vec::new();
        let mut behind = after.cloned();
        while nodes.len() < limit {
            // One leap for each node, over its series. Nothing lies between an id and the same with a NUL behind it.
            let from = behind.as_ref().map_or_else(String::new, |id| format!("{id}\0"));
            let Some(row) = table.range((from.as_str(), "", "")..)?.next() else { break };
            let id = DevId::new(row?.0.value().0);
            behind = Some(id.clone());
            nodes.push(id);
        }
        Ok(nodes)
    }

    fn extent(&self, series: &SeriesKey) -> Result<Extent, StoreError> {
        let txn = self.db.begin_read()?;
        let (node, function, metric) = name(series);
        let Some(row) = txn.open_table(SERIES)?.get((node, function, metric))? else { return Ok(Extent::default()) };
        let tail = Row::read(row.value())?.tail;
        let mut extent = Extent { count: tail.len() as u64, first: None, last: tail.last().copied() };
        let mut newest = None;
        for entry in txn.open_table(BLOCKS)?.range((node, function, metric, 0)..=(node, function, metric, u64::MAX))? {
            let (key, bytes) = entry?;
            extent.count += block::count(bytes.value()).ok_or(StoreError::Samples)?;
            extent.first = extent.first.or(Some(DiagTime::from_unix_millis(key.value().3)));
            newest = Some(bytes);
        }
        extent.first = extent.first.or_else(|| tail.first().map(|sample| sample.time));
        if let (None, Some(bytes)) = (extent.last, newest) {
            extent.last = sealed(bytes.value())?.pop();
        }
        Ok(extent)
    }

    fn losses(&self, node: &DevId) -> Result<Vec<(String, Loss)>, StoreError> {
        let table = self.db.begin_read()?.open_table(LOSSES)?;
        let mut found = Vec::new();
        for row in table.range((node.as_str(), "")..)? {
            let (key, bytes) = row?;
            let (of, function) = key.value();
            if of != node.as_str() {
                break;
            }
            found.push((function.to_owned(), decode(bytes.value())?));
        }
        Ok(found)
    }

    fn subscriptions(&self) -> Result<Vec<(Subscription, Position)>, StoreError> {
        let table = self.db.begin_read()?.open_table(SUBSCRIPTIONS)?;
        let standing = |bytes: &[u8]| decode::<Standing>(bytes).map(|it| (it.subscription, it.position));
        table.iter()?.map(|row| standing(row?.1.value())).collect()
    }

    fn notices(&self, id: SubscriptionId, after: u64, limit: usize) -> Result<Vec<Notice>, StoreError> {
        let Some(first) = after.checked_add(1) else { return Ok(Vec::new()) };
        let table = self.db.begin_read()?.open_table(NOTICES)?;
        let behind = table.range((id.get(), first)..=(id.get(), u64::MAX))?;
        behind.take(limit).map(|row| decode(row?.1.value())).collect()
    }

    fn watched(&self, id: SubscriptionId, series: &SeriesKey) -> Result<Option<Watch>, StoreError> {
        let table = self.db.begin_read()?.open_table(WATCHED)?;
        let (node, function, metric) = name(series);
        table.get((id.get(), node, function, metric))?.map(|bytes| decode(bytes.value())).transpose()
    }

    fn touched(&self, limit: usize) -> Result<Vec<Touched>, StoreError> {
        let table = self.db.begin_read()?.open_table(TOUCHED)?;
        let touched = table.iter()?.take(limit).map(|row| {
            let (node, version) = row?;
            Ok(Touched { node: DevId::new(node.value()), version: version.value() })
        });
        touched.collect()
    }

    fn retention(&self) -> Result<Retention, StoreError> {
        let table = self.db.begin_read()?.open_table(RETENTION)?;
        Ok(table.get(())?.map(|bytes| decode(bytes.value())).transpose()?.unwrap_or_default())
    }
}
