//! One server message executed on a tree without a session: what would the client answer?
//!
//! For tools and tests of server writers. Authentication is taken as given, alerts of an outbox do not come up, and live
//! values and Execs are put to the caller as in a session.

use alloc::string::ToString as _;
use alloc::vec::Vec;

use omadm_proto::auth::nonce::Seed;
use omadm_proto::error::DecodeError;
use omadm_proto::exchange::Syntax;
use omadm_proto::ids::ServerId;
use omadm_proto::limits::Limits;
use omadm_proto::message::Message;
use omadm_tree::tree::Tree;

use crate::account::Account;
use crate::client::Shared;
use crate::output::{Action, ActionResult, Output};
use crate::record::{AccountRecord, Counters};
use crate::session::{Context, End, Session, Step};

/// Why a message cannot be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OfflineError {
    /// It is no SyncML message.
    #[error("the message cannot be read: {0}")]
    Malformed(#[from] DecodeError),
    /// Its SessionID is empty or longer than 36 bytes.
    #[error("SyncHdr/SessionID must have 1 to {} bytes", omadm_proto::ids::SessionId::MAX_LEN)]
    SessionId,
    /// The session would end here: the server aborted it, or an answer cannot be written in its MaxMsgSize.
    #[error("a client would end the session here without an answer")]
    NoAnswer,
}

/// Executes the message `body` of `server` on `tree`; the client's answer in the same syntax, or `None` when a client has
/// nothing to say and the session is over \[dm 3.4\]. `act` does what the core cannot do.
///
/// # Errors
/// [`OfflineError`]; the tree is unchanged then unless the answer was what failed.
pub fn answer(
    tree: &mut Tree,
    server: &ServerId,
    syntax: Syntax,
    body: &[u8],
    mut act: impl FnMut(Action) -> ActionResult,
) -> Result<Option<Vec<u8>>, OfflineError> {
    let message = Message::decode_as(syntax, body, &Limits::DEFAULT)?;
    // Without credentials the account is one whose transport has proven both sides.
    let account = Account::new(server.clone(), message.header.source.loc_uri.to_string());
    let mut record = AccountRecord::new(server.clone(), None, None);
    let mut shared = Shared::new(Seed::new([0; 32]), Counters::default());
    let mut ctx = Context { tree, account: &account, record: &mut record, shared: &mut shared };
    let (mut session, mut step) =
        Session::answer_offline(&mut ctx, server, syntax, message).ok_or(OfflineError::SessionId)?;
    loop {
        match step {
            Step::Send(letter) => return Ok(Some(letter.body)),
            Step::End(End::Finished) => return Ok(None),
            Step::End(_) => return Err(OfflineError::NoAnswer),
            Step::Wait | Step::Stale => {}
        }
        let action = core::iter::from_fn(|| ctx.shared.out.poll()).find_map(|output| match output {
            Output::Action { id, action } => Some((id, action)),
            Output::Transmit(_) | Output::Persist(_) | Output::Event(_) => None,
        });
        let (id, action) = action.ok_or(OfflineError::NoAnswer)?;
        step = session.resume(&mut ctx, id, act(action));
    }
}
