//! The database finds what it stored, and what is due.

use omadm_proto::ids::DevId;
use omadm_proto::time::Instant;
use serde_json::{from_value, json};
use xrem_server::directory::{NodeKind, Place, Registration};
use xrem_server::fault::{AlarmKey, Alarms, Filter, FmStore as _, HistoryQuery, OwnFault, Report};
use xrem_server::nrem::Nrem;
use xrem_server::session::Importance;
use xrem_server::store::{Record, Store as _};
use xrem_server::task::{Commands, TaskId, TaskRequest};
use xrem_server::wakeup::Wake;

use super::Database;

#[path = "../../../../xrem-server/tests/support/pm_store.rs"]
mod pm_store;

/// A database that goes with its folder.
fn emptied() -> Database {
    let (folder, database) = opened();
    // The file stays open; its name is not needed any more.
    drop(folder);
    database
}

mod performance {
    use super::pm_store;

    pm_store::pm_store_tests!(super::emptied());
}

fn at(seconds: u64) -> Instant {
    Instant::from_secs(seconds)
}

fn opened() -> (tempfile::TempDir, Database) {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&folder.path().join("nrem.redb")).unwrap();
    (folder, database)
}

fn gateway(database: &mut Database) -> DevId {
    let id = DevId::new("urn:g1");
    let account = from_value(json!({
        "dev_id": "urn:g1", "client": {"name": "n", "secret": "s"}, "server": {"name": "n", "secret": "s"},
        "scheme": "md5", "client_nonce": [], "server_nonce": []}));
    let mut registration = Registration::new(id.clone(), NodeKind::Gateway);
    registration.account = Some(account.unwrap());
    let (node, _) = registration.accept(at(1)).unwrap();
    database.commit(&[Record::Node(node)]).unwrap();
    id
}

#[test]
fn a_task_with_every_kind_of_command_is_read_back_the_same_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("nrem.redb");
    let commands = json!([
        {"cmd": "add", "uri": "./A/B", "format": "int", "data": "1"},
        {"cmd": "exec", "uri": "./X", "correlator": null},
        {"cmd": "exec", "uri": "./Y"},
        {"cmd": "atomic", "commands": [{"cmd": "replace", "uri": "./A/B", "data_b64": "AAEC"}]}]);
    let stored = {
        let mut database = Database::open(&file).unwrap();
        let id = gateway(&mut database);
        let target = from_value(json!({"gateway": "urn:g1"})).unwrap();
        let request = TaskRequest::new(target, from_value::<Commands>(commands).unwrap().0);
        let routes = xrem_server::directory::routes(&database, &request.target).unwrap();
        let submission = Nrem::default().submit(at(2), TaskId::new(7), request, routes).unwrap();
        database.commit(&submission.persist).unwrap();
        assert_eq!(database.load(&id).unwrap().jobs.len(), 1);
        submission.task
    };
    let database = Database::open(&file).unwrap();
    assert_eq!(database.last_task().unwrap(), 7);
    assert_eq!(*database.task(TaskId::new(7)).unwrap().unwrap(), *stored);
    assert_eq!(database.load(&DevId::new("urn:g1")).unwrap().tasks[&TaskId::new(7)], stored);
}

#[test]
fn what_is_due_is_found_in_order_and_only_until_it_is_moved() {
    let (_folder, mut database) = opened();
    let node = |name: &str| DevId::new(name);
    let wake = |name: &str, seconds| Record::Wake { node: node(name), wake: Some(Wake::at_once(at(seconds), 1)) };
    database.commit(&[wake("late", 30), wake("early", 10), wake("middle", 20)]).unwrap();
    assert_eq!(database.due(at(25), 10).unwrap(), [node("early"), node("middle")]);
    assert_eq!(database.next_due().unwrap(), Some(at(10)));
    database.commit(&[wake("early", 40), Record::Wake { node: node("middle"), wake: None }]).unwrap();
    assert_eq!(database.due(at(35), 10).unwrap(), [node("late")]);
}

