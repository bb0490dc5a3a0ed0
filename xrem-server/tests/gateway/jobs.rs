//! Fan-out jobs from the server's Exec to its report.

use omadm_proto::message::Verb;
use omadm_proto::status::StatusCode;
use sha2::{Digest as _, Sha256};

use crate::world::World;

pub(crate) const REPLACE: &str = "<SyncBody><Replace><CmdID>1</CmdID><Item><Target><LocURI>./App/Interval</LocURI></Target>\
                           <Data>300</Data></Item></Replace><Get><CmdID>2</CmdID><Item><Target><LocURI>./App/Interval\
                           </LocURI></Target></Item></Get></SyncBody>";

pub(crate) fn firmware(sha256: &str) -> String {
    let replace = |id, uri, data| {
        format!(
            "<Replace><CmdID>{id}</CmdID><Item><Target><LocURI>./FUMO/{uri}</LocURI></Target><Data>{data}</Data></Item></Replace>"
        )
    };
    format!(
        "<SyncBody>{}{}{}<Exec><CmdID>4</CmdID><Correlator>fw-task</Correlator><Item><Target><LocURI>./FUMO/DownloadAndUpdate\
         </LocURI></Target></Item></Exec></SyncBody>",
        replace(1, "DownloadAndUpdate/PkgURL", "{$img:fw:url}"),
        replace(2, "Ext/XRem/Sha256", sha256),
        replace(3, "PkgVersion", "{$img:fw:ver}"),
    )
}

pub(crate) fn image(len: usize) -> (Vec<u8>, String) {
    let bytes: Vec<u8> = (0..len).map(|index| u8::try_from(index * 31 % 251).unwrap()).collect();
    let digest = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    (bytes, digest)
}

const START: &str = "Exec ./GwMO/Fanout/Fanout/j1/Operations/Start";

#[test]
fn a_setting_reaches_all_devices_and_one_report_tells() {
    let mut world = World::with_attached(25);
    world.server.job("j1", &["*"], REPLACE, &[]);
    world.wake();
    assert_eq!(world.server.status(START), StatusCode::ACCEPTED_FOR_PROCESSING);
    assert!(world.devices.values().all(|device| device.tree.text("./App/Interval") == Some("300")));
    let reports = world.server.reports();
    assert_eq!(reports.len(), 1);
    let [group] = &reports[0].groups[..] else { panic!("{reports:?}") };
    assert_eq!((group.members.records.to_string(), group.state.number()), ("r1..25".to_string(), 10));
    assert_eq!(group.values[0].values[0].data, b"300");
    let completion = &world.server.completions()[0];
    assert_eq!((completion.id.as_str(), completion.code.as_u16(), completion.ok), ("j1", 1200, 25));
    let alert = world.server.alerts.last().unwrap();
    assert_eq!((alert.source.as_str(), alert.correlator.as_deref()), ("./GwMO/Fanout/Fanout/j1", Some("task-j1")));
}

