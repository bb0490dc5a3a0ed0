//! The device is killed after each single output and rebuilt from what it had stored: nothing is lost, nothing is done twice.

use omadm_proto::auth::nonce::Seed;
use xrem_client::record::take_tree;
use xrem_client::{Action, Booted, Drem, Output, Record, Slot};

use crate::updates::{ABC_SHA256, IMAGE_URL, image, order};
use crate::world::*;

impl Device {
    /// Everything but the records and the flash is gone; the server's side of a session too.
    pub fn kill(&mut self) {
        let mut stored: Vec<Record> = self.records.values().cloned().collect();
        if let Some(tree) = take_tree(&mut stored).unwrap() {
            self.tree = tree;
        }
        self.drem = Drem::restore([open_account()], Seed::new([7; 32]), stored);
        self.sent.clear();
        self.actions.clear();
        self.reboots = 0;
        let slot = self.flash.boot();
        self.drem.handle_boot(self.now, &mut self.tree, Booted::from(slot));
    }

    /// Performs one output; false when there is none.
    fn step(&mut self, world: &mut World) -> bool {
        let Some(output) = self.drem.poll_output() else { return false };
        world.outputs += 1;
        match output {
            Output::Persist(record) => drop(self.records.insert(record.key(), record)),
            Output::Event(event) => self.events.push(event),
            Output::Action { action: Action::Reboot, .. } => self.kill(),
            Output::Action { id, action } => {
                let result = self.perform(&action);
                if let Action::SelectSlot { .. } = action {
                    world.selected += 1;
                }
                self.drem.handle_action_result(self.now, &mut self.tree, id, result);
            }
            Output::Transmit(transmit) => {
                let sent = Sent(transmit);
                let reply = world.answer(&sent);
                let inbound = omadm_proto::exchange::Inbound::new(omadm_proto::exchange::Syntax::Xml, reply.as_bytes());
                self.drem.handle_message(self.now, &mut self.tree, sent.0.exchange, inbound);
            }
        }
        true
    }
}

/// A server that wants one update and repeats its order until the device has taken it.
struct World {
    ordered: bool,
    reports: Vec<String>,
    outputs: usize,
    selected: usize,
}

impl World {
    fn answer(&mut self, sent: &Sent) -> String {
        let reports = generic_alerts(sent).into_iter().filter(|alert| alert.3.as_deref() != Some(ALERT));
        self.reports.extend(reports.map(|alert| format!("{} {}", alert.2, alert.3.unwrap())));
        if sent.statuses().contains("Exec:5:202") {
            self.ordered = true;
        }
        if self.ordered || !sent.alerts().contains(&1201) {
            return sent.reply("");
        }
        sent.reply(&order("DownloadAndUpdate", IMAGE_URL, ABC_SHA256, "job-1"))
    }
}

/// What the application on the device has to say when it is killed.
#[derive(Clone, Copy, PartialEq)]
enum Application {
    Silent,
    /// An alert of its own, at once: before the slots have been measured.
    Alerts,
}

const ALERT: &str = "of the application";

/// Runs the update with a kill after output number `cut`; returns how many outputs there were.
fn run(bytes: &[u8], cut: usize, application: Application) -> usize {
    let mut device = Device::new(open_account());
    device.records.clear();
    device.web.insert(IMAGE_URL.into(), bytes.to_vec());
    let mut world = World { ordered: false, reports: Vec::new(), outputs: 0, selected: 0 };
    for _ in 0..20_000 {
        if device.step(&mut world) {
            if world.outputs == cut {
                device.kill();
                if application == Application::Alerts {
                    let alert = xrem_client::GenericAlert::new("com.example.event", "x").correlator(Some(ALERT.into()));
                    device.drem.queue_alert(alert);
                }
            }
            continue;
        }
        if let Some(wakeup) = device.drem.next_timeout() {
            device.now = device.now.max(wakeup.at);
            device.drem.handle_timeout(device.now, &mut device.tree);
        } else if world.ordered && device.drem.is_idle() {
            break;
        } else {
            device.drem.start_session(device.now, &mut device.tree, SERVER, xrem_client::Trigger::Client).unwrap();
        }
    }
    world.reports.dedup();
    assert_eq!(world.reports, ["200 job-1"], "cut {cut}");
    assert_eq!((device.flash.active, device.flash.confirmed), (Some(Slot::B), Some(Slot::B)), "cut {cut}");
    assert_eq!(device.flash.slots[1], bytes, "cut {cut}");
    assert_eq!((device.text("./FUMO/State"), device.text("./DevDetail/FwV")), ("100", "5.0.0"), "cut {cut}");
    assert!(world.selected <= 2, "cut {cut}");
    world.outputs
}

