//! What a device does with a server's commands, and with a server that it does not trust \[mission-matrix D1a\].

use alloc::collections::BTreeMap;

use omadm_proto::auth::{Credentials, Nonce, Scheme};
use omadm_proto::exchange::Syntax;
use omadm_proto::status::StatusCode;
use xrem_server::store::{ClientAccount, Record, Store as _};
use xrem_server::task::{CommandSpec, Outcome, OutcomeFault, Target, Write};
use xrem_testkit::node::Node;
use xrem_testkit::plan::Plan;
use xrem_testkit::world::World;

use super::*;

fn started(syntax: Syntax) -> World {
    let mut plan = Plan::new(syntax).direct(1);
    (plan.poll, plan.patience) = (Some(10 * MINUTE), HOUR);
    World::started(plan).unwrap()
}

fn delete(uri: &str) -> CommandSpec {
    CommandSpec::Delete { uri: uri.into() }
}

/// Every command of a server, good and bad; the Status of each, and those of the commands inside it.
fn full_set() -> Vec<(CommandSpec, &'static [u16])> {
    let tnds = "<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>Ntp</NodeName><RTProperties><Format><node/></Format></RTProperties>\
         <Node><NodeName>Server</NodeName><RTProperties><Format><chr/></Format></RTProperties><Value>ntp.example</Value></Node>\
         </Node></MgmtTree>";
    vec![
        (CommandSpec::get("./DevInfo/Man"), &[200]),
        (CommandSpec::get("./App?list=Struct"), &[200]),
        (CommandSpec::get("./App/Name?prop=Format"), &[200]),
        (CommandSpec::get("./App/Heat"), &[200]),
        (CommandSpec::get("./Nothing"), &[404]),
        (CommandSpec::add("./App/Zone", "north"), &[200]),
        (CommandSpec::Add(Write::tnds("./Ntp", tnds)), &[200]),
        (CommandSpec::Add(Write::bytes("./App/Blob", vec![0, 1, 0xFF])), &[200]),
        (CommandSpec::replace("./App/Name", "new"), &[200]),
        (CommandSpec::replace("./App/Interval", "60"), &[200]),
        (CommandSpec::replace("./DevInfo/Mod", "other"), &[405]),
        (CommandSpec::Copy { source: "./App/Name".into(), uri: "./App/Twin".into() }, &[200]),
        (CommandSpec::exec("./App/Run"), &[200]),
        (CommandSpec::exec("./App/Name"), &[405]),
        (CommandSpec::Alert { code: 1101, items: vec!["MINDT=10".into(), "Sure?".into()] }, &[200]),
        (
            CommandSpec::Atomic { commands: vec![CommandSpec::add("./App/A", "1"), CommandSpec::add("./App/B", "2")] },
            &[200, 200, 200],
        ),
        (
            CommandSpec::Atomic {
                commands: vec![CommandSpec::replace("./App/Zone", "south"), CommandSpec::replace("./Nothing/x/y", "2")],
            },
            &[507, 216, 404],
        ),
        (CommandSpec::Sequence { commands: vec![delete("./App/A"), CommandSpec::get("./App/B")] }, &[200, 200, 200]),
        (delete("./App/Twin"), &[200]),
        (delete("./DevInfo/Man"), &[405]),
    ]
}

fn statuses(outcome: &Outcome) -> Vec<u16> {
    let own = outcome.status.map(StatusCode::as_u16);
    own.into_iter().chain(outcome.commands.iter().flat_map(statuses)).collect()
}

/// What the leaves that the commands are about have in the end; `None`: there is no such leaf.
const IN_THE_END: [(&str, Option<&str>); 10] = [
    ("./App/Name", Some("new")),
    ("./App/Zone", Some("north")),
    ("./App/Interval", Some("60")),
    ("./App/Twin", None),
    ("./App/A", None),
    ("./App/B", Some("2")),
    ("./Ntp/Server", Some("ntp.example")),
    ("./DevInfo/Man", Some("Acme")),
    ("./DevInfo/Mod", Some("Meter2")),
    ("./Nothing", None),
];

fn leaves(world: &World) -> BTreeMap<&'static str, Option<String>> {
    let tree = world.tree(1).unwrap();
    IN_THE_END.into_iter().map(|(uri, _)| (uri, tree.text(uri).map(str::to_owned))).collect()
}

/// Carries out all of them; the Statuses.
fn carry_out(world: &mut World) -> Vec<Vec<u16>> {
    let commands = full_set().into_iter().map(|(command, _)| command).collect();
    let task = world.submit(Target::Device(name(1)), commands).unwrap();
    world.finish(task).unwrap();
    let expected: BTreeMap<_, _> = IN_THE_END.into_iter().map(|(uri, value)| (uri, value.map(str::to_owned))).collect();
    assert_eq!(leaves(world), expected);
    world.results(task)[&dev(1)].outcomes.iter().map(statuses).collect()
}

fn every_command(syntax: Syntax) {
    let mut world = started(syntax);
    let told = carry_out(&mut world);
    let expected: Vec<Vec<u16>> = full_set().into_iter().map(|(_, statuses)| statuses.to_vec()).collect();
    assert_eq!(told, expected);
    assert_eq!(runs(&world, 1), [1]);
    // The same in the other syntax means the same: what was executed, how often, and what came back.
    let mut other = started(if syntax == Syntax::Xml { Syntax::Wbxml } else { Syntax::Xml });
    assert_eq!(carry_out(&mut other), told);
    assert_eq!(other.executed(1), world.executed(1));
}
both!(d1a_every_command_of_a_server_has_its_status_and_means_the_same_in_both_syntaxes, every_command);

