//! Building our messages: header, the Status of the server's header, then what [`Reply`](super::reply::Reply) holds.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use omadm_proto::alert::AlertCode;
use omadm_proto::encode::Finality;
use omadm_proto::ids::{CmdId, MsgId};
use omadm_proto::message::{Alert, Chal, Command, Cred, Data, Format, Item, Location, Message, Meta, Status, SyncHdr};
use omadm_proto::packager::{Packager, Pushed};
use omadm_proto::status::StatusCode;

use super::reply::Filled;
use super::{Context, End, Facts, Letter, Session, Step};
use crate::event::Failure;
use crate::outbox::{AlertId, AlertItem, AlertKind, GenericAlert, Mark};

/// Alerts are taken into a package until they hold this many bytes; the rest waits for the next one. A server need not
/// have announced its MaxMsgSize when package 1 is written.
const ALERT_BYTES: usize = 64 << 10;

/// Most messages are shorter.
const USUAL_BYTES: usize = 1024;

/// Whether a message announces our sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sizes {
    Announced,
    Known,
}

/// Whether the server's package is complete, so that ours may be completed too \[dm 3.5\].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ServerPackage {
    Complete,
    Unfinished,
}

/// A message that is being written.
struct Draft {
    packager: Packager,
    next_id: u32,
    msg_id: MsgId,
}

impl Session {
    /// The Status for the SyncHdr of `message`.
    pub(super) fn status_for_header(
        &self,
        message: &Message<'_>,
        code: StatusCode,
        chal: Option<Chal<'static>>,
    ) -> Status<'static> {
        let header = &message.header;
        let mut status = Status::new(0, header.msg_id, CmdId::SYNC_HDR, "SyncHdr", code);
        status.target_refs.push(header.target.loc_uri.clone().into_owned());
        status.extras_mut().source_refs.push(header.source.loc_uri.clone().into_owned().into());
        status.extras_mut().chal = chal;
        status
    }

    /// Moves alerts that this session has not carried yet from the outbox into the package.
    pub(super) fn collect_alerts(&mut self, ctx: &Context<'_>) {
        let mut bytes = 0;
        for (id, alert) in ctx.shared.outbox.waiting_for(&self.facts.server) {
            if bytes >= ALERT_BYTES {
                break;
            }
            if self.announced.insert(id) {
                bytes += alert.data_len();
                self.reply.outbox_alert(id, wire_alert(alert));
            }
        }
    }

    /// The next message: as much as fits, with Final when nothing is left and the server's package is complete.
    pub(super) fn compose(
        &mut self,
        ctx: &mut Context<'_>,
        header_status: Option<Status<'static>>,
        sizes: Sizes,
        package: ServerPackage,
    ) -> Step {
        match self.try_compose(ctx, header_status, sizes, package) {
            Ok(letter) => Step::Send(letter),
            Err(failure) => Step::End(End::Failure(failure)),
        }
    }

    fn try_compose(
        &mut self,
        ctx: &mut Context<'_>,
        header_status: Option<Status<'static>>,
        sizes: Sizes,
        package: ServerPackage,
    ) -> Result<Letter, Failure> {
        let syntax = self.facts.syntax;
        let mut draft = self.begin(ctx, header_status, sizes)?;
        let carried = &mut self.carried;
        let filled = self.reply.fill(&mut draft.packager, syntax, &mut draft.next_id, |cmd_id, alert: AlertId| {
            carried.insert((draft.msg_id, cmd_id), alert);
        });
        for alert in self.reply.take_dropped() {
            self.settle(ctx, alert, StatusCode::REQUEST_ENTITY_TOO_LARGE);
        }
        if package == ServerPackage::Unfinished {
            // Without room for it the message is not Final either, and the server goes on by itself [dm 3.5].
            let more = Command::Alert(Alert::new(draft.next_id, AlertCode::NEXT_MESSAGE, Vec::new()));
            let _ = draft.packager.push(&more);
        }
        let is_final = filled == Filled::All && package == ServerPackage::Complete;
        Ok(self.finish(ctx, draft, if is_final { Finality::Final } else { Finality::More }))
    }

    /// The last message of a session that ends here: Alert 1223 with Final, and of what was executed as much as it holds. The
    /// alert stands in front of it, so that there is room for it \[dm 3.9\].
    pub(super) fn compose_last(&mut self, ctx: &mut Context<'_>, header_status: Status<'static>) -> Step {
        let composed = self.begin(ctx, Some(header_status), Sizes::Known).and_then(|mut draft| {
            let abort = Command::Alert(Alert::new(draft.next_id, AlertCode::SESSION_ABORT, Vec::new()));
            match draft.packager.push(&abort) {
                Ok(Pushed::Fits) => draft.next_id += 1,
                Ok(Pushed::Full) | Err(_) => return Err(Failure::Unwritable),
            }
            self.reply.fill_last(&mut draft.packager, draft.next_id);
            Ok(self.finish(ctx, draft, Finality::Final))
        });
        match composed {
            Ok(letter) => Step::Send(letter),
            Err(failure) => Step::End(End::Failure(failure)),
        }
    }

    /// A message with its header, and the Status for the server's.
    fn begin(
        &mut self,
        ctx: &mut Context<'_>,
        header_status: Option<Status<'static>>,
        sizes: Sizes,
    ) -> Result<Draft, Failure> {
        let cred = self.authentication.cred(ctx.account);
        let header = header(&self.facts, ctx, cred, sizes);
        let msg_id = header.msg_id;
        let mut buffer = Vec::with_capacity(USUAL_BYTES);
        let mut packager = Packager::begin_in(&mut buffer, self.facts.syntax, &header, self.peer.max_msg_size)
            .map_err(|_| Failure::Unwritable)?;
        let mut next_id = 1;
        if let Some(mut status) = header_status {
            let accepts = matches!(status.code, StatusCode::OK | StatusCode::AUTHENTICATION_ACCEPTED);
            if status.chal().is_none() && accepts {
                let nonces = &mut ctx.shared.nonces;
                status.extras_mut().chal = self.authentication.next_nonce(nonces, ctx.record);
                ctx.shared.unsaved.account |= status.chal().is_some();
            }
            status.cmd_id = next_id.into();
            match packager.push(&Command::Status(status)) {
                Ok(Pushed::Fits) => next_id += 1,
                Ok(Pushed::Full) | Err(_) => return Err(Failure::Unwritable),
            }
        }
        Ok(Draft { packager, next_id, msg_id })
    }

    fn finish(&mut self, ctx: &Context<'_>, draft: Draft, finality: Finality) -> Letter {
        self.facts.last_msg = draft.msg_id;
        let body = draft.packager.finish(finality);
        Letter { mac: self.authentication.mac(ctx.account, &body), body }
    }
}

