//! Images that fail: the other slot, the safe mode, the report, the repair.

use omadm_proto::auth::nonce::Seed;
use xrem_client::output::ActionFailure;
use xrem_client::{Booted, Drem, Event, Slot};

use crate::updates::{ABC_SHA256, IMAGE_URL, order, run, settle, with_image};
use crate::world::*;

const INTEGRITY: &str = "urn:x-xrem:at:integrity:1.0";

fn integrity(alerts: &[Reported]) -> Vec<&str> {
    alerts.iter().filter(|alert| alert.0 == INTEGRITY).map(|alert| alert.2.as_str()).collect()
}

fn alarm(ver: &str, rc: u16, action: &str) -> String {
    format!("<Integrity id=\"{DEV_ID}\" what=\"firmware\" ver=\"{ver}\" rc=\"{rc}\" action=\"{action}\"/>")
}

/// A device that was updated from slot A to slot B.
fn updated() -> Device {
    let mut device = with_image(b"abc");
    assert_eq!(run(&mut device, &order("DownloadAndUpdate", IMAGE_URL, ABC_SHA256, "j"))[0].2, "200");
    assert_eq!(device.flash.active, Some(Slot::B));
    device
}

/// A restart of the process too.
fn restart(device: &mut Device) {
    let records: Vec<_> = device.records.values().cloned().collect();
    device.drem = Drem::restore([open_account()], Seed::new([7; 32]), records);
    device.boot();
}

#[test]
fn d2_a_running_image_that_is_not_what_it_was_gives_way_to_the_other_slot_and_that_is_reported_once() {
    let mut device = updated();
    device.flash.slots[1] = b"abX".to_vec();
    restart(&mut device);
    let alerts = settle(&mut device);
    assert_eq!((integrity(&alerts), alerts.len()), (vec![alarm("5.0.0", 402, "rollback").as_str()], 1));
    assert_eq!((device.flash.active, device.flash.confirmed, device.flash.trial), (Some(Slot::A), Some(Slot::A), None));
    assert_eq!((device.text("./DevDetail/FwV"), device.drem.in_safe_mode()), ("4.2.0", false));
    restart(&mut device);
    assert!(settle(&mut device).is_empty());
}

#[test]
fn d2_a_recovery_job_repairs_the_slot_that_failed() {
    let mut device = updated();
    device.flash.slots[1] = b"abX".to_vec();
    restart(&mut device);
    settle(&mut device);
    assert_eq!(run(&mut device, &order("DownloadAndUpdate", IMAGE_URL, ABC_SHA256, "r"))[0].2, "200");
    assert_eq!((device.flash.active, device.flash.slots[1].as_slice()), (Some(Slot::B), &b"abc"[..]));
}

#[test]
fn d2_both_images_bad_is_the_safe_mode_with_a_reduced_tree_and_a_recovery_job_repairs_it() {
    let mut device = updated();
    device.flash.slots = [b"factory imagX".to_vec(), b"abX".to_vec()];
    restart(&mut device);
    assert!(device.drem.in_safe_mode());
    assert_eq!(device.happened(|event| matches!(event, Event::SafeMode)), 1);
    let alerts = settle(&mut device);
    assert_eq!((integrity(&alerts), alerts.len()), (vec![alarm("5.0.0", 402, "safe").as_str()], 1));
    device.start();
    let body = get(2, ".")
        + &get(3, "./DevInfo/DevId")
        + &get(4, "./Vendor/Example/Interval")
        + &get(5, "./Vendor")
        + &replace(6, "./Vendor/Example/A", "1")
        + &get(7, ".?list=Struct")
        + &get(8, "./FUMO/State");
    let answer = &device.serve(&[&body])[0];
    assert_eq!(
        answer.statuses(),
        "SyncHdr:0:200 Get:2:200 Get:3:200 Get:4:404 Get:5:404 Replace:6:404 Get:7:404 Get:8:200"
    );
    assert!(answer.results().starts_with(".=DevInfo/DevDetail/FUMO "), "{}", answer.results());
    assert_eq!(run(&mut device, &order("DownloadAndUpdate", IMAGE_URL, ABC_SHA256, "r"))[0].2, "200");
    assert!(!device.drem.in_safe_mode());
    device.start();
    assert_eq!(device.serve(&[&get(4, "./Vendor/Example/Interval")])[0].statuses(), "SyncHdr:0:200 Get:4:200");
}

