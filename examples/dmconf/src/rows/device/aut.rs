//! AUT: authentication and integrity.

use omadm_proto::auth::mac::MacHeader;
use omadm_proto::auth::{Credentials, Nonce, Scheme};

use crate::device::answer::{demand, same};
use crate::device::bench::Bench;
use crate::device::command::{add, get, raw, replace};
use crate::device::session::Session;
use crate::device::{Nonces, Received, Reply, Server, Setup, credential};
use crate::row::{Level, Row, Side, Stop};

pub(super) const ROWS: &[Row<Bench>] = &[
    Row {
        id: "X-AUT-01",
        side: Side::Both,
        level: Level::Optional,
        title: "Basic credentials in the first message",
        rule: "Cred in SyncHdr, Meta Type syncml:auth-basic, Format b64, Data = base64(\"client1:cpw\"); server Status SyncHdr 212; no Chal needed; no Cred needed in later messages",
        run: aut_01,
    },
    Row {
        id: "X-AUT-02",
        side: Side::Both,
        level: Level::Optional,
        title: "Basic after challenge",
        rule: "first answer contains only Statuses, one for each received command; second attempt: same SessionID, MsgID 2, Status for the server's SyncHdr, Alert and DevInfo again; answered 212",
        run: aut_02,
    },
    Row {
        id: "X-AUT-03",
        side: Side::Both,
        level: Level::Mandatory,
        title: "wrong password",
        rule: "401 with Chal; commands not executed; after the second 401 the client gives up, no endless loop",
        run: aut_03,
    },
    Row {
        id: "X-AUT-06",
        side: Side::Both,
        level: Level::Mandatory,
        title: "MD5 after challenge",
        rule: "user name travels in Source/LocName; Meta Format b64 present in Cred and in Chal; accepted 212",
        run: aut_06,
    },
    Row {
        id: "X-AUT-07",
        side: Side::Both,
        level: Level::Mandatory,
        title: "next nonce for the next session",
        rule: "first message of the new session uses N2",
        run: aut_07,
    },
    Row {
        id: "X-AUT-09",
        side: Side::Both,
        level: Level::Mandatory,
        title: "stale nonce repaired once",
        rule: "401 + Chal with fresh nonce; retry succeeds; exactly one extra challenge",
        run: aut_09,
    },
    Row {
        id: "X-AUT-10",
        side: Side::Both,
        level: Level::Mandatory,
        title: "server authenticates with MD5",
        rule: "digest vector for user srv id com.mgmtsrv.manage, password spw, nonce of AUT-05: wi1p1yrSMkEVniixzAr10A== ; client Status SyncHdr 212 and stores / issues next server nonce in Chal",
        run: aut_10,
    },
    Row {
        id: "X-AUT-11",
        side: Side::Client,
        level: Level::Mandatory,
        title: "server credentials missing",
        rule: "Status SyncHdr 407 + Chal; every command gets 407, none executed; server repeats with Cred and commands then run",
        run: aut_11,
    },
    Row {
        id: "X-AUT-12",
        side: Side::Client,
        level: Level::Mandatory,
        title: "server credentials wrong",
        rule: "Status SyncHdr 401 + Chal; all commands answered 401; tree unchanged",
        run: aut_12,
    },
    Row {
        id: "X-AUT-14",
        side: Side::Both,
        level: Level::Mandatory,
        title: "mutual challenge",
        rule: "commands executed exactly once, after both directions are authenticated",
        run: aut_14,
    },
    Row {
        id: "X-AUT-18",
        side: Side::Both,
        level: Level::Optional,
        title: "HMAC session",
        rule: "each SyncHdr Status is 200 (never 212) and carries Chal with NextNonce; session completes",
        run: aut_18,
    },
    Row {
        id: "X-AUT-20",
        side: Side::Both,
        level: Level::Optional,
        title: "HMAC header parsing",
        rule: "same result; missing username or mac is an authentication failure; unknown algorithm token refused",
        run: aut_20,
    },
    Row {
        id: "X-AUT-21",
        side: Side::Both,
        level: Level::Optional,
        title: "tampered body",
        rule: "401, nothing executed, session terminated or re-challenged once",
        run: aut_21,
    },
    Row {
        id: "X-AUT-27",
        side: Side::Client,
        level: Level::Optional,
        title: "preferred type",
        rule: "first message already has an MD5 Cred, no challenge round trip; empty AAuthPref means the type of the last session",
        run: aut_27,
    },
    Row {
        id: "X-AUT-34",
        side: Side::Both,
        level: Level::Mandatory,
        title: "Cred only in SyncHdr",
        rule: "not used for authentication; command answered 400 or processed under session identity, documented; never grants more rights",
        run: aut_34,
    },
];

