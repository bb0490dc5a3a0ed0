//! Performance data: from the devices, through gateways and restarts, to the applications.

use std::collections::BTreeSet;

use omadm_proto::alert::types;
use omadm_proto::exchange::Syntax;
use omadm_proto::message::Format;
use omadm_proto::time::Instant;
use omadm_tree::mo::diag_mon::{Decimal, DiagTime, PmReport, PmSample};
use xrem_client::GenericAlert;
use xrem_server::directory::NodeRecord;
use xrem_server::performance::{
    Activation, Change, Direction, News, Notice, PmStore as _, Policy, Query, Sample, Selection, SeriesKey, Span,
    Subscription, SubscriptionId, activate, deactivate, may_read, page,
};
use xrem_server::requester::{Ability, Requester, RequesterName, Rights, Scope, TokenDigest};
use xrem_server::store::{Record, Store as _};
use xrem_server::task::{Kind, Target};
use xrem_testkit::dice::Dice;
use xrem_testkit::network::Faults;
use xrem_testkit::node::Node;
use xrem_testkit::plan::Plan;
use xrem_testkit::world::{Trouble, World};

use super::*;

fn at(seconds: u64) -> DiagTime {
    DiagTime::from_unix_millis(seconds * 1000)
}

fn number(value: u32) -> Decimal {
    value.into()
}

/// What a device uploads: these samples of one metric.
fn upload(seq: u64, samples: impl IntoIterator<Item = (u64, u32)>) -> GenericAlert {
    let mut report = PmReport::new("memory", seq);
    report.samples = samples.into_iter().map(|(time, value)| PmSample::new(at(time), "used", number(value))).collect();
    GenericAlert::new(types::DIAGMON_REPORT, report.to_xml()).source("./DiagMon/memory").format(Format::Xml)
}

/// All samples of one metric of the device `device`.
fn stored(world: &World, device: u32, metric: &str) -> Vec<Sample> {
    let Ok(samples) = world.store().samples(&SeriesKey::new(dev(device), "memory", metric), Span::ALL, usize::MAX);
    samples
}

fn total(world: &World, devices: u32, metric: &str) -> usize {
    (1..=devices).map(|device| stored(world, device, metric).len()).sum()
}

fn run_to(world: &mut World, secs: u64) {
    world.run_until(2 * DAY, |world| world.now() >= Instant::from_secs(secs)).unwrap();
}

/// Lets up to `steps` things happen, and at most a minute pass.
fn some_steps(world: &mut World, steps: u64) {
    let mut left = steps;
    let ended = world.run_until(MINUTE, |_| {
        left = left.saturating_sub(1);
        left == 0
    });
    assert!(matches!(ended, Ok(()) | Err(Trouble::Late(_) | Trouble::Rest(_))), "{ended:?}");
}

/// 50 samples of each of 200 devices, five uploads, over links that lose every twentieth message; the server restarts twice.
fn collection(syntax: Syntax) {
    let seed = u64::from(syntax == Syntax::Xml) + 40;
    let lossy = Faults::lossy(5, 0);
    let mut world = World::started(Plan::new(syntax).gateways(2, 100).seed(seed).faults(lossy, lossy)).unwrap();
    let mut dice = Dice::new(seed);
    for round in 0..5 {
        for device in 1..=200 {
            let samples = (0..10).map(|n| (60 * (10 * round + n), device));
            world.raise(device, upload(round + 1, samples));
        }
        if round % 2 == 0 {
            let steps = dice.below(5000);
            println!("{syntax:?}: seed {seed}: the server restarts after {steps} steps");
            world.run_steps(steps).unwrap();
            world.restart(Node::Server);
        }
        let next = world.now() + 20 * MINUTE;
        world.run_until(DAY, |world| world.now() >= next).unwrap();
    }
    let mut seen = 0;
    let complete = |world: &World| {
        let told = world.server_events().len();
        core::mem::replace(&mut seen, told) != told && total(world, 200, "used") == 10_000
    };
    world.run_until(DAY, complete).unwrap();
    let next = world.now() + HOUR;
    world.run_until(DAY, |world| world.now() >= next).unwrap();
    for device in 1..=200 {
        let expected: Vec<Sample> = (0..50).map(|n| Sample::new(at(60 * n), number(device))).collect();
        assert_eq!(stored(&world, device, "used"), expected, "dev{device}");
    }
    println!("{syntax:?}: 10000 samples, {:?}", world.struck());
}
both!(n2a_ten_thousand_samples_come_through_loss_and_a_restart_each_once_and_in_order, collection);

fn requester(name: &str, rights: Rights) -> Requester {
    Requester::new(RequesterName::parse(name).unwrap(), TokenDigest::of(&name.into()), rights)
}

fn news(world: &World, id: u64) -> Vec<Notice> {
    let Ok(notices) = world.store().notices(SubscriptionId::new(id), 0, 1000);
    notices
}

/// One sample every ten minutes; `used` of device 1 is above 90 for an hour every four hours, that of the others never.
fn used(device: u32, time: u64) -> u32 {
    if device == 1 && time / 3600 % 4 == 2 { 95 } else { 50 + device }
}

