//! Firmware: download, verification, switch, confirmation, and everything that can go wrong.

use omadm_tree::mo::FumoState;
use xrem_client::output::ActionFailure;
use xrem_client::update::{ResultCode, TRANSITIONS};
use xrem_client::{Event, Slot};

use crate::world::*;

pub const IMAGE_URL: &str = "http://images.example/fw-5.bin";

/// 3 MiB, so that there are several blocks and stored offsets.
pub fn image() -> Vec<u8> {
    (0..3_u32 << 20).map(|n| u8::try_from(n * 7 % 251).unwrap()).collect()
}

/// SHA-256 of `abc`, from FIPS 180.
pub const ABC_SHA256: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

/// The commands that prepare and start an update by URL.
pub fn order(operation: &str, url: &str, sha256: &str, correlator: &str) -> String {
    replace(2, &format!("./FUMO/{operation}/PkgURL"), url)
        + &replace(3, "./FUMO/Ext/XRem/Sha256", sha256)
        + &replace(4, "./FUMO/PkgVersion", "5.0.0")
        + &exec(5, &format!("./FUMO/{operation}"), correlator)
}

/// Lets time pass until nothing is to come, taking every report; a restart is performed when asked for.
pub fn settle(device: &mut Device) -> Vec<Reported> {
    let mut alerts = Vec::new();
    for _ in 0..200 {
        while let Some(transmit) = device.sent.pop_front() {
            let sent = Sent(transmit);
            alerts.extend(generic_alerts(&sent));
            device.answer(&sent, &sent.reply(""));
        }
        if device.reboots > 0 {
            device.reboots = 0;
            device.boot();
        } else if !device.wait() {
            return alerts;
        }
    }
    panic!("it never comes to rest");
}

pub fn states(device: &Device) -> Vec<u16> {
    device
        .events
        .iter()
        .filter_map(|event| match event {
            Event::UpdateState { state, .. } => Some(state.as_u16()),
            _ => None,
        })
        .collect()
}

fn results(device: &Device) -> Vec<u16> {
    device
        .events
        .iter()
        .filter_map(|event| match event {
            Event::UpdateFinished { result, .. } => Some(result.as_u16()),
            _ => None,
        })
        .collect()
}

/// Runs one order in a session and lets the device come to rest.
pub fn run(device: &mut Device, body: &str) -> Vec<Reported> {
    device.start();
    let answers = device.serve(&[body]);
    assert!(answers[0].statuses().ends_with(":202"), "{}", answers[0].statuses());
    settle(device)
}

pub fn with_image(bytes: &[u8]) -> Device {
    let mut device = Device::new(open_account());
    device.web.insert(IMAGE_URL.into(), bytes.to_vec());
    device
}

#[test]
fn x_fum_03_download_and_update_ends_with_one_report_and_the_new_image_runs() {
    let mut device = with_image(b"abc");
    let alerts = run(&mut device, &order("DownloadAndUpdate", IMAGE_URL, ABC_SHA256, "job-77"));
    assert_eq!(
        alerts,
        [(
            "org.openmobilealliance.dm.firmwareupdate.downloadandupdate".into(),
            "./FUMO".into(),
            "200".into(),
            Some("job-77".into())
        )]
    );
    assert_eq!(states(&device), [30, 40, 50, 60, 90, 100]);
    assert_eq!((device.flash.active, device.flash.confirmed), (Some(Slot::B), Some(Slot::B)));
    assert_eq!(device.flash.slots[1], b"abc");
    assert_eq!(device.text("./DevDetail/FwV"), "5.0.0");
    assert_eq!(device.text("./FUMO/State"), "100");
    assert_eq!(device.text("./DevDetail/Ext/XRem/ActiveSlot"), "1");
    assert_eq!(device.text("./DevDetail/Ext/XRem/ActiveSha256"), ABC_SHA256);
    assert!(device.drem.is_idle());
}

#[test]
fn the_running_image_is_measured_at_each_start() {
    let device = Device::new(open_account());
    let factory = "26b802580e15afb044927e84617518c10665bd4aed1ee738b806729083fc52fa";
    assert_eq!(device.text("./DevDetail/Ext/XRem/ActiveSha256"), factory);
}

