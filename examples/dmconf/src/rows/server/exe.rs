//! EXE: late results.

use omadm_proto::alert::AlertCode;
use omadm_proto::message::{Alert, Command, Data, Format, Item, Meta, Verb};
use serde_json::json;

use super::may;
use crate::row::{Row, Stop};
use crate::server::outcome::State;
use crate::server::{Stand, expect};

pub(super) const ROWS: [Row<Stand>; 1] = [may(
    "X-EXE-10",
    "server matches late result",
    "Correlator ties the Alert of session 2 to the Exec of session 1; an unknown Correlator gets 200 all the same",
    exe_10,
)];

/// Alert 1226 with the result of an update.
pub(super) fn result_alert(correlator: Option<&str>, source: &'static str, code: &'static str) -> Command<'static> {
    let meta = Meta::with_format(Format::Chr).and_type("org.openmobilealliance.dm.firmwareupdate.update");
    let item = Item::source(source).with_meta(meta).with_data(Data::text(code));
    let mut alert = Alert::new(0, AlertCode::GENERIC_ALERT, vec![item]);
    alert.correlator = correlator.map(|text| text.to_owned().into());
    Command::Alert(alert)
}

fn exe_10(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client()?;
    client.codes.insert("Exec".into(), 202);
    let job = stand.queue(&client, &json!([{"cmd": "exec", "uri": "./FUMO/Update", "correlator": "job-4711"}]))?;
    let seen = client.open(stand)?;
    let correlator = seen.trees(Verb::Exec).first().and_then(|exec| exec.correlator.as_deref().map(str::to_owned));
    let correlator = correlator.ok_or_else(|| Stop::failed("a Correlator in Exec", "none").at(seen.place()))?;
    client.finish(stand, seen)?;
    let outcome = stand.outcome(&job)?;
    expect(!outcome.state.is_over(), "a job that waits for its alert", outcome.words(), "outcome after 202")?;

    client.begin(stand);
    let mut first = client.package1();
    first.commands.push(result_alert(Some("nobody's"), "./FUMO/Update", "200"));
    let seen = client.open_with(stand, first)?;
    let codes = seen.codes_of("Alert");
    expect(
        codes.get(1) == Some(&200),
        "200 for an Alert with an unknown Correlator",
        format!("{codes:?}"),
        &seen.place(),
    )?;
    let outcome = stand.outcome(&job)?;
    expect(!outcome.state.is_over(), "a job that still waits", outcome.words(), "outcome after another's alert")?;

    client.begin(stand);
    let mut first = client.package1();
    first.commands.push(result_alert(Some(&correlator), "./FUMO/Update", "200"));
    let seen = client.open_with(stand, first)?;
    let codes = seen.codes_of("Alert");
    let good = codes.get(1).is_some_and(|code| matches!(code, 200 | 202));
    expect(good, "200 or 202 for the Alert", format!("{codes:?}"), &seen.place())?;
    let outcome = stand.outcome(&job)?;
    expect(outcome.state == State::Ok, "a job that is done", outcome.words(), "outcome after its alert")
}