/// The SyncHdr of our next message.
fn header<'h>(facts: &'h Facts, ctx: &Context<'h>, cred: Option<Cred<'h>>, sizes: Sizes) -> SyncHdr<'h> {
    let target = Location::new(facts.destination.as_str());
    let mut source = Location::new(facts.dev_id.as_str());
    if let Some(credentials) = &ctx.account.client {
        source = source.named(credentials.name.as_str());
    }
    let mut header = SyncHdr::new(facts.version, facts.session_id.as_str(), facts.last_msg.next(), target, source);
    header.cred = cred;
    if sizes == Sizes::Announced {
        let (message, object) = (ctx.shared.max_msg_size(), ctx.shared.limits.object_bytes);
        header.meta = Some(Meta::default().and_max_msg_size(message).and_max_obj_size(object));
    }
    header
}

/// Alert 1226 or 1224 with the Items of `alert` \[dm 6.4\].
fn wire_alert(alert: &GenericAlert) -> Alert<'static> {
    let GenericAlert { source, target, type_name, format, mark, data, .. } = alert;
    let first = wire_item((source, target), (type_name, *format, *mark), data);
    let more = alert.more.iter().map(|AlertItem { source, target, type_name, format, mark, data }| {
        wire_item((source, target), (type_name, *format, *mark), data)
    });
    let items = core::iter::once(first).chain(more).collect();
    match alert.kind {
        AlertKind::ClientEvent => Alert::new(0, AlertCode::CLIENT_EVENT, items),
        AlertKind::Generic => {
            let mut out = Alert::new(0, AlertCode::GENERIC_ALERT, items);
            out.correlator = alert.correlator.clone().map(Into::into);
            out
        }
    }
}

/// An Item between these addresses, with Type, Format and Mark.
fn wire_item(
    (source, target): (&Option<String>, &Option<String>),
    (type_name, format, mark): (&str, Format, Option<Mark>),
    data: &[u8],
) -> Item<'static> {
    let mut meta = Meta::with_format(format).and_type(type_name.to_string());
    if let Some(mark) = mark {
        meta = meta.and_mark(mark.as_str());
    }
    let mut item = Item::default().with_meta(meta).with_data(Data::from_bytes(data.to_vec()));
    item.source = source.clone().map(Location::new);
    item.target = target.clone().map(Location::new);
    item
}
