//! SES: session set-up and package flow.

use omadm_proto::message::{Command, Item};
use omadm_proto::notification::UiMode;

use crate::device::answer::{demand, same};
use crate::device::bench::Bench;
use crate::device::command::{alert, get};
use crate::device::session::alerts;
use crate::device::{Deed, DeviceAlert, Received, Server, Setup, Special};
use crate::row::{Level, Row, Side, Stop};

pub(super) const ROWS: &[Row<Bench>] = &[
    Row {
        id: "X-SES-01",
        side: Side::Client,
        level: Level::Mandatory,
        title: "client-initiated package 1",
        rule: "VerDTD 1.2; VerProto DM/1.2; SessionID present, at most 4 characters; MsgID 1; Target = server address, Source = DevId; body = Alert Data 1201, then one Replace with an Item per DevInfo leaf (DevId, Man, Mod, DmV, Lang) each with Source/LocURI ./DevInfo/...; Final present; CmdIDs unique and not 0",
        run: ses_01,
    },
    Row {
        id: "X-SES-02",
        side: Side::Client,
        level: Level::Mandatory,
        title: "server-initiated package 1",
        rule: "Alert Data 1200; SessionID text \"1234\" (upper-case hex, no leading zeros)",
        run: ses_02,
    },
    Row {
        id: "X-SES-04",
        side: Side::Both,
        level: Level::Mandatory,
        title: "one management round",
        rule: "value reaches the server; session ends without a further client message",
        run: ses_04,
    },
    Row {
        id: "X-SES-05",
        side: Side::Client,
        level: Level::Mandatory,
        title: "no empty answer",
        rule: "client sends nothing (a message with nothing but a successful SyncHdr Status must not be sent)",
        run: ses_05,
    },
    Row {
        id: "X-SES-07",
        side: Side::Both,
        level: Level::Mandatory,
        title: "identifiers through a long session",
        rule: "SessionID constant in both directions; each side's MsgID runs 1,2,3... independently; every Status MsgRef equals the MsgID it answers, CmdRef the CmdID",
        run: ses_07,
    },
    Row {
        id: "X-SES-08",
        side: Side::Client,
        level: Level::Mandatory,
        title: "RespURI is followed",
        rule: "posted to exactly that URI; Target LocURI = that URI (accept the original server address only if documented)",
        run: ses_08,
    },
    Row {
        id: "X-SES-12",
        side: Side::Client,
        level: Level::Mandatory,
        title: "client alerts ride in package 1",
        rule: "order: session Alert (1200/1201), device-info Replace and the 1226 Alert all in package 1; server returns one Status per Alert",
        run: ses_12,
    },
    Row {
        id: "X-SES-16",
        side: Side::Client,
        level: Level::Mandatory,
        title: "optional DevInfo branches",
        rule: "mandatory five leaves always present; Ext / Bearer leaves may be present, interior nodes are never sent as Items with Data",
        run: ses_16,
    },
    Row {
        id: "X-SES-22",
        side: Side::Both,
        level: Level::Mandatory,
        title: "1.3 client with 1.2 server",
        rule: "server answers 513 (with DM/1.2 in Item); client may restart with DM/1.2; the two versions are never mixed inside one session",
        run: ses_22,
    },
];

/// The leaves that every package 1 names.
const DEV_INFO: [&str; 5] = ["./DevInfo/DevId", "./DevInfo/Man", "./DevInfo/Mod", "./DevInfo/DmV", "./DevInfo/Lang"];

/// The Items of the Replace in package 1, by their Source.
fn dev_info(package_1: &Received) -> Result<Vec<&Item<'static>>, Stop> {
    let mut replaces = package_1.message.commands().filter_map(|command| match command {
        Command::Tree(tree) if tree.verb.as_str() == "Replace" => Some(&tree.items),
        _ => None,
    });
    let items = replaces.next().ok_or_else(|| Stop::failed("a Replace with DevInfo in package 1", "none"))?;
    demand(replaces.next().is_none(), "one Replace in package 1", "two")?;
    Ok(items.iter().collect())
}

fn names(package_1: &Received) -> Vec<String> {
    package_1
        .message
        .commands()
        .filter(|command| !matches!(command, Command::Status(_)))
        .map(|command| match command {
            Command::Alert(alert) => format!("Alert {}", alert.code.map_or(0, |code| code.as_u16())),
            other => other.name().to_string(),
        })
        .collect()
}

/// What holds for each package 1: DevInfo complete, each leaf as Source with Data.
fn package_1(received: &Received) -> Result<(), Stop> {
    let items = dev_info(received)?;
    for leaf in DEV_INFO {
        let found = items.iter().find(|item| item.source_uri() == Some(leaf));
        let has_data = found.is_some_and(|item| item.data.as_ref().is_some_and(|data| !data.is_empty()));
        demand(has_data, &format!("an Item with Source {leaf} and Data"), "none")?;
    }
    demand(items.iter().all(|item| item.target.is_none()), "DevInfo Items with Source, without Target", "a Target")?;
    demand(received.message.is_final, "Final in package 1", "none")
}

