//! Delete \[dm 4.3\].

use omadm_proto::status::StatusCode;

use super::{Actor, Refusal};
use crate::acl::Right;
use crate::node::Traits;
use crate::store::Index;
use crate::tree::Tree;
use crate::uri::TargetUri;

impl Tree {
    /// Delete \[dm 4.3\]: the node and everything below, unless something there is permanent.
    ///
    /// # Errors
    /// The status to answer.
    pub fn delete(&mut self, actor: Actor<'_>, target: &TargetUri) -> Result<(), Refusal> {
        let index = self.existing(self.addressed(target)?)?;
        let Some(parent) = self.store.parent(index) else {
            return Err(StatusCode::COMMAND_NOT_ALLOWED.into());
        };
        if matches!(actor, Actor::Server(_)) && self.holds_permanent(index) {
            return Err(StatusCode::COMMAND_NOT_ALLOWED.into());
        }
        self.permit(actor, Right::Delete, index)?;
        self.store.detach(index);
        self.store.touch(parent, Some(self.clock));
        self.changed(target.node());
        Ok(())
    }

    fn holds_permanent(&self, index: Index) -> bool {
        self.store.subtree(index).any(|at| self.store.node(at).traits.has(Traits::PERMANENT))
    }
}
