//! Recovery: what boots is measured, a bad image gives way to the other, and two bad ones to the safe mode \[gwmo 7.4\].
//!
//! The digest of an image is known from its update, or, for the first one, from the first boot. A running image with another
//! digest is bad: when the image in the other slot still has its digest, that slot is booted and kept; otherwise, or when
//! the boot loader found no image that works, the device is in its safe mode. There servers see DevInfo, DevDetail, the
//! accounts and the firmware objects and nothing else, and an update like any other repairs it. A device whose driver selects
//! no slots just reports. Each finding is reported once, by one integrity alert to all servers, the rollback after it worked.
//!
//! ```text
//! measured: as known ---------------------------------> normal
//!     other digest -> examine the other -> select it -> Reboot -> measured: as known -> confirm, report "rollback"
//!                         |                   +-- unsupported: report "none"
//!                         +-- bad, or none ------------> safe mode, report "safe"
//! ```
//!
//! Unspecified what an image is worth that is in a slot without having come by an update; it is bad, unless nothing is known
//! about either slot.

use alloc::format;
use alloc::string::{String, ToString as _};

use omadm_proto::alert::types;
use omadm_proto::message::Format;
use omadm_proto::xml::Escaped;
use omadm_tree::mo::{DevDetail, FumoView};

use super::{ResultCode, Running, Update, Work};
use crate::drem::Context;
use crate::event::Event;
use crate::outbox::{GenericAlert, Mark};
use crate::output::{Action, ActionFailure, ActionResult, Place, Slot};
use crate::package::{BLOCK, Hashing};

/// What is known of the images in the two slots.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Images {
    a: Option<Known>,
    b: Option<Known>,
    /// The servers were told that the device cannot help itself.
    told: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Known {
    sha256: String,
    version: String,
    health: Health,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
enum Health {
    Good,
    Bad,
}

/// What is done about a bad image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) enum Rescue {
    /// The other slot is selected, or about to be: the device restarts, and keeps that slot.
    Reboot,
}

/// What an integrity alert tells about the device's own reaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reaction {
    Rollback,
    Safe,
    None,
}

impl Images {
    const fn of(&self, slot: Slot) -> Option<&Known> {
        match slot {
            Slot::A => self.a.as_ref(),
            Slot::B => self.b.as_ref(),
        }
    }

    const fn entry(&mut self, slot: Slot) -> &mut Option<Known> {
        match slot {
            Slot::A => &mut self.a,
            Slot::B => &mut self.b,
        }
    }

    /// The slot is about to be erased.
    pub(super) fn forget(&mut self, slot: Slot) {
        *self.entry(slot) = None;
    }

    /// This image was verified.
    pub(super) fn know(&mut self, slot: Slot, sha256: &str, version: &str) {
        let known = Known { sha256: sha256.into(), version: version.into(), health: Health::Good };
        *self.entry(slot) = Some(known);
    }

    /// The image is bad; false when that was known.
    fn condemn(&mut self, slot: Slot) -> bool {
        let known = self.entry(slot).get_or_insert_with(|| Known {
            sha256: String::new(),
            version: String::new(),
            health: Health::Good,
        });
        core::mem::replace(&mut known.health, Health::Bad) == Health::Good
    }

    fn is_good(&self, slot: Slot) -> bool {
        self.of(slot).is_some_and(|known| known.health == Health::Good)
    }

    fn version(&self, slot: Slot) -> String {
        self.of(slot).map(|known| known.version.clone()).unwrap_or_default()
    }
}

impl Update {
    /// Judges the image that runs from `slot` and is no update on trial. True when the device goes on with it as it is.
    pub(super) fn judge_image(&mut self, ctx: &mut Context<'_>, slot: Slot, sha256: &str) -> bool {
        let is_first = self.record.images.a.is_none() && self.record.images.b.is_none();
        match self.record.images.of(slot) {
            // What cannot be read is not known to be bad: the device runs.
            _ if sha256.is_empty() => return true,
            None if is_first => {
                let version = ctx.tree.text(DevDetail::FW_V).unwrap_or_default();
                self.record.images.know(slot, sha256, version);
                self.persist(ctx);
            }
            Some(known) if known.sha256 == sha256 => {
                let known = known.clone();
                self.recognise(ctx, slot, &known);
            }
            None | Some(_) => {
                self.corrupted(ctx, slot);
                return false;
            }
        }
        if self.record.rescue.is_some() {
            self.work = Work::Confirming(ctx.client.shared().out.action(Action::ConfirmSlot { slot }));
            return false;
        }
        true
    }

    /// The image is the one that was verified.
    fn recognise(&mut self, ctx: &mut Context<'_>, slot: Slot, known: &Known) {
        if !known.version.is_empty() && ctx.tree.text(DevDetail::FW_V) != Some(&known.version) {
            let _ = ctx.tree.set(DevDetail::FW_V, known.version.as_str());
        }
        if self.record.images.told || known.health == Health::Bad {
            self.record.images.told = false;
            self.record.images.know(slot, &known.sha256, &known.version);
            self.persist(ctx);
        }
    }

