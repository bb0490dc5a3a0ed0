//! Alarms: whatever the order and number of reports, they equal the model; polls, vendors' alerts, subscribers.

use std::collections::{BTreeMap, BTreeSet};

use omadm_proto::alert::types;
use omadm_proto::exchange::Syntax;
use omadm_proto::ids::DevId;
use omadm_proto::time::Instant;
use omadm_tree::mo::diag_mon::{DiagTime, FaultState, FmReport};
use proptest::prelude::*;
use serde_json::json;
use xrem_server::fault::{
    self, AlarmKey, AlarmState, Alarms, Filter, FmStore as _, HistoryQuery, MAX_ALARMS, Notice, Origin, OwnFault,
    Report, Standing, Subscription, TrapSettings,
};
use xrem_server::session::Importance;
use xrem_server::store::{MemoryStore, Store as _};
use xrem_server::task::Commands;

use crate::client::Client;
use crate::world::World;

const DEVICE: &str = "urn:imei:1";
const TRAP: &str = "./DiagMon/Traps/overtemperature";

/// Ten seconds lie between two transitions, by the device's clock.
fn fm(trap: &str, seq: u64, state: FaultState) -> FmReport<'_> {
    FmReport::new(trap, seq, DiagTime::from_unix_millis(1_700_000_000_000 + seq * 10_000), state)
}

fn report(device: &str, seq: u64, state: FaultState) -> Report {
    Report::of_trap(device.into(), &fm("hot", seq, state), Importance::Critical, types::TRAP_NOTIFICATION)
}

fn key(device: &str, trap: &str) -> AlarmKey {
    AlarmKey::new(DevId::new(device), trap)
}

fn state_of(seq: u64) -> FaultState {
    if seq % 2 == 1 { FaultState::Raised } else { FaultState::Cleared }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn n3a_transitions_in_any_order_and_number_equal_the_model(
        lengths in prop::collection::vec(1_u64..=10, 1..100),
        order in prop::collection::vec(any::<prop::sample::Index>(), 1500),
    ) {
        // The model: per device, transitions 1, 2, 3 ... that raise and clear in turns.
        let all: Vec<(usize, u64)> =
            lengths.iter().enumerate().flat_map(|(device, last)| (1..=*last).map(move |seq| (device, seq))).collect();
        let mut arriving = all.clone();
        for (at, index) in order.iter().enumerate().take(arriving.len()) {
            let other = index.index(arriving.len());
            arriving.swap(at, other);
        }
        // Some come again, at any time.
        arriving.extend(order.iter().take(200).map(|index| all[index.index(all.len())]));

        let mut store = MemoryStore::new();
        let mut alarms = Alarms::default();
        let mut told = 0;
        for (at, (device, seq)) in (1..).zip(&arriving) {
            let device = format!("urn:dev:{device:03}");
            let event = alarms.take(Instant::from_millis(at), report(&device, *seq, state_of(*seq))).unwrap();
            told += usize::from(event.is_some());
            let records: Vec<_> = alarms.drain().collect();
            store.commit(&records).unwrap();
        }
        let current: Vec<AlarmKey> =
            store.current(&Filter::ALL, None, usize::MAX).unwrap().into_iter().map(|alarm| alarm.newest.alarm).collect();
        let raised = lengths.iter().enumerate().filter(|(_, last)| **last % 2 == 1);
        let expected: Vec<AlarmKey> = raised.map(|(device, _)| key(&format!("urn:dev:{device:03}"), "hot")).collect();
        prop_assert_eq!(current, expected);
        let history = store.history(&HistoryQuery::new(Filter::ALL)).unwrap();
        let each: BTreeSet<(AlarmKey, u64)> = history.iter().map(|it| (it.alarm.clone(), it.seq)).collect();
        prop_assert_eq!((history.len(), each.len(), told), (all.len(), all.len(), all.len()));
    }
}