#[test]
fn x_exe_02_x_fum_01_x_fum_02_download_and_update_as_two_operations() {
    let mut device = with_image(b"abc");
    let first = run(&mut device, &order("Download", IMAGE_URL, ABC_SHA256, "d-1"));
    assert_eq!(first[0].0, "org.openmobilealliance.dm.firmwareupdate.download");
    assert_eq!((first[0].2.as_str(), first[0].3.as_deref()), ("200", Some("d-1")));
    assert_eq!((device.text("./FUMO/State"), device.flash.active), ("50", Some(Slot::A)));
    let second = run(&mut device, &exec(5, "./FUMO/Update", "u-1"));
    assert_eq!(second[0].0, "org.openmobilealliance.dm.firmwareupdate.update");
    assert_eq!((second[0].2.as_str(), second[0].3.as_deref()), ("200", Some("u-1")));
    assert_eq!(device.flash.active, Some(Slot::B));
    assert_eq!(states(&device), [30, 40, 50, 60, 90, 100]);
}

#[test]
fn x_fum_04_a_package_in_pkgdata_is_installed_by_exec_update() {
    let mut device = Device::new(open_account());
    let body = "<Replace><CmdID>2</CmdID><Item><Target><LocURI>./FUMO/Update/PkgData</LocURI></Target>\
                <Meta><Format xmlns='syncml:metinf'>b64</Format></Meta><Data>YWJj</Data></Item></Replace>";
    device.start();
    device.serve(&[body, &get(3, "./FUMO/State")]);
    assert_eq!(device.text("./FUMO/State"), "50");
    let alerts = run(&mut device, &(replace(2, "./FUMO/Ext/XRem/Sha256", ABC_SHA256) + &exec(5, "./FUMO/Update", "u")));
    assert_eq!((alerts[0].2.as_str(), device.flash.active), ("200", Some(Slot::B)));
    assert_eq!(states(&device), [50, 60, 90, 100]);
    assert_eq!(device.tree.bytes("./FUMO/Update/PkgData"), Some(&b""[..]));
    assert_eq!(device.fetches, 0);
}

#[test]
fn replace_of_pkgdata_and_exec_in_one_package_work_too() {
    let mut device = Device::new(open_account());
    let body = "<Replace><CmdID>2</CmdID><Item><Target><LocURI>./FUMO/Update/PkgData</LocURI></Target>\
                <Meta><Format xmlns='syncml:metinf'>b64</Format></Meta><Data>YWJj</Data></Item></Replace>"
        .to_string()
        + &exec(3, "./FUMO/Update", "u");
    assert_eq!(run(&mut device, &body)[0].2, "200");
    assert_eq!(states(&device), [50, 60, 90, 100]);
}

#[test]
fn emptying_pkgdata_makes_the_object_idle_again() {
    let mut device = Device::new(open_account());
    for (data, state) in [("YWJj", "50"), ("", "10")] {
        let body = format!(
            "<Replace><CmdID>2</CmdID><Item><Target><LocURI>./FUMO/Update/PkgData</LocURI></Target>\
             <Meta><Format xmlns='syncml:metinf'>b64</Format></Meta><Data>{data}</Data></Item></Replace>"
        );
        device.start();
        device.serve(&[&body]);
        assert_eq!(device.text("./FUMO/State"), state);
    }
}

#[test]
fn x_fum_06_a_package_with_another_digest_is_refused_and_the_old_slot_keeps_running() {
    let mut device = with_image(b"abd");
    let alerts = run(&mut device, &order("DownloadAndUpdate", IMAGE_URL, ABC_SHA256, "j"));
    assert_eq!(alerts[0].2, "402");
    assert_eq!(states(&device), [30, 20]);
    assert_eq!((device.flash.active, device.flash.trial), (Some(Slot::A), None));
    assert_eq!(device.text("./DevDetail/FwV"), "4.2.0");
}

