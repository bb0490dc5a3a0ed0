//! What every database of samples keeps, as tests over any of them: each is a function that gets an empty database.

use core::fmt::Debug;
use std::collections::BTreeMap;

use omadm_proto::ids::DevId;
use omadm_tree::mo::diag_mon::{Decimal, DiagTime, PmReport, PmSample};
use xrem_server::performance::{
    Change, Collected, Cursor, Direction, Extent, KEPT_NOTICES, Loss, MAX_SERIES, News, Notice, PmStore, Policy,
    Position, Query, Retention, Sample, Selection, SeriesKey, Span, Subscription, SubscriptionId, Watch, page, round,
    trim,
};
use xrem_server::requester::RequesterStore;
use xrem_server::store::{Record, Store};
use xrem_server::task::{Kind, Target};

/// A database for everything that is tested here.
pub(crate) trait Base:
    Store<Error = Self::Fault> + PmStore<Error = Self::Fault> + RequesterStore<Error = Self::Fault>
{
    type Fault: core::error::Error + Debug + 'static;
}

impl<E: core::error::Error + Debug + 'static, S: Store<Error = E> + PmStore<Error = E> + RequesterStore<Error = E>> Base
    for S
{
    type Fault = E;
}

/// All of these as tests of the database that `$empty` makes.
macro_rules! pm_store_tests {
    ($empty:expr) => {
        pm_store::pm_store_tests!($empty,
            a_sample_that_comes_again_is_stored_once,
            samples_are_read_in_order_however_they_came,
            n2a_a_database_holds_what_the_naive_model_holds,
            pages_join_to_the_whole,
            a_node_has_at_most_so_many_series,
            dropped_samples_are_counted_once,
            retention_removes_what_is_old_and_what_is_too_much,
            a_node_is_listed_for_judging_while_somebody_watches,
            news_are_kept_until_the_subscription_ends,
            only_the_newest_news_are_kept,
            n2b_every_crossing_is_told_once_although_rounds_are_lost,
        );
    };
    ($empty:expr, $($name:ident),* $(,)?) => {
        $(#[test]
        fn $name() {
            let mut empty = $empty;
            pm_store::$name(&mut empty);
        })*
    };
}
pub(crate) use pm_store_tests;

fn at(seconds: u64) -> DiagTime {
    DiagTime::from_unix_millis(seconds * 1000)
}

fn span(from: u64, until: u64) -> Span {
    Span::new(at(from), at(until))
}

fn value(number: f64) -> Decimal {
    Decimal::new(number).unwrap()
}

fn key(node: &str, metric: &str) -> SeriesKey {
    SeriesKey::new(node.into(), "memory", metric)
}

/// An upload of `node` with the number `seq`: seconds, metrics and values.
fn upload(node: &str, seq: u64, samples: &[(u64, &str, f64)]) -> Record {
    Record::Samples(Collected::uploaded(node.into(), report(seq, samples)))
}

fn report<'a>(seq: u64, samples: &[(u64, &'a str, f64)]) -> PmReport<'a> {
    let mut report = PmReport::new("memory", seq);
    let sample = |(time, metric, number): &(u64, &'a str, f64)| PmSample::new(at(*time), *metric, value(*number));
    report.samples = samples.iter().map(sample).collect();
    report
}

fn read<S: Base>(store: &S, series: &SeriesKey) -> Vec<(u64, f64)> {
    let samples = store.samples(series, Span::ALL, usize::MAX).unwrap();
    samples.iter().map(|sample| (sample.time.as_unix_millis() / 1000, sample.value.as_f64())).collect()
}

pub(crate) fn a_sample_that_comes_again_is_stored_once<S: Base>(store: &mut S) {
    let first = upload("a", 1, &[(10, "free", 1.0), (20, "free", 2.0), (20, "used", 7.5)]);
    store.commit(core::slice::from_ref(&first)).unwrap();
    store.commit(&[first.clone(), upload("a", 2, &[(20, "free", 99.0), (30, "free", 3.0)]), first]).unwrap();
    assert_eq!(read(store, &key("a", "free")), [(10, 1.0), (20, 2.0), (30, 3.0)]);
    assert_eq!(read(store, &key("a", "used")), [(20, 7.5)]);
    assert_eq!(read(store, &key("b", "free")), []);
    // A task that reads the function finds what was uploaded already.
    let held = Collected::read("a".into(), report(3, &[(30, "free", 3.0), (40, "free", 4.0)]));
    store.commit(&[Record::Samples(held)]).unwrap();
    assert_eq!(read(store, &key("a", "free")).len(), 4);
}

