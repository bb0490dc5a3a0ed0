//! Generic alerts: at least once, never lost, never for ever.

use omadm_proto::exchange::SendFailure;
use omadm_proto::message::Format;
use xrem_client::outbox::Mark;
use xrem_client::{Account, Event, GenericAlert};

use crate::world::*;

fn alert() -> GenericAlert {
    GenericAlert::new("com.example.event", "42")
        .source("./Vendor/Example")
        .format(Format::Int)
        .mark(Mark::Warning)
        .correlator(Some("c-1".into()))
}

fn delivered(device: &Device) -> usize {
    device.happened(|event| matches!(event, Event::AlertDelivered { .. }))
}

#[test]
fn x_gal_01_shape_of_a_generic_alert() {
    let mut device = Device::new(open_account());
    device.drem.queue_alert(alert());
    device.pump();
    assert!(device.wait());
    let sent = device.sent();
    let body = String::from_utf8(sent.0.body.to_vec()).unwrap();
    assert!(
        body.contains(
            "<Data>1226</Data><Correlator>c-1</Correlator><Item><Source><LocURI>./Vendor/Example</LocURI></Source>\
         <Meta><Format xmlns=\"syncml:metinf\">int</Format><Type xmlns=\"syncml:metinf\">com.example.event</Type>\
         <Mark xmlns=\"syncml:metinf\">warning</Mark></Meta><Data>42</Data></Item>"
        ),
        "{body}"
    );
}

#[test]
fn x_ses_12_an_alert_that_waits_opens_a_session_and_rides_in_package_1() {
    let mut device = Device::new(open_account());
    device.drem.queue_alert(alert());
    device.pump();
    assert!(device.records.contains_key("outbox"));
    assert!(device.wait());
    let sent = device.sent();
    assert_eq!(sent.alerts(), [1201, 1226]);
    device.answer(&sent, &sent.reply(""));
    assert_eq!(delivered(&device), 1);
    assert!(device.drem.is_idle());
    assert!(!device.wait());
}

#[test]
fn x_gal_09_an_alert_raised_during_a_session_goes_into_the_next_package_once() {
    let mut device = Device::new(open_account());
    device.start();
    let first = device.sent();
    device.drem.queue_alert(alert());
    device.answer(&first, &first.reply(&get(2, "./DevDetail/FwV")));
    let second = device.sent();
    assert_eq!(second.alerts(), [1226]);
    device.answer(&second, &second.reply(&get(2, "./DevDetail/FwV")));
    let third = device.sent();
    assert_eq!(third.alerts(), [] as [u16; 0]);
    assert_eq!(delivered(&device), 1);
}

#[test]
fn an_alert_raised_just_before_the_server_closes_is_still_sent() {
    let mut device = Device::new(open_account());
    device.start();
    let first = device.sent();
    device.drem.queue_alert(alert());
    device.answer(&first, &first.reply(""));
    let second = device.sent();
    assert_eq!(second.alerts(), [1226]);
    device.answer(&second, &second.reply(""));
    assert_eq!(delivered(&device), 1);
}

#[test]
fn an_alert_survives_a_lost_session_and_is_reported_with_growing_pauses() {
    let mut device = Device::new(open_account());
    device.drem.queue_alert(alert());
    device.pump();
    device.wait();
    let mut pauses = Vec::new();
    for _ in 0..4 {
        let sent = device.sent();
        let before = device.now;
        device.fail(&sent, SendFailure::Refused);
        assert!(device.wait());
        pauses.push(device.now.since(before).as_secs());
    }
    assert_eq!(pauses, [2, 4, 8, 16]);
    let sent = device.sent();
    device.answer(&sent, &sent.reply(""));
    assert_eq!(delivered(&device), 1);
}

#[test]
fn an_alert_that_the_server_does_not_answer_is_sent_again_in_a_later_session() {
    let mut device = Device::new(open_account());
    device.drem.queue_alert(alert());
    device.pump();
    device.wait();
    let sent = device.sent();
    let silent = sent.reply("").replace("<Cmd>Alert</Cmd><Data>200", "<Cmd>Alert</Cmd><Data>500");
    device.answer(&sent, &silent);
    assert_eq!(delivered(&device), 0);
    assert!(device.wait());
    assert_eq!(device.sent().alerts(), [1201, 1226]);
}

#[test]
fn an_alert_that_the_server_refuses_for_good_is_dropped() {
    let mut device = Device::new(open_account());
    device.drem.queue_alert(alert());
    device.pump();
    device.wait();
    let sent = device.sent();
    let refusal = sent.reply("").replace("<Cmd>Alert</Cmd><Data>200", "<Cmd>Alert</Cmd><Data>415");
    device.answer(&sent, &refusal);
    assert_eq!(device.happened(|event| matches!(event, Event::AlertRefused { .. })), 1);
    assert!(device.drem.is_idle());
}

#[test]
fn an_alert_for_all_servers_is_told_to_each_of_them() {
    let mut device = Device::new(open_account());
    device.drem.set_account(Account::new("second.example", "http://second/"));
    device.drem.queue_alert(alert());
    device.pump();
    let mut destinations = Vec::new();
    device.wait();
    while let Some(transmit) = device.sent.pop_front() {
        let sent = Sent(transmit);
        destinations.push(sent.0.destination.clone());
        device.answer(&sent, &sent.reply(""));
    }
    destinations.sort();
    assert_eq!((delivered(&device), destinations), (2, vec!["http://second/".to_string(), URL.to_string()]));
    assert!(device.drem.is_idle());
}

#[test]
fn many_waiting_alerts_are_spread_over_packages_and_none_is_lost() {
    let mut device = Device::new(open_account());
    for _ in 0..8 {
        device.drem.queue_alert(GenericAlert::new("com.example.report", "x".repeat(30_000)));
    }
    device.pump();
    device.wait();
    let mut messages = 0;
    while let Some(transmit) = device.sent.pop_front() {
        let sent = Sent(transmit);
        messages += 1;
        assert!(sent.0.body.len() < 128 << 10);
        device.answer(&sent, &sent.reply(""));
    }
    assert!(messages > 1);
    assert_eq!(delivered(&device), 8);
}