#[test]
fn a_raise_that_arrives_behind_its_clear_does_not_resurrect_the_alarm() {
    let mut alarms = Alarms::default();
    let now = Instant::from_secs(1);
    let first = alarms.take(now, report(DEVICE, 6, FaultState::Cleared)).unwrap().unwrap();
    let late = alarms.take(now, report(DEVICE, 5, FaultState::Raised)).unwrap().unwrap();
    assert_eq!((first.standing, late.standing), (Standing::Current, Standing::Late));
    assert!(!alarms.alarm(&key(DEVICE, "hot")).unwrap().is_current());
    assert_eq!(late.to_string(), "urn:imei:1: critical fault hot raised, told late");
}

#[test]
fn a_device_that_was_reset_and_counts_from_one_is_believed() {
    let mut alarms = Alarms::default();
    let now = Instant::from_secs(1);
    for seq in 1..=4 {
        alarms.take(now, report(DEVICE, seq, state_of(seq))).unwrap();
    }
    let after_reset = |seq, state| {
        let fm = FmReport::new("hot", seq, DiagTime::from_unix_millis(1_800_000_000_000 + seq), state);
        Report::of_trap(DEVICE.into(), &fm, Importance::Critical, types::TRAP_NOTIFICATION)
    };
    assert!(alarms.take(now, after_reset(1, FaultState::Raised)).unwrap().is_some());
    assert!(alarms.take(now, after_reset(1, FaultState::Raised)).unwrap().is_none());
    // A repetition from before the reset changes nothing.
    assert!(alarms.take(now, report(DEVICE, 1, FaultState::Raised)).unwrap().is_none());
    let alarm = alarms.alarm(&key(DEVICE, "hot")).unwrap();
    assert_eq!((alarm.newest.position(), alarm.is_current()), ((1, 1), true));
}

#[test]
fn an_armed_trap_that_is_polled_before_it_ever_raised_is_no_alarm() {
    let mut alarms = Alarms::default();
    let taken = alarms.take(Instant::ZERO, report(DEVICE, 0, FaultState::Cleared).requested()).unwrap();
    assert_eq!((taken, alarms.alarm(&key(DEVICE, "hot"))), (None, None));
}

#[test]
fn a_disarmed_trap_ends_its_alarm() {
    let mut alarms = Alarms::default();
    alarms.take(Instant::ZERO, report(DEVICE, 1, FaultState::Raised)).unwrap();
    let fm = fm("hot", 2, FaultState::Cleared);
    let off = Report::of_trap(DEVICE.into(), &fm, Importance::Informational, types::TRAP_INACTIVE);
    let event = alarms.take(Instant::ZERO, off).unwrap().unwrap();
    // It matters to those who were told of the critical alarm.
    assert_eq!((event.transition.state, event.severity), (AlarmState::Disarmed, Importance::Critical));
    assert!(!alarms.alarm(&key(DEVICE, "hot")).unwrap().is_current());
}

#[test]
fn a_fault_of_the_server_itself_comes_and_goes_once() {
    let mut alarms = Alarms::default();
    let raise = || {
        let fault = OwnFault::new(DEVICE.into(), "duplicate-devid", Importance::Critical, "behind two gateways");
        Report::raised(fault)
    };
    let end = || Report::ended(DEVICE.into(), "duplicate-devid");
    assert!(alarms.take(Instant::ZERO, end()).unwrap().is_none());
    assert!(alarms.take(Instant::ZERO, raise()).unwrap().is_some());
    assert!(alarms.take(Instant::ZERO, raise()).unwrap().is_none());
    assert!(alarms.take(Instant::ZERO, end()).unwrap().is_some());
    assert!(alarms.take(Instant::ZERO, raise()).unwrap().is_some());
    let alarm = alarms.alarm(&key(DEVICE, "nrem:duplicate-devid")).unwrap();
    assert_eq!((alarm.newest.seq, alarm.newest.origin), (3, Origin::Server));
}

#[test]
fn an_acknowledgement_lasts_until_something_changes() {
    let mut alarms = Alarms::default();
    alarms.take(Instant::ZERO, report(DEVICE, 1, FaultState::Raised)).unwrap();
    assert!(alarms.acknowledge(Instant::from_secs(5), &key(DEVICE, "hot"), "operator"));
    assert!(!alarms.acknowledge(Instant::from_secs(5), &key(DEVICE, "cold"), "operator"));
    alarms.take(Instant::ZERO, report(DEVICE, 1, FaultState::Raised)).unwrap();
    assert_eq!(alarms.alarm(&key(DEVICE, "hot")).unwrap().acknowledged.as_ref().unwrap().by, "operator");
    alarms.take(Instant::ZERO, report(DEVICE, 3, FaultState::Raised)).unwrap();
    assert_eq!(alarms.alarm(&key(DEVICE, "hot")).unwrap().acknowledged, None);
}

