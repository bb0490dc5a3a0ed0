//! AUT: authentication and integrity.

use omadm_proto::alert::AlertCode;
use omadm_proto::auth::{self, Credentials, Nonce, Scheme};
use omadm_proto::message::{Alert, Command, Data, Format, Item, Message, Meta, Verb};
use omadm_proto::status::StatusCode;
use serde_json::json;

use super::{both, may, must};
use crate::row::{Row, Stop};
use crate::server::client::{Client, ServerProof, header_status};
use crate::server::seen::Seen;
use crate::server::{Stand, Want, expect};

/// The nonce of the catalogue's vectors.
const VECTOR_NONCE: &str = "ADr/ChCAfyA6AN6tvu8NAA==";
/// The digest of com.mgmtsrv.manage / spw with it.
const VECTOR_DIGEST: &str = "wi1p1yrSMkEVniixzAr10A==";

pub(super) const ROWS: [Row<Stand>; 15] = [
    both(may("X-AUT-01", "Basic credentials in the first message", "212; no Cred needed in later messages", aut_01)),
    both(may(
        "X-AUT-02",
        "Basic after challenge",
        "407 with Chal auth-basic and only Statuses, one for each command; then 212",
        aut_02,
    )),
    both(must("X-AUT-03", "wrong password", "401 with Chal; commands not executed; no endless loop", aut_03)),
    both(must("X-AUT-06", "MD5 after challenge", "407 + Chal (auth-md5, b64, NextNonce); then 212", aut_06)),
    both(must(
        "X-AUT-07",
        "next nonce for the next session",
        "212 carries NextNonce; the next session uses it",
        aut_07,
    )),
    both(must("X-AUT-09", "stale nonce repaired once", "401 + Chal with fresh nonce; retry succeeds", aut_09)),
    both(must(
        "X-AUT-10",
        "server authenticates with MD5",
        "Cred and Source/LocName; the digest of the vector",
        aut_10,
    )),
    both(must(
        "X-AUT-14",
        "mutual challenge",
        "commands executed exactly once, after both directions are authenticated",
        aut_14,
    )),
    must(
        "X-AUT-15",
        "revert to package 1 after challenge",
        "a next message without Alert or DevInfo: server keeps waiting or errors",
        aut_15,
    ),
    both(may(
        "X-AUT-18",
        "HMAC session",
        "every message has x-syncml-hmac; SyncHdr 200 and Chal with NextNonce",
        super::mac::aut_18,
    )),
    both(may(
        "X-AUT-20",
        "HMAC header parsing",
        "any order, no algorithm, quoting, folding; refusals",
        super::mac::aut_20,
    )),
    both(may("X-AUT-21", "tampered body", "401, nothing executed", super::mac::aut_21)),
    must(
        "X-AUT-28",
        "transport authentication suffices",
        "package 1 without Cred: 200 or 212 without challenge; MD5 demanded and not answered: the session ends",
        aut_28,
    ),
    must(
        "X-AUT-32",
        "Statuses in a refusal",
        "four Statuses all 401, no other command, Chal in the SyncHdr Status only",
        aut_32,
    ),
    both(must("X-AUT-34", "Cred only in SyncHdr", "a Cred in a command never grants rights", aut_34)),
];

fn aut_01(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client_with(&Want::scheme(Scheme::Basic))?;
    stand.queue(&client, &json!([{"cmd": "get", "uri": "./DevInfo/Man"}]))?;
    client.begin(stand);
    let first = client.package1();
    let seen = client.send(stand, first)?;
    seen.expect_header(&[212])?;
    // The client sends no Cred from here on: `message` leaves it out after a 212.
    let answer = client.answer(&seen);
    let seen = client.send(stand, answer)?;
    seen.expect_header(&[200, 212])
}

fn aut_02(stand: &mut Stand) -> Result<(), Stop> {
    challenged(stand, Scheme::Basic, None)
}

fn aut_06(stand: &mut Stand) -> Result<(), Stop> {
    challenged(stand, Scheme::Md5, Some(Format::B64))
}

