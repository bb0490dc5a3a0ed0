//! Sequence and Atomic.

use omadm_proto::auth::nonce::Seed;
use omadm_tree::Feature;
use xrem_client::client::SequenceRule;
use xrem_client::{ActionResult, Drem};

use crate::world::*;

fn answer(device: &mut Device, body: &str) -> Sent {
    device.start();
    device.serve(&[body]).remove(0)
}

fn atomic(children: &str) -> String {
    format!("<Atomic><CmdID>2</CmdID>{children}</Atomic>")
}

fn sequence(children: &str) -> String {
    format!("<Sequence><CmdID>2</CmdID>{children}</Sequence>")
}

#[test]
fn x_atm_01_an_atomic_that_succeeds() {
    let mut device = Device::new(open_account());
    let body = atomic(
        &(command("Add", 3, "./Vendor/Example/New", Some("n"))
            + &replace(4, "./Vendor/Example/A", "1")
            + &command("Delete", 5, "./Vendor/Example/Old", None)),
    );
    let sent = answer(&mut device, &body);
    assert_eq!(sent.statuses(), "SyncHdr:0:200 Atomic:2:200 Add:3:200 Replace:4:200 Delete:5:200");
    assert_eq!((device.text("./Vendor/Example/New"), device.text("./Vendor/Example/A")), ("n", "1"));
    assert!(device.tree.find("./Vendor/Example/Old").is_none());
}

#[test]
fn x_atm_02_x_atm_03_a_failing_atomic_leaves_the_exact_old_tree() {
    let mut device = Device::new(open_account());
    let before = Device::new(open_account()).tree;
    let body = atomic(
        &(command("Add", 3, "./Vendor/Example/New", Some("n"))
            + &replace(4, "./Vendor/Example/A", "1")
            + &command("Delete", 5, "./Vendor/Example/Old", None)
            + &replace(6, "./Vendor/Example/Blob?prop=Name", "Renamed")
            + &replace(7, "./Vendor/Example/Interval?prop=ACL", "Get=*")
            + &replace(8, "./Vendor/Example/Missing", "1")
            + &replace(9, "./Vendor/Example/A", "2")),
    );
    let sent = answer(&mut device, &body);
    assert_eq!(
        sent.statuses(),
        "SyncHdr:0:200 Atomic:2:507 Add:3:216 Replace:4:216 Delete:5:216 Replace:6:216 Replace:7:216 Replace:8:404 Replace:9:215"
    );
    assert!(device.tree == before);
}

#[test]
fn x_atm_05_a_nested_atomic_fails_the_outer_one() {
    let mut device = Device::new(open_account());
    let body = atomic(
        &(replace(3, "./Vendor/Example/A", "1")
            + "<Atomic><CmdID>4</CmdID>"
            + &replace(5, "./Vendor/Example/A", "2")
            + "</Atomic>"),
    );
    let sent = answer(&mut device, &body);
    assert_eq!(sent.statuses(), "SyncHdr:0:200 Atomic:2:507 Replace:3:216 Atomic:4:500 Replace:5:215");
    assert_eq!(device.text("./Vendor/Example/A"), "0");
}

#[test]
fn x_atm_06_get_and_exec_inside_an_atomic_fail_it() {
    for inner in [get(4, "./DevDetail/FwV"), exec(4, "./Vendor/Example/Run", "")] {
        let mut device = Device::new(open_account());
        let sent = answer(&mut device, &atomic(&(replace(3, "./Vendor/Example/A", "1") + &inner)));
        let verb = if inner.starts_with("<Get") { "Get" } else { "Exec" };
        assert_eq!(sent.statuses(), format!("SyncHdr:0:200 Atomic:2:507 Replace:3:216 {verb}:4:500"));
        assert_eq!((sent.results(), device.actions.len()), (String::new(), 0));
    }
}

#[test]
fn x_atm_07_a_device_without_atomic_answers_406_for_it_and_all_it_holds() {
    let mut device = Device::new(open_account());
    device.tree.leave_out(Feature::Atomic);
    let body = atomic(&(replace(3, "./Vendor/Example/A", "1") + &sequence(&replace(5, "./Vendor/Example/A", "2"))));
    let sent = answer(&mut device, &body);
    assert_eq!(sent.statuses(), "SyncHdr:0:200 Atomic:2:406 Replace:3:406 Sequence:2:406 Replace:5:406");
    assert_eq!(device.text("./Vendor/Example/A"), "0");
}

