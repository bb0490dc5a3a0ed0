//! UIA: alerts to the user.

use omadm_proto::alert::AlertCode;
use omadm_proto::message::{Alert, Command, Data, Item};

use super::must;
use crate::row::{Row, Stop};
use crate::server::{Stand, expect};

pub(super) const ROWS: [Row<Stand>; 1] =
    [must("X-UIA-13", "UI alert from a client", "ignored by the server; Status 200 or 406 all the same", uia_13)];

fn uia_13(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client()?;
    client.begin(stand);
    let mut first = client.package1();
    let items = vec![Item::default(), Item::default().with_data(Data::text("Hello, server"))];
    first.commands.push(Command::Alert(Alert::new(0, AlertCode::DISPLAY, items)));
    let seen = client.open_with(stand, first)?;
    let codes = seen.codes_of("Alert");
    let good = codes.get(1).is_some_and(|code| matches!(code, 200 | 406));
    expect(good, "Status 200 or 406 for Alert 1100", format!("{codes:?}"), &seen.place())?;
    seen.expect_closing()
}