/// Package 1 without Cred is challenged for `scheme`; package 1 once more, with Cred, is accepted.
fn challenged(stand: &mut Stand, scheme: Scheme, format: Option<Format>) -> Result<(), Stop> {
    let mut client = stand.client_with(&Want::scheme(scheme))?;
    client.begin(stand);
    client.scheme = None;
    let first = client.package1();
    let seen = client.send(stand, first)?;
    seen.expect_header(&[407])?;
    seen.expect_only_statuses()?;
    seen.expect_status("Alert", &[407])?;
    seen.expect_status("Replace", &[407])?;
    let place = format!("{}, Chal", seen.place());
    let (asked, nonce) = seen.challenge()?;
    expect(asked == scheme, scheme.type_name(), asked.type_name(), &place)?;
    if let Some(format) = format {
        let seen_format = seen.header()?.chal().and_then(|chal| chal.meta.known_format());
        expect(seen_format == Some(format), "Format b64", format!("{seen_format:?}"), &place)?;
        let len = nonce.map_or(0, |nonce| nonce.as_bytes().len());
        expect(len > 0, "a NextNonce", format!("{len} bytes"), &place)?;
    }
    client.scheme = Some(scheme);
    let again = client.package1_after(&seen);
    let seen = client.send(stand, again)?;
    seen.expect_header(&[212])?;
    seen.expect_status("Alert", &[200])?;
    seen.expect_status("Replace", &[200])
}

fn aut_03(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client()?;
    let job = stand.queue(&client, &json!([{"cmd": "get", "uri": "./DevInfo/Man"}]))?;
    client.own = Credentials::new(client.own.name.clone(), "not the password");
    client.begin(stand);
    let first = client.package1();
    let mut seen = client.send(stand, first)?;
    seen.expect_header(&[401])?;
    seen.challenge()?;
    for _ in 0..5 {
        seen.expect_header(&[401])?;
        seen.expect_only_statuses()?;
        seen.expect_status("Alert", &[401])?;
        if seen.challenge().is_err() {
            break;
        }
        let again = client.package1_after(&seen);
        seen = client.send(stand, again)?;
    }
    let endless = seen.challenge().is_ok();
    expect(!endless, "an end of the challenges", "a challenge after six wrong attempts", &seen.place())?;
    let outcome = stand.outcome(&job)?;
    expect(outcome.status(0).is_none(), "a job that was not sent", outcome.words(), "outcome")
}

fn aut_07(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client()?;
    let old = client.nonce.clone();
    let seen = client.open(stand)?;
    seen.expect_header(&[212])?;
    let (_, next) = seen.challenge()?;
    let next = next.ok_or_else(|| Stop::failed("a NextNonce with 212", "none").at(seen.place()))?;
    expect(next != old, "a new nonce", "the one of this session", &seen.place())?;
    client.finish(stand, seen)?;
    client.nonce = next;
    client.begin(stand);
    let first = client.package1();
    let seen = client.send(stand, first)?;
    seen.expect_header(&[212])
}

fn aut_09(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client()?;
    client.nonce = Nonce::new(b"a stale nonce".to_vec());
    client.begin(stand);
    let first = client.package1();
    let seen = client.send(stand, first)?;
    seen.expect_header(&[401])?;
    seen.expect_only_statuses()?;
    let (_, nonce) = seen.challenge()?;
    expect(nonce.is_some(), "a fresh nonce", "none", &seen.place())?;
    let again = client.package1_after(&seen);
    let seen = client.send(stand, again)?;
    seen.expect_header(&[212])
}

