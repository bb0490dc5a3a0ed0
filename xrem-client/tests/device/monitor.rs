//! Performance functions and traps: what a server and a driver see of them.

use std::collections::BTreeSet;

use omadm_proto::exchange::SendFailure;
use omadm_proto::message::Command;
use omadm_proto::time::Instant;
use omadm_tree::TreeBuilder;
use omadm_tree::mo::diag_mon::DiagTime;
use omadm_tree::mo::{DIAG_FUNCTION, DIAG_TRAP};
use omadm_tree::uri::NodeUri;
use xrem_client::Event;
use xrem_client::client::Reporting;
use xrem_client::monitor::{TrapError, TrapEvent};
use xrem_client::outbox::Mark;

use crate::world::*;

pub const MEMORY: &str = "./DiagMon/memory";
pub const HEAT: &str = "./DiagMon/Traps/heat";

/// A generic alert: type without `urn:oma:at:diagmon:1.0:`, Source, Mark, Correlator, Data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub kind: String,
    pub source: String,
    pub mark: String,
    pub correlator: String,
    pub data: String,
}

pub fn told(sent: &Sent) -> Vec<Told> {
    let message = sent.message();
    let alerts = message.commands().filter_map(|command| match command {
        Command::Alert(alert) if alert.code.unwrap().as_u16() == 1226 => Some(alert),
        _ => None,
    });
    alerts
        .map(|alert| {
            let item = &alert.items[0];
            let meta = item.meta.as_ref().unwrap();
            assert_eq!(meta.format.as_ref().unwrap().as_str(), "xml");
            let kind = meta.type_name.as_deref().unwrap().strip_prefix("urn:oma:at:diagmon:1.0:").unwrap();
            Told {
                kind: kind.into(),
                source: item.source_uri().unwrap().into(),
                mark: meta.extras().mark.as_deref().unwrap_or_default().into(),
                correlator: alert.correlator.as_deref().unwrap_or_default().into(),
                data: item.data.as_ref().unwrap().as_str().unwrap().into(),
            }
        })
        .collect()
}

/// Lets `secs` seconds since the start come, with a server that takes everything; what it was told.
pub fn run(device: &mut Device, secs: u64) -> Vec<Told> {
    let mut heard = Vec::new();
    loop {
        while let Some(transmit) = device.sent.pop_front() {
            let sent = Sent(transmit);
            heard.extend(told(&sent));
            device.answer(&sent, &sent.reply(""));
        }
        match device.drem.next_timeout() {
            Some(wakeup) if wakeup.at <= Instant::from_secs(secs) => drop(device.wait()),
            _ => break,
        }
    }
    device.now = Instant::from_secs(secs);
    heard
}

/// Runs a session in which the server sends `body`; what the device answered, and what it told in that session and after it.
fn command(device: &mut Device, body: &str) -> (Sent, Vec<Told>) {
    device.start();
    let first = device.sent();
    device.answer(&first, &first.reply(body));
    let answer = device.sent();
    let mut heard = told(&answer);
    device.answer(&answer, &answer.reply(""));
    heard.extend(run(device, device.now.as_millis() / 1000));
    (answer, heard)
}

fn functions(settings: &[(&str, &str)]) -> TreeBuilder {
    let mut function = DIAG_FUNCTION.with_moi("urn:oma:mo:oma-diag:memory:1.0").instance(MEMORY).live("Data");
    for (name, value) in settings {
        function = function.fill(name, *value);
    }
    tree().mo(function)
}

fn traps(settings: &[(&str, &str)]) -> TreeBuilder {
    let mut trap = DIAG_TRAP.instance(HEAT).fill("Enabled", "true").fill("Severity", "critical");
    for (name, value) in settings {
        trap = trap.fill(name, *value);
    }
    tree().mo(trap)
}

/// A device whose epoch is 2026-11-22T10:00:00Z.
fn device(tree: TreeBuilder) -> Device {
    let mut device = Device::with_tree(open_account(), tree);
    device.drem.handle_clock(Instant::ZERO, DiagTime::from_unix_millis(1_795_341_600_000));
    device
}