#[test]
fn an_update_survives_a_kill_after_every_single_output() {
    let outputs = run(b"abc", usize::MAX, Application::Silent);
    assert!(outputs > 20, "{outputs}");
    for cut in 1..=outputs {
        run(b"abc", cut, Application::Silent);
        run(b"abc", cut, Application::Alerts);
    }
}

#[test]
fn a_killed_download_goes_on_near_where_it_was() {
    let mut device = Device::new(open_account());
    device.web.insert(IMAGE_URL.into(), image());
    device.start();
    let sent = device.sent();
    device.answer(&sent, &sent.reply(&order("Download", IMAGE_URL, "", "j")));
    let sent = device.sent();
    let mut world = World { ordered: true, reports: Vec::new(), outputs: 0, selected: 0 };
    let reply = sent.reply("");
    let inbound = omadm_proto::exchange::Inbound::new(omadm_proto::exchange::Syntax::Xml, reply.as_bytes());
    device.drem.handle_message(device.now, &mut device.tree, sent.0.exchange, inbound);
    while device.fetches < 10 {
        assert!(device.step(&mut world));
    }
    device.kill();
    assert_eq!(device.text("./FUMO/State"), "30");
    while device.text("./FUMO/State") != "50" {
        if !device.step(&mut world) {
            let at = device.drem.next_timeout().unwrap().at;
            device.now = device.now.max(at);
            device.drem.handle_timeout(device.now, &mut device.tree);
        }
    }
    assert_eq!(device.flash.slots[1], image());
    // 12 blocks in all; at most the four since the last stored offset and the one under way come twice.
    assert!(device.fetches <= 12 + 5, "{}", device.fetches);
}

#[test]
fn nonces_are_not_used_twice_after_a_restart_with_the_same_seed() {
    let mut device = Device::new(md5_account());
    let mut seen = Vec::new();
    for _ in 0..3 {
        device.start();
        let first = device.sent();
        device.answer(&first, &first.reply_with(407, &chal("bm9uY2U="), "<Final/>", ""));
        seen.push(issued_nonce(&device.sent()));
        let stored: Vec<Record> = device.records.values().cloned().collect();
        device.drem = Drem::restore([md5_account()], Seed::new([7; 32]), stored);
    }
    assert!(seen[0] != seen[1] && seen[1] != seen[2] && seen[0] != seen[2]);
}

#[test]
fn an_alert_survives_a_restart() {
    let mut device = Device::new(open_account());
    device.drem.queue_alert(xrem_client::GenericAlert::new("com.example.event", "x"));
    device.pump();
    device.kill();
    device.pump();
    assert!(device.wait());
    assert_eq!(device.sent().alerts(), [1201, 1226]);
}

#[test]
fn the_snapshot_holds_what_the_records_hold() {
    let mut device = Device::new(open_account());
    device.drem.queue_alert(xrem_client::GenericAlert::new("com.example.event", "x"));
    device.pump();
    device.drem = Drem::restore([open_account()], Seed::new([7; 32]), device.drem.snapshot());
    assert!(device.wait());
    assert_eq!(device.sent().alerts(), [1201, 1226]);
}

