//! UIA: user-interaction alerts.

use crate::device::answer::{demand, same};
use crate::device::bench::Bench;
use crate::device::command::alert;
use crate::device::session::Session;
use crate::device::{Deed, Feature, Setup, Shown, UserAnswer};
use crate::row::{Level, Row, Side, Stop};

pub(super) const ROWS: &[Row<Bench>] = &[
    Row {
        id: "X-UIA-01",
        side: Side::Client,
        level: Level::Optional,
        title: "display 1100",
        rule: "text shown at least 10 s; Status 200",
        run: uia_01,
    },
    Row {
        id: "X-UIA-02",
        side: Side::Client,
        level: Level::Mandatory,
        title: "no user interface",
        rule: "406",
        run: uia_02,
    },
    Row {
        id: "X-UIA-03",
        side: Side::Client,
        level: Level::Optional,
        title: "confirm 1101",
        rule: "200; 304; 214",
        run: uia_03,
    },
    Row {
        id: "X-UIA-04",
        side: Side::Client,
        level: Level::Optional,
        title: "time-out",
        rule: "408, or the default response with 200/408 as documented (a real client answers 408 with the default in Item)",
        run: uia_04,
    },
    Row {
        id: "X-UIA-05",
        side: Side::Client,
        level: Level::Optional,
        title: "text input 1102",
        rule: "200, one Item with Data CNN; initial text \"John Doe\" (decoded); never longer than 30",
        run: uia_05,
    },
    Row {
        id: "X-UIA-07",
        side: Side::Client,
        level: Level::Optional,
        title: "single choice 1103",
        rule: "200, Item Data 2 (number, counted from 1 in the order sent)",
        run: uia_07,
    },
    Row {
        id: "X-UIA-08",
        side: Side::Client,
        level: Level::Optional,
        title: "multiple choice 1104",
        rule: "200, two Items with 3 and 2 in any order",
        run: uia_08,
    },
    Row {
        id: "X-UIA-10",
        side: Side::Client,
        level: Level::Optional,
        title: "too few Items",
        rule: "412",
        run: uia_10,
    },
];

/// A session of a client whose user will do `deeds`, one after the other.
fn with_user<'b>(b: &'b mut Bench, deeds: &[UserAnswer]) -> Result<Session<'b>, Stop> {
    b.needs(Feature::UserInterface)?;
    for deed in deeds {
        b.act(Deed::User(deed.clone()))?;
    }
    b.manage()
}

/// What the user saw last.
fn shown(s: &mut Session<'_>) -> Result<Shown, Stop> {
    s.bench.observe()?.shown.pop().ok_or_else(|| Stop::failed("something shown to the user", "nothing"))
}

fn uia_01(b: &mut Bench) -> Result<(), Stop> {
    let mut s = with_user(b, &[UserAnswer::Shown])?;
    s.expect(alert(1100, &["MINDT=10", "Management in progress"]), &[200])?;
    let shown = shown(&mut s)?;
    same("the text", "Management in progress", shown.text.as_str())?;
    same("the seconds that it is seen at least", Some(10), shown.min_seconds)?;
    s.close()
}

fn uia_02(b: &mut Bench) -> Result<(), Stop> {
    b.prepare(&Setup::without(Feature::UserInterface))?;
    let mut s = b.manage()?;
    for code in [1100, 1101, 1102] {
        s.expect(alert(code, &["MINDT=10", "text"]), &[406])?;
    }
    for code in [1103, 1104] {
        s.expect(alert(code, &["MINDT=10", "text", "one", "two"]), &[406])?;
    }
    s.close()
}

fn uia_03(b: &mut Bench) -> Result<(), Stop> {
    let mut s = with_user(b, &[UserAnswer::Yes, UserAnswer::No, UserAnswer::Cancel])?;
    for code in [200, 304, 214] {
        s.expect(alert(1101, &["DR=0", "Really?"]), &[code])?;
    }
    s.close()
}

fn uia_04(b: &mut Bench) -> Result<(), Stop> {
    let mut s = with_user(b, &[UserAnswer::Nothing, UserAnswer::Nothing])?;
    s.expect(alert(1101, &["MAXDT=15", "Really?"]), &[408])?;
    s.expect(alert(1101, &["MAXDT=15&DR=1", "Really?"]), &[200, 408])?;
    s.close()
}

fn uia_05(b: &mut Bench) -> Result<(), Stop> {
    let mut s = with_user(b, &[UserAnswer::Text("CNN".to_string())])?;
    let answer = s.expect(alert(1102, &["DR=John+Doe&MAXLEN=30&IT=A&ET=T", "Favourite channel"]), &[200])?;
    same("the Items in the Status", vec!["CNN".to_string()], answer.returned(0))?;
    let shown = shown(&mut s)?;
    same("the initial text", Some(UserAnswer::Text("John Doe".to_string())), shown.default)?;
    s.close()
}

fn uia_07(b: &mut Bench) -> Result<(), Stop> {
    let mut s = with_user(b, &[UserAnswer::Choice(2)])?;
    let answer = s.expect(alert(1103, &["DR=2", "Pick", "red", "green", "blue"]), &[200])?;
    same("the Items in the Status", vec!["2".to_string()], answer.returned(0))?;
    let shown = shown(&mut s)?;
    same(
        "the choices in their order",
        vec!["red", "green", "blue"],
        shown.choices.iter().map(String::as_str).collect(),
    )?;
    s.close()
}

fn uia_08(b: &mut Bench) -> Result<(), Stop> {
    let mut s = with_user(b, &[UserAnswer::Choices(vec![3, 2])])?;
    let answer = s.expect(alert(1104, &["DR=2-3", "Pick", "red", "green", "blue"]), &[200])?;
    let mut returned = answer.returned(0);
    returned.sort();
    demand(returned == ["2", "3"], "two Items, 2 and 3, in the Status", returned.join(" "))?;
    s.close()
}

fn uia_10(b: &mut Bench) -> Result<(), Stop> {
    let mut s = with_user(b, &[])?;
    s.expect(alert(1101, &["MINDT=1"]), &[412])?;
    s.expect(alert(1103, &["MINDT=1", "Pick"]), &[412])?;
    s.close()
}
