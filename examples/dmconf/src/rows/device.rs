//! The rows for a client under test, a file a group.
//!
//! A script is a straight line over a [`Bench`]: it opens a session, sends commands, and says
//! what has to come back. Whatever it leaves unsaid about messages is checked for every message of a client by
//! [`Session`](crate::device::session::Session) and [`Answer`](crate::device::answer::Answer).

mod abo;
mod acl;
mod add;
mod atm;
mod aut;
mod boo;
mod cpy;
mod del;
mod exe;
mod gal;
mod get;
mod lob;
mod lst;
mod msg;
mod ntf;
mod rpl;
mod ses;
mod sta;
mod uia;

use crate::device::bench::Bench;
use crate::row::Row;

const GROUPS: &[&[Row<Bench>]] = &[
    ses::ROWS,
    aut::ROWS,
    get::ROWS,
    add::ROWS,
    rpl::ROWS,
    del::ROWS,
    cpy::ROWS,
    exe::ROWS,
    lst::ROWS,
    acl::ROWS,
    atm::ROWS,
    lob::ROWS,
    msg::ROWS,
    uia::ROWS,
    gal::ROWS,
    ntf::ROWS,
    boo::ROWS,
    abo::ROWS,
    sta::ROWS,
];

/// All of them, in the order of the catalogue.
pub fn rows() -> impl Iterator<Item = &'static Row<Bench>> {
    GROUPS.iter().flat_map(|rows| rows.iter())
}
