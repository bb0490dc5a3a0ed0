//! BOO: bootstrap.

use super::may;
use crate::row::{Row, Stop};
use crate::server::Stand;

pub(super) const ROWS: [Row<Stand>; 1] = [may(
    "X-BOO-23",
    "server builds bootstrap",
    "valid MAC; different passwords per device; no Status expected; the device is bootstrapped at its first session",
    boo_23,
)];

fn boo_23(stand: &mut Stand) -> Result<(), Stop> {
    let _ = stand;
    Err(Stop::skipped("bootstrap documents do not travel over this port"))
}
