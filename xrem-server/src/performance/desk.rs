//! The round that makes news: judges new samples, and closes intervals.
//!
//! A driver calls [`round`] whenever samples were committed and at the moment that [`next_due`] names, commits
//! [`Round::persist`] as one, and only then tells [`Round::notices`]. News, the numbers they have and what the subscriptions have
//! seen are in one commit: a round that was lost is made again and comes to the same, and one that was stored is not made
//! again, so nothing is told twice or left out. Rounds must not overlap.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use omadm_proto::ids::DevId;
use omadm_tree::mo::diag_mon::DiagTime;

use super::sample::later;
use super::summary::{self, Merged};
use super::{
    Change, MetricSummary, News, Notice, PmStore, Policy, Position, Series, Span, Subscription, SubscriptionId,
    Touched, Watch, interval,
};
use crate::directory::means;
use crate::requester::{Ability, Requester, RequesterName, RequesterStore};
use crate::store::{Record, Store};

/// Nodes whose samples are judged in one round.
const NODES: usize = 64;
/// Samples that are judged in one round, about: bounds the news of one commit.
const SAMPLES: usize = 65_536;
/// Intervals that are closed in one round.
const INTERVALS: usize = 16;
/// Nodes that are read at a time for a summary.
const PAGE: usize = 256;

/// What a round found.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Round {
    /// To be committed as one before anything is told.
    pub persist: Vec<Record>,
    /// What to tell.
    pub notices: Vec<Notice>,
    /// There is more to do: the next round can follow at once.
    pub more: bool,
}

/// When the next round has something to do; in the past for at once.
///
/// # Errors
/// The store cannot be read.
pub fn next_due<S: PmStore>(store: &S) -> Result<Option<DiagTime>, S::Error> {
    if !store.touched(1)?.is_empty() {
        return Ok(Some(DiagTime::default()));
    }
    let subscriptions = store.subscriptions()?;
    Ok(subscriptions.iter().filter_map(|(it, position)| closing(it, *position)).map(|(_, due)| due).min())
}

/// Judges what came, and closes the intervals that are over at `now`. A subscriber hears of nodes that it may read.
///
/// # Errors
/// The store cannot be read.
pub fn round<S, E>(store: &S, now: DiagTime) -> Result<Round, E>
where
    S: Store<Error = E> + PmStore<Error = E> + RequesterStore<Error = E>,
    E: core::error::Error + 'static,
{
    let subscriptions = store.subscriptions()?;
    let mut desk = Desk {
        store,
        requesters: BTreeMap::new(),
        round: Round::default(),
        positions: BTreeMap::new(),
        samples: SAMPLES,
    };
    desk.judge(&subscriptions)?;
    desk.close(&subscriptions, now)?;
    Ok(desk.finish())
}

/// Whether `requester` may see the samples of `node`.
///
/// # Errors
/// The store cannot be read.
pub fn may_read<S: Store>(store: &S, requester: &Requester, node: &DevId) -> Result<bool, S::Error> {
    Ok(match store.node(node)? {
        Some(record) => requester.may(Ability::Read, &record),
        None => requester.may_unregistered(Ability::Read, node),
    })
}

/// The interval that is to be summarized next, and when that is due.
fn closing(it: &Subscription, position: Position) -> Option<(Span, DiagTime)> {
    let Policy::Summary { every, delay } = it.policy else { return None };
    let span = interval(position.next.unwrap_or(it.from), every);
    Some((span, later(span.until, delay)))
}

/// A round under way.
struct Desk<'s, S> {
    store: &'s S,
    /// Those who have subscriptions; `None` for one that is forgotten.
    requesters: BTreeMap<RequesterName, Option<Requester>>,
    round: Round,
    /// Of the subscriptions that moved on.
    positions: BTreeMap<SubscriptionId, Position>,
    /// How many samples may still be judged.
    samples: usize,
}