fn ses_01(b: &mut Bench) -> Result<(), Stop> {
    // With credentials it is the same message, if the client cannot go without.
    if b.prepare(&Setup::open()).is_err() {
        b.prepare(&Setup::default())?;
    }
    let received = b.start()?;
    let header = &received.message.header;
    same("VerDTD", "1.2", &*header.ver_dtd)?;
    same("VerProto", "DM/1.2", &*header.ver_proto)?;
    let length = header.session_id.chars().count();
    demand((1..=4).contains(&length), "a SessionID of 1 to 4 characters", format!("{length} characters"))?;
    same("MsgID", 1, header.msg_id.get())?;
    same("Target LocURI", b.account(Server::A)?.url.as_str(), &*header.target.loc_uri)?;
    let names = names(&received);
    demand(
        names.starts_with(&["Alert 1201".to_string(), "Replace".to_string()]),
        "Alert 1201, then Replace",
        names.join(", "),
    )?;
    package_1(&received)?;
    let items = dev_info(&received)?;
    let dev_id = items.iter().find(|item| item.source_uri() == Some("./DevInfo/DevId"));
    let dev_id = dev_id.and_then(|item| item.data.as_ref()).and_then(|data| data.as_str()).unwrap_or_default();
    same("Source LocURI, which is the DevId", dev_id, &*received.message.header.source.loc_uri)?;
    let mut s = b.session(Server::A, received)?;
    s.authenticate_client()?;
    s.close()
}

fn ses_02(b: &mut Bench) -> Result<(), Stop> {
    let package_0 = b.package_0(0x1234, UiMode::NotSpecified)?;
    b.notify(package_0)?;
    let received = b.message("package 1 after a notification")?;
    same("SessionID", "1234", &*received.message.header.session_id)?;
    same("the Alerts of package 1", vec![1200], alerts(&received))?;
    package_1(&received)?;
    let mut session = b.session(Server::A, received)?;
    session.authenticate_client()?;
    session.close()
}

fn ses_04(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    let answer = s.one(get("./DevDetail/FwV"))?;
    answer.is(0, &[200])?;
    demand(!answer.text(0)?.is_empty(), "the firmware version in Results", "empty Data")?;
    s.close()
}

fn ses_05(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    s.one(get("./T/s"))?.value(0, "abc")?;
    // Nothing but Statuses and Final: the client has nothing but a good SyncHdr Status to say, and does not say it.
    s.close()
}

fn ses_07(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    for _ in 0..6 {
        s.one(get("./T/s"))?.value(0, "abc")?;
    }
    s.close()
}

fn ses_08(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    let uri = format!("{}?sid=7", s.account.url);
    let draft = s.draft().resp_uri(uri.as_str()).commands([get("./T/s")]);
    s.send_draft(draft)?.value(0, "abc")?;
    same("the address that the next message was sent to", uri.as_str(), s.last.destination.as_str())?;
    same("Target LocURI", uri.as_str(), &*s.last.message.header.target.loc_uri)?;
    s.source = uri;
    s.close()
}

fn ses_12(b: &mut Bench) -> Result<(), Stop> {
    b.act(Deed::Alert(DeviceAlert {
        type_name: "org.openmobilealliance.dm.firmwareupdate.update",
        source: "./T/s",
        data: "200".to_string(),
        is_number: true,
        correlator: Some("c-9"),
    }))?;
    let received = b.start()?;
    let names = names(&received);
    demand(
        names.len() == 3
            && matches!(names[0].as_str(), "Alert 1200" | "Alert 1201")
            && names[1..] == ["Replace", "Alert 1226"],
        "Alert 1200 or 1201, Replace, Alert 1226",
        names.join(", "),
    )?;
    package_1(&received)?;
    let mut s = b.session(Server::A, received)?;
    s.authenticate_client()?;
    s.close()
}

fn ses_16(b: &mut Bench) -> Result<(), Stop> {
    b.prepare(&Setup::special(Special::DevInfoBranches))?;
    let received = b.start()?;
    package_1(&received)?;
    for item in dev_info(&received)? {
        let uri = item.source_uri().unwrap_or_default();
        let is_interior = matches!(uri, "./DevInfo" | "./DevInfo/Ext" | "./DevInfo/Bearer");
        demand(!(is_interior && item.data.is_some()), "no Item with Data for an interior node", uri)?;
    }
    let mut s = b.session(Server::A, received)?;
    s.authenticate_client()?;
    s.close()
}

fn ses_22(b: &mut Bench) -> Result<(), Stop> {
    let received = b.start()?;
    if received.message.header.ver_proto != "DM/1.3" {
        return Err(Stop::skipped("the client speaks DM/1.2 from the beginning"));
    }
    let mut s = b.session(Server::A, received)?;
    let draft = s.draft().refusing(513, "");
    match s.exchange(draft)? {
        None => Ok(()),
        Some(_) => same("VerProto within one session", "DM/1.3", &*s.last.message.header.ver_proto),
    }?;
    s.send_loosely([alert(1223, &[])]).map(drop)
}