fn sampled(settings: &[(&str, &str)]) -> Device {
    let mut device = device(functions(settings));
    device.sensors.insert("memory/free".into(), ("123456".into(), "kB"));
    device
}

/// A trap on the temperature that a function measures every second.
fn heated(settings: &[(&str, &str)]) -> Device {
    let thermometer = DIAG_FUNCTION.instance("./DiagMon/thermometer").fill("Enabled", "true").fill("Period", "1");
    let mut device = device(traps(settings).mo(thermometer.fill("Keep", "1")));
    shows(&mut device, "20");
    device
}

fn shows(device: &mut Device, degrees: &str) {
    device.sensors.insert("thermometer/temperature".into(), (degrees.into(), ""));
}

/// One second after the other with these temperatures; what was told.
fn curve(device: &mut Device, degrees: &[&str]) -> Vec<Told> {
    let mut heard = Vec::new();
    for degrees in degrees {
        shows(device, degrees);
        let next = device.now.as_millis() / 1000 + 1;
        heard.extend(run(device, next));
    }
    heard
}

fn data(device: &mut Device) -> String {
    let (answer, _) = command(device, &get(2, "./DiagMon/memory/Data"));
    answer.results().replace("./DiagMon/memory/Data=", "")
}

/// `state` and `seq` of fault reports.
fn states(heard: &[Told]) -> Vec<String> {
    let attribute = |data: &str, name: &str| {
        let (_, rest) = data.split_once(&format!(" {name}=\"")).unwrap();
        rest.split_once('"').unwrap().0.to_string()
    };
    heard.iter().map(|told| format!("{} {}", attribute(&told.data, "seq"), attribute(&told.data, "state"))).collect()
}

const ON: [(&str, &str); 2] = [("Enabled", "true"), ("Period", "900")];

#[test]
fn d1b_samples_are_taken_at_exact_multiples_of_the_period() {
    let mut device = sampled(&ON);
    run(&mut device, 1900);
    assert_eq!(
        data(&mut device),
        "<PM xmlns=\"urn:x-xrem:diag:1\" f=\"memory\" seq=\"1\" lost=\"0\">\
         <S t=\"20261122T101500Z\" m=\"free\" v=\"123456\" u=\"kB\"/>\
         <S t=\"20261122T103000Z\" m=\"free\" v=\"123456\" u=\"kB\"/></PM>"
    );
    assert_eq!(data(&mut device).matches("<S ").count(), 2, "a Get takes nothing away");
}

#[test]
fn d1b_an_overflow_drops_the_oldest_and_says_so() {
    let mut device = sampled(&[("Enabled", "true"), ("Period", "10"), ("Keep", "3")]);
    run(&mut device, 75);
    let held = data(&mut device);
    assert!(held.contains("seq=\"1\" lost=\"4\"") && held.matches("<S ").count() == 3, "{held}");
    assert!(held.contains("t=\"20261122T100050Z\"") && held.contains("t=\"20261122T100110Z\""), "{held}");
    assert_eq!(device.happened(|event| matches!(event, Event::SamplesDropped { .. })), 1);
}

#[test]
fn d1b_an_upload_is_one_alert_with_all_samples_that_were_due() {
    let mut device = sampled(&[("Enabled", "true"), ("Period", "900"), ("Upload", "3600")]);
    let heard = run(&mut device, 3700);
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert_eq!((heard[0].kind.as_str(), heard[0].source.as_str()), ("CollectedSimpleDataReport", MEMORY));
    let report = heard[0].data.as_str();
    assert!(report.contains(" seq=\"1\" lost=\"0\"") && report.matches("<S ").count() == 4, "{report}");
    assert!(report.contains("t=\"20261122T101500Z\"") && report.contains("t=\"20261122T110000Z\""), "{report}");
    assert_eq!(data(&mut device).matches("<S ").count(), 0, "what was handed over is not held any more");
}

