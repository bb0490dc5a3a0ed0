//! GAL: generic alerts, client events and other alert codes.

use omadm_proto::alert::AlertCode;
use omadm_proto::message::{Alert, Command, Data, Format, Item, Meta};
use serde_json::json;

use super::{both, may, must};
use crate::row::{Row, Stop};
use crate::server::seen::{Seen, list};
use crate::server::{Stand, expect};

pub(super) const ROWS: [Row<Stand>; 7] = [
    must("X-GAL-02", "server answers a known type", "200 or 202 for the Alert", gal_02),
    must("X-GAL-03", "unknown type or format", "415; session continues", gal_03),
    must(
        "X-GAL-04",
        "missing parts",
        "no Item, or an Item without Type, Format or Data: 412 (or 500); never 200",
        gal_04,
    ),
    must(
        "X-GAL-06",
        "importance",
        "the seven words of Mark are taken; absent is informational; another word: 400, 412 or informational",
        gal_06,
    ),
    both(may("X-GAL-07", "several alerts", "three Items in one Alert; three Alerts: each event stored once", gal_07)),
    must("X-GAL-11", "client event 1224", "200 with an Item; 412 without", gal_11),
    both(must("X-GAL-12", "unknown alert code", "Alert 1299, 1199, 200: 406", gal_12)),
];

const KNOWN_TYPE: &str = "org.openmobilealliance.dm.firmwareupdate.devicerequest";

/// A good Item of a generic alert.
fn item(mark: Option<&'static str>) -> Item<'static> {
    let mut meta = Meta::with_format(Format::Chr).and_type(KNOWN_TYPE);
    if let Some(mark) = mark {
        meta = meta.and_mark(mark);
    }
    Item::source("./FUMO").with_meta(meta).with_data(Data::text("1"))
}

fn generic(items: Vec<Item<'static>>) -> Command<'static> {
    Command::Alert(Alert::new(0, AlertCode::GENERIC_ALERT, items))
}

/// The codes that `alerts` behind package 1 got, each by its first Status, and the server's message.
fn answered(stand: &mut Stand, alerts: Vec<Command<'static>>) -> Result<(Vec<u16>, Seen), Stop> {
    let mut client = stand.client()?;
    answered_to(stand, &mut client, alerts)
}

fn answered_to(
    stand: &mut Stand,
    client: &mut crate::server::client::Client,
    alerts: Vec<Command<'static>>,
) -> Result<(Vec<u16>, Seen), Stop> {
    client.begin(stand);
    let mut first = client.package1();
    let count = alerts.len();
    first.commands.extend(alerts);
    let seen = client.open_with(stand, first)?;
    let codes: Vec<u16> = seen.codes_of("Alert").into_iter().skip(1).collect();
    expect(codes.len() >= count, &format!("a Status for each of {count} Alerts"), list(&codes), &seen.place())?;
    Ok((codes, seen))
}

/// Demands that each code is one of `allowed`.
fn expect_codes(codes: &[u16], allowed: &[u16], seen: &Seen) -> Result<(), Stop> {
    let holds = codes.iter().all(|code| allowed.contains(code));
    let expected = format!("Status {} for the Alert", list(allowed));
    expect(holds, &expected, list(codes), &format!("{}, Status of Alert", seen.place()))
}

fn gal_02(stand: &mut Stand) -> Result<(), Stop> {
    let (codes, seen) = answered(stand, vec![generic(vec![item(None)])])?;
    expect_codes(&codes, &[200, 202], &seen)
}

fn gal_03(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client()?;
    let job = stand.queue(&client, &json!([{"cmd": "get", "uri": "./T/s"}]))?;
    let meta = Meta::with_format(Format::Chr).and_type("com.example.none");
    let unknown = Item::source("./X").with_meta(meta).with_data(Data::text("1"));
    let (codes, seen) = answered_to(stand, &mut client, vec![generic(vec![unknown])])?;
    expect_codes(&codes, &[415], &seen)?;
    client.finish(stand, seen)?;
    let outcome = stand.outcome(&job)?;
    expect(outcome.status(0) == Some(200), "a session that continues", outcome.words(), "outcome")
}

fn gal_04(stand: &mut Stand) -> Result<(), Stop> {
    let full = Meta::with_format(Format::Chr).and_type(KNOWN_TYPE);
    let without_type = Item::source("./FUMO").with_meta(Meta::with_format(Format::Chr)).with_data(Data::text("1"));
    let without_format =
        Item::source("./FUMO").with_meta(Meta::default().and_type(KNOWN_TYPE)).with_data(Data::text("1"));
    let without_data = Item::source("./FUMO").with_meta(full);
    for items in [vec![], vec![without_type], vec![without_format], vec![without_data]] {
        let (codes, seen) = answered(stand, vec![generic(items)])?;
        expect_codes(&codes, &[412, 500], &seen)?;
    }
    Ok(())
}

fn gal_06(stand: &mut Stand) -> Result<(), Stop> {
    for mark in ["fatal", "critical", "minor", "warning", "informational", "harmless", "indeterminate"] {
        let (codes, seen) = answered(stand, vec![generic(vec![item(Some(mark))])])?;
        expect_codes(&codes, &[200, 202], &seen)?;
    }
    let (codes, seen) = answered(stand, vec![generic(vec![item(None)])])?;
    expect_codes(&codes, &[200, 202], &seen)?;
    let (codes, seen) = answered(stand, vec![generic(vec![item(Some("dreadful"))])])?;
    expect_codes(&codes, &[200, 202, 400, 412], &seen)
}

fn gal_07(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client()?;
    let together = generic(vec![item(None), item(None), item(None)]);
    let (codes, seen) = answered_to(stand, &mut client, vec![together])?;
    expect_codes(&codes, &[200, 202], &seen)?;
    expect(matches!(codes.len(), 1 | 3), "one Status, or one for each Item", list(&codes), &seen.place())?;
    let apart = vec![generic(vec![item(None)]), generic(vec![item(None)]), generic(vec![item(None)])];
    let (codes, seen) = answered_to(stand, &mut client, apart)?;
    expect_codes(&codes, &[200, 202], &seen)?;
    let stored = stand.alerts(&client)?.len();
    expect(stored == 6, "six events, each stored once", format!("{stored}"), "alerts at the server")
}

fn gal_11(stand: &mut Stand) -> Result<(), Stop> {
    let meta = Meta::with_format(Format::Chr).and_type("com.example.dmconf.login");
    let event = Item::default().with_meta(meta).with_data(Data::text("user"));
    let (codes, seen) = answered(stand, vec![Command::Alert(Alert::new(0, AlertCode::CLIENT_EVENT, vec![event]))])?;
    expect_codes(&codes, &[200], &seen)?;
    let (codes, seen) = answered(stand, vec![Command::Alert(Alert::new(0, AlertCode::CLIENT_EVENT, Vec::new()))])?;
    expect_codes(&codes, &[412], &seen)
}

fn gal_12(stand: &mut Stand) -> Result<(), Stop> {
    for code in [1_299, 1_199, 200] {
        let alert = Alert::new(0, AlertCode::from_u16(code), vec![Item::default().with_data(Data::text("x"))]);
        let (codes, seen) = answered(stand, vec![Command::Alert(alert)])?;
        expect_codes(&codes, &[406], &seen)?;
    }
    Ok(())
}