#[test]
fn a_server_can_look_at_a_job_and_its_results() {
    let mut world = World::with_attached(2);
    world.devices.get_mut(&2).unwrap().tree.remove("./App/Interval").unwrap();
    world.server.job("j1", &["urn:dev:1", "urn:dev:2", "urn:dev:9"], REPLACE, &[]);
    world.wake();
    let base = "./GwMO/Fanout/Fanout/j1";
    let leaves = [
        ("State", "30"),
        ("ResultCode", "1201"),
        ("Progress/Total", "3"),
        ("Progress/Ok", "1"),
        ("Progress/Failed", "1"),
        ("Progress/Skipped", "1"),
        ("Results/r1/State", "10"),
        ("Results/r2/ResultCode", "1400"),
        ("Results/r2/DeviceID", "urn:dev:2"),
        ("Results/x3/ResultCode", "1416"),
    ];
    for (leaf, _) in leaves {
        world.server.get(&format!("{base}/{leaf}"));
    }
    world.server.get(&format!("{base}/Results/r2/Data"));
    world.wake();
    for (leaf, value) in leaves {
        assert_eq!(world.server.value(&format!("{base}/{leaf}")), value, "{leaf}");
    }
    let data = world.server.value(&format!("{base}/Results/r2/Data"));
    assert!(data.contains(r#"<S c="1" v="404"/>"#), "{data}");
}

#[test]
fn firmware_crosses_the_wan_once_and_a_corrupted_copy_is_refused() {
    let (bytes, sha256) = image(1_000_000);
    let mut world = World::with_attached(20);
    world.source.clone_from(&bytes);
    world.devices.get_mut(&7).unwrap().corrupt = true;
    world.server.image("fw", &format!("sha256:{sha256}"), bytes.len());
    world.wake();
    assert_eq!(world.server.ready().len(), 1);
    world.server.job("j1", &["*"], &firmware(&sha256), &[("Command/Images/1", "fw")]);
    world.wake();
    for (number, device) in &world.devices {
        let updated = device.image() == bytes;
        assert_eq!((updated, device.boots), if *number == 7 { (false, 0) } else { (true, 1) }, "device {number}");
    }
    let report = &world.server.reports()[0];
    assert_eq!((report.ok, report.failed), (19, 1));
    let failed = report.groups.iter().find(|group| group.state.number() == 11).unwrap();
    assert_eq!(failed.members.records.to_string(), "r7");
    assert_eq!(failed.commands.last().unwrap().result, Some(402));
    assert_eq!(world.fetched, bytes.len(), "once");
    assert!(world.served >= 19 * bytes.len());
    let wan = world.fetched + world.server.bytes;
    assert!(wan <= bytes.len() * 102 / 100 + (64 << 10), "{wan}");
}

#[test]
fn a_job_that_needs_an_image_does_not_start_without_it() {
    let mut world = World::with_attached(1);
    world.server.job("j1", &["*"], REPLACE, &[("Command/Images/1", "fw")]);
    world.wake();
    assert_eq!(world.server.status(START), StatusCode::COMMAND_FAILED);
    world.server.get("./GwMO/Fanout/Fanout/j1/ResultCode");
    world.server.get("./GwMO/Fanout/Fanout/j1/State");
    world.wake();
    assert_eq!(world.server.value("./GwMO/Fanout/Fanout/j1/ResultCode"), "1404");
    assert_eq!(world.server.value("./GwMO/Fanout/Fanout/j1/State"), "0");
}

#[test]
fn a_filter_is_refused_and_not_ignored() {
    let mut world = World::with_attached(1);
    let base = "./GwMO/Fanout/Fanout/j1";
    world.server.add_node(base);
    world.server.write(Verb::Add, &format!("{base}/Target/Filter"), "fwv<2");
    world.server.write(Verb::Add, &format!("{base}/Target/DeviceIDs/1"), "*");
    world.server.write(Verb::Replace, &format!("{base}/Command/Body"), REPLACE);
    world.server.exec(&format!("{base}/Operations/Start"), "t");
    world.wake();
    assert_eq!(world.server.status(START), StatusCode::BAD_REQUEST);
    assert!(
        world
            .events
            .iter()
            .any(|event| event.to_string().contains("Target/Filter is set, which this gateway does not"))
    );
}

#[test]
fn what_a_job_does_cannot_change_once_it_runs_and_it_starts_once() {
    let mut world = World::with_attached(1);
    world.server.job("j1", &["*"], REPLACE, &[]);
    world.wake();
    world.server.write(Verb::Replace, "./GwMO/Fanout/Fanout/j1/Command/Body", REPLACE);
    world.server.write(Verb::Add, "./GwMO/Fanout/Fanout/j1/Target/DeviceIDs/9", "x");
    world.server.exec("./GwMO/Fanout/Fanout/j1/Operations/Start", "other");
    world.wake();
    for name in
        ["Replace ./GwMO/Fanout/Fanout/j1/Command/Body", "Add ./GwMO/Fanout/Fanout/j1/Target/DeviceIDs/9", START]
    {
        assert_eq!(world.server.status(name), StatusCode::COMMAND_NOT_ALLOWED, "{name}");
    }
}

#[test]
fn a_lost_notification_is_repeated() {
    let mut world = World::with_attached(1);
    world.devices.get_mut(&1).unwrap().deaf = true;
    world.server.job("j1", &["*"], REPLACE, &[]);
    let bytes = world.server.wake();
    world.grem.handle_notification(world.now, &bytes);
    while world.step() {}
    assert_eq!(world.devices[&1].tree.text("./App/Interval"), Some("900"));
    world.devices.get_mut(&1).unwrap().deaf = false;
    let before = world.now;
    world.run();
    assert_eq!(world.devices[&1].tree.text("./App/Interval"), Some("300"));
    assert_eq!(world.server.completions().len(), 1);
    assert!(world.now.since(before).as_secs() < 86_400);
}

#[test]
fn a_stopped_or_deleted_job_touches_no_further_device() {
    for stop in [true, false] {
        let mut world = World::with_attached(1);
        world.devices.get_mut(&1).unwrap().deaf = true;
        world.server.job("j1", &["*"], REPLACE, &[]);
        let bytes = world.server.wake();
        world.grem.handle_notification(world.now, &bytes);
        while world.step() {}
        if stop {
            world.server.exec("./GwMO/Fanout/Fanout/j1/Operations/Stop", "s");
        } else {
            world.server.delete("./GwMO/Fanout/Fanout/j1");
        }
        let bytes = world.server.wake();
        world.grem.handle_notification(world.now, &bytes);
        while world.step() {}
        let now = world.now;
        world.devices.get_mut(&1).unwrap().start_session(now);
        world.run();
        assert_eq!(world.devices[&1].tree.text("./App/Interval"), Some("900"));
        let states: Vec<u16> = world.server.completions().iter().map(|job| job.state.number()).collect();
        assert_eq!(states, if stop { vec![40] } else { Vec::new() });
        assert_eq!(world.store.keys().any(|key| key.starts_with("run/")), stop);
    }
}