/// Type, Format and Data of the Cred in a message.
fn cred(received: &Received) -> Option<(String, String, String)> {
    let cred = received.message.header.cred.as_ref()?;
    let meta = cred.meta.as_ref();
    let type_name = meta.and_then(|meta| meta.type_name.as_deref()).unwrap_or("syncml:auth-basic");
    let format = meta.and_then(|meta| meta.format.as_ref()).map_or("chr", |format| format.as_str());
    Some((type_name.to_string(), format.to_string(), cred.data.as_str().unwrap_or_default().to_string()))
}

/// The message has a Cred of `scheme` with Format b64.
fn has_cred(received: &Received, scheme: Scheme) -> Result<String, Stop> {
    let (type_name, format, data) = cred(received).ok_or_else(|| Stop::failed("a Cred in SyncHdr", "none"))?;
    same("Meta Type of the Cred", scheme.type_name(), type_name.as_str())?;
    same("Meta Format of the Cred", "b64", format.as_str())?;
    Ok(data)
}

fn has_no_cred(received: &Received) -> Result<(), Stop> {
    demand(received.message.header.cred.is_none(), "no Cred", "a Cred")
}

fn with_scheme(scheme: Scheme) -> Setup {
    Setup { client: Some(scheme), minimum: scheme, ..Setup::default() }
}

/// A client with md5 credentials.
fn with_md5(b: &mut Bench, setup: &Setup) -> Result<(), Stop> {
    b.prepare(setup)?;
    match b.client_scheme() {
        Some(Scheme::Md5) => Ok(()),
        _ => Err(Stop::skipped("it takes an account with syncml:auth-md5")),
    }
}

fn aut_01(b: &mut Bench) -> Result<(), Stop> {
    b.prepare(&with_scheme(Scheme::Basic))?;
    let mut s = b.manage()?;
    let data = has_cred(&s.last, Scheme::Basic)?;
    let expected = omadm_proto::auth::basic::encode(&s.account.client.name, &s.account.client.secret);
    same("Data of the Cred, base64 of name:password,", expected, data)?;
    s.one(get("./T/s"))?.value(0, "abc")?;
    has_no_cred(&s.last)?;
    s.close()
}

fn aut_02(b: &mut Bench) -> Result<(), Stop> {
    b.prepare(&Setup { minimum: Scheme::Basic, nonces: Nonces::Unknown, ..Setup::default() })?;
    let mut s = b.open()?;
    has_no_cred(&s.last)?;
    let session = s.id().to_string();
    s.challenge_client(Scheme::Basic)?;
    has_cred(&s.last, Scheme::Basic)?;
    same("MsgID of the second attempt", 2, s.last.message.header.msg_id.get())?;
    same("SessionID of the second attempt", session.as_str(), &*s.last.message.header.session_id)?;
    same("the Alerts of the second attempt", vec![1201], s.alerts())?;
    let replaces = s.last.message.commands().filter(|command| command.name() == "Replace").count();
    same("the number of Replaces in the second attempt", 1, replaces)?;
    demand(s.proof() == Some(Scheme::Basic), "the right name and password", "others")?;
    s.accept_client();
    s.one(get("./T/s"))?.value(0, "abc")?;
    s.close()
}

fn aut_03(b: &mut Bench) -> Result<(), Stop> {
    with_md5(b, &Setup::default())?;
    let mut s = b.open()?;
    for attempt in 1..=3 {
        let nonce = s.bench.fresh_nonce();
        let draft = s.draft().refusing(401, credential::chal(Scheme::Md5, Some(&nonce)));
        if s.exchange(draft)?.is_none() {
            return demand(attempt >= 2, "a second attempt after the first 401", "the end of the session");
        }
        has_cred(&s.last, Scheme::Md5)?;
    }
    Err(Stop::failed("a client that gives up after the second 401", "a fourth attempt").at(s.place()))
}

fn aut_06(b: &mut Bench) -> Result<(), Stop> {
    with_md5(b, &Setup::nonces(Nonces::Unknown))?;
    let mut s = b.open()?;
    has_no_cred(&s.last)?;
    s.challenge_client(Scheme::Md5)?;
    has_cred(&s.last, Scheme::Md5)?;
    let name = s.account.client.name.clone();
    same("Source LocName", Some(name.as_str()), s.last.message.header.source.loc_name())?;
    demand(s.proof() == Some(Scheme::Md5), "a digest over the nonce of the challenge", "another digest")?;
    s.accept_client();
    s.one(get("./T/s"))?.value(0, "abc")?;
    has_no_cred(&s.last)?;
    s.close()
}

