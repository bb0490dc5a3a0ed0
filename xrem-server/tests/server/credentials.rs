//! Tasks that change the credentials of a device.

use crate::client::Client;
use crate::world::World;
use omadm_proto::auth::{Credentials, Scheme};
use omadm_proto::exchange::Syntax;
use omadm_proto::ids::DevId;
use serde_json::json;
use xrem_server::nrem::{CredentialRequest, SubmitError};
use xrem_server::store::Side;
use xrem_server::task::TaskId;

const DEVICE: &str = "urn:imei:1";
const AUTH: &str = "./DMAcc/nrem/AppAuth/1";
const SECRET: &str = "./DMAcc/nrem/AppAuth/1/AAuthSecret";

fn world(side: Side) -> (World, Client, TaskId) {
    let mut world = World::new();
    let mut device = world.device(DEVICE, Syntax::Xml);
    device.tree.insert(SECRET.into(), "old".into());
    world.run_session(&mut device);
    let task = world.credentials(CredentialRequest::new(DevId::new(DEVICE).into(), side, AUTH, "rotated"));
    (world, device, task)
}

fn rotate(credentials: &Credentials) -> Credentials {
    Credentials::new(credentials.name.clone(), "rotated")
}

#[test]
fn x_srv_22_the_new_secret_of_the_client_counts_from_the_next_session_on() {
    let (mut world, mut device, task) = world(Side::Client);
    world.run_session(&mut device);
    assert_eq!(device.tree[SECRET], "rotated");
    assert_eq!(world.state(task, DEVICE), "ok");
    assert_eq!(world.account(DEVICE).client, device.own, "not seen in use yet");
    let old = device.own.clone();
    device.own = rotate(&device.own);
    device.header_codes.clear();
    world.run_session(&mut device);
    assert_eq!(device.header_codes, [212]);
    assert!(world.events.iter().any(|event| event.ends_with("the new credentials are in use")));
    // The old secret is worth nothing any more.
    device.own = old;
    device.header_codes.clear();
    world.run_session(&mut device);
    assert_eq!(device.header_codes, [401; 3]);
}

#[test]
fn x_srv_22_after_a_session_that_broke_before_the_status_both_secrets_are_accepted() {
    for arrived in [false, true] {
        let (mut world, mut device, task) = world(Side::Client);
        let first = device.start();
        let reply = world.send(&device, &first);
        if arrived {
            device.answer(&reply).unwrap();
            device.own = rotate(&device.own);
        }
        device.header_codes.clear();
        world.run_session(&mut device);
        assert!(device.header_codes.contains(&212), "{:?}", device.header_codes);
        assert_eq!(world.state(task, DEVICE), "ok", "sent again if need be");
        assert_eq!(device.tree[SECRET], "rotated");
        device.own = Credentials::new(device.own.name.clone(), "rotated");
        device.header_codes.clear();
        world.run_session(&mut device);
        assert_eq!(device.header_codes, [212]);
    }
}

#[test]
fn a_secret_that_the_device_refuses_is_forgotten() {
    let (mut world, mut device, task) = world(Side::Client);
    device.tree.remove(SECRET);
    world.run_session(&mut device);
    assert_eq!(world.state(task, DEVICE), "failed");
    assert!(world.account(DEVICE).changes.is_empty());
    device.own = rotate(&device.own);
    device.header_codes.clear();
    world.run_session(&mut device);
    assert_eq!(device.header_codes[0], 401);
}

#[test]
fn x_srv_22_the_servers_own_new_secret_is_tried_first_and_the_old_one_then() {
    for arrived in [false, true] {
        let (mut world, mut device, _) = world(Side::Server);
        let first = device.start();
        let reply = world.send(&device, &first);
        if arrived {
            device.answer(&reply).unwrap();
            device.server = rotate(&device.server);
        }
        let work = world.task(json!({"device": DEVICE}), json!([{"cmd": "get", "uri": "./DevInfo/Man"}]));
        world.run_session(&mut device);
        assert_eq!(world.state(work, DEVICE), "ok");
        if arrived {
            assert_eq!(world.account(DEVICE).server, device.server);
        }
    }
}

#[test]
fn the_running_session_goes_on_with_the_old_credentials() {
    for side in [Side::Client, Side::Server] {
        let mut world = World::new();
        let mut device = world.device(DEVICE, Syntax::Xml);
        world.change_account(DEVICE, |account| account.with_scheme(Scheme::Basic));
        device.scheme = Scheme::Basic;
        device.tree.insert(SECRET.into(), "old".into());
        world.credentials(CredentialRequest::new(DevId::new(DEVICE).into(), side, AUTH, "rotated"));
        let work = world.task(json!({"device": DEVICE}), json!([{"cmd": "get", "uri": "./DevInfo/Man"}]));
        world.run_session(&mut device);
        assert_eq!(world.state(work, DEVICE), "ok");
        assert!(device.header_codes.iter().all(|code| matches!(code, 200 | 212)), "{:?}", device.header_codes);
    }
}

#[test]
fn name_and_secret_change_together_or_not_at_all() {
    let mut world = World::new();
    let mut device = world.device(DEVICE, Syntax::Xml);
    let request = CredentialRequest::new(DevId::new(DEVICE).into(), Side::Client, AUTH, "rotated").named("renamed");
    world.credentials(request);
    let message = device.start();
    let reply = String::from_utf8(world.send(&device, &message)).unwrap();
    let atomic = &reply[reply.find("<Atomic>").unwrap()..reply.find("</Atomic>").unwrap()];
    assert!(atomic.contains("AAuthName") && atomic.contains("renamed") && atomic.contains("rotated"));
    assert_eq!(world.account(DEVICE).changes.len(), 1, "stored before it is sent");
}

#[test]
fn the_secret_is_in_no_task_json_no_debug_output_and_no_event() {
    let (mut world, mut device, task) = world(Side::Client);
    world.run_session(&mut device);
    device.own = rotate(&device.own);
    world.run_session(&mut device);
    let shown = world.result(task, DEVICE).to_string();
    assert!(shown.contains("AAuthSecret") && !shown.contains("rotated"), "{shown}");
    assert!(!format!("{:?}", world.account(DEVICE)).contains("rotated"));
    assert!(world.events.iter().all(|event| !event.contains("rotated")));
    assert!(!world.debug_of_task(task).contains("rotated"));
    let request = CredentialRequest::new(DevId::new(DEVICE).into(), Side::Client, AUTH, "rotated");
    assert!(!format!("{request:?}").contains("rotated"));
}

#[test]
fn credentials_of_nobody_and_empty_ones_are_refused() {
    let mut world = World::new();
    world.device(DEVICE, Syntax::Xml);
    let refused = |request: CredentialRequest| world.try_credentials(request).unwrap_err();
    let request =
        |node: &str, secret: &str| CredentialRequest::new(DevId::new(DEVICE).into(), Side::Client, node, secret);
    assert_eq!(refused(request(AUTH, "")), SubmitError::EmptySecret);
    assert!(matches!(refused(request("/DMAcc", "x")), SubmitError::AppAuth(..)));
}
