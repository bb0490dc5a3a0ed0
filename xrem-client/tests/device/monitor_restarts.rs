//! A device that samples and watches is killed after each single output: no sample is lost or doubled, and the transitions
//! come in their order.

use std::collections::BTreeMap;

use omadm_proto::exchange::{Inbound, Syntax};
use omadm_proto::time::Instant;
use omadm_tree::mo::{DIAG_FUNCTION, DIAG_TRAP};
use xrem_client::{Action, Output};

use crate::monitor::{HEAT, MEMORY, Told, told};
use crate::world::*;

/// What the thermometer shows at that second.
fn degrees(second: u64) -> &'static str {
    match second {
        0..=14 => "20",
        15..=34 => "90",
        35..=54 => "30",
        55..=74 => "95",
        _ => "10",
    }
}

/// The value of an attribute.
fn attribute(element: &str, name: &str) -> String {
    let (_, rest) = element.split_once(&format!(" {name}=\"")).unwrap_or_else(|| panic!("{name} in {element}"));
    rest.split_once('"').unwrap().0.into()
}

/// Runs 100 seconds with a kill after output number `cut`; how many outputs there were.
fn run(cut: usize) -> usize {
    let function = DIAG_FUNCTION.instance(MEMORY).live("Data").fill("Enabled", "true").fill("Period", "10");
    let trap = DIAG_TRAP.instance(HEAT).fill("Enabled", "true").fill("Condition", "temperature > 80");
    let mut device = Device::with_tree(open_account(), tree().mo(function.fill("Upload", "20")).mo(trap));
    // The sensors are ready after the start.
    let mut heard: Vec<Told> = Vec::new();
    let mut outputs = 0;
    loop {
        let second = device.now.as_millis() / 1000;
        device.sensors.insert("memory/temperature".into(), (degrees(second).into(), ""));
        let Some(output) = device.drem.poll_output() else {
            match device.drem.next_timeout() {
                Some(wakeup) if wakeup.at <= Instant::from_secs(100) => {
                    device.now = device.now.max(wakeup.at);
                    let second = device.now.as_millis() / 1000;
                    device.sensors.insert("memory/temperature".into(), (degrees(second).into(), ""));
                    device.drem.handle_timeout(device.now, &mut device.tree);
                    continue;
                }
                _ => break,
            }
        };
        outputs += 1;
        match output {
            Output::Persist(record) => drop(device.records.insert(record.key(), record)),
            Output::Event(_) | Output::Action { action: Action::Reboot, .. } => {}
            Output::Action { id, action } => {
                let result = device.perform(&action);
                device.drem.handle_action_result(device.now, &mut device.tree, id, result);
            }
            Output::Transmit(transmit) => {
                let sent = Sent(transmit);
                heard.extend(told(&sent));
                // The answer is lost with the device when it is killed now.
                if outputs != cut {
                    let reply = sent.reply("");
                    let inbound = Inbound::new(Syntax::Xml, reply.as_bytes());
                    device.drem.handle_message(device.now, &mut device.tree, sent.0.exchange, inbound);
                }
            }
        }
        if outputs == cut {
            device.kill();
        }
    }
    check(&heard, cut);
    outputs
}

fn check(heard: &[Told], cut: usize) {
    let mut samples = BTreeMap::new();
    let mut faults = BTreeMap::new();
    for told in heard {
        if told.kind == "CollectedSimpleDataReport" {
            assert_eq!(attribute(&told.data, "lost"), "0", "cut {cut}");
            for sample in told.data.split("<S").skip(1) {
                let known = samples.insert(attribute(sample, "t"), attribute(sample, "v"));
                assert!(known.is_none_or(|known| known == attribute(sample, "v")), "cut {cut}: {sample}");
            }
        } else {
            let seq: u32 = attribute(&told.data, "seq").parse().unwrap();
            let known = faults.insert(seq, told.data.clone());
            assert!(known.is_none_or(|known| known == told.data), "cut {cut}: {}", told.data);
        }
    }
    let expected: Vec<(String, String)> = (1..=10)
        .map(|ten| ten * 10)
        .map(|second| (format!("19700101T00{:02}{:02}Z", second / 60, second % 60), degrees(second).to_string()))
        .collect();
    assert_eq!(samples.into_iter().collect::<Vec<_>>(), expected, "cut {cut}");
    let states: Vec<(u32, String)> = faults.iter().map(|(seq, data)| (*seq, attribute(data, "state"))).collect();
    let expected = [(1, "raised"), (2, "cleared"), (3, "raised"), (4, "cleared")];
    assert_eq!(states, expected.map(|(seq, state)| (seq, state.to_string())), "cut {cut}");
}

#[test]
fn d1b_d1c_nothing_is_lost_or_doubled_by_a_kill_after_any_output() {
    let outputs = run(usize::MAX);
    assert!(outputs > 60, "{outputs}");
    for cut in 1..=outputs {
        run(cut);
    }
}
