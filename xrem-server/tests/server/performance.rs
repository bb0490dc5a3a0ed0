//! Performance data: the store in memory, and what subscribers are told.

use core::time::Duration;

use omadm_proto::exchange::Syntax;
use omadm_tree::mo::diag_mon::{Decimal, DiagTime, PmReport, PmSample};
use serde_json::json;
use xrem_server::performance::{
    Activation, Change, Collected, Direction, News, Notice, PmStore as _, Policy, Selection, SeriesKey, Span,
    Statistics, Subscription, SubscriptionId, activate, deactivate, next_due, round, summarize,
};
use xrem_server::store::{MemoryStore, Record, Store as _};
use xrem_server::task::{CommandSpec, Kind, Target};

use crate::pm_store;
use crate::world::World;

pm_store::pm_store_tests!(MemoryStore::new());

const REPORT: &str = "urn:oma:at:diagmon:1.0:CollectedSimpleDataReport";
const SYNTAXES: [Syntax; 2] = [Syntax::Xml, Syntax::Wbxml];

fn at(seconds: u64) -> DiagTime {
    DiagTime::from_unix_millis(seconds * 1000)
}

fn number(value: f64) -> Decimal {
    Decimal::new(value).unwrap()
}

fn times(world: &World, series: &SeriesKey) -> Vec<String> {
    let samples = world.store().samples(series, Span::ALL, 100).unwrap();
    samples.iter().map(|it| format!("{} {}", it.time, it.value)).collect()
}

fn free(node: &str) -> SeriesKey {
    SeriesKey::new(node.into(), "memory", "free")
}

#[test]
fn n2a_an_upload_is_stored_and_its_repetition_is_not() {
    for syntax in SYNTAXES {
        let mut world = World::new();
        let mut device = world.device("urn:imei:1", syntax);
        let document = r#"<PM xmlns="urn:x-xrem:diag:1" f="memory" seq="17" lost="0"><S t="20261122T101500Z" m="free" v="123456" u="kB"/><S t="20261122T101500.250Z" m="free" v="0.5"/></PM>"#;
        for _ in 0..2 {
            device.finish(None, "./DiagMon/memory", REPORT, document);
            world.run_session(&mut device);
        }
        assert_eq!(times(&world, &free("urn:imei:1")), ["20261122T101500Z 123456", "20261122T101500.250Z 0.5"]);
        let series = world.store().series(&"urn:imei:1".into()).unwrap();
        assert_eq!(series[0].unit.as_deref(), Some("kB"));
        assert_eq!(world.node("urn:imei:1").alerts, 0, "it is no alert for people");
    }
}

#[test]
fn n2a_what_a_task_reads_goes_to_the_same_store() {
    for syntax in SYNTAXES {
        let mut world = World::new();
        let mut device = world.device("urn:imei:1", syntax);
        let document = r#"<PM xmlns="urn:x-xrem:diag:1" f="memory" seq="1" lost="0"><S t="20261122T101500Z" m="free" v="1"/></PM>"#;
        device.tree.insert("./DiagMon/memory/Data".into(), document.into());
        let commands = json!([{"cmd": "get", "uri": "./DiagMon/memory/Data"}]);
        let task = world.task(json!({"device": "urn:imei:1"}), commands);
        world.run_session(&mut device);
        assert!(world.task_is_done(task));
        assert_eq!(times(&world, &free("urn:imei:1")), ["20261122T101500Z 1"]);
        device.finish(None, "./DiagMon/memory", REPORT, document);
        world.run_session(&mut device);
        assert_eq!(times(&world, &free("urn:imei:1")).len(), 1);
    }
}

#[test]
fn an_upload_that_was_asked_for_ends_its_exec() {
    let mut world = World::new();
    let mut device = world.device("urn:imei:1", Syntax::Xml);
    let commands = json!([{"cmd": "exec", "uri": "./DiagMon/memory/Operations/Report"}]);
    let task = world.task(json!({"device": "urn:imei:1"}), commands);
    world.run_session(&mut device);
    let correlator = device.ran[0].correlator.clone();
    let document =
        r#"<PM xmlns="urn:x-xrem:diag:1" f="memory" seq="2" lost="0"><S t="20261122T101500Z" m="free" v="1"/></PM>"#;
    device.finish(correlator.as_deref(), "./DiagMon/memory", REPORT, document);
    world.run_session(&mut device);
    assert!(world.task_is_done(task));
    assert_eq!(world.state(task, "urn:imei:1"), "ok");
    assert_eq!(times(&world, &free("urn:imei:1")).len(), 1);
}

