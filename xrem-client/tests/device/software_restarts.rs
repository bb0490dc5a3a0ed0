//! The device is killed after each single output of an operation on software or a lock: the operation ends, its report comes
//! once, and what the driver is asked for twice has the same number.

use omadm_proto::exchange::{Inbound, Syntax};
use omadm_tree::mo::LAWMO;
use xrem_client::software::{SoftwareAction, SoftwareFailure};
use xrem_client::{Output, Trigger};

use crate::software::{PACKAGE, SHA256, URL, deliver, order, reports, with_software};
use crate::world::*;

/// A server that repeats its order until the device has taken it, and takes every report.
struct Server {
    order: String,
    ordered: bool,
    reports: Vec<(Option<String>, String)>,
    outputs: usize,
}

impl Server {
    fn answer(&mut self, sent: &Sent) -> String {
        for (correlator, items) in reports(sent) {
            let codes: Vec<_> = items.into_iter().map(|item| item.3).collect();
            self.reports.push((correlator, codes.join("+")));
        }
        if let Some((type_name, _, data, correlator)) = generic_alert(sent)
            && type_name.contains("lawmo")
        {
            self.reports.push((correlator, data));
        }
        self.ordered |= sent.statuses().contains(":202");
        if self.ordered || !sent.alerts().contains(&1201) { sent.reply("") } else { sent.reply(&self.order) }
    }
}

fn step(device: &mut Device, server: &mut Server) -> bool {
    let Some(output) = device.drem.poll_output() else { return false };
    server.outputs += 1;
    match output {
        Output::Persist(record) => drop(device.records.insert(record.key(), record)),
        Output::Event(event) => device.events.push(event),
        Output::Action { id, action } => {
            let result = device.perform(&action);
            device.drem.handle_action_result(device.now, &mut device.tree, id, result);
        }
        Output::Transmit(transmit) => {
            let sent = Sent(transmit);
            let reply = server.answer(&sent);
            let inbound = Inbound::new(Syntax::Xml, reply.as_bytes());
            device.drem.handle_message(device.now, &mut device.tree, sent.0.exchange, inbound);
        }
    }
    true
}

/// Runs `order` with a kill after output number `cut`; gives the device and how many outputs there were.
fn run(order: &str, failure: Option<SoftwareFailure>, report: &str, cut: usize) -> (Device, usize) {
    let lawmo = LAWMO.instance("./LAWMO").complete().fill("AvailableWipeList/a/ToBeWiped", true);
    let mut device = Device::with_tree(open_account(), with_software().mo(lawmo));
    device.web.insert(URL.into(), PACKAGE.to_vec());
    device.installer.failure = failure;
    let mut server = Server { order: order.into(), ordered: false, reports: Vec::new(), outputs: 0 };
    for _ in 0..20_000 {
        if step(&mut device, &mut server) {
            if server.outputs == cut {
                device.kill();
            }
            continue;
        }
        if let Some(wakeup) = device.drem.next_timeout() {
            device.now = device.now.max(wakeup.at);
            device.drem.handle_timeout(device.now, &mut device.tree);
        } else if server.ordered && device.drem.is_idle() {
            break;
        } else {
            device.drem.start_session(device.now, &mut device.tree, SERVER, Trigger::Client).unwrap();
        }
    }
    // A report whose Status was lost with the device comes again; it is the same.
    server.reports.dedup();
    assert_eq!(server.reports, [(Some("job".to_string()), report.to_string())], "cut {cut}");
    let numbers = device.installer.asked.iter().map(|action| match action {
        SoftwareAction::Install(installation) => installation.order,
        SoftwareAction::Activate { order, .. } | SoftwareAction::Deactivate { order, .. } => *order,
        other => panic!("{other:?}"),
    });
    let mut numbers: Vec<_> = numbers.collect();
    numbers.dedup();
    assert!(numbers.len() <= 1, "cut {cut}: {numbers:?}");
    (device, server.outputs)
}

fn sweep(order: &str, failure: Option<SoftwareFailure>, report: &str, check: impl Fn(&Device, usize)) {
    let (device, outputs) = run(order, failure, report, usize::MAX);
    check(&device, 0);
    assert!(outputs > 10, "{outputs}");
    for cut in 1..=outputs {
        let (device, _) = run(order, failure, report, cut);
        check(&device, cut);
    }
}

const BOTH: &str = "<ResultCode>1200</ResultCode><Identifier>editor</Identifier>+\
                    <ResultCode>1200</ResultCode><Identifier>reader</Identifier>";

fn components(device: &Device) -> usize {
    device.tree.children("./SCOMO/Inventory/Deployed").count()
}

#[test]
fn an_installation_survives_a_kill_after_every_single_output() {
    sweep(&order("DownloadInstall", SHA256, "job"), None, BOTH, |device, cut| {
        assert_eq!((components(device), device.flash.packages.len()), (2, 0), "cut {cut}");
        assert_eq!(device.text("./SCOMO/Download/p1/Status"), "10", "cut {cut}");
    });
}

#[test]
fn a_download_survives_a_kill_after_every_single_output() {
    let report = "<ResultCode>1200</ResultCode><Identifier>suite</Identifier>";
    sweep(&order("Download", SHA256, "job"), None, report, |device, cut| {
        assert_eq!(device.text("./SCOMO/Inventory/Delivered/p1/State"), "10", "cut {cut}");
        assert_eq!(device.flash.packages.values().collect::<Vec<_>>(), [PACKAGE], "cut {cut}");
    });
}

#[test]
fn the_installation_of_a_delivered_package_survives_a_kill_after_every_single_output() {
    let order = deliver() + &exec(6, "./SCOMO/Inventory/Delivered/d1/Operations/Install", "job");
    sweep(&order, None, BOTH, |device, cut| {
        assert_eq!(components(device), 2, "cut {cut}");
        assert_eq!(device.text("./SCOMO/Inventory/Delivered/d1/State"), "20", "cut {cut}");
    });
}

#[test]
fn a_failed_installation_survives_a_kill_after_every_single_output() {
    let report = "<ResultCode>1406</ResultCode><Identifier>suite</Identifier>";
    sweep(&order("DownloadInstall", SHA256, "job"), Some(SoftwareFailure::NoSpace), report, |device, cut| {
        assert_eq!((components(device), device.flash.packages.len()), (0, 0), "cut {cut}");
        assert_eq!(device.text("./SCOMO/Download/p1/Status"), "70", "cut {cut}");
    });
}

#[test]
fn a_wipe_survives_a_kill_after_every_single_output() {
    sweep(&exec(6, "./LAWMO/Operations/Wipe", "job"), None, "1201", |device, cut| {
        assert_eq!(device.text("./LAWMO/AvailableWipeList/a/ToBeWiped"), "false", "cut {cut}");
        assert!(device.installer.locks.iter().all(|lock| lock.order == device.installer.locks[0].order));
    });
}
