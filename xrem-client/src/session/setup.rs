//! Package 1, for the first time and again after a challenge \[dm 3.2, 7.4\].

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::ToString;
use alloc::vec::Vec;

use omadm_proto::ids::{MsgId, SessionId};
use omadm_proto::message::{Alert, Command, Data, Format, Item, Message, Meta, TreeCommand, Verb};
use omadm_proto::status::StatusCode;
use omadm_proto::version::DmVersion;
use omadm_tree::mo::DevInfo;
use omadm_tree::tree::Tree;

use super::authentication::{Authentication, Verdict};
use super::message::{ServerPackage, Sizes};
use super::reply::{LargeObjects, Reply};
use super::{Context, End, Facts, Peer, Session, State, Step, Wish};
use crate::event::{Failure, Side};
use crate::execute::Sequences;
use crate::trigger::Trigger;

/// The leaves that every DevInfo has, in the order of the sheet.
const DEV_INFO: [&str; 5] = ["DevId", "Man", "Mod", "DmV", "Lang"];

impl Session {
    /// A new session and its first message.
    pub(crate) fn open(
        ctx: &mut Context<'_>,
        session_id: SessionId,
        trigger: Trigger,
        version: DmVersion,
    ) -> Result<(Self, Step), Failure> {
        let dev_id = ctx.tree.text("./DevInfo/DevId").map(ToString::to_string).ok_or(Failure::NoDevId)?;
        let mut session = Self {
            facts: Facts {
                server: ctx.account.server_id.clone(),
                session_id,
                destination: ctx.account.url.clone(),
                dev_id,
                syntax: ctx.account.syntax,
                trigger,
                version,
                server_msg: None,
                last_msg: MsgId::new(0),
            },
            authentication: Authentication::new(ctx.account, ctx.record, trigger),
            peer: Peer::default(),
            reply: Reply::default(),
            sequences: Sequences::default(),
            carried: BTreeMap::new(),
            announced: BTreeSet::new(),
            state: State::Setup,
            wish: Wish::GoOn,
        };
        let no_large_objects = ctx.tree.text("./DevDetail/LrgObj") == Some("false");
        session.reply.support(if no_large_objects { LargeObjects::Unsupported } else { LargeObjects::Supported });
        session.queue_package_1(ctx);
        let step = session.compose(ctx, None, Sizes::Announced, ServerPackage::Complete);
        Ok((session, step))
    }

    /// Goes back to package 1 after the challenge in `message`, with credentials; challenges the server in turn if it has
    /// not proven itself.
    pub(super) fn open_again(&mut self, ctx: &mut Context<'_>, message: &Message<'_>, verdict: Verdict) -> Step {
        let status = match verdict {
            Verdict::Trusted(standing) => self.status_for_header(message, standing.code(), None),
            Verdict::Untrusted(code) => {
                match self.authentication.challenge(code, ctx.account, &mut ctx.shared.nonces, ctx.record) {
                    Some(chal) => {
                        ctx.shared.unsaved.account = true;
                        self.status_for_header(message, code, Some(chal))
                    }
                    None => return Step::End(End::Authentication(Side::Server)),
                }
            }
            Verdict::Broken(_) => return Step::End(End::Authentication(Side::Server)),
        };
        self.state = State::Setup;
        self.reply.clear();
        self.carried.clear();
        self.announced.clear();
        self.refuse_commands(message, StatusCode::MISSING_CREDENTIALS);
        self.queue_package_1(ctx);
        self.compose(ctx, Some(status), Sizes::Announced, ServerPackage::Complete)
    }

    fn queue_package_1(&mut self, ctx: &Context<'_>) {
        self.reply.command(Command::Alert(Alert::new(0, self.facts.trigger.alert(), Vec::new())));
        let items = dev_info(ctx.tree);
        self.reply.command(Command::Tree(TreeCommand::new(Verb::Replace, 0, items)));
        self.collect_alerts(ctx);
    }
}

/// One Item for each leaf below ./DevInfo, its URI as Source, the five mandatory ones first; Format only where it is not
/// the default \[dm 3.2\].
fn dev_info(tree: &Tree) -> Vec<Item<'static>> {
    let mut leaves = DevInfo::read(tree);
    leaves.retain(|leaf| leaf.format != Format::Node);
    leaves.sort_by_key(|leaf| {
        let mandatory = DEV_INFO.iter().position(|name| leaf.uri.depth() == 2 && leaf.uri.name() == Some(name));
        mandatory.unwrap_or(DEV_INFO.len())
    });
    leaves
        .iter()
        .map(|leaf| {
            let value = leaf.value.to_vec();
            let data = if leaf.format == Format::Bin { Data::Opaque(value.into()) } else { Data::from_bytes(value) };
            let item = Item::source(leaf.uri.to_string()).with_data(data);
            if leaf.format == Format::Chr { item } else { item.with_meta(Meta::with_format(leaf.format)) }
        })
        .collect()
}
