//! Nodes come into the directory and leave it.

use omadm_gwmo::code::ResultCode;
use omadm_proto::exchange::Syntax;
use omadm_tree::mo::LAWMO;
use xrem_server::directory::{NodeKind, Registration, RouteError, routes};
use xrem_server::nrem::Event;
use xrem_server::register::{Acceptance, Farewell, Inventory, SharedAccount};
use xrem_server::requester::RequesterName;
use xrem_server::store::{Record, Store as _};
use xrem_server::task::{CommandSpec, JobFault, JobState, Target};
use xrem_testkit::node::Node;
use xrem_testkit::plan::Plan;
use xrem_testkit::world::World;

use super::*;

fn registration(number: u32, owner: &str) -> Registration {
    let node = Node::Device(number);
    let mut registration = Registration::new(node.dev_id(), NodeKind::Device);
    registration.account = Some(node.account_of(Node::Server));
    registration.bearers = vec![node.to_string().as_str().into()];
    registration.owner = Some(RequesterName::parse(owner).unwrap());
    registration
}

fn register(world: &mut World, number: u32) {
    let (node, _) = registration(number, "app").accept(world.now()).unwrap();
    world.operate(&[Record::Node(node), Record::StrangerRemoved(dev(number))]);
}

/// A world whose device is on, and not registered.
fn stranger(syntax: Syntax) -> World {
    let mut plan = Plan::new(syntax).direct(1);
    plan.poll = Some(HOUR);
    let mut world = World::new(plan).unwrap();
    world.operate(&[Record::NodeRemoved(dev(1))]);
    world.restore(Node::Server).unwrap();
    world.restore(Node::Device(1)).unwrap();
    world
}

/// Lets time pass, whatever happens.
fn pass(world: &mut World, time: Duration) {
    assert!(world.run_until(time, |_| false).is_err());
}

fn count(world: &World, what: impl Fn(&Event) -> bool) -> usize {
    world.server_events().iter().filter(|event| what(event)).count()
}

fn unknown(event: &Event) -> bool {
    matches!(event, Event::UnknownDevice(_))
}

fn registered(event: &Event) -> bool {
    matches!(event, Event::Registered { owner: Some(owner), .. } if owner.as_str() == "app")
}

fn unknown_device(syntax: Syntax) {
    let mut world = stranger(syntax);
    let later = world.now() + 5 * HOUR;
    world.run_until(DAY, |world| world.now() >= later).unwrap();
    assert!(world.sessions(1).broken >= 4, "it comes again and again");
    assert_eq!(count(&world, unknown), 1, "one event for one device");
    let Ok(strangers) = world.store().strangers();
    assert_eq!((strangers.len(), &strangers[0].dev_id), (1, &dev(1)));
    assert!(strangers[0].last_seen > strangers[0].first_seen);

    register(&mut world, 1);
    world.run_until(DAY, |world| count(world, registered) > 0).unwrap();
    let Ok(node) = world.store().node(&dev(1));
    let node = node.unwrap();
    assert!(matches!(node.inventory, Inventory::Read(_)));
    assert_eq!(node.dev_info["./DevDetail/FwV"], "1.0");
    let Ok(strangers) = world.store().strangers();
    assert!(strangers.is_empty());
}
both!(n7a_an_unknown_device_is_told_once_and_its_inventory_is_read_after_it_was_registered, unknown_device);

fn registered_restart(syntax: Syntax) {
    let start = || {
        let mut world = stranger(syntax);
        let met = world.now() + 2 * HOUR;
        world.run_until(DAY, |world| world.now() >= met).unwrap();
        register(&mut world, 1);
        world
    };
    whoever_restarts("n7a", &[Node::Server, Node::Device(1)], start, |world| {
        world.run_until(DAY, |world| count(world, registered) > 0).unwrap();
        assert_eq!((count(world, unknown), count(world, registered)), (1, 1), "each is told once");
        let Ok(node) = world.store().node(&dev(1));
        assert_eq!(node.unwrap().dev_info["./DevDetail/FwV"], "1.0");
    });
}
both!(n7a_an_unknown_device_is_registered_whoever_restarts, registered_restart);

/// A world with an unknown device, in which those with the secret of device 1, or of another one, are accepted.
fn accepting(syntax: Syntax, secret_of: u32) -> World {
    let mut world = stranger(syntax);
    let account = Node::Device(secret_of).account_of(Node::Server);
    let own = Node::Device(1).account_of(Node::Server);
    let mut shared = SharedAccount::new(account.client.secret, own.server).named(&*own.client.name);
    shared.owner = Some(RequesterName::parse("app").unwrap());
    world.operate(&[Record::Acceptance(Box::new(Acceptance::Accept(shared)))]);
    world
}

fn accepted(syntax: Syntax) {
    let is_accepted = |world: &mut World| {
        world.run_until(DAY, |world| count(world, registered) > 0).unwrap();
        let told = [unknown, is_acceptance, registered].map(|event| count(world, event));
        assert_eq!(told, [1, 1, 1], "each is told once");
        let Ok(strangers) = world.store().strangers();
        assert!(strangers.is_empty());
    };
    whoever_restarts("n7a", &[Node::Server, Node::Device(1)], || accepting(syntax, 1), is_accepted);
}
both!(n7a_a_device_that_proves_the_shared_secret_is_registered_by_that_whoever_restarts, accepted);