#[test]
fn records_survive_being_written_and_read() {
    let mut device = Device::new(md5_account());
    device.web.insert(IMAGE_URL.into(), b"abc".to_vec());
    device.drem.queue_alert(xrem_client::GenericAlert::new("com.example.event", "x"));
    device.start();
    let sent = device.sent();
    device.answer(&sent, &sent.reply_with(407, &chal("bm9uY2U="), "<Final/>", ""));
    let sent = device.sent();
    let cred = server_cred("srv-secret", &issued_nonce(&sent));
    let body = order("Download", IMAGE_URL, ABC_SHA256, "j") + "<Final/>";
    device.answer(&sent, &sent.reply_with(212, "", &body, &cred));
    for (key, record) in &device.records {
        let text = serde_json::to_string(record).unwrap();
        let back: Record = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&back).unwrap(), text, "{key}");
        assert!(!text.contains("s3cr3t-device") && !text.contains("srv-secret"), "{key}");
    }
    let keys: Vec<_> = device.records.keys().map(String::as_str).collect();
    assert_eq!(keys, ["account dm.example.net", "counters", "execlog", "outbox", "tree", "tree change 0", "update"]);
}

/// A session in which the server changes a leaf and takes an alert; the power goes after output number `cut`.
fn session_with_a_cut(cut: usize) -> usize {
    let mut device = Device::new(open_account());
    device.records.clear();
    device.tree.set("./Vendor/Example/A", 0).unwrap();
    device.drem.queue_alert(xrem_client::GenericAlert::new("com.example.event", "x"));
    let (mut outputs, mut acknowledged, mut answered) = (0, 0, false);
    device.drem.start_session(device.now, &mut device.tree, SERVER, xrem_client::Trigger::Client).unwrap();
    while let Some(output) = device.drem.poll_output() {
        outputs += 1;
        match output {
            Output::Persist(record) => drop(device.records.insert(record.key(), record)),
            Output::Transmit(transmit) => {
                let sent = Sent(transmit);
                answered |= sent.statuses().contains("Replace:9:200");
                acknowledged += sent.alerts().iter().filter(|code| **code == 1226).count();
                let body =
                    if sent.alerts().contains(&1201) { replace(9, "./Vendor/Example/A", "7") } else { String::new() };
                let reply = sent.reply(&body);
                let inbound = omadm_proto::exchange::Inbound::new(sent.0.syntax, reply.as_bytes());
                device.drem.handle_message(device.now, &mut device.tree, sent.0.exchange, inbound);
            }
            Output::Event(event) => device.events.push(event),
            Output::Action { .. } => {}
        }
        if outputs == cut {
            break;
        }
    }
    device.kill();
    device.pump();
    if answered {
        assert_eq!(device.text("./Vendor/Example/A"), "7", "cut {cut}: the server was told");
    }
    assert!(!device.drem.in_session() || device.sent.len() == 1, "cut {cut}: only a new session can run");
    if !device.drem.in_session() {
        device.start();
    }
    let first = device.sent();
    assert_eq!(first.message().header.msg_id.get(), 1, "cut {cut}");
    acknowledged += first.alerts().iter().filter(|code| **code == 1226).count();
    device.answer(&first, &first.reply(&get(2, "./Vendor/Example/A")));
    assert!(device.sent().results().starts_with("./Vendor/Example/A="), "cut {cut}");
    assert!(acknowledged >= 1, "cut {cut}: the alert was lost");
    outputs
}

#[test]
fn x_abo_05_a_session_that_a_power_cut_ends_is_followed_by_one_that_works_and_nothing_told_is_lost() {
    let outputs = session_with_a_cut(usize::MAX);
    assert!(outputs > 5, "{outputs}");
    for cut in 1..=outputs {
        session_with_a_cut(cut);
    }
}
