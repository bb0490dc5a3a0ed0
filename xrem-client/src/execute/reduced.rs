//! The part of the tree that servers see while the device is in its safe mode \[gwmo 7.4\].
//!
//! DevInfo, DevDetail, the accounts and the firmware objects are as always. Everything else is answered 404 as if it were not
//! there, and so are lists that start above these objects; the nodes above them can be read and name only what leads to them.

use alloc::vec::Vec;

use omadm_proto::message::Verb;
use omadm_proto::status::StatusCode;
use omadm_tree::command::Answer;
use omadm_tree::mo::{DevDetail, DevInfo, DmAcc112View, DmAccView, FumoView};
use omadm_tree::tree::Tree;
use omadm_tree::uri::{NodeUri, Query, TargetUri};

/// The objects that servers see.
#[derive(Debug, Clone)]
pub(crate) struct Reduced(Vec<NodeUri>);

impl Reduced {
    pub(crate) fn of(tree: &Tree) -> Self {
        let fixed = [DevInfo::ROOT, DevDetail::ROOT].into_iter().filter_map(|root| NodeUri::parse(root).ok());
        let accounts =
            DmAccView::all(tree).map(|view| view.uri()).chain(DmAcc112View::all(tree).map(|view| view.uri()));
        Self(fixed.chain(accounts).chain(FumoView::all(tree).map(|view| view.uri())).collect())
    }

    /// Whether the node is of one of the objects.
    fn shows(&self, uri: &NodeUri) -> bool {
        self.0.iter().any(|object| uri.starts_with(object))
    }

    /// Whether the node is above one of the objects.
    fn leads(&self, uri: &NodeUri) -> bool {
        self.0.iter().any(|object| object.starts_with(uri))
    }

    /// The status for a command on a node that is not there for servers.
    pub(super) fn hides(&self, verb: Verb, target: &TargetUri) -> Option<StatusCode> {
        let uri = target.node();
        let is_list = matches!(target.query(), Some(Query::List(_)));
        let is_seen = self.shows(uri) || (verb == Verb::Get && !is_list && self.leads(uri));
        (!is_seen).then_some(StatusCode::NOT_FOUND)
    }

    /// The answer to a Get without the names of nodes that are not there for servers.
    pub(super) fn without_hidden<'a>(&self, uri: &NodeUri, answer: Answer<'a>) -> Answer<'a> {
        let Answer::Interior { names } = &answer else { return answer };
        if self.shows(uri) {
            return answer;
        }
        let leads = |name: &&str| uri.join(name).is_ok_and(|child| self.leads(&child) || self.shows(&child));
        let seen: Vec<&str> = names.split('/').filter(leads).collect();
        Answer::Interior { names: seen.join("/") }
    }
}