fn is_acceptance(event: &Event) -> bool {
    matches!(event, Event::Accepted(_))
}

fn impostor(syntax: Syntax) {
    let mut world = accepting(syntax, 2);
    let later = world.now() + 5 * HOUR;
    world.run_until(DAY, |world| world.now() >= later).unwrap();
    assert_eq!((count(&world, unknown), count(&world, is_acceptance)), (1, 0));
    assert_eq!(world.server_events().len(), 1, "{:?}", world.server_events());
    let Ok(node) = world.store().node(&dev(1));
    assert!(node.is_none());
    let Ok(strangers) = world.store().strangers();
    assert_eq!(strangers.len(), 1);
}
both!(n7a_a_device_that_does_not_know_the_shared_secret_stays_unknown, impostor);

fn behind(syntax: Syntax) {
    let mut world = reported(syntax);
    world.run_until(DAY, |world| count(world, registered) == 2).unwrap();
    let Ok(node) = world.store().node(&dev(2));
    assert_eq!(node.unwrap().dev_info["./DevInfo/Man"], "Acme");
    pass(&mut world, 2 * HOUR);
    assert_eq!(count(&world, registered), 2, "each owner is told once");
    let nodes = [Node::Server, Node::Gateway(1), Node::Device(2)];
    let are_registered = |world: &mut World| world.run_until(DAY, |world| count(world, registered) == 2).unwrap();
    whoever_restarts("n7a", &nodes, || reported(syntax), are_registered);
}

/// A gateway whose two devices were registered before they came.
fn reported(syntax: Syntax) -> World {
    let mut plan = Plan::new(syntax).gateways(1, 2);
    // Whoever had its session cut off comes again.
    plan.poll = Some(HOUR);
    let mut world = World::new(plan).unwrap();
    for number in [1, 2] {
        let mut registration = registration(number, "app");
        (registration.account, registration.gateway) = (None, Some(Node::Gateway(1).dev_id()));
        let (node, place) = registration.accept(world.now()).unwrap();
        let place = Record::Place { device: dev(number), place: place.unwrap() };
        world.operate(&[Record::Node(node), place]);
    }
    for node in world.nodes() {
        world.restore(node).unwrap();
    }
    world
}
both!(n7a_the_inventory_of_devices_behind_a_gateway_is_read_when_it_reports_them, behind);

fn deactivated(syntax: Syntax, steps: u64) {
    let mut world = World::started(Plan::new(syntax).direct(1)).unwrap();
    let commands = (0..40).map(|number| CommandSpec::replace("./App/Interval", number.to_string())).collect();
    let task = world.submit(Target::Device(name(1)), commands).unwrap();
    world.run_steps(steps).unwrap();
    world.deactivate(1, &Farewell::Keep);
    assert_eq!(world.jobs(task)[0].state, JobState::Failed(JobFault::Deactivated));
    let code = world.results(task)[&dev(1)].code;
    assert_eq!(code, ResultCode::DEVICE_LEFT);
    let Ok(next) = world.store().next_due();
    assert_eq!(next, None, "no notification is due");
    world.restart(Node::Server);
    pass(&mut world, HOUR);
    let (sessions, finished) = (world.sessions(1).started, world.sessions(1).finished);
    world.restart(Node::Device(1));
    pass(&mut world, HOUR);
    assert_eq!(world.sessions(1).finished, finished, "of {sessions} sessions the last one was refused");
    let refused = |event: &Event| matches!(event, Event::Refused { fault, .. } if fault.to_string().contains("403"));
    assert!(count(&world, refused) > 0);
    let refusal = routes(world.store(), &Target::Device(name(1)));
    assert_eq!(refusal.unwrap_err(), RouteError::Deactivated(name(1)));

    // It is registered anew.
    register(&mut world, 1);
    world.restart(Node::Device(1));
    let task = world.submit(Target::Device(name(1)), vec![CommandSpec::replace("./App/Interval", "77")]).unwrap();
    world.finish(task).unwrap();
    assert_eq!((world.counts(task), &*text(&world, 1, "./App/Interval")), (all_ok(1), "77"));
}

fn during_a_job(syntax: Syntax) {
    let mut dice = Dice::new(any_seed("n7b"));
    // The session of its job takes eleven steps.
    for steps in [0, 9, dice.below(11), dice.below(11)] {
        println!("n7b: deactivated after {steps} steps");
        deactivated(syntax, steps);
    }
}
both!(n7b_a_node_that_is_deactivated_during_a_job_is_refused_until_it_is_registered_anew, during_a_job);

const WIPE: TaskId = TaskId::new(900);

