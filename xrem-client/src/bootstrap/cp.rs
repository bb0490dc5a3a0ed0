//! The CP profile: APPLICATION `w7` becomes a `DMAcc` object \[dm 12.1, mo 4.4\].
//!
//! Accounts are numbered, in the order of the document; the server of each gets Get, Replace and Delete on it, nobody else
//! anything.

use alloc::string::ToString as _;
use alloc::vec::Vec;

use omadm_proto::exchange::Syntax;
use omadm_proto::ids::ServerId;
use omadm_proto::provisioning::{Connection, ProvisioningDoc};
use omadm_tree::mo::DmAcc;
use omadm_tree::tree::Tree;
use omadm_tree::uri::NodeUri;
use omadm_tree::value::LeafValue;

use super::{ACCOUNTS, BootstrapRefusal, Filing};

/// Creates the accounts of the document `body`.
pub(super) fn file(filing: &Filing<'_>, tree: &mut Tree, body: &[u8]) -> Result<Vec<NodeUri>, BootstrapRefusal> {
    let document = ProvisioningDoc::decode_as(Syntax::Wbxml, body, filing.limits)?;
    let mut created = Vec::new();
    for account in document.accounts() {
        let account = account?;
        let server = ServerId::new(account.server_id.as_str());
        filing.admit(tree, &server, &[])?;
        let root = free_place(tree);
        let reference = |connection: &Connection| {
            let (Connection::Proxy(id) | Connection::Nap(id)) = connection;
            filing.policy.connections.get(id).cloned()
        };
        let instance = account
            .leaves(reference)
            .into_iter()
            .fold(DmAcc::instance(&root.to_string()).acl(DmAcc::acl(&server)), |instance, leaf| {
                instance.fill(&leaf.uri, LeafValue::new(leaf.format, leaf.value.to_vec()))
            });
        instance.put_into(tree)?;
        created.push(root);
    }
    if created.is_empty() { Err(BootstrapRefusal::NoAccount) } else { Ok(created) }
}

/// The first number that no account has for its name.
fn free_place(tree: &Tree) -> NodeUri {
    let place = |number: u32| NodeUri::ROOT.child(ACCOUNTS.trim_start_matches("./")).child(&number.to_string());
    (1..).map(place).find(|uri| tree.node_at(uri).is_none()).unwrap_or_else(|| place(1))
}
