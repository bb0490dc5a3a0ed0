//! A session that consists of one server message, authentication taken as given.

use alloc::collections::{BTreeMap, BTreeSet};

use omadm_proto::exchange::Syntax;
use omadm_proto::ids::{MsgId, ServerId, SessionId};
use omadm_proto::message::Message;

use super::authentication::{Authentication, Standing};
use super::reply::Reply;
use super::{Context, Facts, Peer, Session, State, Step, Wish};
use crate::execute::Sequences;
use crate::trigger::Trigger;

impl Session {
    /// Executes `message` as if it were the next one of a session in which both sides have proven themselves. `None` when its
    /// SessionID is none.
    pub(crate) fn answer_offline(
        ctx: &mut Context<'_>,
        server: &ServerId,
        syntax: Syntax,
        message: Message<'_>,
    ) -> Option<(Self, Step)> {
        let header = &message.header;
        let mut session = Self {
            facts: Facts {
                server: server.clone(),
                session_id: SessionId::parse(&header.session_id)?,
                destination: header.source.loc_uri.clone().into_owned(),
                dev_id: header.target.loc_uri.clone().into_owned(),
                syntax,
                trigger: Trigger::Client,
                version: header.version().unwrap_or_default(),
                server_msg: None,
                // Both sides count from 1, and the server's message n answers the client's message n.
                last_msg: MsgId::new(header.msg_id.get()),
            },
            authentication: Authentication::new(ctx.account, ctx.record, Trigger::Client),
            peer: Peer::default(),
            reply: Reply::default(),
            sequences: Sequences::default(),
            carried: BTreeMap::new(),
            announced: BTreeSet::new(),
            state: State::Setup,
            wish: Wish::GoOn,
        };
        session.adopt_header(&message);
        let step = session.manage(ctx, message, Standing::Known);
        Some((session, step))
    }
}