pub(crate) fn samples_are_read_in_order_however_they_came<S: Base>(store: &mut S) {
    let series = key("a", "free");
    for base in [3000, 1000, 2000, 0] {
        let samples: Vec<_> = (0..1000).rev().map(|n| (base + n, "free", (base + n) as f64 / 4.0)).collect();
        store.commit(&[upload("a", 1, &samples)]).unwrap();
    }
    let all = read(store, &series);
    assert_eq!(all.len(), 4000);
    assert!(all.iter().enumerate().all(|(n, (time, value))| *time == n as u64 && *value == n as f64 / 4.0));
    let within = store.samples(&series, span(100, 103), 10).unwrap();
    assert_eq!(within.iter().map(|it| it.time).collect::<Vec<_>>(), [at(100), at(101), at(102)]);
    assert_eq!(store.samples(&series, span(100, 4000), 2).unwrap().len(), 2);
    assert_eq!(store.samples(&series, span(103, 103), 2).unwrap(), []);
    assert_eq!(store.newest(&series, at(2500)).unwrap(), Some(Sample::new(at(2499), value(624.75))));
    assert_eq!(store.newest(&series, at(0)).unwrap(), None);
    let extent = store.extent(&series).unwrap();
    assert_eq!(extent, Extent { count: 4000, first: Some(at(0)), last: Some(Sample::new(at(3999), value(999.75))) });
}

/// Numbers that a seed decides.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn third(&mut self) -> usize {
        usize::try_from(self.below(3)).unwrap()
    }
}

/// Late, doubled, overlapping and trimmed: a flat map is the model.
pub(crate) fn n2a_a_database_holds_what_the_naive_model_holds<S: Base>(store: &mut S) {
    let (nodes, metrics) = (["urn:imei:1", "urn:imei:10", "urn:imei:2"], ["free", "used", "a/b"]);
    let mut model: BTreeMap<(&str, &str, u64), f64> = BTreeMap::new();
    let mut dice = Dice(7);
    for seq in 1..=400 {
        let node = nodes[dice.third()];
        let start = dice.below(4000);
        let samples: Vec<(u64, &str, f64)> = (0..dice.below(60))
            .map(|_| (start + dice.below(300), metrics[dice.third()], dice.below(1_000_000) as f64 / 100.0))
            .collect();
        store.commit(&[upload(node, seq, &samples)]).unwrap();
        for (time, metric, value) in samples {
            model.entry((node, metric, time)).or_insert(value);
        }
        if dice.below(40) == 0 {
            let (metric, before, keep) = (metrics[dice.third()], dice.below(1500), 50 + dice.below(900));
            let change = Change::Trim { series: key(node, metric), before: at(before), keep };
            store.commit(&[Record::Performance(change)]).unwrap();
            let own = |it: &(&str, &str, u64)| it.0 == node && it.1 == metric;
            model.retain(|it, _| !own(it) || it.2 >= before);
            while model.keys().filter(|it| own(it)).count() as u64 > keep {
                let oldest = *model.keys().find(|it| own(it)).unwrap();
                model.remove(&oldest);
            }
        }
    }
    assert!(model.len() > 5000, "{}", model.len());
    for node in nodes {
        for metric in metrics {
            let own = model.iter().filter(|(it, _)| it.0 == node && it.1 == metric);
            let expected: Vec<(u64, f64)> = own.map(|(it, value)| (it.2, *value)).collect();
            assert_eq!(read(store, &key(node, metric)), expected, "{node} {metric}");
            let extent = store.extent(&key(node, metric)).unwrap();
            assert_eq!(extent.count, expected.len() as u64);
            let (from, until) = (dice.below(4000), dice.below(4000));
            let within = store.samples(&key(node, metric), span(from, until), usize::MAX).unwrap();
            assert_eq!(within.len(), expected.iter().filter(|(time, _)| (from..until).contains(time)).count());
        }
    }
    let known: Vec<String> = store.measuring(None, 10).unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(known, nodes);
    assert_eq!(store.measuring(Some(&"urn:imei:1".into()), 1).unwrap(), [DevId::new("urn:imei:10")]);
}

