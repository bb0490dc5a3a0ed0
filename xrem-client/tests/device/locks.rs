//! Lock and wipe: Status or alert, State, result codes \[mo 8.1\].

use omadm_tree::mo::LAWMO;
use xrem_client::Event;
use xrem_client::lock::{LockFailure, LockResult, Notice};

use crate::software::settle;
use crate::world::*;

fn device() -> Device {
    let lawmo = LAWMO
        .instance("./LAWMO")
        .complete()
        .fill("AvailableWipeList/photos/ListItemName", "Photos")
        .fill("AvailableWipeList/mail/ListItemName", "Mail");
    Device::with_tree(open_account(), tree().mo(lawmo))
}

fn node(operation: &str) -> String {
    format!("./LAWMO/Operations/{operation}")
}

/// Executes an operation without Correlator; gives its Status.
fn status(device: &mut Device, operation: &str) -> String {
    device.start();
    let answers = device.serve(&[&exec(2, &node(operation), "")]);
    answers[0].statuses().rsplit(':').next().unwrap().to_string()
}

/// Executes an operation with a Correlator; gives its report: Source, Data.
fn report(device: &mut Device, operation: &str) -> (String, String) {
    // The same Correlator again would be the same order.
    let job = format!("job-{}", device.events.len());
    device.start();
    let answers = device.serve(&[&exec(2, &node(operation), &job)]);
    assert!(answers[0].statuses().ends_with("Exec:2:202"), "{}", answers[0].statuses());
    // The alert goes out in a session of its own.
    while device.sent.is_empty() {
        assert!(device.wait());
    }
    let sent = device.sent();
    let (type_name, source, data, correlator) = generic_alert(&sent).expect("no alert");
    assert_eq!((type_name.as_str(), correlator), ("urn:oma:at:lawmo:1.0:OperationComplete", Some(job)));
    device.answer(&sent, &sent.reply(""));
    settle(device);
    (source, data)
}

#[test]
fn a_lock_without_correlator_is_answered_at_once_and_the_state_follows() {
    let mut device = device();
    for (operation, state) in [("FullyLock", "10"), ("PartiallyLock", "20"), ("UnLock", "30")] {
        assert_eq!((status(&mut device, operation).as_str(), device.text("./LAWMO/State")), ("200", state));
    }
    for (failure, code) in
        [(LockFailure::Failed, "500"), (LockFailure::UserCancelled, "214"), (LockFailure::Unsupported, "406")]
    {
        device.installer.lock_results.push_back(LockResult::Failed(failure));
        assert_eq!((status(&mut device, "FullyLock").as_str(), device.text("./LAWMO/State")), (code, "30"));
    }
    assert!(device.drem.is_idle());
}

#[test]
fn every_operation_reports_every_end_with_its_code() {
    let cases = [
        ("FullyLock", "1200", "1402", "10"),
        ("PartiallyLock", "1200", "1403", "20"),
        ("UnLock", "1200", "1404", "30"),
        ("FactoryReset", "1200", "1400", "30"),
    ];
    for (operation, good, bad, state) in cases {
        let mut device = device();
        assert_eq!(report(&mut device, operation), (node(operation), good.to_string()));
        assert_eq!(device.text("./LAWMO/State"), state);
        for (failure, code) in
            [(LockFailure::Failed, bad), (LockFailure::UserCancelled, "1401"), (LockFailure::Unsupported, "1400")]
        {
            device.installer.lock_results.push_back(LockResult::Failed(failure));
            assert_eq!(report(&mut device, operation).1, code, "{operation} {failure:?}");
        }
        let ended = |event: &Event| matches!(event, Event::LockFinished { .. });
        assert_eq!(device.happened(ended), 4);
    }
}

#[test]
fn a_wipe_removes_what_the_server_marked() {
    let mut device = device();
    assert_eq!(report(&mut device, "Wipe").1, "1406", "nothing is marked");
    assert!(device.installer.locks.is_empty());
    let mark = |device: &mut Device, item: &str| {
        device.start();
        device.serve(&[&replace(2, &format!("./LAWMO/AvailableWipeList/{item}/ToBeWiped"), "true")]);
    };
    mark(&mut device, "photos");
    assert_eq!(report(&mut device, "Wipe").1, "1201");
    assert_eq!(device.installer.locks[0].items, ["Photos"]);
    assert_eq!(device.text("./LAWMO/AvailableWipeList/photos/ToBeWiped"), "false");
    mark(&mut device, "mail");
    device.installer.lock_results.push_back(LockResult::DoneWithItems);
    assert_eq!(report(&mut device, "Wipe").1, "1202");
    assert!(device.tree.find("./LAWMO/AvailableWipeList/mail").is_none());
    mark(&mut device, "photos");
    device.installer.lock_results.push_back(LockResult::Failed(LockFailure::Failed));
    assert_eq!(report(&mut device, "Wipe").1, "1405");
    assert_eq!(device.text("./LAWMO/AvailableWipeList/photos/ToBeWiped"), "true");
}

#[test]
fn a_device_without_a_list_wipes_everything_of_its_user() {
    let mut device = Device::with_tree(open_account(), tree().mo(LAWMO.instance("./LAWMO").complete()));
    assert_eq!(report(&mut device, "Wipe").1, "1201");
    assert_eq!(device.installer.locks[0].items, [""; 0]);
}

#[test]
fn the_user_is_told_when_the_server_wants_that() {
    let mut device = device();
    status(&mut device, "FullyLock");
    device.start();
    device.serve(&[&replace(2, "./LAWMO/LAWMOConfig/NotifyUser", "true")]);
    status(&mut device, "UnLock");
    let notices: Vec<_> = device.installer.locks.iter().map(|lock| lock.notice).collect();
    assert_eq!(notices, [Notice::Silent, Notice::Told]);
}

#[test]
fn a_fully_locked_device_still_talks_dm() {
    let mut device = device();
    status(&mut device, "FullyLock");
    device.start();
    let body = replace(2, "./Vendor/Example/Interval", "60") + &get(3, "./Vendor/Example/Interval");
    let answers = device.serve(&[&body, &exec(4, &node("UnLock"), "")]);
    assert!(answers[0].results().ends_with("./Vendor/Example/Interval=60"));
    assert!(answers[1].statuses().ends_with("Exec:4:200"));
    assert_eq!(device.text("./LAWMO/State"), "30");
}