impl<S, E> Desk<'_, S>
where
    S: Store<Error = E> + PmStore<Error = E> + RequesterStore<Error = E>,
    E: core::error::Error + 'static,
{
    /// Whether the subscriber is told of `node`.
    fn hears(&mut self, it: &Subscription, node: &DevId) -> Result<bool, E> {
        if !means(self.store, &it.target, node)? {
            return Ok(false);
        }
        let Some(name) = &it.requester else { return Ok(true) };
        if !self.requesters.contains_key(name) {
            self.requesters.insert(name.clone(), self.store.requester(name)?);
        }
        let Some(requester) = self.requesters.get(name).and_then(Option::as_ref) else { return Ok(false) };
        may_read(self.store, requester, node)
    }

    /// Judges the samples of the nodes that have new ones.
    fn judge(&mut self, subscriptions: &[(Subscription, Position)]) -> Result<(), E> {
        let touched = self.store.touched(NODES)?;
        self.round.more = touched.len() == NODES;
        for node in touched {
            let mut watchers = Vec::new();
            for (it, position) in subscriptions.iter().filter(|(it, _)| it.watches()) {
                if self.hears(it, &node.node)? {
                    watchers.push((it, *position));
                }
            }
            if !self.judge_node(&node, &watchers)? {
                self.round.more = true;
                return Ok(());
            }
            self.round.persist.push(Record::Performance(Change::Judged(node)));
        }
        Ok(())
    }

    /// Tells whether everything of the node was judged.
    fn judge_node(&mut self, node: &Touched, watchers: &[(&Subscription, Position)]) -> Result<bool, E> {
        let series = if watchers.is_empty() { Vec::new() } else { self.store.series(&node.node)? };
        for (it, position) in watchers {
            for series in series.iter().filter(|series| it.selection.covers(&series.key)) {
                if !self.judge_series(it, *position, series)? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    fn judge_series(&mut self, it: &Subscription, position: Position, series: &Series) -> Result<bool, E> {
        let store = self.store;
        let key = &series.key;
        let known = store.watched(it.id, key)?;
        let mut watch = match known {
            Some(watch) => watch,
            None => {
                let before = DiagTime::from_unix_millis(it.from.as_unix_millis().saturating_sub(1));
                let value = store.newest(key, it.from)?.map(|sample| sample.value);
                Watch { time: before, value }
            }
        };
        let before = watch;
        let span = Span::ALL.since(later(watch.time, Duration::from_millis(1)));
        let finished = summary::each(store, key, span, |sample| {
            let Some(rest) = self.samples.checked_sub(1) else { return false };
            self.samples = rest;
            if let Some(news) = watch.judge(it.policy, key, sample) {
                self.tell(it.id, position, news);
            }
            true
        })?;
        if watch != before {
            let change = Change::Watched { id: it.id, series: key.clone(), watch };
            self.round.persist.push(Record::Performance(change));
        }
        Ok(finished)
    }

    /// Closes the intervals that are over.
    fn close(&mut self, subscriptions: &[(Subscription, Position)], now: DiagTime) -> Result<(), E> {
        let mut intervals = INTERVALS;
        for (it, position) in subscriptions {
            let mut position = *position;
            while let Some((span, _)) = closing(it, position).filter(|(_, due)| *due <= now) {
                let Some(rest) = intervals.checked_sub(1) else {
                    self.round.more = true;
                    return Ok(());
                };
                intervals = rest;
                let metrics = self.figures(it, span)?;
                self.tell(it.id, position, News::Summary { from: span.from, until: span.until, metrics });
                position.notices += 1;
                position.next = Some(span.until);
                self.positions.insert(it.id, position);
            }
        }
        Ok(())
    }

    /// The figures of one interval over all nodes of a subscription.
    fn figures(&mut self, it: &Subscription, span: Span) -> Result<Vec<MetricSummary>, E> {
        let mut merged: BTreeMap<(String, String), Merged> = BTreeMap::new();
        let mut after: Option<DevId> = None;
        loop {
            let nodes = self.store.measuring(after.as_ref(), PAGE)?;
            let last = nodes.len() < PAGE;
            for node in &nodes {
                if self.hears(it, node)? {
                    self.add_node(it, span, node, &mut merged)?;
                }
            }
            after = nodes.into_iter().next_back();
            if last {
                break;
            }
        }
        let metric = |((function, metric), merged): ((String, String), Merged)| {
            let statistics = merged.tally.statistics()?;
            Some(MetricSummary { function, metric, unit: merged.unit, nodes: merged.nodes, statistics })
        };
        Ok(merged.into_iter().filter_map(metric).collect())
    }

    fn add_node(
        &mut self,
        it: &Subscription,
        span: Span,
        node: &DevId,
        merged: &mut BTreeMap<(String, String), Merged>,
    ) -> Result<(), E> {
        for series in self.store.series(node)? {
            if it.selection.covers(&series.key) {
                let name = (series.key.function.clone(), series.key.metric.clone());
                let merged = merged.entry(name).or_default();
                if summary::add(self.store, &series.key, span, &mut merged.tally)? {
                    merged.nodes += 1;
                    merged.unit = series.unit.or_else(|| merged.unit.take());
                }
            }
        }
        Ok(())
    }

    fn tell(&mut self, subscription: SubscriptionId, position: Position, news: News) {
        let position = self.positions.entry(subscription).or_insert(position);
        position.notices += 1;
        let notice = Notice { subscription, number: position.notices, news };
        self.round.persist.push(Record::Performance(Change::Notice(notice.clone())));
        self.round.notices.push(notice);
    }

    fn finish(mut self) -> Round {
        for (id, position) in self.positions {
            self.round.persist.push(Record::Performance(Change::Advanced { id, position }));
        }
        self.round
    }
}