#[test]
fn a_device_that_invents_traps_is_stopped() {
    let mut alarms = Alarms::default();
    let invent = |number: usize| {
        let name = format!("trap-{number}");
        Report::of_trap(DEVICE.into(), &fm(&name, 1, FaultState::Raised), Importance::Minor, types::TRAP_NOTIFICATION)
    };
    for number in 0..MAX_ALARMS {
        alarms.take(Instant::ZERO, invent(number)).unwrap();
    }
    assert!(alarms.take(Instant::ZERO, invent(MAX_ALARMS)).is_err());
    assert!(alarms.take(Instant::ZERO, report("urn:imei:2", 1, FaultState::Raised)).is_ok());
}

#[test]
fn n3b_a_subscriber_is_told_the_current_list_first_and_then_each_critical_alarm_once() {
    let mut alarms = Alarms::default();
    let mut take = |device: &str, seq, severity| {
        let fm = fm("hot", seq, state_of(seq));
        let report = Report::of_trap(device.into(), &fm, severity, types::TRAP_NOTIFICATION);
        alarms.take(Instant::from_millis(seq), report).unwrap()
    };
    let before = [
        take("urn:dev:1", 1, Importance::Critical),
        take("urn:dev:2", 1, Importance::Warning),
        take("urn:dev:3", 1, Importance::Fatal),
    ];
    let after = [
        take("urn:dev:1", 2, Importance::Informational),
        take("urn:dev:2", 2, Importance::Informational),
        take("urn:dev:4", 1, Importance::Critical),
    ];
    drop(alarms.drain());
    let mut store = MemoryStore::new();
    let mut then = Alarms::default();
    for event in before.iter().flatten() {
        let fm = fm("hot", 1, FaultState::Raised);
        let device = event.transition.alarm.device.clone();
        then.take(Instant::ZERO, Report::of_trap(device, &fm, event.severity, types::TRAP_NOTIFICATION)).unwrap();
    }
    store.commit(&then.drain().collect::<Vec<_>>()).unwrap();

    let filter = Filter::ALL.severity_from(Importance::Critical);
    let current = store.current(&filter, None, 100).unwrap();
    let (mut subscriber, list) = Subscription::begin(filter, 3, current);
    let of = |notice: &Notice| match notice {
        Notice::Current(alarm) => (alarm.newest.alarm.device.to_string(), "listed"),
        Notice::Transition(event) => (event.transition.alarm.device.to_string(), event.transition.state.as_str()),
    };
    let mut heard: Vec<(String, &str)> = list.iter().map(of).collect();
    // The stream again from its beginning, and its end twice.
    let stream: Vec<(u64, _)> = (1..).zip(before.iter().chain(&after).flatten()).collect();
    for (number, event) in stream.iter().chain(&stream[3..]) {
        heard.extend(subscriber.take(*number, event).iter().map(of));
    }
    let expected = [("1", "listed"), ("3", "listed"), ("1", "cleared"), ("4", "raised")];
    assert_eq!(heard, expected.map(|(device, what)| (format!("urn:dev:{device}"), what)));
}

#[test]
fn filters_ask_for_severity_node_and_type_at_once() {
    let mut alarms = Alarms::default();
    let event = alarms.take(Instant::ZERO, report(DEVICE, 1, FaultState::Raised)).unwrap().unwrap();
    let wants = |filter: Filter| filter.wants_event(&event);
    assert!(wants(Filter::ALL));
    assert!(wants(Filter::ALL.severity_from(Importance::Critical).of_nodes([DEVICE.into()]).of_types(["hot"])));
    assert!(!wants(Filter::ALL.severity_from(Importance::Fatal)));
    assert!(!wants(Filter::ALL.of_nodes(["urn:imei:2".into()])));
    assert!(!wants(Filter::ALL.of_types(["cold"])));
}

