//! Samples in memory, for tests and for the first look.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::convert::Infallible;
use core::ops::Bound;

use omadm_proto::ids::DevId;
use omadm_tree::mo::diag_mon::{Decimal, DiagTime};

use super::{
    Change, Collected, Extent, KEPT_NOTICES, Loss, MAX_SERIES, Notice, PmStore, Position, Retention, Sample, Series,
    SeriesKey, Span, Subscription, SubscriptionId, Touched, Watch,
};
use crate::store::MemoryStore;

/// Everything about performance.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shelf {
    series: BTreeMap<SeriesKey, Kept>,
    losses: BTreeMap<(DevId, String), Loss>,
    subscriptions: BTreeMap<SubscriptionId, (Subscription, Position)>,
    watched: BTreeMap<(SubscriptionId, SeriesKey), Watch>,
    touched: BTreeMap<DevId, u64>,
    notices: BTreeMap<(SubscriptionId, u64), Notice>,
    retention: Retention,
}

/// One series.
#[derive(Debug, Clone, Default)]
struct Kept {
    unit: Option<String>,
    samples: BTreeMap<DiagTime, Decimal>,
}

impl Shelf {
    pub(crate) fn append(&mut self, collected: Collected) {
        let Collected { node, function, origin, metrics } = collected;
        let mut known = self.of_node(&node).count();
        let (mut added, mut refused) = (0_u64, 0_u64);
        for measured in metrics {
            let key = SeriesKey::new(node.clone(), function.clone(), measured.metric);
            if !self.series.contains_key(&key) {
                if known >= MAX_SERIES {
                    refused += u64::try_from(measured.samples.len()).unwrap_or(u64::MAX);
                    continue;
                }
                known += 1;
            }
            let kept = self.series.entry(key).or_default();
            kept.unit = measured.unit.or_else(|| kept.unit.take());
            for Sample { time, value } in measured.samples {
                kept.samples.entry(time).or_insert_with(|| {
                    added += 1;
                    value
                });
            }
        }
        let loss = self.losses.entry((node.clone(), function)).or_default();
        loss.count(origin, added);
        loss.refused += refused;
        if added > 0 && self.subscriptions.values().any(|(subscription, _)| subscription.watches()) {
            *self.touched.entry(node).or_default() += 1;
        }
    }

    pub(crate) fn change(&mut self, change: Change) {
        match change {
            Change::Subscription(subscription) => {
                self.subscriptions.insert(subscription.id, (subscription, Position::default()));
            }
            Change::Unsubscribed(id) => {
                self.subscriptions.remove(&id);
                self.watched.retain(|(of, _), _| *of != id);
                self.notices.retain(|(of, _), _| *of != id);
            }
            Change::Advanced { id, position } => {
                if let Some(known) = self.subscriptions.get_mut(&id) {
                    known.1 = position;
                }
            }
            Change::Watched { id, series, watch } => {
                if self.subscriptions.contains_key(&id) {
                    self.watched.insert((id, series), watch);
                }
            }
            Change::Notice(notice) => {
                if self.subscriptions.contains_key(&notice.subscription) {
                    self.notices.remove(&(notice.subscription, notice.number.saturating_sub(KEPT_NOTICES)));
                    self.notices.insert((notice.subscription, notice.number), notice);
                }
            }
            Change::Judged(Touched { node, version }) => {
                if self.touched.get(&node) == Some(&version) {
                    self.touched.remove(&node);
                }
            }
            Change::Retention(retention) => self.retention = retention,
            Change::Trim { series, before, keep } => self.trim(&series, before, keep),
        }
    }

    fn trim(&mut self, series: &SeriesKey, before: DiagTime, keep: u64) {
        let Some(kept) = self.series.get_mut(series) else { return };
        kept.samples = kept.samples.split_off(&before);
        while u64::try_from(kept.samples.len()).is_ok_and(|count| count > keep) {
            kept.samples.pop_first();
        }
        if kept.samples.is_empty() {
            self.series.remove(series);
        }
    }