#[test]
fn d2_a_loader_that_finds_no_image_starts_the_safe_mode_and_an_update_repairs_it() {
    let mut device = updated();
    for _ in 0..2 {
        device.boot_as(Booted::neither());
        assert!(device.drem.in_safe_mode());
    }
    let alerts = settle(&mut device);
    assert_eq!((integrity(&alerts), alerts.len()), (vec![alarm("5.0.0", 402, "safe").as_str()], 1));
    device.flash.slots[0].clear();
    assert_eq!(run(&mut device, &order("DownloadAndUpdate", IMAGE_URL, ABC_SHA256, "r"))[0].2, "200");
    assert_eq!((device.flash.active, device.flash.slots[0].as_slice()), (Some(Slot::A), &b"abc"[..]));
    assert!(!device.drem.in_safe_mode());
}

#[test]
fn d2_a_delta_is_403_in_the_safe_mode_of_the_loader() {
    let mut device = updated();
    device.boot_as(Booted::neither());
    settle(&mut device);
    let body = replace(9, "./FUMO/Ext/XRem/DeltaFrom", ABC_SHA256)
        + &replace(10, "./FUMO/Ext/XRem/DeltaFormat", "bsdiff4")
        + &replace(11, "./FUMO/Ext/XRem/TargetSha256", ABC_SHA256)
        + &order("DownloadAndUpdate", IMAGE_URL, "", "r");
    assert_eq!(run(&mut device, &body)[0].2, "403");
}

#[test]
fn d2_a_device_that_selects_no_slots_just_reports_and_nothing_else_changes() {
    let mut device = updated();
    device.flash.slots[1] = b"abX".to_vec();
    device.flash.fixed = true;
    restart(&mut device);
    let alerts = settle(&mut device);
    assert_eq!((integrity(&alerts), alerts.len()), (vec![alarm("5.0.0", 402, "none").as_str()], 1));
    assert_eq!((device.drem.in_safe_mode(), device.flash.active), (false, Some(Slot::B)));
    restart(&mut device);
    assert!(settle(&mut device).is_empty());
}

#[test]
fn d2_a_loader_that_rejected_an_image_is_reported_once() {
    let mut device = updated();
    device.flash.confirmed = Some(Slot::A);
    for _ in 0..2 {
        device.flash.active = Some(Slot::A);
        device.boot_as(Booted::from(Slot::A).rejecting(Slot::B));
    }
    let alerts = settle(&mut device);
    assert_eq!((integrity(&alerts), alerts.len()), (vec![alarm("5.0.0", 402, "rollback").as_str()], 1));
    assert_eq!(device.text("./DevDetail/FwV"), "4.2.0");
}

#[test]
fn d2_an_image_that_does_not_come_up_is_reported_as_a_failed_update_and_as_an_integrity_failure() {
    let mut device = with_image(b"abc");
    device.flash.broken = Some(Slot::B);
    let alerts = run(&mut device, &order("DownloadAndUpdate", IMAGE_URL, ABC_SHA256, "j"));
    assert_eq!((alerts[0].2.as_str(), alerts.len()), ("410", 2));
    assert_eq!(integrity(&alerts), [alarm("5.0.0", 410, "rollback")]);
    assert_eq!(device.text("./FUMO/State"), "80");
}

#[test]
fn an_image_that_cannot_be_read_is_not_known_to_be_bad() {
    let mut device = updated();
    let records: Vec<_> = device.records.values().cloned().collect();
    device.drem = Drem::restore([open_account()], Seed::new([7; 32]), records);
    device.drem.handle_boot(device.now, &mut device.tree, Booted::from(Slot::B));
    while let Some(output) = device.drem.poll_output() {
        if let xrem_client::Output::Action { id, .. } = output {
            let failure = ActionFailure::Storage.into();
            device.drem.handle_action_result(device.now, &mut device.tree, id, failure);
        }
    }
    assert!(!device.drem.in_safe_mode() && device.drem.is_idle());
}

#[test]
fn a_text_in_an_integrity_report_is_escaped() {
    let mut device = with_image(b"abc");
    device.flash.broken = Some(Slot::B);
    let order = order("DownloadAndUpdate", IMAGE_URL, ABC_SHA256, "j").replace("5.0.0", "&lt;\"5&amp;0\"");
    let alerts = run(&mut device, &order);
    assert_eq!(integrity(&alerts), [alarm("&lt;&quot;5&amp;0&quot;", 410, "rollback")]);
}