fn aut_10(stand: &mut Stand) -> Result<(), Stop> {
    let nonce = Nonce::from_base64(VECTOR_NONCE).unwrap_or_default();
    let mut client = stand.client_with(&Want { nonces: Some((Nonce::EMPTY, nonce.clone())), ..Want::default() })?;
    client.server_proof = ServerProof::Demanded;
    stand.queue(&client, &json!([{"cmd": "get", "uri": "./DevInfo/Man"}]))?;
    let mut seen = client.open(stand)?;
    if client.account.server_nonce != nonce {
        // The server has another nonce of ours: it is given that of the vector.
        client.server_nonce = nonce.clone();
        let refusal = refuse(&mut client, &seen, &nonce);
        seen = client.send(stand, refusal)?;
    }
    let place = format!("{}, SyncHdr/Cred", seen.place());
    let cred = seen.message.header.cred.as_ref().ok_or_else(|| Stop::failed("a Cred", "none").at(place.as_str()))?;
    let name = seen.message.header.source.loc_name().unwrap_or_default();
    let server = &client.account.server;
    expect(name == server.name, &format!("Source/LocName {}", server.name), name, &place)?;
    let expected = if server.name == "com.mgmtsrv.manage" && *server == Credentials::new("com.mgmtsrv.manage", "spw") {
        VECTOR_DIGEST.to_owned()
    } else {
        auth::md5::digest(&server.name, &server.secret, nonce.as_bytes())
    };
    let digest = cred.data.as_str().unwrap_or_default().trim();
    expect(digest == expected, "the MD5 digest of the server's credentials and the nonce", "another value", &place)?;
    let answer = client.answer(&seen);
    let seen = client.send(stand, answer)?;
    seen.expect_header(&[200, 212])
}

/// The client's refusal of `seen`: 401 with a challenge for its SyncHdr, 401 for each command.
fn refuse(client: &mut Client, seen: &Seen, nonce: &Nonce) -> Message<'static> {
    let code = StatusCode::INVALID_CREDENTIALS;
    let mut message = client.statuses(seen, code);
    let status = header_status(&seen.message.header, code, Some((client.account.scheme, nonce)));
    message.commands.splice(..1, [Command::Status(status)]);
    message
}

fn aut_14(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client()?;
    let job = stand.queue(&client, &json!([{"cmd": "replace", "uri": "./T/s", "data": "xyz"}]))?;
    client.begin(stand);
    client.scheme = None;
    client.server_proof = ServerProof::Demanded;
    // A nonce that the server cannot know.
    client.server_nonce = Nonce::new(b"unknown to the server".to_vec());
    let first = client.package1();
    let seen = client.send(stand, first)?;
    seen.expect_header(&[407])?;
    client.scheme = Some(seen.challenge()?.0);
    let again = client.package1_after(&seen);
    let seen = client.send(stand, again)?;
    seen.expect_header(&[212])?;
    let before = client.leaves.get("./T/s").cloned();
    let refusal = client.answer(&seen);
    let code = refusal.statuses().next().map_or(0, |status| status.code.as_u16());
    expect(matches!(code, 401 | 407), "a server that cannot prove itself yet", code.to_string(), &seen.place())?;
    expect(client.leaves.get("./T/s").cloned() == before, "nothing executed yet", "a changed leaf", "client")?;
    let seen = client.send(stand, refusal)?;
    let targets = seen.targets(Verb::Replace);
    expect(targets == ["./T/s"], "the same Replace once more", targets.join(", "), &seen.place())?;
    expect(seen.message.header.cred.is_some(), "a Cred beside it", "none", &seen.place())?;
    let answer = client.answer(&seen);
    let code = answer.statuses().next().map_or(0, |status| status.code.as_u16());
    expect(code == 212, "server credentials that verify", code.to_string(), &seen.place())?;
    let seen = client.send(stand, answer)?;
    seen.expect_closing()?;
    let outcome = stand.outcome(&job)?;
    expect(outcome.status(0) == Some(200), "the job done", outcome.words(), "outcome")
}

fn aut_15(stand: &mut Stand) -> Result<(), Stop> {
    for left_out in ["Alert", "Replace"] {
        let mut client = stand.client()?;
        stand.queue(&client, &json!([{"cmd": "get", "uri": "./DevInfo/Man"}]))?;
        client.begin(stand);
        client.scheme = None;
        let first = client.package1();
        let seen = client.send(stand, first)?;
        seen.expect_header(&[407])?;
        client.scheme = Some(seen.challenge()?.0);
        let mut again = client.package1_after(&seen);
        again.commands.retain(|command| command.name() != left_out);
        let seen = client.send(stand, again)?;
        let errors = seen.header_code() >= 400 || seen.has_alert(AlertCode::SESSION_ABORT);
        let waits = seen.commands().next().is_none();
        let expected = format!("an error, or no command, for a package 1 without {left_out} after a challenge");
        expect(errors || waits, &expected, "a management command", &seen.place())?;
    }
    Ok(())
}

