//! The document as a DM message: Add of a serialized account to the Inbox, always in WBXML \[dm 12.2\].

use alloc::borrow::Cow;
use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use omadm_proto::exchange::Syntax;
use omadm_proto::ids::MsgId;
use omadm_proto::message::{Command, Data, Format, Item, Location, Message, Meta, SyncHdr, TreeCommand, Verb};
use omadm_proto::version::DmVersion;
use omadm_tree::mo::DmAcc;
use omadm_tree::uri::TargetUri;
use omadm_tree::{Actor, Answer, Tree};

use super::{BootstrapError, BootstrapRequest, node_name};
use crate::store::ClientAccount;

/// The media type of a serialized tree in WBXML \[dm 1\].
const TNDS: &str = "application/vnd.syncml.dmtnds+wbxml";
/// Where a client puts every object at its place.
const INBOX: &str = "./Inbox";

/// The media type and the bytes.
pub(super) fn document(
    account: &ClientAccount,
    request: &BootstrapRequest,
) -> Result<(&'static str, Vec<u8>), BootstrapError> {
    let object = serialized(account, request)?;
    let meta = Meta::with_format(Format::Bin).and_type(TNDS);
    let item = Item::target(INBOX).with_meta(meta).with_data(Data::Opaque(Cow::Owned(object)));
    let (target, source) = (Location::new(account.dev_id.as_str()), Location::new(request.url.as_str()));
    // A one-off message: no session has this SessionID.
    let mut message = Message::new(SyncHdr::new(DmVersion::V1_2, "0", MsgId::FIRST, target, source));
    message.commands.push(Command::Tree(TreeCommand::new(Verb::Add, 1, vec![item])));
    message.is_final = true;
    let mut body = Vec::new();
    message.encode(Syntax::Wbxml, &mut body)?;
    Ok((Syntax::Wbxml.media_type(), body))
}

/// The account as a `DMAcc` object, with the rights of its server \[dm 12.1\].
fn serialized(account: &ClientAccount, request: &BootstrapRequest) -> Result<Vec<u8>, BootstrapError> {
    let root = format!("./{}", node_name(&request.server_id));
    let kind = account.scheme.auth_type();
    let (client, server) = (&account.client, &account.server);
    let mut object = DmAcc::at(root.as_str(), request.server_id.as_str())
        .addr(request.url.as_str())
        .auth_pref(kind)
        .client(kind, client.name.as_str(), client.secret.expose(), account.client_nonce.as_bytes())
        .server(kind, server.name.as_str(), server.secret.expose(), account.server_nonce.as_bytes());
    if let Some(name) = &request.name {
        object = object.name(name.as_str());
    }
    let tree = Tree::builder().mo(object).build().map_err(|_| BootstrapError::Account)?;
    let target = TargetUri::parse(&format!("{root}?list=TNDS")).map_err(|_| BootstrapError::Account)?;
    match tree.get(Actor::Device, &target) {
        Ok(Answer::List(list)) => Ok(list.serialized(Syntax::Wbxml)?),
        Ok(_) | Err(_) => Err(BootstrapError::Account),
    }
}
