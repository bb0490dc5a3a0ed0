//! One performance function at work: when it is sampled, when it uploads \[mo 9.4\].
//!
//! Both happen at exact multiples of Period and Upload, counted from the epoch of the time that is handed in. A sample carries
//! the time at which it was due. Unspecified what becomes of moments that passed unseen, because the device slept or was off;
//! chosen: the latest of them is sampled late, with the time at which that happens, and after a restart only if that is in
//! time still. In time is a tenth of the period, at least 1 s and at most 10 s.

use core::time::Duration;

use omadm_proto::ids::ActionId;
use omadm_proto::time::Instant;

use super::buffer::FunctionRecord;
use super::settings::FunctionSettings;

/// A function at work.
#[derive(Debug)]
pub(super) struct Sampler {
    pub(super) record: FunctionRecord,
    /// `None` when the tree has no such function.
    pub(super) settings: Option<FunctionSettings>,
    next_sample: Option<Instant>,
    next_upload: Option<Instant>,
    /// An upload is due and could not be made yet.
    pub(super) wants_upload: bool,
    /// The reading that is being taken.
    pub(super) reading: Option<ActionId>,
    /// The latest reading failed.
    pub(super) failed: bool,
}

impl Sampler {
    pub(super) const fn new(record: FunctionRecord) -> Self {
        Self {
            record,
            settings: None,
            next_sample: None,
            next_upload: None,
            wants_upload: false,
            reading: None,
            failed: false,
        }
    }

    /// Takes what the tree says now.
    pub(super) fn configure(&mut self, now: Instant, settings: Option<FunctionSettings>) {
        let period = |settings: Option<FunctionSettings>| settings.filter(|it| it.enabled).map(|it| it.period);
        let upload = |settings: Option<FunctionSettings>| settings.and_then(|it| it.upload);
        if period(self.settings) != period(settings) {
            let goes_on = self.settings.is_none() && self.record.latest().is_some();
            self.next_sample = period(settings).map(|period| {
                let missed = floor(now, period);
                if goes_on && is_in_time(missed, now, period) { missed } else { ceiling(now, period) }
            });
        }
        if upload(self.settings) != upload(settings) {
            self.next_upload = upload(settings).map(|upload| ceiling(now, upload));
            self.wants_upload = false;
        }
        self.settings = settings;
    }

    /// The moment that a sample is due for, if one is due now. It is due once.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<Instant> {
        let due = self.next_sample.filter(|due| *due <= now)?;
        let period = self.settings?.period;
        let latest = floor(now, period).max(due);
        self.next_sample = Some(latest + period);
        // A reading that takes longer than a period costs the samples that it stands in the way of.
        if self.reading.is_some() {
            return None;
        }
        Some(if is_in_time(latest, now, period) { latest } else { now })
    }

    /// Notices that an upload is due.
    pub(super) fn look_at_upload(&mut self, now: Instant) {
        if let (Some(due), Some(upload)) = (self.next_upload, self.settings.and_then(|settings| settings.upload))
            && due <= now
        {
            self.next_upload = Some(floor(now, upload) + upload);
            self.wants_upload = true;
        }
    }

    /// When it has something to do.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.next_sample.into_iter().chain(self.next_upload).min()
    }
}

/// Whether `now` is early enough for what was due at `due`.
fn is_in_time(due: Instant, now: Instant, period: Duration) -> bool {
    now.since(due) <= (period / 10).clamp(Duration::from_secs(1), Duration::from_secs(10))
}

/// The latest multiple of `step` that is not after `now`.
pub(super) fn floor(now: Instant, step: Duration) -> Instant {
    Instant::from_millis(now.as_millis() - now.as_millis() % millis(step))
}

/// The earliest multiple of `step` that is not before `now`.
fn ceiling(now: Instant, step: Duration) -> Instant {
    let floor = floor(now, step);
    if floor == now { now } else { floor + step }
}

fn millis(step: Duration) -> u64 {
    u64::try_from(step.as_millis()).unwrap_or(u64::MAX).max(1)
}