#[test]
fn a_refused_pkgdata_is_reported_and_cleaned_up() {
    let mut device = Device::new(open_account());
    let body = replace(9, "./FUMO/Ext/XRem/Sha256", ABC_SHA256)
        + "<Replace><CmdID>2</CmdID><Item><Target><LocURI>./FUMO/Update/PkgData</LocURI></Target>\
           <Meta><Format xmlns='syncml:metinf'>b64</Format></Meta><Data>YWJk</Data></Item></Replace>"
        + &exec(3, "./FUMO/Update", "u");
    assert_eq!(run(&mut device, &body)[0].2, "402");
    assert_eq!(states(&device), [50, 60, 70, 80]);
    assert_eq!((device.flash.active, device.flash.trial), (Some(Slot::A), None));
}

#[test]
fn a_target_digest_that_differs_is_result_404() {
    let mut device = with_image(b"abd");
    let body = replace(9, "./FUMO/Ext/XRem/TargetSha256", ABC_SHA256) + &order("DownloadAndUpdate", IMAGE_URL, "", "j");
    assert_eq!(run(&mut device, &body)[0].2, "404");
    assert_eq!(device.flash.active, Some(Slot::A));
}

#[test]
fn a_delta_for_another_image_is_result_403_and_nothing_is_written() {
    let mut device = with_image(b"abc");
    let body = replace(9, "./FUMO/Ext/XRem/DeltaFrom", ABC_SHA256) + &order("DownloadAndUpdate", IMAGE_URL, "", "j");
    assert_eq!(run(&mut device, &body)[0].2, "403");
    assert_eq!((device.fetches, device.flash.slots[1].len()), (0, 0));
}

#[test]
fn storage_that_loses_bytes_is_noticed_when_it_is_read_back() {
    let mut device = with_image(b"abc");
    device.flash.rots = true;
    assert_eq!(run(&mut device, &order("DownloadAndUpdate", IMAGE_URL, ABC_SHA256, "j"))[0].2, "402");
    assert_eq!((device.flash.active, device.flash.trial), (Some(Slot::A), None));
}

#[test]
fn an_image_that_does_not_come_up_is_reported_410_by_the_old_one() {
    let mut device = with_image(b"abc");
    device.flash.broken = Some(Slot::B);
    assert_eq!(run(&mut device, &order("DownloadAndUpdate", IMAGE_URL, ABC_SHA256, "j"))[0].2, "410");
    assert_eq!(states(&device), [30, 40, 50, 60, 70, 80]);
    assert_eq!((device.flash.active, device.text("./DevDetail/FwV")), (Some(Slot::A), "4.2.0"));
}

#[test]
fn an_image_that_is_another_after_the_restart_is_not_confirmed_and_the_old_one_reports_410() {
    let mut device = with_image(b"abc");
    device.start();
    device.serve(&[&order("DownloadAndUpdate", IMAGE_URL, ABC_SHA256, "j")]);
    while device.reboots == 0 {
        assert!(device.wait());
    }
    device.flash.slots[1] = b"evil".to_vec();
    assert_eq!(settle(&mut device)[0].2, "410");
    assert_eq!((device.flash.active, device.flash.confirmed), (Some(Slot::A), Some(Slot::A)));
}

#[test]
fn x_fum_05_download_failures_have_their_result_codes() {
    for (failure, code) in [
        (ActionFailure::Network, "503"),
        (ActionFailure::Timeout, "407"),
        (ActionFailure::Unauthorized, "406"),
        (ActionFailure::BadUrl, "411"),
        (ActionFailure::Unavailable, "412"),
        (ActionFailure::Server, "500"),
        (ActionFailure::NoSpace, "501"),
        (ActionFailure::Unsupported, "408"),
    ] {
        let mut device = with_image(b"abc");
        device.fetch_failures = vec![failure; 20].into();
        let alerts = run(&mut device, &order("Download", IMAGE_URL, ABC_SHA256, "j"));
        assert_eq!((alerts[0].2.as_str(), alerts.len()), (code, 1), "{failure:?}");
        assert_eq!(states(&device), [30, 20], "{failure:?}");
    }
}

#[test]
fn a_failure_has_a_mark_that_is_not_informational() {
    let mut device = Device::new(open_account());
    device.start();
    device.serve(&[&order("Download", "http://nowhere/", "", "")]);
    while device.sent.is_empty() {
        assert!(device.wait());
    }
    let body = String::from_utf8(device.sent().0.body.to_vec()).unwrap();
    assert!(body.contains("<Mark xmlns=\"syncml:metinf\">warning</Mark>"), "{body}");
    assert!(!body.contains("Correlator"), "{body}");
}