fn aut_07(b: &mut Bench) -> Result<(), Stop> {
    with_md5(b, &Setup::default())?;
    let mut s = b.manage()?;
    s.one(get("./T/s"))?.value(0, "abc")?;
    s.close()?;
    let mut next = b.open()?;
    has_cred(&next.last, Scheme::Md5)?;
    let proven = next.proof();
    same("the scheme proven with the NextNonce of the last session", Some(Scheme::Md5), proven)?;
    next.accept_client();
    next.close()
}

fn aut_09(b: &mut Bench) -> Result<(), Stop> {
    with_md5(b, &Setup::nonces(Nonces::Stale))?;
    let mut s = b.open()?;
    if s.last.message.header.cred.is_none() {
        return Err(Stop::skipped("the client has no nonce that could be stale"));
    }
    has_cred(&s.last, Scheme::Md5)?;
    s.authenticate_client()?;
    same("the MsgID after one challenge", 2, s.last.message.header.msg_id.get())?;
    s.one(get("./T/s"))?.value(0, "abc")?;
    s.close()
}

fn aut_10(b: &mut Bench) -> Result<(), Stop> {
    b.prepare(&Setup { server_a: Some("com.mgmtsrv.manage"), ..Setup::default() })?;
    let mut s = b.manage()?;
    let cred = s.server_cred();
    demand(
        cred.contains("wi1p1yrSMkEVniixzAr10A=="),
        "the digest of the catalogue's vector, computed by dmconf itself",
        "another digest",
    )?;
    let draft = s.draft().cred(cred).commands([get("./T/s")]);
    let (_, status) = s.exchange_or(draft, "an answer to a server with credentials")?;
    same("the Status for the SyncHdr", 212, status.code.as_u16())?;
    let chal = status.chal().and_then(credential::challenge);
    demand(
        matches!(chal, Some((Scheme::Md5, Some(_)))),
        "a Chal with NextNonce for the server's next session",
        "none",
    )?;
    s.close()
}

/// Skips the row unless the client asks the server for credentials.
fn with_server_proof(b: &mut Bench) -> Result<(), Stop> {
    b.prepare(&Setup::default())?;
    if b.server_proves() && b.client_scheme() != Some(Scheme::Mac) {
        return Ok(());
    }
    Err(Stop::skipped("it takes an account that asks the server for a Cred"))
}

/// The message was refused with `code` as a whole: SyncHdr with a Chal, and each of the commands.
fn refused(s: &mut Session<'_>, cred: String, code: u16) -> Result<(), Stop> {
    let draft = s.draft().cred(cred).commands([replace("./T/s", "by nobody"), get("./T/s")]);
    let answer = s.send_draft(draft)?;
    same("the Status for the SyncHdr", Some(code), answer.header_code())?;
    demand(answer.header_chal().is_some(), "a Chal in the Status for the SyncHdr", "none")?;
    answer.complete()?;
    answer.codes(&[code, code])?;
    answer.no_results(1)
}

fn aut_11(b: &mut Bench) -> Result<(), Stop> {
    with_server_proof(b)?;
    let mut s = b.manage()?;
    refused(&mut s, String::new(), 407)?;
    s.one(get("./T/s"))?.value(0, "abc")?;
    s.one(replace("./T/s", "proven"))?.codes(&[200])?;
    s.holds("./T/s", "proven")?;
    s.close()
}

fn aut_12(b: &mut Bench) -> Result<(), Stop> {
    with_server_proof(b)?;
    let mut s = b.manage()?;
    let nonce = s.bench.memory(Server::A).server_nonce.clone().unwrap_or(Nonce::EMPTY);
    let wrong = Credentials::new(s.account.server.name.as_str(), "not the password");
    refused(&mut s, credential::cred(Scheme::Md5, &wrong, &nonce), 401)?;
    s.holds("./T/s", "abc")?;
    s.close()
}

fn aut_14(b: &mut Bench) -> Result<(), Stop> {
    with_md5(b, &Setup::nonces(Nonces::Unknown))?;
    let mut s = b.manage()?;
    let draft = s.draft().cred("").commands([add("./T/once", "1")]);
    let answer = s.send_draft(draft)?;
    same("the Status for the SyncHdr", Some(407), answer.header_code())?;
    answer.codes(&[407])?;
    // A second Add of the same node would be answered 418.
    s.one(add("./T/once", "1"))?.codes(&[200])?;
    s.holds("./T/once", "1")?;
    s.close()
}

/// Every message has a MAC that proves the client, and no Cred; the server's is answered 200 with a Chal.
fn mac_session(b: &mut Bench) -> Result<Session<'_>, Stop> {
    b.prepare(&with_scheme(Scheme::Mac))?;
    let mut s = b.manage()?;
    for _ in 0..2 {
        demand(s.last.mac.is_some(), "an x-syncml-hmac header", "none")?;
        has_no_cred(&s.last)?;
        same("the scheme that the header proves", Some(Scheme::Mac), s.proof())?;
        let answer = s.one(get("./T/s"))?;
        answer.value(0, "abc")?;
        same("the Status for the SyncHdr", Some(200), answer.header_code())?;
        demand(answer.header_chal().is_some(), "a Chal with NextNonce in each Status for the SyncHdr", "none")?;
    }
    Ok(s)
}

