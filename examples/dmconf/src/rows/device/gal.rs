//! GAL: generic alert 1226 and other alert codes.

use omadm_proto::exchange::Syntax;
use omadm_proto::message::{Alert, Command};

use crate::device::answer::{demand, same};
use crate::device::bench::Bench;
use crate::device::command::{alert, get};
use crate::device::{Deed, DeviceAlert, Received, Server};
use crate::row::{Level, Row, Side, Stop};

pub(super) const ROWS: &[Row<Bench>] = &[
    Row {
        id: "X-GAL-01",
        side: Side::Client,
        level: Level::Optional,
        title: "shape of a generic alert",
        rule: "Data 1226; Item with Source/LocURI of the MO, Meta Type, Meta Format, optional Mark, Data; Correlator between alert Data and Item when present",
        run: gal_01,
    },
    Row {
        id: "X-GAL-07",
        side: Side::Both,
        level: Level::Optional,
        title: "several alerts",
        rule: "each event stored once; if Items fare differently one Status per Item",
        run: gal_07,
    },
    Row {
        id: "X-GAL-09",
        side: Side::Client,
        level: Level::Optional,
        title: "alert raised during a session",
        rule: "goes into package 3 (or next), not lost, not doubled",
        run: gal_09,
    },
    Row {
        id: "X-GAL-12",
        side: Side::Both,
        level: Level::Mandatory,
        title: "unknown alert code",
        rule: "406",
        run: gal_12,
    },
];

fn raise(b: &mut Bench, data: &str, correlator: Option<&'static str>) -> Result<(), Stop> {
    b.act(Deed::Alert(DeviceAlert {
        type_name: "org.openmobilealliance.dm.firmwareupdate.update",
        source: "./T/s",
        data: data.to_string(),
        is_number: true,
        correlator,
    }))
}

fn generic(received: &Received) -> Vec<&Alert<'static>> {
    received
        .message
        .commands()
        .filter_map(|command| match command {
            Command::Alert(alert) if alert.code.is_some_and(|code| code.as_u16() == 1226) => Some(alert),
            _ => None,
        })
        .collect()
}

/// The Data of all Items of generic alerts in a message.
fn data(received: &Received) -> Vec<String> {
    let items = generic(received).into_iter().flat_map(|alert| &alert.items);
    items.map(|item| item.data.as_ref().and_then(|data| data.as_str()).unwrap_or_default().to_string()).collect()
}

fn gal_01(b: &mut Bench) -> Result<(), Stop> {
    raise(b, "200", Some("c-1"))?;
    let received = b.start()?;
    let alerts = generic(&received);
    let [alert] = alerts.as_slice() else {
        return Err(Stop::failed("one Alert 1226 in package 1", format!("{}", alerts.len())));
    };
    same("Correlator", Some("c-1"), alert.correlator.as_deref())?;
    let [item] = alert.items.as_slice() else {
        return Err(Stop::failed("one Item", format!("{}", alert.items.len())));
    };
    let meta = item.meta.as_ref();
    let type_name = meta.and_then(|meta| meta.type_name.as_deref()).unwrap_or_default();
    let bare = type_name.strip_prefix("Reversed-Domain-Name:").unwrap_or(type_name).trim();
    same("Meta Type", "org.openmobilealliance.dm.firmwareupdate.update", bare)?;
    same("Meta Format", Some("int"), meta.and_then(|meta| meta.format.as_ref()).map(|format| format.as_str()))?;
    demand(item.source_uri().is_some_and(|uri| uri.starts_with("./")), "Source LocURI of the object", "none")?;
    same("Data", vec!["200".to_string()], data(&received))?;
    if received.syntax == Syntax::Xml {
        let text = String::from_utf8_lossy(&received.bytes);
        let at = |what: &str| text.find(what).unwrap_or_default();
        let good = at("<Data>1226</Data>") < at("<Correlator>")
            && at("<Correlator>") < at("<Mark").max(at("org.openmobilealliance"));
        demand(good, "Correlator between the Data and the Item of the Alert", "another order")?;
    }
    let mut s = b.session(Server::A, received)?;
    s.authenticate_client()?;
    s.close()
}

fn gal_07(b: &mut Bench) -> Result<(), Stop> {
    for value in ["201", "202", "203"] {
        raise(b, value, None)?;
    }
    let received = b.start()?;
    let mut seen = data(&received);
    seen.sort();
    same("the three events", vec!["201".to_string(), "202".to_string(), "203".to_string()], seen)?;
    let mut s = b.session(Server::A, received)?;
    s.authenticate_client()?;
    s.one(get("./T/s"))?.value(0, "abc")?;
    s.close()?;
    // They were taken: they do not come again.
    let received = b.start()?;
    same("events in the next session", Vec::<String>::new(), data(&received))?;
    let mut s = b.session(Server::A, received)?;
    s.authenticate_client()?;
    s.close()
}

fn gal_09(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    s.one(get("./T/s"))?.value(0, "abc")?;
    raise(s.bench, "204", None)?;
    let mut seen = Vec::new();
    for _ in 0..3 {
        s.one(get("./T/s"))?.value(0, "abc")?;
        seen.extend(data(&s.last));
    }
    s.close()?;
    if seen.is_empty() {
        let received = b.start()?;
        seen.extend(data(&received));
        let mut s = b.session(Server::A, received)?;
        s.authenticate_client()?;
        s.close()?;
    }
    same("the event, once", vec!["204".to_string()], seen)
}

fn gal_12(b: &mut Bench) -> Result<(), Stop> {
    let mut s = b.manage()?;
    for code in [1299, 1199, 200] {
        s.expect(alert(code, &["x", "y"]), &[406])?;
    }
    s.close()
}
