//! Images: over the WAN once, verified, and served to the LAN.

use omadm_proto::message::Verb;
use omadm_proto::status::StatusCode;

use crate::world::World;

/// SHA-256 of `abc`.
pub(crate) const ABC: &str = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

const IMAGE: &str = "./GwMO/ImgInv/Images/fw";

fn leaf(world: &mut World, name: &str) -> String {
    let uri = format!("{IMAGE}/{name}");
    world.server.get(&uri);
    world.wake();
    world.server.value(&uri).to_string()
}

#[test]
fn an_image_is_fetched_verified_and_reported_with_the_correlator() {
    let mut world = World::new(0);
    world.source = b"abc".to_vec();
    world.server.image("fw", ABC, 3);
    world.wake();
    assert_eq!(world.server.status(&format!("Exec {IMAGE}/Operations/Download")), StatusCode::ACCEPTED_FOR_PROCESSING);
    let ready = world.server.ready();
    assert_eq!(ready.len(), 1);
    assert_eq!((ready[0].id.as_str(), ready[0].size, ready[0].hash.as_deref()), ("fw", Some(3), Some(ABC)));
    assert_eq!(ready[0].version.as_deref(), Some("2.0"));
    let alert = world.server.alerts.iter().find(|alert| alert.type_name.ends_with("imageready:1.0")).unwrap();
    assert_eq!((alert.source.as_str(), alert.correlator.as_deref()), (IMAGE, Some("img-fw")));
    assert_eq!(leaf(&mut world, "State"), "50");
    assert_eq!(Some(leaf(&mut world, "LocalURL")), ready[0].url);
    assert_eq!(leaf(&mut world, "Have"), "3");
    assert_eq!(world.fetched, 3);
}

#[test]
fn an_image_with_another_digest_is_never_served() {
    let mut world = World::new(0);
    world.source = b"abd".to_vec();
    world.server.image("fw", ABC, 3);
    world.wake();
    let failed = world.server.failed();
    assert_eq!((failed[0].state.unwrap().number(), failed[0].code.unwrap().as_u16()), (40, 1423));
    assert!(world.server.ready().is_empty() && world.files.is_empty());
    assert_eq!(leaf(&mut world, "State"), "40");
    assert_eq!(leaf(&mut world, "LocalURL"), "");
}

#[test]
fn what_an_image_is_cannot_change_once_it_is_fetched() {
    let mut world = World::new(0);
    world.source = b"abc".to_vec();
    world.server.image("fw", ABC, 3);
    world.wake();
    world.server.write(Verb::Replace, &format!("{IMAGE}/Hash"), ABC);
    world.wake();
    assert_eq!(world.server.status(&format!("Replace {IMAGE}/Hash")), StatusCode::COMMAND_NOT_ALLOWED);
}

#[test]
fn an_image_without_digest_or_with_a_strange_url_is_refused() {
    let mut world = World::new(0);
    world.server.image("fw", "sha256:12", 3);
    world.wake();
    assert_eq!(world.server.status(&format!("Exec {IMAGE}/Operations/Download")), StatusCode::BAD_REQUEST);
    assert_eq!(leaf(&mut world, "ResultCode"), "1402");
    world.server.write(Verb::Replace, &format!("{IMAGE}/Hash"), ABC);
    world.server.write(Verb::Replace, &format!("{IMAGE}/SrcURL"), "file:///etc/passwd");
    world.server.exec(&format!("{IMAGE}/Operations/Download"), "again");
    world.wake();
    assert_eq!(leaf(&mut world, "ResultCode"), "1422");
    assert_eq!(world.fetched, 0);
}

#[test]
fn bytes_delivered_in_the_session_are_verified_and_reported_too() {
    let mut world = World::new(0);
    world.server.add_node(IMAGE);
    world.server.write(Verb::Replace, &format!("{IMAGE}/Kind"), "1");
    world.server.write(Verb::Replace, &format!("{IMAGE}/Hash"), ABC);
    world.server.write_bytes(&format!("{IMAGE}/Data"), b"abc");
    world.wake();
    assert_eq!(world.server.ready().len(), 1);
    assert_eq!(world.files.values().next().unwrap(), b"abc");
    assert_eq!(world.fetched, 0);
}

#[test]
fn a_deleted_image_leaves_no_bytes() {
    let mut world = World::new(0);
    world.source = b"abc".to_vec();
    world.server.image("fw", ABC, 3);
    world.wake();
    world.server.delete(IMAGE);
    world.wake();
    assert_eq!(world.server.status(&format!("Delete {IMAGE}")), StatusCode::OK);
    assert!(world.files.is_empty());
    assert!(!world.store.keys().any(|key| key.starts_with("image/") || key.starts_with("blob/")));
}