#[test]
fn a_device_that_moves_is_behind_one_gateway_only() {
    let (_folder, mut database) = opened();
    let device = DevId::new("d1");
    for gateway in ["urn:g1", "urn:g2"] {
        let place = Place::behind(gateway.into());
        database.commit(&[Record::Place { device: device.clone(), place }]).unwrap();
    }
    assert!(database.behind(&"urn:g1".into()).unwrap().is_empty());
    assert_eq!(database.behind(&"urn:g2".into()).unwrap()[0].0, device);
}

#[test]
fn a_job_of_a_node_that_was_removed_does_not_stay_due() {
    let (_folder, mut database) = opened();
    let id = gateway(&mut database);
    let request = TaskRequest::new(
        from_value(json!({"gateway": "urn:g1"})).unwrap(),
        from_value::<Commands>(json!([{"cmd": "get", "uri": "./A"}])).unwrap().0,
    );
    let routes = xrem_server::directory::routes(&database, &request.target).unwrap();
    let nrem = Nrem::default();
    let submission = nrem.submit(at(2), TaskId::new(1), request, routes).unwrap();
    database.commit(&[Record::NodeRemoved(id.clone())]).unwrap();
    database.commit(&submission.persist).unwrap();
    assert_eq!(database.due(at(3), 10).unwrap(), std::slice::from_ref(&id));
    let mut records = database.load(&id).unwrap();
    let step = nrem.handle_timeout(at(3), &id, &mut records);
    database.commit(&step.persist).unwrap();
    assert!(database.due(at(3), 10).unwrap().is_empty());
}

#[test]
fn requesters_and_the_audit_survive_and_are_read_as_the_port_says() {
    use omadm_proto::auth::Secret;
    use xrem_server::requester::{
        AuditEntry, AuditKey, AuditQuery, AuditResult, Requester, RequesterName, RequesterStore as _, Rights,
        TokenDigest,
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("nrem.redb");
    let name = RequesterName::parse("meter-app").unwrap();
    let digest = |token: &str| TokenDigest::of(&Secret::from(token));
    let requester = |token: &str| Record::Requester(Requester::new(name.clone(), digest(token), Rights::everything()));
    let entry = |seconds, number| {
        let key = AuditKey { at: at(seconds), number };
        Record::Audit(AuditEntry::new(key, name.clone(), "task commands", "group meters", AuditResult::Done))
    };
    {
        let mut database = Database::open(&file).unwrap();
        database.commit(&[requester("old"), entry(2, 2), entry(1, 1), entry(2, 3)]).unwrap();
        database.commit(&[requester("new")]).unwrap();
    }
    let mut database = Database::open(&file).unwrap();
    assert_eq!(database.requester_by_token(&digest("old")).unwrap(), None);
    assert_eq!(database.requester_by_token(&digest("new")).unwrap().unwrap().name, name);
    let mut query = AuditQuery::default();
    query.after = Some(AuditKey { at: at(1), number: 1 });
    let numbers = |database: &Database, query: &AuditQuery| {
        database.audit(query).unwrap().iter().map(|entry| entry.key.number).collect::<Vec<_>>()
    };
    assert_eq!(numbers(&database, &query), [2, 3]);
    database.commit(&[Record::AuditExpired(at(2)), Record::RequesterRemoved(name.clone())]).unwrap();
    assert_eq!(numbers(&database, &AuditQuery::default()), [2, 3]);
    assert!(database.requester_by_token(&digest("new")).unwrap().is_none());
}

#[test]
fn n3a_faults_are_stored_paged_and_forgotten_as_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("nrem.redb");
    let mut memory = xrem_server::store::MemoryStore::new();
    {
        let mut database = Database::open(&file).unwrap();
        let mut alarms = Alarms::default();
        for seq in 1..=30 {
            let device = DevId::new(format!("urn:d{}", seq % 3));
            let fault = OwnFault::new(device.clone(), "hot", Importance::Critical, "too hot");
            let report = if seq % 2 == 0 { Report::raised(fault) } else { Report::ended(device, "hot") };
            alarms.take(at(seq), report).unwrap();
            let records: Vec<Record> = alarms.drain().collect();
            database.commit(&records).unwrap();
            memory.commit(&records).unwrap();
        }
    }
    let mut database = Database::open(&file).unwrap();
    let one = Filter::ALL.of_nodes([DevId::new("urn:d1")]);
    let same = |database: &Database, memory: &xrem_server::store::MemoryStore| {
        for filter in [Filter::ALL, one.clone()] {
            assert_eq!(database.current(&filter, None, 9).unwrap(), memory.current(&filter, None, 9).unwrap());
            for query in [HistoryQuery::new(filter.clone()), HistoryQuery::new(filter).newest_first()] {
                let mut after = None;
                let mut pages = Vec::new();
                loop {
                    let page = query.clone().between(at(2), at(29)).page(after, 4);
                    let found = database.history(&page).unwrap();
                    assert_eq!(found, memory.history(&page).unwrap());
                    let Some(last) = found.last() else { break };
                    after = Some(last.key());
                    pages.extend(found);
                }
                assert_eq!(pages, database.history(&query.between(at(2), at(29))).unwrap());
            }
        }
        let known = |device: &str| database.load(&DevId::new(device)).unwrap().alarms;
        assert!(known("urn:d1").alarm(&AlarmKey::new(DevId::new("urn:d1"), "nrem:hot")).is_some());
    };
    same(&database, &memory);
    let after = memory.current(&Filter::ALL, None, 1).unwrap().pop().map(|alarm| alarm.newest.alarm);
    let rest = database.current(&Filter::ALL, after.as_ref(), 9).unwrap();
    assert_eq!(rest, memory.current(&Filter::ALL, after.as_ref(), 9).unwrap());
    let before = database.history(&HistoryQuery::new(Filter::ALL)).unwrap().len();
    database.commit(&[Record::ForgetFaults(at(20))]).unwrap();
    memory.commit(&[Record::ForgetFaults(at(20))]).unwrap();
    let left = database.history(&HistoryQuery::new(Filter::ALL)).unwrap();
    assert!(left.len() < before && left.iter().all(|transition| transition.arrived >= at(20)));
    same(&database, &memory);
}