pub(crate) fn pages_join_to_the_whole<S: Base>(store: &mut S) {
    for node in ["a", "b", "c"] {
        let samples: Vec<_> = (0..10).flat_map(|n| [(n, "free", 1.0), (n, "used", 2.0)]).collect();
        store.commit(&[upload(node, 1, &samples)]).unwrap();
    }
    for limit in [1, 3, 10, 20, 40, 1000] {
        let mut query = Query::new(["a".into(), "b".into(), "none".into(), "c".into()]).pages_of(limit);
        let mut found = Vec::new();
        loop {
            // Node b is outside the rights: it is as if it had never measured.
            let page = page(store, &query, |node| node.as_str() != "b").unwrap();
            let on_page: usize = page.series.iter().map(|(_, samples)| samples.len()).sum();
            assert!(on_page <= limit && (on_page > 0 || found.is_empty()));
            for (series, samples) in page.series {
                found.extend(samples.into_iter().map(|sample| (series.key.clone(), sample.time)));
            }
            let Some(next) = page.next else { break };
            query.after = Some(next.to_string().parse::<Cursor>().unwrap());
        }
        let expected = ["a", "c"].into_iter().flat_map(|node| {
            let of = move |metric| (0..10).map(move |n| (key(node, metric), at(n)));
            of("free").chain(of("used"))
        });
        assert_eq!(found, expected.collect::<Vec<_>>(), "pages of {limit}");
    }
    let query = Query::new(["a".into()]).of(Selection::of("memory", "used")).within(span(2, 4));
    let found = page(store, &query, |_| true).unwrap();
    assert_eq!(found.series.len(), 1);
    assert_eq!(found.series[0].1.iter().map(|it| it.time).collect::<Vec<_>>(), [at(2), at(3)]);
}

pub(crate) fn a_node_has_at_most_so_many_series<S: Base>(store: &mut S) {
    let names: Vec<String> = (0..MAX_SERIES + 2).map(|n| format!("m{n:04}")).collect();
    let samples: Vec<_> = names.iter().map(|name| (1, name.as_str(), 1.0)).collect();
    store.commit(&[upload("a", 1, &samples)]).unwrap();
    assert_eq!(store.series(&"a".into()).unwrap().len(), MAX_SERIES);
    assert_eq!(store.losses(&"a".into()).unwrap(), [("memory".into(), Loss { lost: 0, seq: 0, refused: 2 })]);
    // What it has goes on.
    store.commit(&[upload("a", 2, &[(2, "m0000", 2.0), (2, "new", 2.0)])]).unwrap();
    assert_eq!(read(store, &key("a", "m0000")), [(1, 1.0), (2, 2.0)]);
    assert_eq!(store.losses(&"a".into()).unwrap()[0].1.refused, 3);
}

pub(crate) fn dropped_samples_are_counted_once<S: Base>(store: &mut S) {
    let mut lossy = |seq: u64, lost: u64, time: u64| {
        let mut report = report(seq, &[(time, "free", 1.0)]);
        report.lost = lost;
        store.commit(&[Record::Samples(Collected::uploaded("a".into(), report))]).unwrap();
        store.losses(&"a".into()).unwrap().first().map_or(0, |(_, loss)| loss.lost)
    };
    assert_eq!(lossy(5, 3, 50), 3);
    assert_eq!(lossy(5, 3, 50), 3, "once more");
    assert_eq!(lossy(6, 0, 60), 3);
    assert_eq!(lossy(7, 2, 70), 5);
    assert_eq!(lossy(5, 3, 50), 5, "an old one once more");
    assert_eq!(lossy(1, 4, 80), 9, "the device was reset, and its numbers begin again");
    let mut held = report(2, &[(90, "free", 1.0)]);
    held.lost = 8;
    store.commit(&[Record::Samples(Collected::read("a".into(), held))]).unwrap();
    assert_eq!(store.losses(&"a".into()).unwrap()[0].1.lost, 9, "the upload will tell it");
}

