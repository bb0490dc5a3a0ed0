//! The steps of a delivery: probe, erase, fetch, write, hash, read back, notify.

mod notify;
mod reading;

use core::time::Duration;

use bytes::Bytes;
use omadm_proto::download::InstallStatus;
use omadm_proto::ids::ActionId;
use omadm_proto::time::{Instant, Wakeup};

use self::reading::Reading;
use super::descriptor::{self, is_descriptor};
use super::hashing::{BLOCK, Hashing};
use super::{Failure, MAX_PACKAGE, Package, Source, Step};
use crate::drem::Context;
use crate::event::Event;
use crate::output::{Action, ActionFailure, ActionResult, Block};

/// The offset is stored after so many bytes; a restart repeats at most those.
const PERSIST_EVERY: u64 = 1 << 20;
/// How often in a row a Fetch may fail for a reason that may pass.
const MAX_FETCH_FAILURES: u32 = 6;

/// What is being done for a package. Not stored: [`Delivery::resume`] begins it again.
#[derive(Debug)]
pub(crate) struct Delivery {
    /// The media types of packages that the owner can use, as a descriptor names them.
    accepts: &'static [&'static str],
    work: Work,
    /// Failures in a row.
    failures: u32,
}

#[derive(Debug, Default)]
enum Work {
    #[default]
    None,
    /// The first bytes of the URL: the package, or a descriptor.
    Probing(ActionId),
    /// The place is being emptied; these bytes are there already.
    Erasing(ActionId, Option<First>),
    Fetching(ActionId, Hashing),
    /// It is tried again then.
    Pausing(Instant, Retry),
    Writing(ActionId, Hashing, Last),
    /// What is in the place is hashed.
    Reading(ActionId, Hashing, Reading),
    Notifying(ActionId, End),
}

/// What is tried again.
#[derive(Debug)]
enum Retry {
    Probe,
    Fetch(Hashing),
    Notify(End),
}

/// The bytes that came before the place was empty.
#[derive(Debug)]
struct First {
    data: Bytes,
    last: Last,
}

/// Whether the block being written is the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    Yes,
    No,
}

/// How the delivery ended.
type End = Result<(), Failure>;

