//! Configuration on behalf of requesters: rights and audit, sets of objects, desired states, configuration files.

use omadm_proto::auth::Secret;
use omadm_proto::exchange::Syntax;
use omadm_proto::status::StatusCode;
use omadm_tree::AccessType;
use xrem_server::nrem::Event;
use xrem_server::requester::{Ability, AuditResult, PermitError, Requester, RequesterName, Rights, Scope, TokenDigest};
use xrem_server::store::Store as _;
use xrem_server::task::{CommandSpec, DeviceResult, Kind, Summary, Target, Task, TaskRequest, Write};
use xrem_testkit::node::Node;
use xrem_testkit::plan::Plan;
use xrem_testkit::traffic::Link;
use xrem_testkit::world::{Damage, Refused, World};

use super::*;

const CONFIG: &str = "./XRem/Config";

fn requester(name: &str, rights: Rights) -> Requester {
    Requester::new(RequesterName::parse(name).unwrap(), TokenDigest::of(&Secret::from(name)), rights)
}

fn gateway(number: u32) -> Target {
    Target::Gateway(Node::Gateway(number).dev_id().into())
}

fn interval(seconds: &str) -> CommandSpec {
    CommandSpec::replace("./App/Interval", seconds)
}

fn task(world: &World, id: TaskId) -> std::sync::Arc<Task> {
    world.store().task(id).unwrap().unwrap()
}

fn summary(world: &World, id: TaskId) -> Summary {
    Summary::of(&world.jobs(id))
}

fn result(world: &World, id: TaskId, device: u32) -> DeviceResult {
    world.results(id).remove(&dev(device)).unwrap()
}

fn rights(syntax: Syntax) {
    let start = || {
        let mut world = World::started(Plan::new(syntax).gateways(1, 3).direct(1)).unwrap();
        for number in [1, 2, 4] {
            world.enroll(&dev(number), &["meters"]);
        }
        world
    };
    let nodes = [Node::Server, Node::Gateway(1), Node::Device(2), Node::Device(4)];
    whoever_restarts("n1a", &nodes, start, on_behalf);
}
both!(n1a_a_requester_changes_what_it_has_rights_to_and_sees_its_own_tasks, rights);

fn on_behalf(world: &mut World) {
    let a = requester("meter-app", Rights::none().and([Ability::Configure], &Scope::Group("meters".into())));
    let b = requester("network", Rights::none().and([Ability::Configure], &Scope::All));

    let before = world.traffic(Link::Wan);
    let denied = world.submit_as(&a, TaskRequest::new(gateway(1), vec![CommandSpec::add("./Note", "a")])).unwrap_err();
    let node = Node::Gateway(1).dev_id();
    assert!(matches!(denied, Refused::Permit(PermitError::PermissionDenied { node: it }) if it == node));
    world.settle().unwrap();
    assert_eq!((world.traffic(Link::Wan) - before).bytes(), 0);

    let of_a = world.submit_as(&a, TaskRequest::new(Target::group("meters"), vec![interval("60")])).unwrap();
    let of_b = world.submit_as(&b, TaskRequest::new(gateway(1), vec![CommandSpec::add("./Note", "b")])).unwrap();
    world.finish(of_a).unwrap();
    world.finish(of_b).unwrap();
    assert_eq!((world.counts(of_a), world.counts(of_b)), (all_ok(3), all_ok(1)));
    let values: Vec<String> = (1..=4).map(|number| text(world, number, "./App/Interval")).collect();
    assert_eq!(values, ["60", "60", "900", "60"]);
    assert!(!a.may_see(&task(world, of_b)) && a.may_see(&task(world, of_a)) && !b.may_see(&task(world, of_a)));

    let audit = world.audit();
    let told: Vec<_> = audit.iter().map(|it| (it.requester.as_str(), it.target.as_str(), it.result.clone())).collect();
    assert_eq!(
        told,
        [
            ("meter-app", "gateway urn:gw:1", AuditResult::Denied(Some(node))),
            ("meter-app", "group meters", AuditResult::Task(of_a)),
            ("network", "gateway urn:gw:1", AuditResult::Task(of_b)),
        ]
    );
    assert!(audit.windows(2).all(|pair| pair[0].key < pair[1].key));
    assert_eq!(summary(world, of_a).ok, 3);
}