/// A device that ends a Sequence at its first failure.
fn strict_device() -> Device {
    let mut device = Device::new(open_account());
    device.drem = Drem::new([open_account()], Seed::new([7; 32])).with_sequence_rule(SequenceRule::Stop);
    device.boot();
    device
}

#[test]
fn a_failed_command_ends_its_sequence_where_the_device_wants_it_so() {
    let mut device = strict_device();
    let inner = format!(
        "<Sequence><CmdID>3</CmdID>{}</Sequence>",
        replace(4, "./None", "1") + &replace(5, "./Vendor/Example/A", "5") + &sequence(&get(6, "./DevDetail/FwV"))
    );
    let body = sequence(&(inner + &replace(7, "./Vendor/Example/Blob", "outer"))) + &replace(8, "./None", "1");
    let sent = answer(&mut device, &(body + &replace(9, "./Vendor/Example/Interval", "9")));
    assert_eq!(
        sent.statuses(),
        "SyncHdr:0:200 Sequence:2:200 Sequence:3:200 Replace:4:404 Replace:5:215 Sequence:2:215 Get:6:215 \
         Replace:7:200 Replace:8:404 Replace:9:200"
    );
    assert_eq!((device.text("./Vendor/Example/A"), device.text("./Vendor/Example/Interval")), ("0", "9"));
    assert_eq!(sent.results(), "");
}

#[test]
fn an_exec_that_fails_later_ends_its_sequence_too() {
    let mut device = strict_device();
    device.start();
    let sent = device.sent();
    let body = sequence(&(exec(3, "./Vendor/Example/Run", "") + &replace(4, "./Vendor/Example/A", "2")))
        + &replace(5, "./Vendor/Example/Interval", "9");
    device.answer(&sent, &sent.reply(&body));
    device.act(ActionResult::refused());
    assert_eq!(device.sent().statuses(), "SyncHdr:0:200 Sequence:2:200 Exec:3:406 Replace:4:215 Replace:5:200");
}

#[test]
fn x_atm_15_a_sequence_keeps_its_order() {
    let mut device = Device::new(open_account());
    let body = sequence(
        &(command("Add", 3, "./Vendor/q", Some("1"))
            + &get(4, "./Vendor/q")
            + &replace(5, "./Vendor/q", "2")
            + &get(6, "./Vendor/q")
            + &command("Delete", 7, "./Vendor/q", None)
            + &get(8, "./Vendor/q")),
    );
    let sent = answer(&mut device, &body);
    assert_eq!(
        sent.statuses(),
        "SyncHdr:0:200 Sequence:2:200 Add:3:200 Get:4:200 Replace:5:200 Get:6:200 Delete:7:200 Get:8:404"
    );
    assert_eq!(sent.results(), "./Vendor/q=1 ./Vendor/q=2");
}

#[test]
fn x_atm_16_a_failing_child_does_not_change_the_status_of_the_sequence() {
    let mut device = Device::new(open_account());
    let body = sequence(&(replace(3, "./None", "1") + &replace(4, "./Vendor/Example/A", "7")));
    let sent = answer(&mut device, &body);
    assert_eq!(sent.statuses(), "SyncHdr:0:200 Sequence:2:200 Replace:3:404 Replace:4:200");
    assert_eq!(device.text("./Vendor/Example/A"), "7");
}

#[test]
fn x_exe_08_an_exec_in_a_sequence_holds_up_what_is_behind_it() {
    let mut device = Device::new(open_account());
    device.start();
    let sent = device.sent();
    let body = sequence(
        &(replace(3, "./Vendor/Example/A", "1")
            + &exec(4, "./Vendor/Example/Run", "")
            + &replace(5, "./Vendor/Example/A", "2")),
    );
    device.answer(&sent, &sent.reply(&body));
    assert_eq!(device.text("./Vendor/Example/A"), "1");
    device.act(ActionResult::Done);
    assert_eq!(device.text("./Vendor/Example/A"), "2");
    assert_eq!(device.sent().statuses(), "SyncHdr:0:200 Sequence:2:200 Replace:3:200 Exec:4:200 Replace:5:200");
}

#[test]
fn sequences_in_sequences_are_flattened_and_answered() {
    let mut device = Device::new(open_account());
    let mut body = replace(100, "./Vendor/Example/A", "9");
    for id in (3..6).rev() {
        body = format!("<Sequence><CmdID>{id}</CmdID>{body}</Sequence>");
    }
    let sent = answer(&mut device, &body);
    assert!(sent.statuses().ends_with("Replace:100:200"));
}
