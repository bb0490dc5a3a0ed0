//! Rights, permits and the audit, by the words of the sheet.

use alloc::string::ToString;
use alloc::vec::Vec;

use omadm_gwmo::filter::Filter;
use omadm_proto::auth::{Credentials, Secret};
use omadm_proto::time::Instant;

use super::*;
use crate::directory::{NodeId, NodeKind, Place, Registration, Route, routes};
use crate::store::{ClientAccount, MemoryStore, Record, Store as _};
use crate::task::{Kind, Target};

fn name(text: &str) -> RequesterName {
    RequesterName::parse(text).unwrap()
}

fn node(text: &str) -> NodeId {
    NodeId::parse(text).unwrap()
}

fn requester(text: &str, rights: Rights) -> Requester {
    Requester::new(name(text), TokenDigest::of(&Secret::from(text)), rights)
}

/// Gateway g1 with devices b1 (in `meters`) and b2 (only reported) behind it, and a direct device d1 (in `meters`).
fn store() -> MemoryStore {
    let mut store = MemoryStore::new();
    let mut add = |id: &str, kind, gateway: Option<&str>, groups: &[&str]| {
        let mut registration = Registration::new(id.into(), kind);
        registration.gateway = gateway.map(Into::into);
        registration.groups = groups.iter().map(ToString::to_string).collect();
        if gateway.is_none() {
            let credentials = || Credentials::new("n", "s");
            registration.account = Some(ClientAccount::new(id.into(), credentials(), credentials()));
        }
        let (node, place) = registration.accept(Instant::ZERO).unwrap();
        let place = place.map(|place| Record::Place { device: id.into(), place });
        store.commit(&[Record::Node(node)]).unwrap();
        store.commit(&place.into_iter().collect::<Vec<_>>()).unwrap();
    };
    add("g1", NodeKind::Gateway, None, &[]);
    add("b1", NodeKind::Device, Some("g1"), &["meters"]);
    add("d1", NodeKind::Device, None, &["meters"]);
    let mut place = Place::behind("g1".into());
    place.facts.insert("mod".into(), "Meter2".into());
    store.commit(&[Record::Place { device: "b2".into(), place }]).unwrap();
    store
}

fn meters() -> Requester {
    requester("a", Rights::none().and([Ability::Read, Ability::Configure], &Scope::Group("meters".into())))
}

#[test]
fn n1a_rights_on_a_group_cover_its_nodes_and_nothing_else() {
    let (store, a) = (store(), meters());
    let permit = |target: &Target| permit(&store, &a, Ability::Configure, target);
    assert!(permit(&Target::group("meters")).is_ok());
    for (target, node) in [
        (Target::Gateway(node("g1")), "g1"),
        (Target::Behind(node("g1")), "b2"),
        (Target::Devices(alloc::vec![node("d1"), node("b2")]), "b2"),
        (Target::All(Kind::Devices), "b2"),
    ] {
        assert_eq!(permit(&target), Err(PermitError::PermissionDenied { node: node.into() }), "{target}");
    }
}

#[test]
fn n1a_an_ability_does_not_include_another() {
    let (store, a) = (store(), meters());
    assert!(permit(&store, &a, Ability::Upgrade, &Target::Device(node("d1"))).is_err());
}

#[test]
fn n1a_rights_on_a_group_never_become_all_devices_of_a_gateway() {
    let mut store = store();
    store.commit(&[Record::NodeRemoved("b2".into())]).unwrap();
    let permit = permit(&store, &meters(), Ability::Configure, &Target::Behind(node("g1"))).unwrap();
    let through = Route::Through { gateway: "g1".into(), devices: ["b1".into()].into(), all: false };
    assert_eq!(permit.routes(), [through]);
}

#[test]
fn n1a_a_task_is_seen_by_its_requester_and_by_administrators() {
    let (store, nrem) = (store(), crate::nrem::Nrem::default());
    let request =
        crate::task::TaskRequest::new(Target::group("meters"), [crate::task::CommandSpec::get("./DevInfo/Man")].into());
    let permit = permit(&store, &meters(), Ability::Configure, &request.target).unwrap();
    let task = nrem.submit(Instant::ZERO, crate::task::TaskId::new(1), request, permit).unwrap().task;
    assert!(meters().may_see(&task));
    assert!(requester("root", Rights::everything()).may_see(&task));
    assert!(!requester("b", Rights::none().and([Ability::Read, Ability::Configure], &Scope::All)).may_see(&task));
}

#[test]
fn n1b_groups_and_filters_become_routes() {
    let store = store();
    let found = |target: &Target| routes(&store, target);
    let behind = |devices: &[&str]| {
        let devices = devices.iter().map(|id| (*id).into()).collect();
        Route::Through { gateway: "g1".into(), devices, all: false }
    };
    assert_eq!(found(&Target::group("meters")).unwrap(), [Route::Direct("d1".into()), behind(&["b1"])]);
    let filter = |text: &str| Target::Filter(Filter::parse(text).unwrap());
    assert_eq!(found(&filter("mod=Meter2")).unwrap(), [behind(&["b2"])]);
    assert_eq!(found(&filter("kind=gateway | grp=meters & !(parent=g1)")).unwrap().len(), 2);
    assert_eq!(found(&filter("state=registered & parent=g1")).unwrap(), [behind(&["b1"])]);
    assert!(found(&filter("colour=red")).unwrap_err().to_string().contains("colour"));
    assert!(found(&Target::group("pumps")).is_err());
}

#[test]
fn a_requester_is_found_by_its_token_until_it_is_removed() {
    let mut store = store();
    store.commit(&[Record::Requester(meters())]).unwrap();
    let found = |store: &MemoryStore, token: &str| store.requester_by_token(&TokenDigest::of(&Secret::from(token)));
    assert_eq!(found(&store, "a").unwrap(), Some(meters()));
    assert_eq!(found(&store, "b").unwrap(), None);
    store.commit(&[Record::RequesterRemoved(name("a"))]).unwrap();
    assert_eq!(found(&store, "a").unwrap(), None);
}

#[test]
fn the_audit_is_read_in_order_in_pages_and_forgotten_by_age() {
    let mut store = store();
    let entry = |at, number, who| {
        let key = AuditKey { at: Instant::from_secs(at), number };
        Record::Audit(AuditEntry::new(key, name(who), "task commands", "group meters", AuditResult::Done))
    };
    store.commit(&[entry(20, 2, "a"), entry(10, 1, "b"), entry(20, 3, "b"), entry(30, 4, "a")]).unwrap();
    let numbers = |store: &MemoryStore, query: &AuditQuery| {
        store.audit(query).unwrap().iter().map(|entry| entry.key.number).collect::<Vec<_>>()
    };
    let page = AuditQuery { limit: 2, ..AuditQuery::default() };
    assert_eq!(numbers(&store, &page), [1, 2]);
    let after = Some(AuditKey { at: Instant::from_secs(20), number: 2 });
    assert_eq!(numbers(&store, &AuditQuery { after, ..page }), [3, 4]);
    let of_a = AuditQuery { requester: Some(name("a")), until: Instant::from_secs(30), ..AuditQuery::default() };
    assert_eq!(numbers(&store, &of_a), [2]);
    store.commit(&[Record::AuditExpired(Instant::from_secs(20))]).unwrap();
    assert_eq!(numbers(&store, &AuditQuery::default()), [2, 3, 4]);
}

#[test]
fn debug_output_shows_no_token() {
    let shown = alloc::format!("{:?}", meters());
    assert!(!shown.contains(&TokenDigest::of(&Secret::from("a")).to_hex()[..8]) && shown.contains("TokenDigest(..)"));
}