fn events(syntax: Syntax) {
    let mut world = World::started(Plan::new(syntax).gateways(1, 2).direct(1)).unwrap();
    let known = world.server_events().len();
    let id = world.submit(Target::All(Kind::Devices), vec![interval("60"), CommandSpec::get("./DevInfo/Man")]).unwrap();
    world.finish(id).unwrap();
    let (mut started, mut progress, mut ended) = (0, Vec::new(), 0);
    for event in world.server_events().iter().skip(known) {
        match event {
            Event::JobStarted { job, .. } if job.task == id => started += 1,
            Event::JobProgress { job, node, done, of } if job.task == id => progress.push((node.clone(), *done, *of)),
            Event::JobEnded { job, .. } if job.task == id => ended += 1,
            _ => {}
        }
    }
    assert_eq!((started, ended), (2, 2));
    assert!(progress.contains(&(name(3), 2, 2)), "{progress:?}");
    assert!(progress.contains(&(Node::Gateway(1).dev_id().into(), 2, 2)), "{progress:?}");
}
both!(n1a_a_task_tells_that_it_runs_how_far_it_is_and_when_it_is_done, events);

/// One managed object as a document, and a setting that exists already: both or none.
fn object(name: &str) -> Vec<CommandSpec> {
    let document = format!(
        "<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>{name}</NodeName><RTProperties><Format><node/></Format></RTProperties>\
         <Node><NodeName>Server</NodeName><RTProperties><Format><chr/></Format></RTProperties><Value>ntp.example</Value></Node>\
         <Node><NodeName>Every</NodeName><RTProperties><Format><int/></Format></RTProperties><Value>3600</Value></Node>\
         </Node></MgmtTree>"
    );
    vec![CommandSpec::Add(Write::tnds(format!("./{name}"), document))]
}

/// Devices that cannot take the second half of a set.
const REFUSING: [u32; 4] = [7, 150, 299, 301];

fn sets(syntax: Syntax) {
    let start = || {
        let mut world = World::started(Plan::new(syntax).gateways(3, 100).direct(20)).unwrap();
        for number in REFUSING {
            world.tree_mut(number).unwrap().set_access("./App/Interval", AccessType::GET).unwrap();
        }
        world
    };
    let nodes = [Node::Server, Node::Gateway(2)];
    whoever_restarts("n1b", &nodes, start, four_targets);
}
both!(n1b_a_set_of_objects_goes_to_one_device_one_gateway_320_devices_and_3_gateways, sets);

fn four_targets(world: &mut World) {
    let cases = [(Target::Device(name(5)), 1, 0), (gateway(2), 1, 0), (Target::All(Kind::Gateways), 3, 0)];
    for (case, (target, nodes, fanouts)) in cases.into_iter().enumerate() {
        let id = world.submit_as(
            &requester("network", Rights::everything()),
            TaskRequest::all_or_nothing(target, object(&format!("Time{case}"))),
        );
        let id = id.unwrap();
        world.finish(id).unwrap();
        assert_eq!((summary(world, id).total, summary(world, id).ok), (nodes, nodes), "case {case}");
        let through = world.jobs(id).iter().filter(|job| job.is_fanout()).count();
        assert_eq!(through, if case == 0 { 1 } else { fanouts }, "case {case}");
    }
    let mut commands = object("Time3");
    commands.push(interval("60"));
    let request = TaskRequest::all_or_nothing(Target::All(Kind::Devices), commands);
    let id = world.submit_as(&requester("network", Rights::everything()), request).unwrap();
    world.finish(id).unwrap();
    let merged = summary(world, id);
    println!("{merged:?}");
    assert_eq!((merged.total, merged.ok, merged.pending, merged.failed), (320, 316, 0, 0));
    assert_eq!(merged.refused.into_iter().collect::<Vec<_>>(), [(StatusCode::COMMAND_NOT_ALLOWED, 4)]);
    let jobs = world.jobs(id);
    assert_eq!((jobs.iter().filter(|job| job.is_fanout()).count(), jobs.len()), (3, 23));
    for number in 1..=320 {
        let has = world.tree(number).unwrap().text("./Time3/Server") == Some("ntp.example");
        assert_eq!(has, !REFUSING.contains(&number), "device {number}");
        let value = if REFUSING.contains(&number) { "900" } else { "60" };
        assert_eq!(text(world, number, "./App/Interval"), value, "device {number}");
    }
    for number in 1..=3 {
        let tree = world.gateway(number).unwrap().tree();
        assert_eq!((tree.find("./Time1").is_some(), tree.find("./Time2/Every").is_some()), (number == 2, true));
    }
}

