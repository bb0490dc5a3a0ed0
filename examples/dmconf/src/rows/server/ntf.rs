//! NTF: notifications.

use std::time::Duration;

use omadm_proto::alert::AlertCode;
use omadm_proto::message::Verb;
use omadm_proto::notification::Notification;
use serde_json::json;

use super::may;
use crate::row::{Row, Stop};
use crate::server::client::Client;
use crate::server::seen::Seen;
use crate::server::{Stand, expect};

pub(super) const ROWS: [Row<Stand>; 1] = [may(
    "X-NTF-12",
    "server builds and correlates",
    "the job runs in the session of the trigger; unknown ids are normal sessions; a repeat keeps the id, a new one differs",
    ntf_12,
)];

/// The SessionIDs of the notifications since the last call, each verified.
pub(super) fn triggers(stand: &mut Stand, client: &Client) -> Result<Vec<String>, Stop> {
    let datagrams = stand.notifications(client)?;
    let mut ids = Vec::new();
    for datagram in datagrams {
        let trigger = Notification::parse(&datagram)
            .map_err(|error| Stop::failed("a notification as the sheet has it", error.to_string()).at("Package #0"))?;
        let right = trigger.verify(&client.account.server.secret, &client.server_nonce);
        expect(right, "a digest with the server's password and nonce", "another one", "Package #0")?;
        let id = trigger.notification().session_id;
        expect(id != 0, "a SessionID that is not 0", "0", "Package #0")?;
        ids.push(format!("{id:X}"));
    }
    Ok(ids)
}

/// A session with Alert 1200 and this SessionID; the server's package 2.
pub(super) fn open_notified(stand: &mut Stand, client: &mut Client, session: &str) -> Result<Seen, Stop> {
    client.begin(stand);
    session.clone_into(&mut client.session);
    let mut first = client.message();
    first.commands = vec![Client::session_alert(AlertCode::SERVER_INITIATED), client.dev_info()];
    let seen = client.send(stand, first)?;
    seen.expect_header(&[200, 212])?;
    Ok(seen)
}

fn ntf_12(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client()?;
    client.session(stand)?;
    stand.notifications(&client)?;
    let job = stand.queue(&client, &json!([{"cmd": "get", "uri": "./T/s"}]))?;
    let first = triggers(stand, &client)?;
    let id = first.first().cloned().ok_or_else(|| Stop::failed("a notification for queued work", "none"))?;
    stand.wait(Duration::from_secs(60))?;
    let again = triggers(stand, &client)?;
    let same = again.iter().chain(&first).all(|other| *other == id);
    expect(same, &format!("SessionID {id} in every repeat"), again.join(", "), "Package #0")?;
    let seen = open_notified(stand, &mut client, &id)?;
    let targets = seen.targets(Verb::Get);
    expect(targets == ["./T/s"], "the job in this session", targets.join(", "), &seen.place())?;
    client.finish(stand, seen)?;
    let outcome = stand.outcome(&job)?;
    expect(outcome.status(0) == Some(200), "the job done", outcome.words(), "outcome")?;

    let seen = open_notified(stand, &mut client, "7FF1")?;
    client.finish(stand, seen)?;

    stand.wait(Duration::from_secs(3_600))?;
    stand.notifications(&client)?;
    stand.queue(&client, &json!([{"cmd": "get", "uri": "./T/s"}]))?;
    let next = triggers(stand, &client)?;
    let other = next.first().is_some_and(|next| *next != id);
    expect(other, &format!("another SessionID than {id} for a new trigger"), next.join(", "), "Package #0")
}