pub(crate) fn retention_removes_what_is_old_and_what_is_too_much<S: Base>(store: &mut S) {
    for n in 0..100 {
        let node = format!("n{n:03}");
        let samples: Vec<_> = (0..20).map(|t| (1000 + 10 * t + n, "free", 1.0)).collect();
        store.commit(&[upload(&node, 1, &samples), upload(&node, 2, &[(5, "once", 1.0)])]).unwrap();
    }
    assert_eq!(store.retention().unwrap().age.map(|age| age.as_secs()), Some(90 * 86_400));
    let retention = Retention { age: Some(core::time::Duration::from_secs(1000)), samples: Some(7) };
    store.commit(&[Record::Performance(Change::Retention(retention))]).unwrap();
    assert_eq!(store.retention().unwrap(), retention);
    let mut after = None;
    loop {
        let trimming = trim(store, at(2160), after.as_ref()).unwrap();
        store.commit(&trimming.persist).unwrap();
        after = trimming.next;
        if after.is_none() {
            break;
        }
    }
    // Of 1000, 1010, ... 1190 those from 1160 on are young enough: 1160, 1170, 1180, 1190.
    assert_eq!(read(store, &key("n000", "free")).iter().map(|it| it.0).collect::<Vec<_>>(), [1160, 1170, 1180, 1190]);
    assert_eq!(read(store, &key("n090", "free")).len(), 7);
    assert_eq!(read(store, &key("n090", "free"))[0].0, 1220);
    let left: Vec<String> = store.series(&"n000".into()).unwrap().into_iter().map(|it| it.key.metric).collect();
    assert_eq!(left, ["free"], "a series without samples is forgotten");
}

fn watching(id: u64, policy: Policy) -> Subscription {
    Subscription::new(SubscriptionId::new(id), Target::All(Kind::Devices), policy, at(0))
}

fn rising(limit: f64) -> Policy {
    Policy::Threshold { limit: value(limit), direction: Direction::Rising }
}

fn subscribe<S: Base>(store: &mut S, subscription: Subscription) {
    store.commit(&[Record::Performance(Change::Subscription(subscription))]).unwrap();
}