fn pending(syntax: Syntax) {
    let mut world = World::started(Plan::new(syntax).direct(3)).unwrap();
    world.cut(Node::Device(2));
    world.tree_mut(3).unwrap().set_access("./App/Interval", AccessType::GET).unwrap();
    let id = world.submit(Target::All(Kind::Devices), vec![interval("60")]).unwrap();
    world.run_until(HOUR, |world| summary(world, id).pending == 1).unwrap();
    let merged = summary(&world, id);
    assert_eq!((merged.total, merged.ok, merged.refused.len()), (3, 1, 1), "{merged:?}");
    world.restore(Node::Device(2)).unwrap();
    world.finish(id).unwrap();
    assert_eq!((summary(&world, id).ok, summary(&world, id).pending), (2, 0));
}
both!(n1b_the_merged_result_counts_what_is_done_refused_and_still_to_come, pending);

/// Writes of the device's application nodes.
fn writes(world: &World, device: u32) -> u32 {
    let of_app = |(verb, uri): &(String, String)| verb != "Get" && uri.starts_with("./App");
    world.executed(device).into_iter().filter(|(what, _)| of_app(what)).map(|(_, times)| times).sum()
}

fn desired(syntax: Syntax) {
    let mut world = World::started(Plan::new(syntax).direct(2)).unwrap();
    let settings = [
        Write::from(("./App/Interval", 300)),
        Write::from(("./App/Name", "dev1")),
        Write::from(("./App/Zone", "north")),
    ];
    let id = world.desire(Target::All(Kind::Devices), settings.clone()).unwrap();
    world.finish(id).unwrap();
    assert_eq!(world.counts(id), all_ok(2), "{:?}", world.results(id));
    for number in 1..=2 {
        assert_eq!(text(&world, number, "./App/Interval"), "300");
        assert_eq!(text(&world, number, "./App/Name"), "dev1");
        assert_eq!(text(&world, number, "./App/Zone"), "north");
    }
    let unchanged = |id, device| -> Vec<bool> {
        result(&world, id, device).outcomes[0].commands.iter().map(|outcome| outcome.unchanged).collect()
    };
    // The name of the first device is that already.
    assert_eq!((unchanged(id, 1), unchanged(id, 2)), (vec![false, true, false], vec![false; 3]));
    let before = [writes(&world, 1), writes(&world, 2)];
    let id = world.desire(Target::All(Kind::Devices), settings).unwrap();
    world.finish(id).unwrap();
    assert_eq!(world.counts(id), all_ok(2));
    assert_eq!([writes(&world, 1), writes(&world, 2)], before, "nothing is written the second time");
    assert!(result(&world, id, 2).outcomes[0].commands.iter().all(|outcome| outcome.unchanged));
}
both!(n1a_a_desired_state_writes_what_differs_and_nothing_the_second_time, desired);

fn desired_refused(syntax: Syntax) {
    let mut world = World::started(Plan::new(syntax).direct(1)).unwrap();
    world.tree_mut(1).unwrap().set_access("./App/Name", AccessType::GET).unwrap();
    let settings = [("./App/Interval", "300"), ("./App/Name", "new")];
    let id = world.desire(Target::Device(name(1)), settings).unwrap();
    world.finish(id).unwrap();
    assert_eq!(text(&world, 1, "./App/Interval"), "900");
    let merged = summary(&world, id);
    assert_eq!(merged.refused.into_iter().collect::<Vec<_>>(), [(StatusCode::COMMAND_NOT_ALLOWED, 1)]);
    let outcomes = &result(&world, id, 1).outcomes[0].commands;
    assert_eq!(outcomes[1].status, Some(StatusCode::COMMAND_NOT_ALLOWED));
    assert!(!outcomes[0].is_good());
}
both!(n1a_a_desired_state_of_which_one_value_is_refused_changes_nothing, desired_refused);