#[test]
fn d1b_an_upload_tells_what_was_lost_since_the_one_before() {
    let mut device = sampled(&[("Enabled", "true"), ("Period", "10"), ("Keep", "3"), ("Upload", "100")]);
    let heard = run(&mut device, 210);
    let lost: Vec<_> = heard.iter().map(|told| told.data.contains("lost=\"7\"")).collect();
    assert_eq!(lost, [true, true]);
}

#[test]
fn d1b_report_is_answered_202_and_by_an_alert_with_the_correlator() {
    let mut device = sampled(&ON);
    run(&mut device, 1000);
    let (answer, heard) = command(&mut device, &exec(2, "./DiagMon/memory/Operations/Report", "r-1"));
    assert!(answer.statuses().ends_with("Exec:2:202"), "{}", answer.statuses());
    assert_eq!(heard.len(), 1);
    assert_eq!((heard[0].correlator.as_str(), heard[0].data.matches("<S ").count()), ("r-1", 1));
    let (_, heard) = command(&mut device, &exec(2, "./DiagMon/memory/Operations/Report", ""));
    assert!(heard[0].data.contains("seq=\"2\" lost=\"0\"/>") && heard[0].correlator.is_empty(), "{heard:?}");
}

#[test]
fn d1b_start_and_stop_switch_collection() {
    let mut device = sampled(&[("Period", "10")]);
    run(&mut device, 100);
    assert_eq!(data(&mut device).matches("<S ").count(), 0);
    let (answer, _) = command(&mut device, &exec(2, "./DiagMon/memory/Operations/Start", ""));
    assert!(answer.statuses().ends_with("Exec:2:200"), "{}", answer.statuses());
    assert_eq!(device.text("./DiagMon/memory/Enabled"), "true");
    run(&mut device, 145);
    command(&mut device, &exec(2, "./DiagMon/memory/Operations/Stop", ""));
    assert_eq!(device.text("./DiagMon/memory/Enabled"), "false");
    run(&mut device, 1000);
    // At 100, 110, 120, 130 and 140 seconds.
    assert_eq!(data(&mut device).matches("<S ").count(), 5);
}

#[test]
fn d1b_a_new_period_counts_at_once() {
    let mut device = sampled(&[("Enabled", "true"), ("Period", "86400")]);
    run(&mut device, 95);
    command(&mut device, &replace(2, "./DiagMon/memory/Period", "60"));
    run(&mut device, 250);
    // At 120, 180 and 240 seconds.
    assert_eq!(data(&mut device).matches("<S ").count(), 3);
}

#[test]
fn d1b_what_a_server_that_is_away_does_not_take_stays_bounded() {
    let mut device = sampled(&[("Enabled", "true"), ("Period", "10"), ("Keep", "5"), ("Upload", "20")]);
    while device.now < Instant::from_secs(1000) {
        while let Some(transmit) = device.sent.pop_front() {
            device.fail(&Sent(transmit), SendFailure::Refused);
        }
        assert!(device.wait());
    }
    let heard = run(&mut device, 1400);
    let reports: Vec<_> = heard.iter().map(|told| told.data.matches("<S ").count()).collect();
    assert_eq!((reports[0], reports[1]), (2, 5), "the one that waited, and what was held meanwhile");
    assert!(heard[1].data.contains("seq=\"2\"") && !heard[1].data.contains("lost=\"0\""), "{}", heard[1].data);
    let seqs: BTreeSet<_> = heard.iter().map(|told| told.data.clone()).collect();
    assert_eq!(seqs.len(), heard.len());
}

#[test]
fn d1b_a_driver_that_comes_late_samples_late_and_once() {
    let mut device = sampled(&[("Enabled", "true"), ("Period", "10")]);
    run(&mut device, 5);
    for late in [10_040, 55_000, 55_500, 60_000] {
        device.now = Instant::from_millis(late);
        device.drem.handle_timeout(device.now, &mut device.tree);
        device.pump();
    }
    let held = data(&mut device);
    for expected in ["100010Z", "100055Z", "100100Z"] {
        assert!(held.contains(expected), "{expected}: {held}");
    }
    assert_eq!(held.matches("<S ").count(), 3);
}

