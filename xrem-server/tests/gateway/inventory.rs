//! Devices that come, and what goes up about them.

use omadm_proto::exchange::{Inbound, Syntax};
use omadm_proto::ids::ExchangeId;
use omadm_proto::status::StatusCode;
use xrem_server::grem::GremEvent;

use crate::world::{World, config};

#[test]
fn a_device_that_comes_gets_a_record_and_is_announced_with_what_it_is() {
    let mut world = World::with_attached(1);
    let attached = world.server.attached();
    assert_eq!(attached.len(), 1);
    let dev = &attached[0].devices[0];
    assert_eq!((dev.id.as_str(), dev.mode, dev.protocol.as_deref()), ("urn:dev:1", Some(2), Some("OMA-DM-1.2")));
    assert_eq!(
        (dev.man.as_deref(), dev.model.as_deref(), dev.fwv.as_deref()),
        (Some("Acme"), Some("Meter2"), Some("1.0"))
    );
    for (leaf, value) in [("DeviceID", "urn:dev:1"), ("Man", "Acme"), ("FwV", "1.0"), ("HwV", "h1"), ("State", "1")] {
        let uri = format!("./GwMO/DevInv/Records/r1/{leaf}");
        world.server.get(&uri);
        world.wake();
        assert_eq!(world.server.value(&uri), value);
    }
    world.server.get("./GwMO/DevInv/Count");
    world.server.get("./GwMO/DevInv/Records/r1/LastSeen");
    world.wake();
    assert_eq!(world.server.value("./GwMO/DevInv/Count"), "1");
    assert_eq!(world.server.value("./GwMO/DevInv/Records/r1/LastSeen"), "20260202T024000Z");
}

#[test]
fn a_device_is_announced_once_however_often_it_comes() {
    let mut world = World::with_attached(3);
    for device in world.devices.values_mut() {
        device.start_session(world.now);
    }
    world.run();
    let announced: usize = world.server.attached().iter().map(|devices| devices.devices.len()).sum();
    assert_eq!(announced, 3);
}

#[test]
fn a_device_that_joined_again_is_announced_again_under_its_record_and_keeps_its_nonces() {
    let mut world = World::with_attached(1);
    let device = config(1).devices.remove(0);
    world.events.clear();
    world.grem.device_joined(world.now, device);
    world.run();
    let records: Vec<String> =
        world.server.attached().iter().flat_map(|devices| &devices.devices).map(|dev| dev.record.to_string()).collect();
    assert_eq!(records, ["r1", "r1"]);
    for device in world.devices.values_mut() {
        device.start_session(world.now);
    }
    world.run();
    assert!(!world.events.iter().any(|event| matches!(event, GremEvent::DeviceRefused { .. })));
}

#[test]
fn the_server_decides_how_long_announcements_wait_for_each_other() {
    let mut world = World::new(20);
    world.server.write(omadm_proto::message::Verb::Replace, "./GwMO/Config/Self/Alerts/BatchSec", "60");
    world.wake();
    for device in world.devices.values_mut() {
        device.start_session(world.now);
    }
    world.run();
    let attached = world.server.attached();
    assert_eq!((attached.len(), attached[0].devices.len()), (1, 20));
}

#[test]
fn a_stranger_and_a_wrong_password_are_refused_and_change_nothing() {
    let mut world = World::new(1);
    let mut stranger = crate::device::Device::new(world.now, 2);
    stranger.start_session(world.now);
    world.devices.insert(2, stranger);
    let wish = world.devices.get_mut(&2).unwrap().next_wish(world.now);
    let Some(crate::device::Wish::Send(transmit)) = wish else { panic!("a message") };
    let answer = world.hand_over(&transmit);
    assert!(String::from_utf8_lossy(&answer.body).contains("<Data>401</Data>"));
    assert!(world.events.contains(&GremEvent::Stranger { device: "urn:dev:2".into() }));
    assert_eq!(world.grem.inventory().len(), 0);
}

#[test]
fn bytes_that_are_no_message_are_an_error_and_nothing_else() {
    let mut world = World::with_attached(1);
    for body in [&b""[..], b"<SyncML>", b"\x02\xa4\x01\x6a\x00", b"garbage"] {
        let refused = world.grem.handle_south(world.now, ExchangeId::new(1), Inbound::new(Syntax::Xml, body));
        assert!(refused.is_err());
        assert!(world.grem.poll_output().is_none());
    }
}

#[test]
fn an_alert_that_no_job_waits_for_goes_up_with_the_record_of_the_device() {
    let mut world = World::with_attached(2);
    let now = world.now;
    let device = world.devices.get_mut(&2).unwrap();
    device.raise("urn:oma:at:diagmon:1.0:TrapNotification", "active");
    device.start_session(now);
    world.run();
    let relayed: Vec<_> = world.server.heard("urn:oma:at:diagmon:1.0:TrapNotification").collect();
    assert_eq!(relayed.len(), 1);
    assert_eq!((relayed[0].source.as_str(), relayed[0].data.as_str()), ("./GwMO/DevInv/Records/r2", "active"));
    assert!(world.devices[&2].drem.is_idle(), "the device was told that its alert was taken");
}

#[test]
fn alerts_wait_while_the_server_is_away_and_arrive_once() {
    let mut world = World::with_attached(3);
    world.wan_down = true;
    for device in world.devices.values_mut() {
        device.raise("urn:oma:at:diagmon:1.0:TrapNotification", "active");
        device.start_session(world.now);
    }
    while world.step() {}
    assert!(world.devices.values().all(|device| device.drem.is_idle()));
    world.restart();
    world.wan_down = false;
    world.run();
    assert_eq!(world.server.heard("urn:oma:at:diagmon:1.0:TrapNotification").count(), 3);
    world.run();
    assert_eq!(world.server.heard("urn:oma:at:diagmon:1.0:TrapNotification").count(), 3);
    assert_eq!(world.grem.waiting_alerts(), 0);
}

#[test]
fn a_record_that_the_server_deletes_is_forgotten_until_the_device_comes_again() {
    let mut world = World::with_attached(1);
    world.server.delete("./GwMO/DevInv/Records/r1");
    world.wake();
    assert_eq!(world.server.status("Delete ./GwMO/DevInv/Records/r1"), StatusCode::OK);
    assert_eq!(world.grem.inventory().len(), 0);
    let now = world.now;
    world.devices.get_mut(&1).unwrap().start_session(now);
    world.run();
    let records: Vec<u32> = world.grem.inventory().devices().map(|device| device.record).collect();
    assert_eq!(records, [2]);
}