    /// The running image is not what it was.
    fn corrupted(&mut self, ctx: &mut Context<'_>, slot: Slot) {
        self.record.images.condemn(slot);
        if self.record.images.is_good(slot.other()) {
            return self.examine(ctx, slot.other(), Hashing::new());
        }
        self.save(ctx);
    }

    fn examine(&mut self, ctx: &mut Context<'_>, slot: Slot, hashing: Hashing) {
        let action = Action::ReadAt { place: Place::Slot(slot), offset: hashing.len(), max_len: BLOCK };
        self.work = Work::Examining(ctx.client.shared().out.action(action), hashing);
    }

    pub(super) fn examined(&mut self, ctx: &mut Context<'_>, mut hashing: Hashing, result: ActionResult) {
        let Some(slot) = self.running.slot().map(Slot::other) else { return };
        let sha256 = match result.block() {
            Ok(block) if !block.end && !block.data.is_empty() => {
                hashing.add(&block.data);
                return self.examine(ctx, slot, hashing);
            }
            Ok(block) => {
                hashing.add(&block.data);
                hashing.hex()
            }
            Err(_) => String::new(),
        };
        if self.record.images.of(slot).is_none_or(|known| known.sha256 != sha256) {
            self.record.images.condemn(slot);
            return self.save(ctx);
        }
        self.record.rescue = Some(Rescue::Reboot);
        self.persist(ctx);
        let action = Action::SelectSlot { slot, tries: self.rules.trial_boots };
        self.work = Work::Rescuing(ctx.client.shared().out.action(action));
    }

    pub(super) fn rescued(&mut self, ctx: &mut Context<'_>, result: &ActionResult) {
        match result.done() {
            // The restart follows between sessions.
            Ok(()) => {}
            Err(ActionFailure::Unsupported) => {
                self.record.rescue = None;
                self.tell(ctx, Reaction::None);
                self.go_on(ctx);
            }
            Err(_) => self.save(ctx),
        }
    }

    /// The other slot came up and is kept.
    pub(super) fn rolled_back(&mut self, ctx: &mut Context<'_>, slot: Slot) {
        self.record.rescue = None;
        let version = self.record.images.version(slot.other());
        self.alarm(ctx, &version, ResultCode::CORRUPTED, Reaction::Rollback);
        self.persist(ctx);
        self.go_on(ctx);
    }

    /// The boot loader gave up on `slot`.
    pub(super) fn rejected(&mut self, ctx: &mut Context<'_>, slot: Slot) {
        let version = self.record.images.version(slot);
        if self.record.images.condemn(slot) {
            self.alarm(ctx, &version, ResultCode::CORRUPTED, Reaction::Rollback);
            self.persist(ctx);
        }
    }

    /// The image of an update did not come up; the old one runs.
    pub(super) fn trial_failed(&mut self, ctx: &mut Context<'_>) {
        let Some(job) = &self.record.job else { return };
        let (slot, version) = (job.image.slot, job.image.claims.version.clone());
        self.record.images.condemn(slot);
        self.finish(ctx, ResultCode::UPDATE_FAILED);
        self.alarm(ctx, &version, ResultCode::UPDATE_FAILED, Reaction::Rollback);
    }

    /// No image is right: servers see what is needed for a repair.
    pub(super) fn save(&mut self, ctx: &mut Context<'_>) {
        self.record.rescue = None;
        let reduced = crate::execute::Reduced::of(ctx.tree);
        ctx.client.shared().reduced = Some(reduced);
        ctx.client.shared().out.event(Event::SafeMode);
        self.tell(ctx, Reaction::Safe);
        self.go_on(ctx);
    }

    /// Tells that the device cannot help itself, once.
    fn tell(&mut self, ctx: &mut Context<'_>, reaction: Reaction) {
        if !core::mem::replace(&mut self.record.images.told, true) {
            let version = match &self.running {
                Running::Slot { slot, .. } => self.record.images.version(*slot),
                Running::Neither | Running::Unknown => ctx.tree.text(DevDetail::FW_V).unwrap_or_default().into(),
            };
            self.alarm(ctx, &version, ResultCode::CORRUPTED, reaction);
        }
        self.persist(ctx);
    }

    fn alarm(&self, ctx: &mut Context<'_>, version: &str, result: ResultCode, reaction: Reaction) {
        let dev_id = ctx.tree.text("./DevInfo/DevId").unwrap_or_default();
        let (id, ver, rc, action) = (Escaped(dev_id), Escaped(version), result.as_u16(), reaction.word());
        let data = format!(r#"<Integrity id="{id}" what="firmware" ver="{ver}" rc="{rc}" action="{action}"/>"#);
        let alert = GenericAlert::new(types::XREM_INTEGRITY, data).format(Format::Xml).mark(Mark::Critical);
        let source = FumoView::find(ctx.tree).map(|view| view.uri().to_string());
        ctx.client.queue_alert(match source {
            Some(source) => alert.source(source),
            None => alert,
        });
    }
}

impl Reaction {
    const fn word(self) -> &'static str {
        match self {
            Self::Rollback => "rollback",
            Self::Safe => "safe",
            Self::None => "none",
        }
    }
}