#[test]
fn d1b_settings_that_nobody_can_act_on_are_refused() {
    let memory = DIAG_FUNCTION.instance(MEMORY).live("Data");
    let mut device = device(traps(&[]).mo(memory));
    let wrong = [
        ("memory/Period", "0"),
        ("memory/Upload", "86401"),
        ("memory/Keep", "0"),
        ("Traps/heat/Condition", "too hot"),
        ("Traps/heat/Hysteresis", "-1"),
        ("Traps/heat/HoldSec", "-1"),
        ("Traps/heat/Severity", "indeterminate"),
    ];
    for (leaf, value) in wrong {
        let uri = format!("./DiagMon/{leaf}");
        let before = device.text(&uri).to_string();
        let (answer, _) = command(&mut device, &replace(2, &uri, value));
        assert!(answer.statuses().ends_with("Replace:2:415"), "{leaf}: {}", answer.statuses());
        assert_eq!(device.text(&uri), before);
    }
    let (answer, _) = command(&mut device, &replace(2, "./DiagMon/Traps/heat/Condition", "temperature &gt; 80"));
    assert!(answer.statuses().ends_with("Replace:2:200"), "{}", answer.statuses());
    device.tree.set("./DiagMon/Traps/heat/Condition", "too hot").unwrap();
    device.drem.handle_timeout(device.now, &mut device.tree);
    device.pump();
    assert_eq!(device.happened(|event| matches!(event, Event::TrapUnusable { .. })), 1);
}

#[test]
fn d1c_a_condition_that_flaps_inside_the_hysteresis_raises_one_alert() {
    let mut device = heated(&[("Condition", "temperature > 80"), ("Hysteresis", "5")]);
    let flaps: Vec<&str> = core::iter::repeat_n(["81", "79"], 10).flatten().collect();
    let heard = curve(&mut device, &flaps);
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert_eq!((heard[0].kind.as_str(), heard[0].source.as_str()), ("TrapNotification", HEAT));
    assert_eq!(heard[0].mark, "critical");
    assert_eq!(
        heard[0].data,
        "<FM xmlns=\"urn:x-xrem:diag:1\" trap=\"heat\" seq=\"1\" t=\"20261122T100001Z\" state=\"raised\" \
         cause=\"temperature &gt; 80\" v=\"81\"/>"
    );
    assert_eq!(device.text("./DiagMon/Traps/heat/State"), "raised");
    assert_eq!(states(&curve(&mut device, &["76", "75", "20"])), ["2 cleared"]);
    assert_eq!(device.text("./DiagMon/Traps/heat/State"), "normal");
}

#[test]
fn d1c_a_disabled_trap_raises_nothing() {
    let mut device = heated(&[("Condition", "temperature > 80"), ("Enabled", "false")]);
    assert_eq!(curve(&mut device, &["81", "20", "99"]), []);
    assert_eq!(device.text("./DiagMon/Traps/heat/State"), "normal");
}

#[test]
fn d1c_an_alert_is_repeated_until_its_status_came() {
    let mut device = heated(&[("Condition", "temperature > 80")]);
    shows(&mut device, "81");
    while device.sent.is_empty() {
        assert!(device.wait());
    }
    let mut repeated = Vec::new();
    for _ in 0..3 {
        let sent = device.sent();
        repeated.extend(told(&sent).into_iter().map(|told| told.data));
        // The session ends without a Status for the alert.
        device.fail(&sent, SendFailure::Refused);
        while device.sent.is_empty() {
            assert!(device.wait());
        }
    }
    let next = device.now.as_millis() / 1000 + 1;
    repeated.extend(run(&mut device, next).into_iter().map(|told| told.data));
    assert_eq!(repeated.len(), 4);
    assert_eq!(repeated.iter().collect::<BTreeSet<_>>().len(), 1, "{repeated:?}");
    assert_eq!(curve(&mut device, &["81", "81"]), [], "after its Status it is not sent again");
}