#[test]
fn n4_nodes_are_listed_once_each_by_name_from_any_name_on() {
    let (_folder, mut database) = opened();
    let id = gateway(&mut database);
    let named = |id: &str, name: Option<&str>| {
        let mut registration = Registration::new(DevId::new(id), NodeKind::Device);
        registration.gateway = Some(DevId::new("urn:g1"));
        registration.name = name.map(|name| name.to_owned().try_into().unwrap());
        let (node, place) = registration.accept(at(1)).unwrap();
        [Record::Node(node), Record::Place { device: DevId::new(id), place: place.unwrap() }]
    };
    // Given a name, without one, with a name made for it; and one that only the gateway knows of, without a name and with one.
    database.commit(&named("urn:a", Some("zoe"))).unwrap();
    database.commit(&named("urn:z", None)).unwrap();
    database.commit(&named("10.0.0.1", None)).unwrap();
    let mut place = Place::behind(id);
    database.commit(&[Record::Place { device: DevId::new("urn:reported"), place: place.clone() }]).unwrap();
    place.name = Some("adam".to_owned().try_into().unwrap());
    database.commit(&[Record::Place { device: DevId::new("urn:b"), place }]).unwrap();

    let list = |after| -> Vec<String> {
        database.nodes_after(after).unwrap().map(|listed| listed.unwrap().name.to_string()).collect()
    };
    let all = list(None);
    assert_eq!(all.len(), 6, "{all:?}");
    assert!(all[1].starts_with("node-"), "{all:?}");
    assert_eq!([&all[0], &all[2], &all[3], &all[4], &all[5]], ["adam", "urn:g1", "urn:reported", "urn:z", "zoe"]);
    for (at, name) in all.iter().enumerate() {
        assert_eq!(list(Some(name)), all[at + 1..]);
    }
    assert_eq!(list(Some("urn:h")), all[3..]);
    let zoe = database.nodes_after(Some("urn:z")).unwrap().next().unwrap().unwrap();
    assert_eq!((zoe.id.as_str(), zoe.node.is_some(), zoe.place.is_some()), ("urn:a", true, true));
}
