//! Lost messages.

use core::time::Duration;

use omadm_proto::exchange::SendFailure;
use xrem_client::client::SessionTimes;
use xrem_client::event::Failure;
use xrem_client::{ActionResult, Event};

use crate::world::*;

#[test]
fn a_lost_message_is_repeated_byte_by_byte_with_growing_pauses_and_then_given_up() {
    let mut device = Device::new(open_account());
    device.start();
    let first = device.sent();
    let mut pauses = Vec::new();
    let mut sent = first.again();
    for _ in 0..11 {
        let before = device.now;
        device.fail(&sent, SendFailure::Network);
        assert!(device.wait());
        pauses.push(device.now.since(before).as_millis());
        sent = device.sent();
        assert_eq!((&sent.0.body, sent.0.exchange), (&first.0.body, first.0.exchange));
    }
    assert_eq!(pauses, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000, 30_000, 30_000]);
    device.fail(&sent, SendFailure::Network);
    assert_eq!(device.happened(|event| matches!(event, Event::SessionFailed { failure: Failure::Lost, .. })), 1);
    assert!(!device.wait());
}

#[test]
fn a_repetition_that_arrives_continues_the_session() {
    let mut device = Device::new(open_account());
    device.start();
    let sent = device.sent();
    device.fail(&sent, SendFailure::Network);
    device.wait();
    assert_eq!(device.serve(&[&get(2, "./DevDetail/FwV")])[0].results(), "./DevDetail/FwV=4.2.0");
}

#[test]
fn a_pause_that_the_server_asks_for_is_kept() {
    let mut device = Device::new(open_account());
    device.start();
    let sent = device.sent();
    device.fail(&sent, SendFailure::RetryAfter(Duration::from_secs(120)));
    assert!(device.wait());
    assert_eq!(device.now.as_millis(), 120_000);
}

#[test]
fn x_abo_05_no_command_runs_twice_when_the_answer_was_lost() {
    let mut device = Device::new(open_account());
    device.start();
    let sent = device.sent();
    device.answer(&sent, &sent.reply(&command("Add", 2, "./Vendor/New", Some("1"))));
    let answer = device.sent();
    device.fail(&answer, SendFailure::Network);
    device.wait();
    let repeated = device.sent();
    assert_eq!(repeated.0.body, answer.0.body);
    // A second answer to a message that was answered already is nobody's business.
    device.answer(&sent, &sent.reply(&command("Add", 2, "./Vendor/New2", Some("1"))));
    assert!(device.tree.find("./Vendor/New2").is_none());
}

#[test]
fn early_late_and_repeated_timeouts_are_harmless() {
    let mut device = Device::new(open_account());
    device.start();
    let sent = device.sent();
    device.fail(&sent, SendFailure::Network);
    for millis in [0, 1, 499] {
        device.now = omadm_proto::time::Instant::from_millis(millis);
        device.drem.handle_timeout(device.now, &mut device.tree);
        device.pump();
    }
    assert!(device.sent.is_empty());
    device.now = omadm_proto::time::Instant::from_millis(5000);
    for _ in 0..3 {
        device.drem.handle_timeout(device.now, &mut device.tree);
        device.pump();
    }
    assert_eq!(device.sent.len(), 1);
}

#[test]
fn a_driver_that_never_tells_what_became_of_a_message_ends_the_session_after_a_while() {
    let mut device = Device::new(open_account());
    device.drem = device.drem.with_session_times(SessionTimes::DEFAULT.idle(Duration::from_secs(90)));
    device.start();
    let sent = device.sent();
    assert!(device.wait());
    assert_eq!(device.now.as_millis(), 90_000);
    assert_eq!(device.happened(|event| matches!(event, Event::SessionFailed { failure: Failure::TimedOut, .. })), 1);
    device.answer(&sent, &sent.reply(&replace(2, "./Vendor/Example/Interval", "1")));
    assert_eq!(device.text("./Vendor/Example/Interval"), "900", "it came too late");
    device.start();
    assert_eq!(device.serve(&[&get(2, "./DevDetail/FwV")])[0].results(), "./DevDetail/FwV=4.2.0");
}

#[test]
fn a_session_that_never_ends_is_ended() {
    let mut device = Device::new(open_account());
    device.drem = device.drem.with_session_times(SessionTimes::DEFAULT.lifetime(Duration::from_secs(1000)));
    device.start();
    let mut sent = device.sent();
    for _ in 0..200 {
        device.now = device.now + Duration::from_secs(10);
        device.answer(&sent, &sent.reply(&get(2, "./DevDetail/FwV")));
        let Some(next) = device.sent.pop_front() else { break };
        sent = Sent(next);
        device.drem.handle_timeout(device.now, &mut device.tree);
        device.pump();
        if !device.drem.in_session() {
            break;
        }
    }
    assert_eq!(device.now.as_millis(), 1_000_000);
    assert_eq!(device.happened(|event| matches!(event, Event::SessionFailed { failure: Failure::TimedOut, .. })), 1);
}

#[test]
fn a_session_that_waits_too_long_for_the_driver_is_aborted() {
    let mut device = Device::new(open_account());
    device.drem = device.drem.with_session_times(SessionTimes::DEFAULT.lifetime(Duration::from_secs(1000)));
    device.start();
    let sent = device.sent();
    device.answer(&sent, &sent.reply(&exec(2, "./Vendor/Example/Run", "job")));
    assert_eq!(device.actions.len(), 1);
    assert!(device.wait());
    let abort = device.sent();
    assert_eq!((abort.alerts(), abort.message().is_final), (vec![1223], true));
    device.answer(&abort, &abort.reply(""));
    assert_eq!(device.happened(|event| matches!(event, Event::SessionFailed { failure: Failure::TimedOut, .. })), 1);
    device.act(ActionResult::Done);
    assert!(device.sent.is_empty(), "the result has no session to go to");
}