    fn of_node(&self, node: &DevId) -> impl Iterator<Item = (&SeriesKey, &Kept)> {
        let first = SeriesKey::new(node.clone(), "", "");
        self.series.range(first..).take_while(move |(key, _)| key.node == *node)
    }

    fn within(&self, series: &SeriesKey, span: Span) -> impl DoubleEndedIterator<Item = Sample> {
        let kept = self.series.get(series).filter(|_| !span.is_empty());
        let samples = kept.into_iter().flat_map(move |kept| kept.samples.range(span.from..span.until));
        samples.map(|(time, value)| Sample::new(*time, *value))
    }
}

impl PmStore for MemoryStore {
    type Error = Infallible;

    fn samples(&self, series: &SeriesKey, span: Span, limit: usize) -> Result<Vec<Sample>, Infallible> {
        Ok(self.performance.within(series, span).take(limit).collect())
    }

    fn newest(&self, series: &SeriesKey, time: DiagTime) -> Result<Option<Sample>, Infallible> {
        Ok(self.performance.within(series, Span::new(DiagTime::default(), time)).next_back())
    }

    fn series(&self, node: &DevId) -> Result<Vec<Series>, Infallible> {
        let series = self.performance.of_node(node);
        Ok(series.map(|(key, kept)| Series::new(key.clone(), kept.unit.clone())).collect())
    }

    fn measuring(&self, after: Option<&DevId>, limit: usize) -> Result<Vec<DevId>, Infallible> {
        let mut nodes: Vec<DevId> = Vec::new();
        let all = self.performance.series.keys().map(|key| &key.node);
        for node in all.filter(|node| after.is_none_or(|after| *node > after)) {
            if nodes.last() != Some(node) {
                if nodes.len() == limit {
                    break;
                }
                nodes.push(node.clone());
            }
        }
        Ok(nodes)
    }

    fn extent(&self, series: &SeriesKey) -> Result<Extent, Infallible> {
        let Some(kept) = self.performance.series.get(series) else { return Ok(Extent::default()) };
        Ok(Extent {
            count: u64::try_from(kept.samples.len()).unwrap_or(u64::MAX),
            first: kept.samples.keys().next().copied(),
            last: kept.samples.last_key_value().map(|(time, value)| Sample::new(*time, *value)),
        })
    }

    fn losses(&self, node: &DevId) -> Result<Vec<(String, Loss)>, Infallible> {
        let of_node = self.performance.losses.range((node.clone(), String::new())..);
        let of_node = of_node.take_while(|((of, _), _)| of == node);
        Ok(of_node.map(|((_, function), loss)| (function.clone(), *loss)).collect())
    }

    fn subscriptions(&self) -> Result<Vec<(Subscription, Position)>, Infallible> {
        Ok(self.performance.subscriptions.values().cloned().collect())
    }

    fn notices(&self, id: SubscriptionId, after: u64, limit: usize) -> Result<Vec<Notice>, Infallible> {
        let behind = (Bound::Excluded((id, after)), Bound::Included((id, u64::MAX)));
        let behind = if after == u64::MAX { None } else { Some(self.performance.notices.range(behind)) };
        Ok(behind.into_iter().flatten().take(limit).map(|(_, notice)| notice.clone()).collect())
    }

    fn watched(&self, id: SubscriptionId, series: &SeriesKey) -> Result<Option<Watch>, Infallible> {
        Ok(self.performance.watched.get(&(id, series.clone())).copied())
    }

    fn touched(&self, limit: usize) -> Result<Vec<Touched>, Infallible> {
        let touched = self.performance.touched.iter().take(limit);
        Ok(touched.map(|(node, version)| Touched { node: node.clone(), version: *version }).collect())
    }

    fn retention(&self) -> Result<Retention, Infallible> {
        Ok(self.performance.retention)
    }
}