fn aut_28(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client_with(&Want::transport())?;
    client.begin(stand);
    let first = client.package1();
    let seen = client.send(stand, first)?;
    seen.expect_header(&[200, 212])?;
    let challenged = seen.header()?.chal().is_some();
    expect(!challenged, "no challenge", "a Chal", &seen.place())?;
    seen.expect_status("Alert", &[200])?;
    seen.expect_status("Replace", &[200])?;
    // A server that demands MD5 all the same, and a client that does not answer it.
    let mut client = stand.client()?;
    stand.queue(&client, &json!([{"cmd": "get", "uri": "./DevInfo/Man"}]))?;
    client.begin(stand);
    client.scheme = None;
    let first = client.package1();
    let mut seen = client.send(stand, first)?;
    for _ in 0..4 {
        seen.expect_header(&[400, 401, 407])?;
        seen.expect_only_statuses()?;
        if seen.challenge().is_err() {
            return Ok(());
        }
        let again = client.package1_after(&seen);
        seen = client.send(stand, again)?;
    }
    Err(Stop::failed("the end of a session whose challenge is not answered", "a fifth challenge").at(seen.place()))
}

fn aut_32(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client()?;
    client.own = Credentials::new(client.own.name.clone(), "not the password");
    client.begin(stand);
    let mut first = client.package1();
    let meta = Meta::with_format(Format::Chr).and_type("org.openmobilealliance.dm.firmwareupdate.update");
    let item = Item::source("./FUMO").with_meta(meta).with_data(Data::text("200"));
    first.commands.push(Command::Alert(Alert::new(0, AlertCode::GENERIC_ALERT, vec![item])));
    let seen = client.send(stand, first)?;
    let codes: Vec<u16> = seen.message.statuses().map(|status| status.code.as_u16()).collect();
    expect(codes == [401, 401, 401, 401], "four Statuses 401", format!("{codes:?}"), &seen.place())?;
    let names: Vec<&str> = seen.message.statuses().map(|status| &*status.cmd).collect();
    expect(
        names == ["SyncHdr", "Alert", "Replace", "Alert"],
        "SyncHdr, Alert, Replace, Alert",
        names.join(", "),
        &seen.place(),
    )?;
    seen.expect_only_statuses()?;
    seen.challenge()?;
    let elsewhere = seen.message.statuses().skip(1).filter(|status| status.chal().is_some()).count();
    expect(elsewhere == 0, "Chal in the SyncHdr Status only", format!("{elsewhere} more"), &seen.place())
}

fn aut_34(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client()?;
    stand.queue(&client, &json!([{"cmd": "get", "uri": "./DevInfo/Man"}]))?;
    // Right credentials in a command alone grant nothing.
    client.begin(stand);
    let scheme = client.scheme.take();
    let first = client.package1();
    client.scheme = scheme;
    let cred = auth::cred(Scheme::Md5, &client.own, &client.nonce)
        .or_else(|| auth::cred(Scheme::Basic, &client.own, &client.nonce));
    let digest = cred.and_then(|cred| cred.data.as_str().map(str::to_owned)).unwrap_or_default();
    let bytes = super::raw::with_cred_in_alert(&client, &first, &digest)?;
    let seen = client.send_bytes(stand, &bytes)?;
    seen.expect_header(&[401, 407])?;
    seen.expect_only_statuses()?;
    // Wrong credentials in a command take nothing from right ones in the header.
    let again = client.package1_after(&seen);
    let bytes = super::raw::with_cred_in_alert(&client, &again, "AAAAAAAAAAAAAAAAAAAAAA==")?;
    let seen = client.send_bytes(stand, &bytes)?;
    seen.expect_header(&[200, 212])?;
    seen.expect_status("Alert", &[200, 400])
}
