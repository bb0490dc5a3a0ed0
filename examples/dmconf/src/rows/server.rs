//! The rows for a server under test, in the order of the catalogue.

mod abo;
mod add;
mod atm;
mod aut;
mod boo;
mod exe;
mod gal;
mod get;
mod lob;
mod lst;
mod mac;
mod msg;
mod ntf;
mod raw;
mod rpl;
mod ses;
mod srv;
mod uia;

use crate::row::{Level, Row, Side, Stop};
use crate::server::Stand;

/// A script.
type Script = fn(&mut Stand) -> Result<(), Stop>;

/// All rows.
pub fn rows() -> impl Iterator<Item = &'static Row<Stand>> {
    let groups: [&'static [Row<Stand>]; 16] = [
        &ses::ROWS,
        &aut::ROWS,
        &get::ROWS,
        &add::ROWS,
        &rpl::ROWS,
        &exe::ROWS,
        &lst::ROWS,
        &atm::ROWS,
        &lob::ROWS,
        &msg::ROWS,
        &uia::ROWS,
        &gal::ROWS,
        &ntf::ROWS,
        &srv::ROWS,
        &boo::ROWS,
        &abo::ROWS,
    ];
    groups.into_iter().flatten()
}

/// A row that every server has to pass.
const fn must(id: &'static str, title: &'static str, rule: &'static str, run: Script) -> Row<Stand> {
    Row { id, side: Side::Server, level: Level::Mandatory, title, rule, run }
}

/// A row for servers that have the optional feature.
const fn may(id: &'static str, title: &'static str, rule: &'static str, run: Script) -> Row<Stand> {
    Row { id, side: Side::Server, level: Level::Optional, title, rule, run }
}

/// The server's half of a row for both sides.
const fn both(row: Row<Stand>) -> Row<Stand> {
    Row { side: Side::Both, ..row }
}