#[test]
fn d1c_the_condition_has_to_hold() {
    let mut device = heated(&[("Condition", "temperature > 80"), ("HoldSec", "3")]);
    assert_eq!(curve(&mut device, &["81", "81", "81", "20", "81", "81", "81"]), []);
    let heard = curve(&mut device, &["82"]);
    assert_eq!(states(&heard), ["1 raised"]);
    assert!(heard[0].data.contains("t=\"20261122T100008Z\"") && heard[0].data.contains("v=\"82\""), "{heard:?}");
}

#[test]
fn d1c_a_latched_trap_stays_raised_until_it_is_cleared() {
    let mut device = heated(&[("Condition", "temperature > 80"), ("Latch", "true")]);
    assert_eq!(states(&curve(&mut device, &["81", "20", "20", "90", "20"])), ["1 raised"]);
    assert_eq!(device.text("./DiagMon/Traps/heat/State"), "latched");
    let (answer, heard) = command(&mut device, &exec(2, "./DiagMon/Traps/heat/Operations/Clear", "c"));
    assert!(answer.statuses().ends_with("Exec:2:200"), "{}", answer.statuses());
    assert_eq!((states(&heard), heard[0].correlator.as_str()), (vec!["2 cleared".to_string()], ""));
    assert_eq!(device.text("./DiagMon/Traps/heat/State"), "normal");
    assert_eq!(states(&curve(&mut device, &["20", "81"])), ["3 raised"]);
}

#[test]
fn d1c_poll_is_answered_by_the_present_state_with_the_correlator() {
    let mut device = heated(&[("Condition", "temperature > 80")]);
    let (answer, heard) = command(&mut device, &exec(2, "./DiagMon/Traps/heat/Operations/Poll", "p-0"));
    assert!(answer.statuses().ends_with("Exec:2:202"), "{}", answer.statuses());
    assert_eq!((states(&heard), heard[0].correlator.as_str()), (vec!["0 cleared".to_string()], "p-0"));
    let raised = curve(&mut device, &["81"]);
    let (_, heard) = command(&mut device, &exec(2, "./DiagMon/Traps/heat/Operations/Poll", "p-1"));
    assert_eq!((&heard[0].data, heard[0].correlator.as_str()), (&raised[0].data, "p-1"));
}

#[test]
fn d1c_a_trap_that_is_disarmed_says_so() {
    let mut device = heated(&[("Condition", "temperature > 80")]);
    curve(&mut device, &["81"]);
    let (_, heard) = command(&mut device, &replace(2, "./DiagMon/Traps/heat/Enabled", "false"));
    assert_eq!((heard[0].kind.as_str(), states(&heard)), ("TrapInactiveNotification", vec!["2 cleared".to_string()]));
    assert_eq!(device.text("./DiagMon/Traps/heat/State"), "normal");
    assert_eq!(curve(&mut device, &["81", "20", "81"]), []);
    let (_, heard) = command(&mut device, &replace(2, "./DiagMon/Traps/heat/Enabled", "true"));
    assert_eq!(states(&heard), ["3 raised"], "it is looked at as soon as it is armed");
}

#[test]
fn d1c_another_condition_counts_at_once() {
    let mut device = heated(&[("Condition", "temperature > 80")]);
    curve(&mut device, &["81"]);
    let (_, heard) = command(&mut device, &replace(2, "./DiagMon/Traps/heat/Condition", "temperature &lt; 10"));
    assert_eq!(states(&heard), ["2 cleared"]);
    assert_eq!(states(&curve(&mut device, &["81", "9"])), ["3 raised"]);
}

#[test]
fn d1c_a_trap_without_a_function_measures_by_itself_once_a_minute() {
    let mut device = device(traps(&[("Condition", "water/level >= 7"), ("HoldSec", "90")]));
    let level = |device: &mut Device, level: &str| device.sensors.insert("water/level".into(), (level.into(), "cm"));
    level(&mut device, "3");
    assert_eq!(run(&mut device, 130), []);
    level(&mut device, "7");
    let heard = run(&mut device, 400);
    // Seen at 180; HoldSec is over at 270.
    assert_eq!(states(&heard), ["1 raised"]);
    assert!(heard[0].data.contains("t=\"20261122T100430Z\""), "{heard:?}");
}