/// A device with two things that can be wiped, which is deactivated with a wipe. `./App/Run` stands for its account.
fn leaving(syntax: Syntax) -> World {
    let mut world = World::started(Plan::new(syntax).direct(1)).unwrap();
    for (node, item) in [("a", "contacts"), ("b", "messages")] {
        let at = format!("./LAWMO/AvailableWipeList/{node}");
        let entry = LAWMO.entry("AvailableWipeList/<x>", &at).fill("ListItemName", item).fill("ToBeWiped", false);
        entry.put_into(world.tree_mut(1).unwrap()).unwrap();
    }
    let (lawmo, account) = ("./LAWMO".into(), "./App/Run".into());
    world.deactivate(1, &Farewell::Wipe { task: WIPE, lawmo, account });
    world
}

fn gone(event: &Event) -> bool {
    matches!(event, Event::Deactivated(_))
}

fn is_wiped(world: &mut World) {
    world.run_until(DAY, |world| count(world, gone) == 1).unwrap();
    // Before the wipe everything was marked, and the device's own object took the marks away when it was done.
    let results = world.results(WIPE);
    let outcomes = &results[&dev(1)].outcomes;
    let alerts: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.alert.as_ref()?.result()).collect();
    assert_eq!(alerts, ["1201 wipe data successful"]);
    assert_eq!(outcomes.len(), 4, "list, marks, wipe, account: {outcomes:?}");
    assert!(outcomes.iter().all(|outcome| outcome.is_good()), "{outcomes:?}");
    for node in ["a", "b"] {
        assert_eq!(text(world, 1, &format!("./LAWMO/AvailableWipeList/{node}/ToBeWiped")), "false");
    }
    assert_eq!(world.tree(1).unwrap().text("./App/Run"), None, "its account is gone");
    let Ok(next) = world.store().next_due();
    assert_eq!(next, None, "no notification is due");
}

fn wiped(syntax: Syntax) {
    let mut world = leaving(syntax);
    is_wiped(&mut world);
    pass(&mut world, HOUR);
    let finished = world.sessions(1).finished;
    world.restart(Node::Device(1));
    pass(&mut world, HOUR);
    assert_eq!(world.sessions(1).finished, finished, "the session after the last one is refused");
    let start = || {
        let mut world = leaving(syntax);
        // By then the device has stored what it was given to be wiped.
        let is_running = |event: &Event| matches!(event, Event::JobStarted { .. });
        world.run_until(DAY, |world| count(world, is_running) > 0).unwrap();
        world
    };
    whoever_restarts("n7b", &[Node::Server, Node::Device(1)], start, is_wiped);
}
both!(n7b_a_device_wipes_itself_by_its_own_object_before_it_is_turned_away_whoever_restarts, wiped);

fn impatient(syntax: Syntax) {
    let mut world = leaving(syntax);
    world.cut(Node::Device(1));
    pass(&mut world, HOUR);
    assert_eq!(count(&world, gone), 0);
    world.deactivate(1, &Farewell::Keep);
    assert_eq!((count(&world, gone), world.jobs(WIPE)[0].state), (1, JobState::Failed(JobFault::Deactivated)));
}
both!(n7b_a_device_that_does_not_come_for_its_wipe_can_be_turned_away_without, impatient);

fn behind_a_gateway(syntax: Syntax) {
    let mut world = World::started(Plan::new(syntax).gateways(1, 3)).unwrap();
    world.cut(Node::Device(2));
    let task = world.submit(devices([1, 2, 3]), vec![CommandSpec::replace("./App/Interval", "60")]).unwrap();
    world.run_until(DAY, |world| text(world, 1, "./App/Interval") == "60").unwrap();
    world.deactivate_behind(2, 1);
    assert_eq!(world.results(task)[&dev(2)].code, ResultCode::DEVICE_LEFT);
    let refusal = routes(world.store(), &Target::Device(name(2)));
    assert_eq!(refusal.unwrap_err(), RouteError::Deactivated(name(2)));
    world.finish(task).unwrap();
    assert_eq!(world.counts(task), Counts { ok: 2, failed: 1, other: 0 });
    assert_eq!(world.results(task)[&dev(2)].code, ResultCode::DEVICE_LEFT, "the gateway's report comes too late");
    let Ok(place) = world.store().place(&dev(2));
    assert_eq!(place, None);
}

fn forgotten(syntax: Syntax) {
    let start = || {
        let mut world = World::started(Plan::new(syntax).gateways(1, 3)).unwrap();
        world.cut(Node::Device(2));
        world.submit(devices([1, 2, 3]), vec![CommandSpec::replace("./App/Interval", "60")]).unwrap();
        world.run_until(DAY, |world| text(world, 1, "./App/Interval") == "60").unwrap();
        world.deactivate_behind(2, 1);
        world
    };
    whoever_restarts("n7b", &[Node::Server, Node::Gateway(1)], start, |world| {
        let task = TaskId::new(1);
        world.finish(task).unwrap();
        assert_eq!(world.counts(task), Counts { ok: 2, failed: 1, other: 0 });
        let Ok(place) = world.store().place(&dev(2));
        assert_eq!(place, None);
    });
}
both!(n7b_a_device_behind_a_gateway_stays_deactivated_over_a_restart, forgotten);
both!(n7b_a_device_behind_a_gateway_fails_in_its_job_and_has_no_place_any_more, behind_a_gateway);
