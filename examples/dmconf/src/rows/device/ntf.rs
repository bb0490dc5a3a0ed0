//! NTF: notification, Package #0.

use base64::Engine as _;
use omadm_proto::auth::{Nonce, mac};
use omadm_proto::notification::UiMode;

use crate::device::answer::same;
use crate::device::bench::Bench;
use crate::device::session::alerts;
use crate::device::{Deed, Feature, Received, Server, UserAnswer};
use crate::row::{Level, Row, Side, Stop};

pub(super) const ROWS: &[Row<Bench>] = &[
    Row {
        id: "X-NTF-03",
        side: Side::Client,
        level: Level::Optional,
        title: "bad digest",
        rule: "ignored silently; no session; nonce kept",
        run: ntf_03,
    },
    Row {
        id: "X-NTF-06",
        side: Side::Client,
        level: Level::Optional,
        title: "repeated trigger",
        rule: "one session",
        run: ntf_06,
    },
    Row {
        id: "X-NTF-08",
        side: Side::Client,
        level: Level::Optional,
        title: "ui-mode",
        rule: "0 no recommendation; 1 silent; 2 inform; 3 ask - refused means no session",
        run: ntf_08,
    },
    Row {
        id: "X-NTF-16",
        side: Side::Client,
        level: Level::Optional,
        title: "1.3 notification",
        rule: "session starts; 1.2-only client ignores it; [?] format: dm sheet 15.2",
        run: ntf_16,
    },
];

/// The session that a notification asked for.
fn answered(b: &mut Bench, session_id: &str) -> Result<Received, Stop> {
    let received = b.message("package 1 after a notification")?;
    same("SessionID", session_id, &*received.message.header.session_id)?;
    same("the Alerts of package 1", vec![1200], alerts(&received))?;
    Ok(received)
}

fn finish(b: &mut Bench, received: Received) -> Result<(), Stop> {
    let mut s = b.session(Server::A, received)?;
    s.authenticate_client()?;
    s.close()
}

fn ntf_03(b: &mut Bench) -> Result<(), Stop> {
    let good = b.package_0(0x0A7, UiMode::NotSpecified)?;
    for (at, bit) in [(0, 0x80), (15, 0x01), (16, 0x04), (good.len() - 1, 0x01)] {
        let mut bad = good.clone();
        bad[at] ^= bit;
        b.notify(bad)?;
        b.silence("the digest of the notification is wrong")?;
    }
    // The nonce is still good.
    b.notify(good)?;
    let received = answered(b, "A7")?;
    finish(b, received)
}

fn ntf_06(b: &mut Bench) -> Result<(), Stop> {
    let package_0 = b.package_0(0x77, UiMode::NotSpecified)?;
    b.notify(package_0.clone())?;
    b.notify(package_0.clone())?;
    let received = answered(b, "77")?;
    b.notify(package_0.clone())?;
    finish(b, received)?;
    b.silence("the notification was answered already")
}

fn ntf_08(b: &mut Bench) -> Result<(), Stop> {
    let modes = [(1, UiMode::NotSpecified), (2, UiMode::Background), (3, UiMode::Informative)];
    for (session_id, mode) in modes {
        let package_0 = b.package_0(session_id, mode)?;
        b.notify(package_0)?;
        let received = answered(b, &session_id.to_string())?;
        finish(b, received)?;
    }
    b.needs(Feature::UserInterface)?;
    b.act(Deed::User(UserAnswer::No))?;
    let package_0 = b.package_0(4, UiMode::UserInteraction)?;
    b.notify(package_0)?;
    b.silence("the user refused")
}

fn ntf_16(b: &mut Bench) -> Result<(), Stop> {
    let mut bytes = b.package_0(0x55, UiMode::NotSpecified)?;
    let account = b.account(Server::A)?;
    let nonce = b.memory(Server::A).server_nonce.clone().unwrap_or(Nonce::EMPTY);
    // Version 1.3, times ten, in the first ten bits behind the digest.
    bytes[16] = 0x03;
    bytes[17] = (bytes[17] & 0x3F) | 0x40;
    let digest = mac::digest(&account.id, &account.server.secret, nonce.as_bytes(), &bytes[16..]);
    let digest = base64::engine::general_purpose::STANDARD.decode(digest).unwrap_or_default();
    bytes.splice(..16, digest);
    b.notify(bytes)?;
    b.silence("a client of DM 1.2 ignores a notification of another version")?;
    let package_0 = b.package_0(0x56, UiMode::NotSpecified)?;
    b.notify(package_0)?;
    let received = answered(b, "56")?;
    finish(b, received)
}