#[test]
fn d1c_the_device_raises_and_clears_its_own_events() {
    let trap = NodeUri::parse(HEAT).unwrap();
    let mut device = device(traps(&[("Condition", "event")]));
    let event = || TrapEvent::new().cause("door").problem("open").value("2".parse().unwrap());
    device.drem.raise_event(device.now, &mut device.tree, &trap, event()).unwrap();
    device.drem.raise_event(device.now, &mut device.tree, &trap, event()).unwrap();
    device.pump();
    let heard = run(&mut device, 10);
    assert_eq!(states(&heard), ["1 raised"]);
    assert!(heard[0].data.ends_with("state=\"raised\" cause=\"door\" problem=\"open\" v=\"2\"/>"), "{heard:?}");
    device.drem.clear_event(device.now, &mut device.tree, &trap).unwrap();
    assert_eq!(states(&run(&mut device, 20)), ["2 cleared"]);
    device.tree.set("./DiagMon/Traps/heat/Enabled", false).unwrap();
    device.drem.handle_timeout(device.now, &mut device.tree);
    device.pump();
    assert_eq!(run(&mut device, 30)[0].kind, "TrapInactiveNotification");
    device.drem.raise_event(device.now, &mut device.tree, &trap, event()).unwrap();
    assert_eq!(run(&mut device, 40), []);
    device.tree.set("./DiagMon/Traps/heat/Condition", "x > 1").unwrap();
    device.tree.set("./DiagMon/Traps/heat/Enabled", true).unwrap();
    let measured = device.drem.raise_event(device.now, &mut device.tree, &trap, event());
    assert_eq!(measured, Err(TrapError::Measured(trap)));
    let none = NodeUri::parse("./DiagMon").unwrap();
    let missing = device.drem.clear_event(device.now, &mut device.tree, &none);
    assert_eq!(missing, Err(TrapError::NoTrap(none)));
}

#[test]
fn d1c_an_event_has_to_hold_too() {
    let trap = NodeUri::parse(HEAT).unwrap();
    let mut device = device(traps(&[("Condition", "event"), ("HoldSec", "5")]));
    let raise = |device: &mut Device| {
        device.drem.raise_event(device.now, &mut device.tree, &trap, TrapEvent::new()).unwrap();
        device.pump();
    };
    raise(&mut device);
    assert_eq!(run(&mut device, 4), []);
    device.drem.clear_event(device.now, &mut device.tree, &trap).unwrap();
    raise(&mut device);
    assert_eq!(run(&mut device, 8), []);
    assert_eq!(states(&run(&mut device, 9)), ["1 raised"]);
}

#[test]
fn d1c_alerts_wait_for_a_session_when_the_driver_wants_so() {
    let hot = [("Condition", "temperature > 80")];
    for (reporting, starts) in [
        (Reporting::InSessions, false),
        (Reporting::Marked(Mark::Fatal), false),
        (Reporting::Marked(Mark::Critical), true),
        (Reporting::AtOnce, true),
    ] {
        let mut device = heated(&hot);
        device.drem.set_reporting(reporting);
        let heard = curve(&mut device, &["81", "81"]);
        assert_eq!(heard.len() == 1, starts, "{reporting:?}");
        device.start();
        assert_eq!(told(&device.sent()).len() == 1, !starts, "{reporting:?}");
    }
}

#[test]
fn d1c_a_flood_of_one_trap_ends_in_its_latest_state() {
    let mut device = heated(&[("Condition", "temperature > 80")]);
    device.drem.set_reporting(Reporting::InSessions);
    let flaps: Vec<&str> = core::iter::repeat_n(["81", "20"], 100).flatten().chain(["99"]).collect();
    curve(&mut device, &flaps);
    device.drem.set_reporting(Reporting::AtOnce);
    let heard = curve(&mut device, &["99", "99"]);
    assert_eq!(heard.len(), 33);
    assert_eq!(states(&heard)[32], "201 raised");
}
