//! Notifications: their session ids, and how lost nonces are found again.

use crate::client::Client;
use crate::world::World;
use omadm_proto::auth::Nonce;
use omadm_proto::exchange::Syntax;
use omadm_proto::notification::Notification;
use serde_json::json;
use xrem_server::store::Resync;
use xrem_server::task::TaskId;

const DEVICE: &str = "urn:imei:1";

fn task(world: &mut World) -> TaskId {
    world.task(json!({"device": DEVICE}), json!([{"cmd": "get", "uri": "./DevInfo/Man"}]))
}

/// The session ids of the notifications sent so far.
fn sessions(world: &World) -> Vec<u16> {
    world.notified.iter().map(|sent| Notification::parse(&sent.datagram).unwrap().notification().session_id).collect()
}

/// Whether notification number `index` is signed with `nonce`.
fn is_signed_with(world: &World, index: usize, device: &Client, nonce: &Nonce) -> bool {
    Notification::parse(&world.notified[index].datagram).unwrap().verify(&device.server.secret, nonce)
}

#[test]
fn x_ntf_12_the_session_that_was_asked_for_does_the_work() {
    for syntax in [Syntax::Xml, Syntax::Wbxml] {
        let mut world = World::new();
        let mut device = world.device(DEVICE, syntax);
        let task = task(&mut world);
        world.advance_secs(0);
        device.asked_for = Some(sessions(&world)[0]);
        world.run_session(&mut device);
        assert_eq!(world.state(task, DEVICE), "ok");
    }
}

#[test]
fn x_ntf_12_another_session_is_asked_for_by_another_id_and_an_unknown_id_is_a_normal_session() {
    let mut world = World::new();
    let mut device = world.device(DEVICE, Syntax::Xml);
    for _ in 0..2 {
        task(&mut world);
        world.advance_secs(0);
        world.run_session(&mut device);
    }
    let sessions = sessions(&world);
    assert_ne!(sessions[0], sessions[1]);
    let unknown = task(&mut world);
    device.asked_for = Some(0x7F7F);
    world.run_session(&mut device);
    assert_eq!(world.state(unknown, DEVICE), "ok");
}

#[test]
fn a_session_that_broke_off_is_asked_for_again_by_an_id_that_the_client_has_not_served() {
    let mut world = World::new();
    let mut device = world.device(DEVICE, Syntax::Xml);
    task(&mut world);
    world.advance_secs(0);
    device.asked_for = Some(sessions(&world)[0]);
    let first = device.start();
    world.send(&device, &first);
    world.advance_secs(61);
    let sessions = sessions(&world);
    assert_eq!(sessions.len(), 2);
    assert_ne!(sessions[0], sessions[1]);
}

#[test]
fn x_srv_14_a_client_that_comes_by_itself_serves_the_trigger_and_a_late_answer_to_it_is_harmless() {
    let mut world = World::new();
    let mut device = world.device(DEVICE, Syntax::Xml);
    let task = task(&mut world);
    world.advance_secs(0);
    let asked = sessions(&world)[0];
    world.run_session(&mut device);
    assert_eq!(world.state(task, DEVICE), "ok");
    world.notified.clear();
    world.advance_secs(3_600);
    assert!(world.notified.is_empty());
    device.asked_for = Some(asked);
    device.header_codes.clear();
    world.run_session(&mut device);
    assert_eq!(device.header_codes, [212]);
}

/// A device that has lost its nonces, asked until it is asked with the zero nonce.
fn world_after_resync_notification() -> (World, Client, TaskId) {
    let mut world = World::new();
    let mut device = world.device(DEVICE, Syntax::Xml);
    world.run_session(&mut device);
    world.change_account(DEVICE, |account| account.with_resync(Resync::Allowed));
    let task = task(&mut world);
    world.advance_secs(29);
    assert_eq!(world.notified.len(), 4, "after 0, 2, 6 and 14 seconds");
    (world, device, task)
}

#[test]
fn the_zero_nonce_is_tried_when_the_usual_one_stays_unanswered_and_the_account_allows_it() {
    let (world, device, _) = world_after_resync_notification();
    for index in 0..4 {
        assert_eq!(is_signed_with(&world, index, &device, &device.server_nonce), index < 3);
        assert_eq!(is_signed_with(&world, index, &device, &Nonce::resync()), index == 3);
    }
    assert!(matches!(world.account(DEVICE).resync, Resync::Offered(_)));
}

#[test]
fn without_leave_of_the_account_the_zero_nonce_is_never_used() {
    let mut world = World::new();
    let mut device = world.device(DEVICE, Syntax::Xml);
    world.run_session(&mut device);
    task(&mut world);
    world.advance_secs(3_600);
    assert!(world.notified.len() > 6);
    for index in 0..world.notified.len() {
        assert!(is_signed_with(&world, index, &device, &device.server_nonce));
    }
}

#[test]
fn the_session_after_a_resync_notification_uses_the_zero_nonce_and_gives_new_ones() {
    let (mut world, mut device, task) = world_after_resync_notification();
    device.asked_for = Some(sessions(&world)[3]);
    (device.own_nonce, device.server_nonce) = (Nonce::resync(), Nonce::resync());
    device.header_codes.clear();
    world.run_session(&mut device);
    assert_eq!(device.header_codes, [212, 200], "without a challenge");
    assert_eq!(world.state(task, DEVICE), "ok");
    assert_ne!(device.own_nonce, Nonce::resync());
    assert_eq!(world.account(DEVICE).resync, Resync::Allowed);
    // From now on the zero nonce proves nothing any more.
    device.own_nonce = Nonce::resync();
    device.header_codes.clear();
    world.run_session(&mut device);
    assert_eq!(device.header_codes[0], 401);
}

#[test]
fn the_zero_nonce_proves_nothing_in_a_session_that_it_did_not_ask_for() {
    let (mut world, mut device, _) = world_after_resync_notification();
    device.asked_for = Some(sessions(&world)[3].wrapping_add(1));
    device.own_nonce = Nonce::resync();
    device.header_codes.clear();
    world.run_session(&mut device);
    assert_eq!(device.header_codes[0], 401);
}
