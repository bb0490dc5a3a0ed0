//! The DM profile: one message that Adds objects to the Inbox \[dm 12.2\].
//!
//! Access control lists are those in the objects and no others; objects of unknown kinds are ignored, as the Inbox does it.

use alloc::vec::Vec;

use omadm_proto::exchange::Syntax;
use omadm_proto::ids::ServerId;
use omadm_proto::message::{Command, Message, Verb};
use omadm_tree::command::Actor;
use omadm_tree::mo::{DmAccView, INBOX, INBOX_ROOT};
use omadm_tree::tree::Tree;
use omadm_tree::uri::{NodeUri, TargetUri};
use omadm_tree::value::NewNode;

use super::{BootstrapRefusal, Filing};

/// Files the objects of the message `body` and gives the accounts among them.
pub(super) fn file(filing: &Filing<'_>, tree: &mut Tree, body: &[u8]) -> Result<Vec<NodeUri>, BootstrapRefusal> {
    let message = Message::decode_as(Syntax::Wbxml, body, filing.limits)?;
    if tree.find(INBOX_ROOT).is_none() {
        INBOX.instance(INBOX_ROOT).put_into(tree)?;
    }
    let before: Vec<NodeUri> = DmAccView::all(tree).map(|account| account.uri()).collect();
    for command in message.commands() {
        let Command::Tree(command) = command else { return Err(BootstrapRefusal::Command) };
        if command.verb != Verb::Add {
            return Err(BootstrapRefusal::Command);
        }
        for item in &command.items {
            let target = item.target_uri().and_then(|uri| TargetUri::parse(uri).ok());
            let inbox = INBOX_ROOT.trim_start_matches("./");
            let target = target.filter(|target| target.node().segments().next() == Some(inbox));
            let target = target.ok_or(BootstrapRefusal::Command)?;
            let object = NewNode::from_item(item, command.meta.as_ref()).map_err(BootstrapRefusal::Object)?;
            tree.add(Actor::Device, &target, object).map_err(|refusal| BootstrapRefusal::Object(refusal.status))?;
        }
    }
    let created: Vec<NodeUri> =
        DmAccView::all(tree).map(|account| account.uri()).filter(|uri| !before.contains(uri)).collect();
    let mut servers: Vec<ServerId> = Vec::new();
    for uri in &created {
        let id = tree.node_at(uri).and_then(|node| DmAccView::at(node).text(DmAccView::SERVER_ID));
        let server = id.filter(|id| !id.is_empty()).map(ServerId::new).ok_or(BootstrapRefusal::NoAccount)?;
        if servers.contains(&server) {
            return Err(BootstrapRefusal::KnownServer(server));
        }
        filing.admit(tree, &server, &created)?;
        servers.push(server);
    }
    if created.is_empty() { Err(BootstrapRefusal::NoAccount) } else { Ok(created) }
}