fn desired_restarts(syntax: Syntax) {
    for node in [Node::Server, Node::Device(1)] {
        let mut steps = 0;
        loop {
            let mut world = World::started(Plan::new(syntax).direct(1)).unwrap();
            let settings = [("./App/Interval", "300"), ("./App/Name", "new"), ("./App/Zone", "north")];
            let id = world.desire(Target::Device(name(1)), settings).unwrap();
            world.run_steps(steps).unwrap();
            if world.is_done(id) {
                break;
            }
            world.restart(node);
            world.finish(id).unwrap_or_else(|trouble| panic!("{node} after {steps} steps: {trouble}"));
            assert_eq!(world.counts(id), all_ok(1), "{node} after {steps} steps: {:?}", world.results(id));
            assert_eq!(text(&world, 1, "./App/Zone"), "north");
            steps += 1;
        }
        assert!(steps > 10, "{steps}");
    }
}
both!(n1a_a_desired_state_survives_a_restart_at_every_step, desired_restarts);

fn small_messages(syntax: Syntax) -> Plan {
    let mut plan = Plan::new(syntax);
    plan.device_message = Some(4096);
    plan
}

fn alert_code(world: &World, id: TaskId, device: u32) -> Option<u16> {
    result(world, id, device).outcomes.last()?.alert.as_ref()?.code()
}

fn file_in_chunks(syntax: Syntax) {
    // The first is a gateway that the server reaches itself.
    let start = || World::started(small_messages(syntax).direct(1).plain_gateways(1)).unwrap();
    whoever_restarts("n1d", &[Node::Server, Node::Device(2)], start, in_chunks);
}
both!(n1d_a_file_of_64_kib_comes_in_chunks_and_is_applied_once, file_in_chunks);

fn in_chunks(world: &mut World) {
    let bytes = image(64);
    let file = world.publish("site.conf", "7", bytes.clone()).unwrap();
    let before = world.traffic(Link::Wan);
    let target = || Target::Gateway(name(2));
    let id = world.configure(target(), &file).unwrap();
    world.finish(id).unwrap();
    assert_eq!((world.counts(id), alert_code(world, id, 2)), (all_ok(1), Some(1200)));
    let sent = world.traffic(Link::Wan) - before;
    println!("64 KiB in messages of 4096 bytes: {sent:?}");
    assert!(sent.messages >= 2 * 16, "{sent:?}");
    assert_eq!(world.configurations(2), [bytes]);
    assert_eq!(text(world, 2, &format!("{CONFIG}/Active/Version")), "7");
    assert_eq!(text(world, 2, &format!("{CONFIG}/Active/Sha256")), file.sha256);

    // The same file again is in force already.
    let id = world.configure(target(), &file).unwrap();
    world.finish(id).unwrap();
    assert_eq!((world.counts(id), alert_code(world, id, 2)), (all_ok(1), Some(1203)));
    assert_eq!((world.configurations(2).len(), world.configurations(1).len()), (1, 0));
}

fn another_digest(syntax: Syntax) {
    let mut world = World::started(Plan::new(syntax).direct(1)).unwrap();
    let old = world.publish("site.conf", "1", image(1)).unwrap();
    let id = world.configure(Target::Device(name(1)), &old).unwrap();
    world.finish(id).unwrap();
    // One bit of what the device is sent is not what the digest was made of.
    let mut bytes = image(2);
    let new = world.publish("site.conf", "2", bytes.clone()).unwrap();
    bytes[1000] ^= 1;
    let commands = vec![
        CommandSpec::replace(format!("{CONFIG}/Sha256"), new.sha256),
        CommandSpec::Replace(Write::bytes(format!("{CONFIG}/Data"), bytes)),
        CommandSpec::exec(format!("{CONFIG}/Operations/Apply")),
    ];
    let id = world.submit(Target::Device(name(1)), commands).unwrap();
    world.finish(id).unwrap();
    assert_eq!((world.counts(id).failed, alert_code(&world, id, 1)), (1, Some(1423)));
    assert_eq!(world.configurations(1), [image(1)]);
    assert_eq!(text(&world, 1, &format!("{CONFIG}/Active/Sha256")), old.sha256);
}
both!(n1d_a_file_with_another_digest_leaves_the_old_configuration_in_force, another_digest);

