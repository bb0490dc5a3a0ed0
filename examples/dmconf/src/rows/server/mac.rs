//! The rows of AUT about auth-MAC.

use omadm_proto::auth::Scheme;
use omadm_proto::auth::mac::MacHeader;
use serde_json::json;

use crate::row::Stop;
use crate::server::client::Client;
use crate::server::seen::Seen;
use crate::server::{Stand, Want, expect};

/// A client whose account uses auth-MAC, after a first session that gave it its nonce.
fn client(stand: &mut Stand) -> Result<Client, Stop> {
    let mut client = stand.client_with(&Want::scheme(Scheme::Mac))?;
    client.session(stand)?;
    Ok(client)
}

pub(super) fn aut_18(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = client(stand)?;
    let job = stand.queue(&client, &json!([{"cmd": "get", "uri": "./DevInfo/Man"}]))?;
    client.begin(stand);
    let first = client.package1();
    let mut seen = client.send(stand, first)?;
    for _ in 0..10 {
        check(&client, &seen)?;
        if !seen.asks() {
            break;
        }
        let answer = client.answer(&seen);
        seen = client.send(stand, answer)?;
    }
    let outcome = stand.outcome(&job)?;
    expect(outcome.status(0) == Some(200), "the job done", outcome.words(), "outcome")
}

/// 200 and a Chal with NextNonce, no Cred, and a header x-syncml-hmac that can be read and names the server.
fn check(client: &Client, seen: &Seen) -> Result<(), Stop> {
    seen.expect_header(&[200])?;
    let (scheme, nonce) = seen.challenge()?;
    expect(
        scheme == Scheme::Mac && nonce.is_some(),
        "Chal of auth-MAC with NextNonce",
        scheme.type_name(),
        &seen.place(),
    )?;
    expect(seen.message.header.cred.is_none(), "no Cred", "a Cred", &seen.place())?;
    let place = format!("{}, x-syncml-hmac", seen.place());
    let mac = seen.mac.as_deref().ok_or_else(|| Stop::failed("the header x-syncml-hmac", "none").at(place.as_str()))?;
    let mac = MacHeader::parse(mac)
        .map_err(|error| Stop::failed("username and mac", error.to_string()).at(place.as_str()))?;
    let name = &client.account.server.name;
    expect(mac.username() == name, &format!("username {name}"), mac.username(), &place)
}

pub(super) fn aut_20(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = client(stand)?;
    let accepted: [fn(&str, &str) -> String; 4] = [
        |name, mac| format!("mac={mac}, username=\"{name}\", algorithm=MD5"),
        |name, mac| format!("username=\"{name}\", mac={mac}"),
        |name, mac| format!("algorithm=MD5,\t username=\"{name}\" ,  mac={mac}"),
        |name, mac| format!("Algorithm=md5, USERNAME=\"{name}\", MAC=\"{mac}\""),
    ];
    for spell in accepted {
        let seen = spelled(stand, &mut client, spell)?;
        seen.expect_header(&[200])?;
    }
    let refused: [fn(&str, &str) -> String; 3] = [
        |_, mac| format!("algorithm=MD5, mac={mac}"),
        |name, _| format!("algorithm=MD5, username=\"{name}\""),
        |name, mac| format!("algorithm=SHA-512, username=\"{name}\", mac={mac}"),
    ];
    for spell in refused {
        let seen = spelled(stand, &mut client, spell)?;
        seen.expect_header(&[401, 407])?;
    }
    Ok(())
}

/// The answer to a first message whose right mac is written as `spell` says.
fn spelled(stand: &mut Stand, client: &mut Client, spell: fn(&str, &str) -> String) -> Result<Seen, Stop> {
    client.begin(stand);
    let first = client.package1();
    let bytes = client.encode(&first)?;
    let header = client.mac(&bytes).unwrap_or_default();
    let mac = header.rsplit_once("mac=").map_or("", |(_, mac)| mac).to_owned();
    let name = client.own.name.clone();
    client.send_with_mac(stand, &bytes, Some(spell(&name, &mac)))
}

pub(super) fn aut_21(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = client(stand)?;
    let job = stand.queue(&client, &json!([{"cmd": "get", "uri": "./DevInfo/Man"}]))?;
    client.begin(stand);
    let first = client.package1();
    let bytes = client.encode(&first)?;
    let mac = client.mac(&bytes);
    let mut tampered = bytes.clone();
    // The value of DevInfo/Man, which both syntaxes carry as it is.
    let at = tampered.windows(4).position(|window| window == b"Acme");
    if let Some(byte) = at.and_then(|at| tampered.get_mut(at)) {
        *byte = b'B';
    }
    let seen = client.send_with_mac(stand, &tampered, mac)?;
    seen.expect_header(&[401])?;
    seen.expect_only_statuses()?;
    let outcome = stand.outcome(&job)?;
    expect(outcome.status(0).is_none(), "nothing sent", outcome.words(), "outcome")
}
