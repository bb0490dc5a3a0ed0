//! BOO: bootstrap.

use xrem_server::bootstrap::Profile;

use super::may;
use crate::row::{Row, Stop};
use crate::server::client::Client;
use crate::server::{Stand, expect};

pub(super) const ROWS: [Row<Stand>; 1] = [may(
    "X-BOO-23",
    "server builds bootstrap",
    "valid MAC; different passwords per device; no Status expected; the device is bootstrapped at its first session",
    boo_23,
)];

fn boo_23(stand: &mut Stand) -> Result<(), Stop> {
    for profile in [Profile::Cp, Profile::Dm] {
        let (one, other) = (stand.bootstrap(profile)?, stand.bootstrap(profile)?);
        let (account, others) = (one.account()?, other.account()?);
        let apart = account.client.secret != others.client.secret
            && account.server.secret != others.server.secret
            && account.client.secret != account.server.secret;
        expect(apart, "other secrets for each device and each side", "the same", "bootstrap document")?;
        let bootstrapped = stand.is_bootstrapped(&one)?;
        expect(!bootstrapped, "a device that has not come yet", "a bootstrapped one", "state of the device")?;
        // The server was told nothing: the device knows its account, and comes.
        let mut client = Client::new(account, stand.syntax);
        let first = client.session(stand).map_err(|stop| stop.at("the first session after the bootstrap"))?;
        first.expect_closing()?;
        let bootstrapped = stand.is_bootstrapped(&one)?;
        expect(bootstrapped, "bootstrapped at its first session", "not yet", "state of the device")?;
        let bootstrapped = stand.is_bootstrapped(&other)?;
        expect(!bootstrapped, "the other device still waited for", "a bootstrapped one", "state of the device")?;
    }
    Ok(())
}