fn aut_18(b: &mut Bench) -> Result<(), Stop> {
    let mut s = mac_session(b)?;
    same("the scheme that the header proves", Some(Scheme::Mac), s.proof())?;
    s.close()
}

/// A Get under `header`, which is made of the right MAC; the code for the SyncHdr, `None` when the session ended.
fn under(s: &mut Session<'_>, header: impl Fn(&str, &str) -> String) -> Result<Option<u16>, Stop> {
    let nonce = s.bench.memory(s.server).server_nonce.clone().unwrap_or(Nonce::EMPTY);
    let draft = s.draft().commands([get("./T/s")]);
    let (body, sent) = s.encoded(&draft)?;
    let value = MacHeader::new(&s.account.server, &nonce, &body).to_string();
    let mac = value.rsplit("mac=").next().unwrap_or_default().trim_matches('"').to_string();
    let value = header(&s.account.server.name, &mac);
    s.bench.answer(Reply { syntax: s.bench.syntax(), body, mac: Some(value) })?;
    Ok(s.taken(&draft, sent)?.map(|status| status.code.as_u16()))
}

fn aut_20(b: &mut Bench) -> Result<(), Stop> {
    let mut s = mac_session(b)?;
    let good: [fn(&str, &str) -> String; 3] = [
        |name, mac| format!("mac={mac}, username=\"{name}\", algorithm=MD5"),
        |name, mac| format!("username=\"{name}\",\t mac={mac}"),
        |name, mac| format!("ALGORITHM=MD5 ,  UserName=\"{name}\" , mac=\"{mac}\""),
    ];
    for header in good {
        same("the Status for the SyncHdr", Some(200), under(&mut s, header)?)?;
    }
    let refused = under(&mut s, |name, mac| format!("algorithm=SHA1, username=\"{name}\", mac={mac}"))?;
    demand(
        matches!(refused, None | Some(401 | 407)),
        "401, 407 or the end for an unknown algorithm",
        format!("{refused:?}"),
    )
}

fn aut_21(b: &mut Bench) -> Result<(), Stop> {
    let mut s = mac_session(b)?;
    let nonce = s.bench.memory(s.server).server_nonce.clone().unwrap_or(Nonce::EMPTY);
    let draft = s.draft().commands([replace("./T/s", "abd")]);
    let (body, _) = s.encoded(&draft)?;
    let mac = MacHeader::new(&s.account.server, &nonce, &body).to_string();
    let draft = draft.patched("abd", "abx");
    let (tampered, sent) = s.encoded(&draft)?;
    s.bench.answer(Reply { syntax: s.bench.syntax(), body: tampered, mac: Some(mac) })?;
    let code = s.taken(&draft, sent)?.map(|status| status.code.as_u16());
    demand(matches!(code, None | Some(401)), "401, or the end of the session", format!("{code:?}"))?;
    if code.is_some() {
        // It may be content with that, or give the server a second chance.
        let draft = s.draft().commands([get("./T/s")]);
        if s.exchange(draft)?.is_some() {
            return s.holds("./T/s", "abc");
        }
    }
    let mut s = b.manage()?;
    s.holds("./T/s", "abc")?;
    s.close()
}

fn aut_27(b: &mut Bench) -> Result<(), Stop> {
    with_md5(b, &Setup::default())?;
    if b.account(Server::A)?.client_nonce.is_none() {
        return Err(Stop::skipped("the client's account was made without a nonce"));
    }
    let mut s = b.open()?;
    same("MsgID", 1, s.last.message.header.msg_id.get())?;
    has_cred(&s.last, Scheme::Md5)?;
    same("the scheme that the first message proves", Some(Scheme::Md5), s.proof())?;
    s.accept_client();
    s.close()
}

fn aut_34(b: &mut Bench) -> Result<(), Stop> {
    let nonce = b.fresh_nonce();
    let other = b.account(Server::B).map(|account| account.server).unwrap_or_else(|_| Credentials::new("srvB", "spw"));
    let cred = credential::cred(Scheme::Md5, &other, &nonce);
    let mut s = b.manage()?;
    let command = raw(
        &format!("<Get><CmdID>#</CmdID>{cred}<Item><Target><LocURI>./T/secret</LocURI></Target></Item></Get>"),
        &["Get"],
    );
    let answer = s.one(command)?;
    answer.is(0, &[400, 401, 425])?;
    answer.no_results(0)?;
    s.close()
}