impl Delivery {
    pub(crate) const fn accepting(accepts: &'static [&'static str]) -> Self {
        Self { accepts, work: Work::None, failures: 0 }
    }

    pub(crate) fn owns(&self, id: ActionId) -> bool {
        match &self.work {
            Work::Probing(own)
            | Work::Erasing(own, _)
            | Work::Fetching(own, _)
            | Work::Writing(own, _, _)
            | Work::Reading(own, _, _)
            | Work::Notifying(own, _) => *own == id,
            Work::None | Work::Pausing(_, _) => false,
        }
    }

    /// Whether something goes on.
    pub(crate) const fn is_busy(&self) -> bool {
        !matches!(self.work, Work::None)
    }

    /// When [`Self::proceed`] has something to do.
    pub(crate) fn next_timeout(&self) -> Option<Wakeup> {
        let Work::Pausing(at, _) = &self.work else { return None };
        Some(Wakeup::new(*at, "a download is tried again"))
    }

    /// Begins to deliver `package` from the start.
    pub(crate) fn begin(&mut self, ctx: &mut Context<'_>, package: &mut Package) -> Step {
        package.restart();
        self.failures = 0;
        match package.source {
            Source::Url(_) => self.probe(ctx, package),
            Source::Leaf(_) => self.erase(ctx, package, None),
        }
    }

    /// Goes on after a restart: first the bytes that are there already are hashed again.
    pub(crate) fn resume(&mut self, ctx: &mut Context<'_>, package: &mut Package) -> Step {
        self.failures = 0;
        if package.sha256.is_some() {
            self.verify(ctx, package)
        } else if package.written == 0 {
            self.begin(ctx, package)
        } else {
            self.read_on(ctx, package, Hashing::new(), Reading::Again)
        }
    }

    /// Reads a package back that was delivered before.
    pub(crate) fn verify(&mut self, ctx: &mut Context<'_>, package: &mut Package) -> Step {
        self.read_on(ctx, package, Hashing::new(), Reading::Back)
    }

    /// The user stops it. What was asked for is not waited for.
    pub(crate) fn cancel(&mut self, ctx: &mut Context<'_>, package: &mut Package) -> Step {
        self.end(ctx, package, Err(Failure::Cancelled))
    }

    /// Nothing goes on any more: the device came up again.
    pub(crate) fn forget(&mut self) {
        self.work = Work::None;
    }

    /// Takes the answer to an action of this delivery.
    pub(crate) fn action_result(&mut self, ctx: &mut Context<'_>, package: &mut Package, result: ActionResult) -> Step {
        match core::mem::take(&mut self.work) {
            Work::Probing(_) => self.probed(ctx, package, result),
            Work::Erasing(_, first) => match result.done() {
                Ok(()) => self.erased(ctx, package, first),
                Err(failure) => self.end(ctx, package, Err(Failure::Storage(failure))),
            },
            Work::Fetching(_, hashing) => self.fetched(ctx, package, hashing, result),
            Work::Writing(_, hashing, last) => match result.done() {
                Ok(()) => self.wrote(ctx, package, hashing, last),
                Err(failure) => self.end(ctx, package, Err(Failure::Storage(failure))),
            },
            Work::Reading(_, hashing, reading) => self.have_read(ctx, package, (hashing, reading), result),
            Work::Notifying(_, end) => self.notified(ctx, package, end, &result),
            idle @ (Work::None | Work::Pausing(_, _)) => {
                self.work = idle;
                Step::Wait
            }
        }
    }

    /// Goes on when a pause is over.
    pub(crate) fn proceed(&mut self, ctx: &mut Context<'_>, package: &mut Package) -> Step {
        if !matches!(&self.work, Work::Pausing(at, _) if *at <= ctx.now) {
            return Step::Wait;
        }
        let Work::Pausing(_, retry) = core::mem::take(&mut self.work) else { return Step::Wait };
        match retry {
            Retry::Probe => self.probe(ctx, package),
            Retry::Fetch(hashing) => self.fetch(ctx, package, hashing),
            Retry::Notify(end) => self.notify(ctx, package, end),
        }
    }

    fn pause(&mut self, ctx: &Context<'_>, retry: Retry) -> Step {
        let pause = Duration::from_secs(1 << self.failures.saturating_sub(1).min(5));
        self.work = Work::Pausing(ctx.now + pause, retry);
        Step::Wait
    }

    fn probe(&mut self, ctx: &mut Context<'_>, package: &Package) -> Step {
        if let Source::Url(url) = &package.source {
            let action = Action::Fetch { url: url.clone(), offset: 0, max_len: BLOCK };
            self.work = Work::Probing(ctx.client.shared().out.action(action));
        }
        Step::Wait
    }

    fn probed(&mut self, ctx: &mut Context<'_>, package: &mut Package, result: ActionResult) -> Step {
        let block = match fetched_block(result) {
            Ok(block) => block,
            Err(failure) => return self.fetch_failed(ctx, package, failure, Retry::Probe),
        };
        self.failures = 0;
        if !is_descriptor(&block) {
            let last = if block.end { Last::Yes } else { Last::No };
            let len = block.whole.size.or_else(|| block.end.then_some(block.data.len() as u64));
            if len.is_some_and(|len| len > MAX_PACKAGE) {
                return self.end(ctx, package, Err(Failure::TooLong));
            }
            return self.erase_for(ctx, package, len, Some(First { data: block.data, last }));
        }
        let judged = if block.end {
            descriptor::judge(&block.data, self.accepts)
        } else {
            // No descriptor is as long as that.
            let failure = Failure::Descriptor(InstallStatus::INVALID_DESCRIPTOR);
            Err(descriptor::Refused { failure, notify: None })
        };
        match judged {
            Ok(described) => {
                package.described = Some(described);
                let _ = self.erase(ctx, package, None);
                Step::Store
            }
            Err(refused) => {
                package.refuse_to(refused.notify);
                self.end(ctx, package, Err(refused.failure))
            }
        }
    }

    fn erase(&mut self, ctx: &mut Context<'_>, package: &Package, first: Option<First>) -> Step {
        let len = match &package.source {
            Source::Url(_) => package.size(),
            Source::Leaf(uri) => ctx.tree.node_at(uri).and_then(|node| node.value()).map(|data| data.len() as u64),
        };
        self.erase_for(ctx, package, len, first)
    }

    fn erase_for(&mut self, ctx: &mut Context<'_>, package: &Package, len: Option<u64>, first: Option<First>) -> Step {
        let action = Action::Erase { place: package.place, len };
        self.work = Work::Erasing(ctx.client.shared().out.action(action), first);
        Step::Wait
    }

    fn erased(&mut self, ctx: &mut Context<'_>, package: &mut Package, first: Option<First>) -> Step {
        match first {
            Some(First { data, last }) => self.write(ctx, package, Hashing::new(), data, last),
            None => self.fetch(ctx, package, Hashing::new()),
        }
    }

    /// Asks for the next block.
    fn fetch(&mut self, ctx: &mut Context<'_>, package: &mut Package, hashing: Hashing) -> Step {
        let offset = package.written;
        match &package.source {
            Source::Url(url) => {
                let url = package.described.as_ref().map_or(url, |described| &described.object_uri).clone();
                let action = Action::Fetch { url, offset, max_len: BLOCK };
                self.work = Work::Fetching(ctx.client.shared().out.action(action), hashing);
                Step::Wait
            }
            Source::Leaf(uri) => {
                let data = ctx.tree.node_at(uri).and_then(|node| node.value()).unwrap_or_default();
                let rest = usize::try_from(offset).ok().and_then(|offset| data.get(offset..)).unwrap_or_default();
                let (block, rest) = rest.split_at(rest.len().min(BLOCK as usize));
                let last = if rest.is_empty() { Last::Yes } else { Last::No };
                let block = Bytes::copy_from_slice(block);
                self.write(ctx, package, hashing, block, last)
            }
        }
    }

    fn fetched(
        &mut self,
        ctx: &mut Context<'_>,
        package: &mut Package,
        hashing: Hashing,
        result: ActionResult,
    ) -> Step {
        let block = match fetched_block(result) {
            Ok(block) => block,
            // The URL that names nothing is the descriptor's, not the one that the server of the session gave.
            Err(Failure::Fetch(ActionFailure::BadUrl)) if package.described.is_some() => {
                return self.end(ctx, package, Err(Failure::Descriptor(InstallStatus::LOADER_ERROR)));
            }
            Err(failure) => return self.fetch_failed(ctx, package, failure, Retry::Fetch(hashing)),
        };
        self.failures = 0;
        if let Some(described) = &package.described {
            let size = block.whole.size.unwrap_or(described.size);
            if let Err(failure) = described.check_object(block.whole.media_type.as_deref(), size) {
                return self.end(ctx, package, Err(failure));
            }
        }
        self.write(ctx, package, hashing, block.data, if block.end { Last::Yes } else { Last::No })
    }

    fn fetch_failed(&mut self, ctx: &mut Context<'_>, package: &mut Package, failure: Failure, retry: Retry) -> Step {
        let may_pass = matches!(
            failure,
            Failure::Fetch(ActionFailure::Network | ActionFailure::Timeout | ActionFailure::Unavailable)
        );
        self.failures += 1;
        if may_pass && self.failures < MAX_FETCH_FAILURES {
            self.pause(ctx, retry)
        } else {
            self.end(ctx, package, Err(failure))
        }
    }

    fn write(
        &mut self,
        ctx: &mut Context<'_>,
        package: &mut Package,
        mut hashing: Hashing,
        data: Bytes,
        last: Last,
    ) -> Step {
        if data.is_empty() {
            return self.transferred(ctx, package, hashing);
        }
        let offset = hashing.len();
        hashing.add(&data);
        if hashing.len() > MAX_PACKAGE {
            return self.end(ctx, package, Err(Failure::TooLong));
        }
        if package.size().is_some_and(|size| hashing.len() > size) {
            return self.end(ctx, package, Err(Failure::Descriptor(InstallStatus::ATTRIBUTE_MISMATCH)));
        }
        let id = ctx.client.shared().out.action(Action::WriteAt { place: package.place, offset, data });
        self.work = Work::Writing(id, hashing, last);
        Step::Wait
    }

    fn wrote(&mut self, ctx: &mut Context<'_>, package: &mut Package, hashing: Hashing, last: Last) -> Step {
        let before = package.written;
        package.written = hashing.len();
        let (object, total) = (package.object.clone(), package.size());
        ctx.client.shared().out.event(Event::PackageProgress { object, stored: package.written, total });
        if last == Last::Yes {
            return self.transferred(ctx, package, hashing);
        }
        let boundary = before / PERSIST_EVERY != package.written / PERSIST_EVERY;
        let step = self.fetch(ctx, package, hashing);
        if boundary && step == Step::Wait { Step::Store } else { step }
    }

    /// All bytes are in the place: compare with what is known about them.
    fn transferred(&mut self, ctx: &mut Context<'_>, package: &mut Package, hashing: Hashing) -> Step {
        if let Some(described) = &package.described
            && let Err(failure) = described.check_object(None, package.written)
        {
            return self.end(ctx, package, Err(failure));
        }
        let digest = hashing.hex();
        let refuted = !package.claim.is_empty() && !package.claim.eq_ignore_ascii_case(&digest);
        if refuted || package.written == 0 {
            return self.end(ctx, package, Err(Failure::Corrupted));
        }
        package.sha256 = Some(digest);
        let _ = self.verify(ctx, package);
        Step::Store
    }

    /// Ends the delivery; before, whoever wrote the descriptor is told how.
    fn end(&mut self, ctx: &mut Context<'_>, package: &mut Package, end: End) -> Step {
        self.failures = 0;
        self.notify(ctx, package, end)
    }
}

/// The bytes that a Fetch gave; none at all without an end would never end.
fn fetched_block(result: ActionResult) -> Result<Block, Failure> {
    match result.block() {
        Ok(block) if block.data.len() > BLOCK as usize => Err(Failure::Driver),
        Ok(block) if block.data.is_empty() && !block.end => Err(Failure::Fetch(ActionFailure::Network)),
        Ok(block) => Ok(block),
        Err(failure) => Err(Failure::Fetch(failure)),
    }
}