#[test]
fn histories_are_paged_in_both_directions() {
    let mut store = MemoryStore::new();
    let mut alarms = Alarms::default();
    for seq in 1..=5 {
        alarms.take(Instant::from_secs(seq), report(DEVICE, seq, state_of(seq))).unwrap();
    }
    store.commit(&alarms.drain().collect::<Vec<_>>()).unwrap();
    let seqs = |query: &HistoryQuery| -> Vec<u64> {
        store.history(query).unwrap().iter().map(|transition| transition.seq).collect()
    };
    let newest = HistoryQuery::new(Filter::ALL).newest_first().page(None, 2);
    assert_eq!(seqs(&newest), [5, 4]);
    let last = store.history(&newest).unwrap().pop().unwrap().key();
    assert_eq!(seqs(&HistoryQuery::new(Filter::ALL).newest_first().page(Some(last.clone()), 2)), [3, 2]);
    assert_eq!(seqs(&HistoryQuery::new(Filter::ALL).page(Some(last), 9)), [5]);
    let span = HistoryQuery::new(Filter::ALL).between(Instant::from_secs(2), Instant::from_secs(4));
    assert_eq!(seqs(&span), [2, 3]);
}

#[test]
fn n1c_a_trap_is_armed_all_or_nothing_and_disarmed() {
    let settings = TrapSettings::on("temperature  > 80".parse().unwrap())
        .hysteresis("2.5".parse().unwrap())
        .hold(30)
        .severity(Importance::Critical);
    let shown = |commands| serde_json::to_value(Commands(commands)).unwrap();
    assert_eq!(
        shown(fault::activate(TRAP, &settings)),
        json!([{"cmd": "atomic", "commands": [
            {"cmd": "replace", "uri": format!("{TRAP}/Condition"), "format": "chr", "data": "temperature > 80"},
            {"cmd": "replace", "uri": format!("{TRAP}/Hysteresis"), "format": "float", "data": "2.5"},
            {"cmd": "replace", "uri": format!("{TRAP}/HoldSec"), "format": "int", "data": "30"},
            {"cmd": "replace", "uri": format!("{TRAP}/Severity"), "format": "chr", "data": "critical"},
            {"cmd": "replace", "uri": format!("{TRAP}/Enabled"), "format": "bool", "data": "true"}]}])
    );
    assert_eq!(
        shown(fault::deactivate(TRAP)),
        json!([{"cmd": "replace", "uri": format!("{TRAP}/Enabled"), "format": "bool", "data": "false"}])
    );
    for bad in ["", "temperature", "temperature > hot", "temperature => 3", "a b > 3", "event now"] {
        assert!(bad.parse::<fault::Condition>().is_err(), "{bad:?}");
    }
}

/// `device` tells of its trap in its next message.
fn tell(device: &mut Client, correlator: Option<&str>, seq: u64) {
    let document = fm("overtemperature", seq, state_of(seq)).to_xml();
    device.finish(correlator, TRAP, types::TRAP_NOTIFICATION, &document);
}

#[test]
fn n3c_the_same_fault_polled_and_told_is_one_alarm_from_two_sources() {
    for syntax in [Syntax::Xml, Syntax::Wbxml] {
        let mut world = World::new();
        let mut device = world.device(DEVICE, syntax);
        tell(&mut device, None, 1);
        world.run_session(&mut device);
        let alarm = || key(DEVICE, "overtemperature");
        assert!(!world.alarm(&alarm()).unwrap().sources.requested);

        let task =
            world.task(json!({"device": DEVICE}), json!([{"cmd": "exec", "uri": format!("{TRAP}/Operations/Poll")}]));
        world.run_session(&mut device);
        assert_eq!(world.state(task, DEVICE), "waiting for the final alert");
        let correlator = device.ran.last().unwrap().correlator.clone().unwrap();
        tell(&mut device, Some(&correlator), 1);
        world.run_session(&mut device);
        assert_eq!(world.state(task, DEVICE), "ok");
        let sources = world.alarm(&alarm()).unwrap().sources;
        assert_eq!((sources.autonomous, sources.requested), (true, true));
        assert_eq!(world.fault_history().len(), 1);
    }
}