fn restarts(syntax: Syntax) {
    let goal = |world: &mut World| {
        carry_out(world);
        assert!(runs(world, 1).iter().all(|times| *times <= 1), "an Exec ran twice");
    };
    whoever_restarts("d1a", &[Node::Device(1), Node::Server, Node::Device(1)], || started(syntax), goal);
}
both!(d1a_commands_survive_a_restart_at_a_random_step_and_an_exec_runs_once_at_most, restarts);

/// Changes what the server knows of the device's account.
fn change(world: &mut World, change: impl FnOnce(&mut ClientAccount)) {
    let mut node = world.store().node(&dev(1)).unwrap().unwrap();
    change(node.account.as_mut().unwrap());
    world.commit(&[Record::Node(node)]);
}

fn with_secrets(syntax: Syntax, scheme: Scheme) -> World {
    let mut plan = Plan::new(syntax).direct(1);
    (plan.scheme, plan.poll) = (scheme, Some(10 * MINUTE));
    World::started(plan).unwrap()
}

/// Nothing comes of a task while one side has a wrong secret; all of it when that is put right.
fn refused(world: &mut World, wrong: impl Fn(&mut ClientAccount)) {
    let right = world.store().node(&dev(1)).unwrap().unwrap().account.unwrap();
    change(world, wrong);
    let known = world.sessions(1);
    let task = world.submit(Target::Device(name(1)), vec![CommandSpec::replace("./App/Name", "new")]).unwrap();
    let end = world.now() + 2 * HOUR;
    world.run_until(DAY, |world| world.now() >= end).unwrap();
    assert_eq!((world.is_done(task), text(world, 1, "./App/Name").as_str()), (false, "dev1"));
    let sessions = world.sessions(1);
    assert!(sessions.broken > known.broken && sessions.finished == known.finished, "{sessions:?}");
    change(world, |account| (account.client, account.server) = (right.client.clone(), right.server.clone()));
    world.finish(task).unwrap();
    assert_eq!((world.counts(task), text(world, 1, "./App/Name").as_str()), (all_ok(1), "new"));
}

fn credentials(syntax: Syntax) {
    let wrong = |known: &Credentials| Credentials::new(known.name.clone(), "wrong");
    for scheme in [Scheme::Basic, Scheme::Md5, Scheme::Mac] {
        let nodes = [Node::Device(1), Node::Server];
        let of_the_device = |world: &mut World| refused(world, |account| account.client = wrong(&account.client));
        whoever_restarts("d1a", &nodes, || with_secrets(syntax, scheme), of_the_device);
        let of_the_server = |world: &mut World| refused(world, |account| account.server = wrong(&account.server));
        whoever_restarts("d1a", &nodes, || with_secrets(syntax, scheme), of_the_server);
    }
}
both!(d1a_wrong_credentials_of_either_side_do_nothing_until_they_are_put_right, credentials);

fn stale_nonces(syntax: Syntax) {
    for scheme in [Scheme::Md5, Scheme::Mac] {
        let goal = |world: &mut World| {
            change(world, |account| {
                (account.client_nonce, account.server_nonce) = (Nonce::new(*b"old"), Nonce::new(*b"older"));
            });
            let task = world.submit(Target::Device(name(1)), vec![CommandSpec::replace("./App/Name", "new")]).unwrap();
            world.finish(task).unwrap();
            assert_eq!((world.counts(task), text(world, 1, "./App/Name").as_str()), (all_ok(1), "new"));
        };
        whoever_restarts("d1a", &[Node::Device(1), Node::Server], || with_secrets(syntax, scheme), goal);
    }
}
both!(d1a_nonces_that_one_side_lost_are_agreed_upon_anew, stale_nonces);

fn oversize(syntax: Syntax) {
    let mut plan = Plan::new(syntax).direct(1);
    (plan.device_message, plan.device_object) = (Some(4096), Some(20_000));
    let goal = |world: &mut World| {
        let put = |name: &str, bytes: usize| CommandSpec::add(format!("./App/{name}"), "x".repeat(bytes));
        let commands = vec![put("Most", 20_000), put("More", 20_001), CommandSpec::get("./App/Name")];
        let task = world.submit(Target::Device(name(1)), commands).unwrap();
        world.finish(task).unwrap();
        let outcomes = &world.results(task)[&dev(1)].outcomes;
        assert!(outcomes[0].is_good() && outcomes[2].is_good(), "{outcomes:?}");
        assert_eq!((outcomes[1].status, outcomes[1].fault), (None, Some(OutcomeFault::TooLarge)));
        let tree = world.tree(1).unwrap();
        assert!(tree.find("./App/Most").is_some() && tree.find("./App/More").is_none());
    };
    whoever_restarts("d1a", &[Node::Device(1), Node::Server], || World::started(plan).unwrap(), goal);
}
both!(d1a_an_object_that_is_larger_than_the_device_takes_is_not_sent_and_the_rest_is_done, oversize);
