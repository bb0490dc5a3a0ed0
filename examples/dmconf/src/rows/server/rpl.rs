//! RPL: the device-info Replace.

use super::must;
use crate::row::{Row, Stop};
use crate::server::Stand;

pub(super) const ROWS: [Row<Stand>; 1] = [must(
    "X-RPL-18",
    "device-info Replace is answered",
    "Status 200 for the Replace of package 1, whose Items have Source and not Target",
    rpl_18,
)];

fn rpl_18(stand: &mut Stand) -> Result<(), Stop> {
    let mut client = stand.client()?;
    let seen = client.open(stand)?;
    seen.expect_status("Replace", &[200])
}