#[test]
fn an_upload_that_breaks_the_rules_of_its_document_is_refused_and_another_document_is_kept_as_an_alert() {
    let mut world = World::new();
    let mut device = world.device("urn:imei:1", Syntax::Xml);
    let bad = r#"<PM xmlns="urn:x-xrem:diag:1" f="memory" seq="1" lost="0"><S t="yesterday" m="free" v="1"/></PM>"#;
    device.finish(None, "./DiagMon/memory", REPORT, bad);
    device.finish(None, "./DiagMon/memory", REPORT, "<Other/>");
    world.run_session(&mut device);
    assert!(world.events.iter().any(|event| event.contains("cannot be read")), "{:?}", world.events);
    assert_eq!(world.store().measuring(None, 10).unwrap(), []);
    assert_eq!(world.node("urn:imei:1").alerts, 1);
}

#[test]
fn n2a_a_relayed_upload_belongs_to_the_device_behind_the_gateway() {
    let mut world = World::new();
    let mut gateway = world.gateway("urn:gw");
    let devices = r#"<Devices xmlns="urn:x-xrem:gwmo:1" rev="1"><Dev id="urn:imei:9" rec="r17" mode="1"/></Devices>"#;
    gateway.finish(None, "./GwMO/DevInv/Records", "urn:oma:at:oma-gwmo:deviceattached:1.1", devices);
    world.run_session(&mut gateway);
    let document =
        r#"<PM xmlns="urn:x-xrem:diag:1" f="memory" seq="1" lost="0"><S t="20261122T101500Z" m="free" v="1"/></PM>"#;
    gateway.finish(None, "./GwMO/DevInv/Records/r17", REPORT, document);
    gateway.finish(None, "./DiagMon/memory", REPORT, document);
    world.run_session(&mut gateway);
    assert_eq!(times(&world, &free("urn:imei:9")).len(), 1);
    assert_eq!(times(&world, &free("urn:gw")).len(), 1, "gateways measure as well");
}

#[test]
fn n1c_a_function_is_switched_on_after_its_values_are_set() {
    let activation = Activation::new("./DiagMon/memory", 900).upload_every(3600).keeping(8);
    let uris: Vec<(String, Option<String>)> = activate(&activation)
        .iter()
        .map(|command| match command {
            CommandSpec::Replace(write) => {
                let value = write.payload.as_ref().map(|it| String::from_utf8(it.as_bytes().to_vec()).unwrap());
                (write.uri.clone(), value)
            }
            CommandSpec::Exec(exec) => (exec.uri.clone(), None),
            other => panic!("{other:?}"),
        })
        .collect();
    let expected = [
        ("./DiagMon/memory/Period", Some("900")),
        ("./DiagMon/memory/Upload", Some("3600")),
        ("./DiagMon/memory/Keep", Some("8")),
        ("./DiagMon/memory/Operations/Start", None),
    ];
    assert_eq!(uris, expected.map(|(uri, value)| (uri.to_owned(), value.map(ToOwned::to_owned))));
    let stop = deactivate("./DiagMon/memory");
    assert!(matches!(&stop[..], [CommandSpec::Exec(exec)] if exec.uri == "./DiagMon/memory/Operations/Stop"));
}

/// `node` measured `load` at these seconds.
fn measure(store: &mut MemoryStore, node: &str, samples: &[(u64, f64)]) {
    let mut report = PmReport::new("cpu", 1);
    report.samples = samples.iter().map(|it| PmSample::new(at(it.0), "load", number(it.1))).collect();
    store.commit(&[Record::Samples(Collected::uploaded(node.into(), report))]).unwrap();
}

/// Rounds until nothing is to be done at `now`; what they told.
fn work(store: &mut MemoryStore, now: DiagTime) -> Vec<Notice> {
    let mut told = Vec::new();
    while next_due(store).unwrap().is_some_and(|due| due <= now) {
        let round = round(store, now).unwrap();
        store.commit(&round.persist).unwrap();
        told.extend(round.notices);
    }
    told
}

fn subscribed(store: &mut MemoryStore, policy: Policy, from: DiagTime) -> SubscriptionId {
    let id = SubscriptionId::new(1);
    let subscription = Subscription::new(id, Target::All(Kind::Devices), policy, from);
    store.commit(&[Record::Performance(Change::Subscription(subscription.of(Selection::of("cpu", "load"))))]).unwrap();
    id
}

#[test]
fn summaries_hold_least_greatest_mean_and_number_of_each_interval() {
    let mut store = MemoryStore::new();
    measure(&mut store, "a", &[(0, 1.0), (30, 2.0), (59, 6.0), (60, 5.0), (180, -1.5)]);
    let series = SeriesKey::new("a".into(), "cpu", "load");
    let found = summarize(&store, &series, Span::ALL, Duration::from_secs(60), 10).unwrap();
    let rows: Vec<_> = found.iter().map(|it| (it.from, it.statistics)).collect();
    let statistics =
        |count, min, max, mean| Statistics { count, min: number(min), max: number(max), mean: number(mean) };
    let expected = [
        (at(0), statistics(3, 1.0, 6.0, 3.0)),
        (at(60), statistics(1, 5.0, 5.0, 5.0)),
        (at(180), statistics(1, -1.5, -1.5, -1.5)),
    ];
    assert_eq!(rows, expected);
    assert_eq!(summarize(&store, &series, Span::ALL, Duration::from_secs(60), 2).unwrap().len(), 2);
}