fn subscriptions(syntax: Syntax) {
    let mut plan = Plan::new(syntax).direct(4);
    // Whoever had an upload cut off by a restart comes again.
    plan.poll = Some(10 * MINUTE);
    let mut world = World::started(plan).unwrap();
    let seed = u64::from(syntax == Syntax::Xml) + 7;
    let mut dice = Dice::new(seed);
    println!("{syntax:?}: seed {seed}");
    for device in [1, 2] {
        let node: NodeRecord = world.store().node(&dev(device)).unwrap().unwrap();
        let mut node = node;
        node.groups.insert("meters".into());
        world.commit(&[Record::Node(node)]);
    }
    let a = requester("a", Rights::none().and([Ability::Read], &Scope::Group("meters".into())));
    let b = requester("b", Rights::everything());
    let hourly = Policy::Summary { every: HOUR, delay: 30 * MINUTE };
    let above = Policy::Threshold { limit: number(90), direction: Direction::Rising };
    // A asks for more than it may see.
    let one = Subscription::new(SubscriptionId::new(1), Target::All(Kind::Devices), hourly, at(0));
    let two = Subscription::new(SubscriptionId::new(2), Target::All(Kind::Devices), above, at(0));
    world.commit(&[
        Record::Requester(a.clone()),
        Record::Requester(b.clone()),
        Record::Performance(Change::Subscription(one.on_behalf_of(Some(a.name.clone())))),
        Record::Performance(Change::Subscription(two.on_behalf_of(Some(b.name)).of(Selection::of("memory", "used")))),
    ]);
    for hour in 0..24 {
        run_to(&mut world, (hour + 1) * 3600);
        for device in 1..=4 {
            let times = (0..6).map(|n| hour * 3600 + n * 600);
            world.raise(device, upload(hour + 1, times.map(|time| (time, used(device, time)))));
        }
        if hour % 3 == 0 {
            some_steps(&mut world, dice.below(200));
            world.restart(Node::Server);
        }
    }
    run_to(&mut world, 24 * 3600 + 2400);
    let summaries = news(&world, 1);
    assert_eq!(summaries.iter().map(|it| it.number).collect::<Vec<_>>(), (1..=24).collect::<Vec<_>>());
    for (hour, notice) in (0..).zip(&summaries) {
        let News::Summary { from, until, metrics } = &notice.news else { panic!("{notice:?}") };
        assert_eq!((*from, *until, metrics.len()), (at(hour * 3600), at((hour + 1) * 3600), 1));
        let peak = if hour % 4 == 2 { 95 } else { 52 };
        assert_eq!((metrics[0].nodes, metrics[0].statistics.count, metrics[0].statistics.max), (2, 12, number(peak)));
    }
    let crossings: Vec<(String, DiagTime)> = news(&world, 2)
        .into_iter()
        .map(|notice| match notice.news {
            News::Crossed { series, sample, direction: Direction::Rising } => (series.node.to_string(), sample.time),
            other => panic!("{other:?}"),
        })
        .collect();
    let expected = [2, 6, 10, 14, 18, 22].map(|hour| (dev(1).to_string(), at(hour * 3600)));
    assert_eq!(crossings, expected);
    let asked = |node| {
        let query = Query::new([dev(node)]);
        let Ok(page) = page(world.store(), &query, |node| may_read(world.store(), &a, node).unwrap());
        page.series.iter().map(|(_, samples)| samples.len()).sum::<usize>()
    };
    assert_eq!((asked(1), asked(3)), (144, 0), "nothing of a node outside its rights");
}
both!(n2b_summaries_and_crossings_are_told_once_and_only_of_what_a_subscriber_may_read, subscriptions);

fn activation(syntax: Syntax) {
    let mut world = World::started(Plan::new(syntax).direct(50).monitored()).unwrap();
    for device in 1..=50 {
        world.show(device, "memory/free", number(1000 + device));
    }
    let on = activate(&Activation::new("./DiagMon/memory", 900).upload_every(3600));
    let task = world.submit(Target::All(Kind::Devices), on).unwrap();
    world.finish(task).unwrap();
    assert_eq!(world.counts(task), all_ok(50), "{:?}", world.results(task));
    // One device and the server restart while it collects.
    let mut dice = Dice::new(u64::from(syntax == Syntax::Xml));
    run_to(&mut world, 600 + dice.below(2000));
    world.restart(Node::Device(7));
    run_to(&mut world, 3600);
    some_steps(&mut world, dice.below(500));
    world.restart(Node::Server);
    // The clock would leap to the next sample: it is stopped as soon as everything has come.
    world.run_until(10 * MINUTE, |world| total(world, 50, "free") == 200).unwrap();
    let times: BTreeSet<DiagTime> = (1..=50).flat_map(|it| stored(&world, it, "free")).map(|it| it.time).collect();
    assert_eq!(times, [900, 1800, 2700, 3600].map(at).into());
    let off = world.submit(Target::All(Kind::Devices), deactivate("./DiagMon/memory")).unwrap();
    world.finish(off).unwrap();
    assert_eq!(world.counts(off), all_ok(50));
    run_to(&mut world, 5 * 3600);
    assert_eq!(total(&world, 50, "free"), 200, "nothing further");
}
both!(n1c_an_hour_of_samples_every_900_s_on_50_devices_is_exactly_200, activation);