#[test]
fn n3c_the_poll_of_a_sleeping_device_is_pending_until_the_device_tells_by_itself() {
    for syntax in [Syntax::Xml, Syntax::Wbxml] {
        let mut world = World::new();
        let mut device = world.device(DEVICE, syntax);
        let task =
            world.task(json!({"device": DEVICE}), json!([{"cmd": "exec", "uri": format!("{TRAP}/Operations/Poll")}]));
        world.advance_secs(3_600);
        assert_eq!(world.state(task, DEVICE), "queued");
        tell(&mut device, None, 1);
        world.run_session(&mut device);
        assert_eq!(world.state(task, DEVICE), "ok");
        assert_eq!(device.ran, [], "it was not asked any more");
        let sources = world.alarm(&key(DEVICE, "overtemperature")).unwrap().sources;
        assert_eq!((sources.autonomous, sources.requested), (true, false));
    }
}

#[test]
fn alerts_of_vendors_raise_and_clear_by_their_mark_if_configured() {
    let mut world = World::new();
    world.knows_faults(["com.example.fault."]);
    world.knows_alerts(["com.example."]);
    let mut device = world.device(DEVICE, Syntax::Xml);
    let mut say = |type_name: &str, mark: &'static str| {
        device.finish(None, "./Ext/Fan", type_name, "stuck");
        device.alerts.last_mut().unwrap().items[0].meta.as_mut().unwrap().extras_mut().mark = Some(mark.into());
        world.run_session(&mut device);
    };
    say("com.example.fault.fan", "critical");
    say("com.example.fault.fan", "critical");
    say("com.example.other", "critical");
    say("com.example.fault.fan", "informational");
    say("com.example.fault.fan", "warning");
    let history = world.fault_history();
    let told: Vec<_> = history.iter().map(|it| (it.seq, it.state, it.severity)).collect();
    assert_eq!(
        told,
        [
            (1, AlarmState::Raised, Importance::Critical),
            (2, AlarmState::Cleared, Importance::Informational),
            (3, AlarmState::Raised, Importance::Warning)
        ]
    );
    assert_eq!(
        (&*history[0].alarm.trap, history[0].type_name.as_deref()),
        ("./Ext/Fan", Some("com.example.fault.fan"))
    );
    assert_eq!(history[0].problem.as_deref(), Some("stuck"));
}

#[test]
fn a_report_that_claims_the_profile_and_is_none_is_refused() {
    let mut world = World::new();
    let mut device = world.device(DEVICE, Syntax::Xml);
    device.finish(None, TRAP, types::TRAP_NOTIFICATION, "<FM xmlns=\"urn:x-xrem:diag:1\" trap=\"hot\"/>");
    world.run_session(&mut device);
    assert!(world.events.iter().any(|event| event.contains("content that cannot be read")), "{:?}", world.events);
    assert_eq!(world.fault_history(), []);
}

#[test]
fn a_gateway_that_relays_a_report_speaks_for_the_device() {
    let mut world = World::new();
    let mut gateway = world.gateway("urn:imei:gw");
    let devices = "<Devices xmlns=\"urn:x-xrem:gwmo:1\" rev=\"1\"><Dev rec=\"r7\" id=\"urn:dev:7\"/></Devices>";
    gateway.finish(None, "./GwMO/DevInv/Records", types::GWMO_DEVICE_ATTACHED, devices);
    world.run_session(&mut gateway);
    let document = fm("door", 1, FaultState::Raised).to_xml();
    gateway.finish(None, "./GwMO/DevInv/Records/r7", types::TRAP_NOTIFICATION, &document);
    gateway.finish(None, "./DiagMon/Traps/door", types::TRAP_NOTIFICATION, &document);
    world.run_session(&mut gateway);
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for transition in world.fault_history() {
        *seen.entry(transition.alarm.device.to_string()).or_default() += 1;
    }
    assert_eq!(seen, BTreeMap::from([("urn:dev:7".to_owned(), 1), ("urn:imei:gw".to_owned(), 1)]));
}