#[test]
fn a_download_that_is_cut_goes_on_where_it_was() {
    let mut device = with_image(&image());
    device.fetch_failures = [ActionFailure::Network, ActionFailure::Timeout].into();
    let alerts = run(&mut device, &order("DownloadAndUpdate", IMAGE_URL, "", "j"));
    assert_eq!(alerts[0].2, "200");
    assert_eq!(device.flash.slots[1], image());
    assert_eq!(device.fetches, 12 + 2);
}

#[test]
fn the_same_exec_again_is_202_and_runs_once_a_different_one_is_417_while_the_first_runs() {
    let mut device = with_image(b"abc");
    device.start();
    let body = order("DownloadAndUpdate", IMAGE_URL, ABC_SHA256, "j-1");
    let answers = device.serve(&[
        &body,
        &exec(6, "./FUMO/DownloadAndUpdate", "j-1"),
        &exec(7, "./FUMO/DownloadAndUpdate", "j-2"),
    ]);
    assert_eq!(answers[1].statuses(), "SyncHdr:0:200 Exec:6:202");
    assert_eq!(answers[2].statuses(), "SyncHdr:0:200 Exec:7:417");
    assert_eq!(settle(&mut device).len(), 1);
    device.start();
    let answers = device.serve(&[&exec(6, "./FUMO/DownloadAndUpdate", "j-1")]);
    assert_eq!(answers[0].statuses(), "SyncHdr:0:200 Exec:6:202");
    assert!(settle(&mut device).is_empty());
    assert_eq!(results(&device), [200]);
}

#[test]
fn an_exec_without_a_package_is_refused_403() {
    let mut device = Device::new(open_account());
    device.start();
    let body =
        exec(2, "./FUMO/Download", "") + &exec(3, "./FUMO/Update", "") + &exec(4, "./FUMO/DownloadAndUpdate", "");
    let answers = device.serve(&[&body]);
    assert_eq!(answers[0].statuses(), "SyncHdr:0:200 Exec:2:403 Exec:3:403 Exec:4:403");
    assert!(settle(&mut device).is_empty());
}

#[test]
fn a_second_update_goes_into_the_slot_that_does_not_run() {
    let mut device = with_image(b"abc");
    run(&mut device, &order("DownloadAndUpdate", IMAGE_URL, ABC_SHA256, "j-1"));
    run(&mut device, &order("DownloadAndUpdate", IMAGE_URL, ABC_SHA256, "j-2"));
    assert_eq!(device.flash.active, Some(Slot::A));
    assert_eq!(results(&device), [200, 200]);
}

#[test]
fn states_only_change_along_the_table_whatever_happens() {
    let mut device = with_image(b"abc");
    device.web.insert("http://bad/".into(), b"abd".to_vec());
    let legal = |from: u16, to: u16| {
        TRANSITIONS.iter().any(|(a, b, _)| (*a, *b) == (FumoState::from_u16(from), FumoState::from_u16(to)))
    };
    for (step, url) in [IMAGE_URL, "http://bad/", "http://none/", IMAGE_URL, "http://bad/"].iter().enumerate() {
        run(&mut device, &order("DownloadAndUpdate", url, ABC_SHA256, &format!("a{step}")));
        run(&mut device, &order("Download", url, ABC_SHA256, &format!("b{step}")));
    }
    let mut at = 10;
    for state in states(&device) {
        assert!(legal(at, state), "{at} to {state}");
        at = state;
    }
    let codes = [200, 200, 402, 402, 411, 411, 200, 200, 402, 402];
    assert_eq!(results(&device), codes);
    assert!(codes.iter().all(|code| *code != ResultCode::UPDATE_FAILED.as_u16()));
}

#[test]
fn a_device_whose_driver_tells_no_slot_reports_408() {
    let mut device = with_image(b"abc");
    device.drem = xrem_client::Drem::new([open_account()], omadm_proto::auth::nonce::Seed::new([7; 32]));
    let alerts = run(&mut device, &order("DownloadAndUpdate", IMAGE_URL, ABC_SHA256, "j"));
    assert_eq!(alerts[0].2, "408");
}