pub(crate) fn a_node_is_listed_for_judging_while_somebody_watches<S: Base>(store: &mut S) {
    let every = core::time::Duration::from_secs(60);
    subscribe(store, watching(1, Policy::Summary { every, delay: every }));
    store.commit(&[upload("a", 1, &[(1, "free", 1.0)])]).unwrap();
    assert_eq!(store.touched(10).unwrap(), [], "summaries are made by the clock");
    subscribe(store, watching(2, rising(5.0)));
    store.commit(&[upload("a", 2, &[(2, "free", 1.0)]), upload("b", 1, &[(2, "free", 1.0)])]).unwrap();
    let touched = store.touched(10).unwrap();
    assert_eq!(touched.iter().map(|it| it.node.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(store.touched(1).unwrap().len(), 1);
    // More came for a while it was judged.
    store.commit(&[upload("a", 3, &[(3, "free", 1.0)])]).unwrap();
    let judged = touched.into_iter().map(|it| Record::Performance(Change::Judged(it)));
    store.commit(&judged.collect::<Vec<_>>()).unwrap();
    let touched = store.touched(10).unwrap();
    assert_eq!(touched.iter().map(|it| it.node.as_str()).collect::<Vec<_>>(), ["a"]);
    store.commit(&touched.into_iter().map(|it| Record::Performance(Change::Judged(it))).collect::<Vec<_>>()).unwrap();
    // What is known already has nothing to judge.
    store.commit(&[upload("a", 3, &[(3, "free", 1.0)])]).unwrap();
    assert_eq!(store.touched(10).unwrap(), []);
}

fn notice(id: u64, number: u64) -> Record {
    let news = News::Summary { from: at(number), until: at(number + 1), metrics: Vec::new() };
    Record::Performance(Change::Notice(Notice::new(SubscriptionId::new(id), number, news)))
}

fn numbers<S: Base>(store: &S, id: u64, after: u64, limit: usize) -> Vec<u64> {
    store.notices(SubscriptionId::new(id), after, limit).unwrap().iter().map(|it| it.number).collect()
}

pub(crate) fn news_are_kept_until_the_subscription_ends<S: Base>(store: &mut S) {
    subscribe(store, watching(1, rising(1.0)));
    subscribe(store, watching(2, rising(2.0)));
    store.commit(&[notice(1, 1), notice(1, 2), notice(1, 3), notice(2, 1)]).unwrap();
    assert_eq!(
        (numbers(store, 1, 0, 10), numbers(store, 1, 1, 1), numbers(store, 1, 3, 9)),
        (vec![1, 2, 3], vec![2], vec![])
    );
    let (one, watch) = (SubscriptionId::new(1), Watch { time: at(3), value: Some(value(0.5)) });
    let series = key("a", "free");
    let watched = Change::Watched { id: one, series: series.clone(), watch };
    let position = Position { notices: 3, next: None };
    store.commit(&[Record::Performance(watched), Record::Performance(Change::Advanced { id: one, position })]).unwrap();
    assert_eq!(store.watched(one, &series).unwrap(), Some(watch));
    assert_eq!(store.watched(SubscriptionId::new(2), &series).unwrap(), None);
    let known = store.subscriptions().unwrap();
    assert_eq!(known, [(watching(1, rising(1.0)), position), (watching(2, rising(2.0)), Position::default())]);
    store.commit(&[Record::Performance(Change::Unsubscribed(one))]).unwrap();
    // What a round that was under way still has to say is dropped.
    let late = [
        notice(1, 4),
        Record::Performance(Change::Watched { id: one, series: series.clone(), watch }),
        Record::Performance(Change::Advanced { id: one, position }),
    ];
    store.commit(&late).unwrap();
    assert_eq!((numbers(store, 1, 0, 10), numbers(store, 2, 0, 10)), (vec![], vec![1]));
    assert_eq!(store.watched(one, &series).unwrap(), None);
    assert_eq!(store.subscriptions().unwrap().len(), 1);
}

pub(crate) fn only_the_newest_news_are_kept<S: Base>(store: &mut S) {
    subscribe(store, watching(1, rising(1.0)));
    let all: Vec<Record> = (1..=KEPT_NOTICES + 2).map(|number| notice(1, number)).collect();
    store.commit(&all).unwrap();
    assert_eq!(numbers(store, 1, 0, 2), [3, 4]);
    assert_eq!(numbers(store, 1, 0, usize::MAX).len() as u64, KEPT_NOTICES);
}

/// Samples come twice and rounds are made that nobody stores: every crossing is told once.
pub(crate) fn n2b_every_crossing_is_told_once_although_rounds_are_lost<S: Base>(store: &mut S) {
    subscribe(store, watching(1, rising(90.0)).of(Selection::of("memory", "load")));
    let series = [80.0, 95.0, 99.0, 90.0, 91.0, 10.0, 91.0, 92.0];
    let mut dice = Dice(3);
    for (n, load) in series.into_iter().enumerate() {
        let record = upload("a", n as u64, &[(n as u64 * 60, "load", load), (n as u64 * 60, "heat", 99.0)]);
        for _ in 0..=dice.below(2) {
            store.commit(core::slice::from_ref(&record)).unwrap();
            for _ in 0..=dice.below(2) {
                let lost = dice.below(2) == 0;
                let round = round(store, at(0)).unwrap();
                if !lost {
                    store.commit(&round.persist).unwrap();
                }
            }
        }
    }
    store.commit(&round(store, at(0)).unwrap().persist).unwrap();
    let crossings: Vec<(u64, DiagTime)> = store
        .notices(SubscriptionId::new(1), 0, 10)
        .unwrap()
        .into_iter()
        .map(|it| match it.news {
            News::Crossed { sample, direction: Direction::Rising, .. } => (it.number, sample.time),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(crossings, [(1, at(60)), (2, at(240)), (3, at(360))]);
    assert!(round(store, at(0)).unwrap().persist.is_empty());
}