#[test]
fn summaries_are_the_same_over_more_samples_than_are_read_at_a_time() {
    let mut store = MemoryStore::new();
    let samples: Vec<(u64, f64)> = (0..10_000).map(|n| (n, f64::from(u32::try_from(n % 100).unwrap()))).collect();
    measure(&mut store, "a", &samples);
    let series = SeriesKey::new("a".into(), "cpu", "load");
    let found = summarize(&store, &series, Span::ALL, Duration::from_secs(5000), 10).unwrap();
    let statistics = Statistics { count: 5000, min: number(0.0), max: number(99.0), mean: number(49.5) };
    assert_eq!(found.iter().map(|it| it.statistics).collect::<Vec<_>>(), [statistics, statistics]);
}

#[test]
fn n2b_an_hourly_summary_comes_24_times_a_day_also_after_a_pause() {
    let mut store = MemoryStore::new();
    let hour = Duration::from_secs(3600);
    let id = subscribed(&mut store, Policy::Summary { every: hour, delay: Duration::from_secs(60) }, at(0));
    for second in (0..86_400).step_by(600) {
        measure(&mut store, "a", &[(second, 1.0)]);
        measure(&mut store, "b", &[(second, 3.0)]);
    }
    let mut told = Vec::new();
    for now in [3600, 3659, 3660, 9000, 80_000, 86_459, 86_460] {
        told.extend(work(&mut store, at(now)));
    }
    assert_eq!(told.len(), 24);
    assert_eq!(told.iter().map(|it| it.number).collect::<Vec<_>>(), (1..=24).collect::<Vec<_>>());
    for (hour, notice) in (0..).zip(&told) {
        let News::Summary { from, until, metrics } = &notice.news else { panic!("{notice:?}") };
        assert_eq!((*from, *until, metrics.len()), (at(hour * 3600), at((hour + 1) * 3600), 1));
        assert_eq!((metrics[0].nodes, metrics[0].statistics.count, metrics[0].statistics.mean), (2, 12, number(2.0)));
    }
    assert_eq!(store.notices(id, 0, 100).unwrap(), told);
    assert_eq!(next_due(&store).unwrap(), Some(at(90_060)));
}

#[test]
fn n2b_crossings_both_ways_and_changes_are_told_in_order() {
    let of = |policy, samples: &[(u64, f64)]| {
        let mut store = MemoryStore::new();
        measure(&mut store, "a", &[(0, 50.0)]);
        subscribed(&mut store, policy, at(1));
        measure(&mut store, "a", samples);
        let told = work(&mut store, at(0)).into_iter().map(|it| match it.news {
            News::Crossed { sample, direction, .. } => format!("{} {direction:?}", sample.value),
            News::Changed { sample, before, .. } => format!("{:?} {}", before, sample.value),
            other => panic!("{other:?}"),
        });
        told.collect::<Vec<_>>()
    };
    let samples = [(1, 50.0), (2, 91.0), (3, 95.0), (4, 90.0), (5, 97.0), (6, 20.0)];
    let both = Policy::Threshold { limit: number(90.0), direction: Direction::Both };
    assert_eq!(of(both, &samples), ["91 Rising", "90 Falling", "97 Rising", "20 Falling"]);
    let falling = Policy::Threshold { limit: number(90.0), direction: Direction::Falling };
    assert_eq!(of(falling, &samples), ["90 Falling", "20 Falling"]);
    let any = Policy::Change { by: number(0.0) };
    assert_eq!(of(any, &samples).len(), 5);
    let large = Policy::Change { by: number(10.0) };
    assert_eq!(of(large, &samples), ["Some(50) 91", "Some(91) 20"]);
}

#[test]
fn a_subscription_with_senseless_numbers_is_refused() {
    let (second, year) = (Duration::from_secs(1), Duration::from_secs(367 * 86_400));
    let bad = [
        Policy::Summary { every: Duration::ZERO, delay: second },
        Policy::Summary { every: year, delay: second },
        Policy::Summary { every: second, delay: year },
        Policy::Change { by: number(-1.0) },
    ];
    assert!(bad.iter().all(|policy| policy.check().is_err()));
    assert!(Policy::Summary { every: second, delay: Duration::ZERO }.check().is_ok());
}
