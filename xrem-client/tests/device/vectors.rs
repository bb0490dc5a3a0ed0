//! The worked session A of the fact sheet, and D: the device answers as printed there.

use std::path::PathBuf;

use omadm_proto::auth::{Nonce, Secret};
use omadm_proto::message::Message;
use omadm_proto::notification::Notification;
use omadm_tree::Feature;

use crate::world::*;

/// The message `name` of the shared vectors; `None` when they are not there and need not be.
fn vector(name: &str) -> Option<String> {
    let root = std::env::var_os("OMADM_SHARED")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared")), PathBuf::from);
    let path = root.join("data/vectors").join(name);
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) if std::env::var("CI").is_ok_and(|ci| ci == "true") => panic!("{}: {error}", path.display()),
        Err(_) => {
            println!("skipped: {} is missing", path.display());
            None
        }
    }
}

/// Equal but for what the sheet leaves to the device: the announced sizes and the nonces it draws.
fn assert_same(sent: &Sent, expected: &str) {
    let normal = |message: Message<'_>| {
        let mut message = message.into_owned();
        message.header.meta = None;
        for command in &mut message.commands {
            if let omadm_proto::message::Command::Status(status) = command
                && let Some(chal) = &mut status.extras_mut().chal
            {
                assert!(chal.meta.extras_mut().next_nonce.take().is_some());
            }
        }
        message
    };
    let expected = Message::decode(expected.as_bytes()).unwrap();
    assert_eq!(format!("{:#?}", normal(sent.message())), format!("{:#?}", normal(expected.clone())));
    assert_eq!(normal(sent.message()), normal(expected));
}

#[test]
fn the_worked_session_a_is_answered_as_printed() {
    let names =
        ["A1_c2s_pkg1_nocred", "A2_s2c_challenge", "A3_c2s_pkg1_cred", "A4_s2c_pkg2", "A5_c2s_pkg3", "A6_s2c_pkg4_end"];
    let Some(messages) = names.iter().map(|name| vector(&format!("{name}.xml"))).collect::<Option<Vec<_>>>() else {
        return;
    };
    let [a1, a2, a3, a4, a5, a6] = &messages[..] else { panic!() };
    // The device of the sheet has no lists.
    let without_lists = tree().without(Feature::Lists);
    let mut device = Device::with_tree(md5_account().server_nonce(Nonce::new(*b"first-server-nonce")), without_lists);
    let notification = Notification::new(SERVER, 0xA7)
        .encode(&Secret::new("srv-secret"), &Nonce::new(*b"first-server-nonce"))
        .unwrap();
    device.drem.handle_notification(device.now, &mut device.tree, &notification);
    device.pump();
    let sent = device.sent();
    assert_same(&sent, a1);
    device.answer(&sent, a2);
    let sent = device.sent();
    assert_same(&sent, a3);
    // The sheet's server answers the sheet's nonce; ours drew another one.
    let old = Message::decode(a4.as_bytes()).unwrap().header.cred.unwrap().data.as_str().unwrap().to_string();
    let cred = server_cred("srv-secret", &issued_nonce(&sent));
    let new = cred.split("<Data>").nth(1).unwrap().split('<').next().unwrap().to_string();
    device.answer(&sent, &a4.replace(&old, &new));
    let sent = device.sent();
    assert_same(&sent, a5);
    assert_eq!(device.text("./Vendor/Example/Interval"), "300");
    device.answer(&sent, a6);
    assert!(device.sent.is_empty() && !device.drem.in_session());
}

#[test]
fn the_worked_session_d_reports_a_finished_exec_with_its_correlator() {
    let Some(d3) = vector("D3_c2s_pkg1_alert1226.xml") else { return };
    let alert_of = |message: &Message<'_>| {
        message.commands().filter(|command| command.name() == "Alert").last().map(|command| format!("{command:?}"))
    };
    let account = md5_account();
    let tree = tree().mo(omadm_tree::mo::Fumo::at("./FUMO/Pkg1"));
    let mut device = Device::with_tree(account, tree);
    let alert = xrem_client::GenericAlert::new("org.openmobilealliance.dm.firmwareupdate.downloadandupdate", "200")
        .source("./FUMO/Pkg1")
        .format(omadm_proto::message::Format::Int)
        .mark(xrem_client::outbox::Mark::Informational)
        .correlator(Some("job-77".into()));
    device.drem.queue_alert(alert);
    device.start();
    let sent = device.sent();
    assert_eq!(alert_of(&sent.message()), alert_of(&Message::decode(d3.as_bytes()).unwrap()));
}