fn file_through_a_gateway(syntax: Syntax) {
    let start = || {
        let mut world = World::started(Plan::new(syntax).gateways(1, 100)).unwrap();
        let old = world.publish("site.conf", "1", image(1)).unwrap();
        let id = world.configure(Target::All(Kind::Devices), &old).unwrap();
        world.finish(id).unwrap();
        assert_eq!(world.counts(id), all_ok(100));
        world
    };
    whoever_restarts("n1d", &[Node::Server, Node::Gateway(1), Node::Device(5)], start, across_the_wan_once);
}
both!(n1d_a_hundred_devices_behind_a_gateway_get_a_file_that_crosses_the_wan_once, file_through_a_gateway);

fn across_the_wan_once(world: &mut World) {
    let bytes = image(64);
    let file = world.publish("site.conf", "2", bytes.clone()).unwrap();
    world.damage_fetches(17, Damage::OneBit);
    let before = world.traffic(Link::Wan);
    let id = world.configure(Target::All(Kind::Devices), &file).unwrap();
    world.finish(id).unwrap();
    let wan = world.traffic(Link::Wan) - before;
    println!("64 KiB for 100 devices behind a gateway: WAN {} bytes, {wan:?}", wan.bytes());
    // A restart costs a session more.
    let cuts = world.struck().cuts + world.struck().server_cuts;
    assert!(wan.bytes() < (80 << 10) + cuts * (8 << 10), "{wan:?}");
    let merged = summary(world, id);
    assert_eq!((merged.ok, merged.failed, merged.total), (99, 1, 100), "{merged:?}");
    assert_eq!(alert_code(world, id, 17), Some(1423));
    for number in 1..=100 {
        let expected = if number == 17 { vec![image(1)] } else { vec![image(1), bytes.clone()] };
        assert_eq!(world.configurations(number), expected, "device {number}");
    }
    assert_eq!(text(world, 17, &format!("{CONFIG}/Active/Version")), "1");
}

fn file_restarts(syntax: Syntax) {
    let mut dice = Dice::new(any_seed("configuration file"));
    for node in [Node::Device(1), Node::Server] {
        for _ in 0..8 {
            let steps = dice.below(400);
            let mut world = World::started(small_messages(syntax).direct(1)).unwrap();
            let file = world.publish("site.conf", "7", image(16)).unwrap();
            let id = world.configure(Target::Device(name(1)), &file).unwrap();
            world.run_steps(steps).unwrap();
            world.restart(node);
            world.finish(id).unwrap_or_else(|trouble| panic!("{node} after {steps} steps: {trouble}"));
            world.settle().unwrap();
            assert_eq!(world.counts(id), all_ok(1), "{node} after {steps} steps: {:?}", world.results(id));
            assert_eq!(world.configurations(1), [image(16)], "{node} after {steps} steps");
        }
    }
}
both!(n1d_a_file_is_applied_once_whatever_restarts_in_between, file_restarts);

fn power_fails(syntax: Syntax) {
    let prepared = || {
        let mut world = World::started(small_messages(syntax).direct(1)).unwrap();
        let file = world.publish("site.conf", "7", image(16)).unwrap();
        let id = world.configure(Target::Device(name(1)), &file).unwrap();
        (world, id)
    };
    let (mut world, id) = prepared();
    let begun = world.steps();
    world.finish(id).unwrap();
    let needed = world.steps() - begun;
    for steps in 0..needed {
        let (mut world, id) = prepared();
        world.run_steps(steps).unwrap();
        world.restart(Node::Device(1));
        world.finish(id).unwrap_or_else(|trouble| panic!("after {steps} of {needed} steps: {trouble}"));
        world.settle().unwrap();
        assert_eq!(world.counts(id), all_ok(1), "after {steps} of {needed} steps: {:?}", world.results(id));
        assert_eq!(world.configurations(1), [image(16)], "after {steps} of {needed} steps");
    }
}
both!(n1d_a_device_whose_power_fails_at_whatever_step_applies_the_file_once, power_fails);
