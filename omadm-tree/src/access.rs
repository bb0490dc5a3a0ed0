//! Who may do what: server x command x node \[dm 9.6\].

use omadm_proto::status::StatusCode;

use crate::acl::{Acl, Right};
use crate::command::Actor;
use crate::node::AccessType;
use crate::store::Index;
use crate::tree::Tree;

impl Tree {
    /// The ACL that holds for the node: its own, else that of the nearest ancestor that has one.
    pub(crate) fn effective_acl(&self, index: Index) -> &Acl {
        let mut at = index;
        loop {
            let acl = self.store.node(at).acl();
            match self.store.parent(at) {
                Some(parent) if acl.is_empty() => at = parent,
                _ => return acl,
            }
        }
    }

    /// Whether the ACL lets `actor` do `right`. The device asks nobody.
    pub(crate) fn may(&self, actor: Actor<'_>, right: Right, index: Index) -> bool {
        match actor {
            Actor::Device => true,
            Actor::Server(server) => self.effective_acl(index).allows(right, server),
        }
    }

    /// First the ACL (425), then the AccessType (405), as \[dm 4.11\] orders them.
    pub(crate) fn permit(&self, actor: Actor<'_>, right: Right, index: Index) -> Result<(), StatusCode> {
        if !self.may(actor, right, index) {
            return Err(StatusCode::PERMISSION_DENIED);
        }
        let needed = match right {
            Right::Add => AccessType::ADD,
            Right::Delete => AccessType::DELETE,
            Right::Exec => AccessType::EXEC,
            Right::Get => AccessType::GET,
            Right::Replace => AccessType::REPLACE,
        };
        let taken = matches!(actor, Actor::Device) || self.store.node(index).access.contains(needed);
        if taken { Ok(()) } else { Err(StatusCode::COMMAND_NOT_ALLOWED) }
    }
}
