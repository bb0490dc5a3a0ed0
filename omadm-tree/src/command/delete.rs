//! Delete \[dm 4.3\].
//!
//! With the last account of a server its rights go: see [`Tree::remove_server`].

use alloc::vec::Vec;

use omadm_proto::ids::ServerId;
use omadm_proto::status::StatusCode;

use super::{Actor, Refusal};
use crate::acl::Right;
use crate::node::{NodeRef, Traits};
use crate::store::Index;
use crate::tree::Tree;
use crate::uri::TargetUri;

/// How the identifiers of account objects begin; their versions follow \[dm 11.5\].
const DM_ACC: &str = "urn:oma:mo:oma-dm-dmacc:";

/// The identifiers that older bootstraps and DM 1.1.2 give an account \[dm 11.5\].
const LEGACY_DM_ACCS: [&str; 2] = ["org.openmobilealliance/1.0/w7", "org.openmobilealliance/1.0/DMAcc"];

/// The leaf of an account that names its server, in DM 1.2 and in DM 1.1.2.
const SERVER_IDS: [&str; 2] = ["ServerID", "ServerId"];

impl Tree {
    /// Delete \[dm 4.3\]: the node and everything below, unless something there is permanent.
    ///
    /// # Errors
    /// The status to answer.
    pub fn delete(&mut self, actor: Actor<'_>, target: &TargetUri) -> Result<(), Refusal> {
        let uri = self.addressed(target)?;
        self.spare_inbox(actor, uri)?;
        let index = self.existing(uri)?;
        self.take_away(actor, index)?;
        self.changed(uri);
        Ok(())
    }

    /// Deletes the node `index` with everything below, if `actor` may.
    pub(super) fn take_away(&mut self, actor: Actor<'_>, index: Index) -> Result<(), StatusCode> {
        let Some(parent) = self.store.parent(index) else {
            return Err(StatusCode::COMMAND_NOT_ALLOWED);
        };
        if matches!(actor, Actor::Server(_)) && self.holds(index, Traits::PERMANENT) {
            return Err(StatusCode::COMMAND_NOT_ALLOWED);
        }
        self.permit(actor, Right::Delete, index)?;
        self.judge_delete(actor, index)?;
        self.check_free_subtree(actor, index)?;
        self.take_off(parent, index);
        Ok(())
    }

    /// Takes the node and everything below off the tree, and the rights of servers whose last account goes with it.
    pub(crate) fn take_off(&mut self, parent: Index, index: Index) {
        let servers = self.account_owners(index);
        self.store.detach(index);
        self.store.touch(parent, Some(self.clock));
        if !servers.is_empty() {
            let left = self.account_owners(Index::ROOT);
            servers.iter().filter(|server| !left.contains(server)).for_each(|server| self.remove_server(server));
        }
    }

    /// 403 for a server when the device needs the node or one below it as it is.
    pub(crate) fn check_free_subtree(&self, actor: Actor<'_>, index: Index) -> Result<(), StatusCode> {
        let held = matches!(actor, Actor::Server(_)) && self.holds(index, Traits::IN_USE);
        if held { Err(StatusCode::FORBIDDEN) } else { Ok(()) }
    }

    fn holds(&self, index: Index, bit: u8) -> bool {
        self.store.subtree(index).any(|at| self.store.node(at).traits.has(bit))
    }

    /// The servers of the accounts at `index` and below.
    fn account_owners(&self, index: Index) -> Vec<ServerId> {
        self.store
            .subtree(index)
            .filter(|at| {
                let node = self.store.node(*at);
                let type_name = node.type_name();
                node.is_interior() && (type_name.starts_with(DM_ACC) || LEGACY_DM_ACCS.contains(&type_name))
            })
            .filter_map(|at| {
                let index = SERVER_IDS.iter().find_map(|name| self.store.child(at, name))?;
                let leaf = NodeRef { tree: self, index };
                leaf.text().map(ServerId::new)
            })
            .collect()
    }
}
