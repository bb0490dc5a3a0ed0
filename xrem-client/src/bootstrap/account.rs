//! An account as its `DMAcc` object describes it \[dm 11.3, 7.2\].

use omadm_proto::auth::Scheme;
use omadm_proto::ids::ServerId;
use omadm_tree::mo::DmAccView;

use crate::account::{Account, AccountRules, read};

/// The account that the object `view` describes; `None` when it lacks the ServerID or an address, or when its server has to
/// prove itself in a way that is not spoken here.
///
/// The scheme of each side is that of its AAuthType, and nothing weaker. Unspecified how an address without a URI is reached;
/// chosen: `http` on the port that the object names.
#[must_use]
pub fn read_account(view: DmAccView<'_>) -> Option<Account> {
    let server = view.text(DmAccView::SERVER_ID).map(ServerId::new)?;
    Some(Account::provisioned(server, read(view, None)?, AccountRules::new().minimum(Scheme::Basic)))
}
