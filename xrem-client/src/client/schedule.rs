//! Which session comes next, and when: asked-for ones after the running one, reports of waiting alerts with back-off.

use alloc::collections::BTreeMap;
use core::time::Duration;

use omadm_proto::ids::ServerId;
use omadm_proto::time::Instant;

use super::flight::backoff;
use crate::trigger::Trigger;

const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// The sessions to come.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    asked: BTreeMap<ServerId, Trigger>,
    pauses: BTreeMap<ServerId, Pause>,
}

/// How long a server is left alone after sessions that did not deliver.
#[derive(Debug)]
struct Pause {
    failures: u32,
    until: Instant,
}

impl Schedule {
    /// A session that somebody asked for; a notification's wins over the client's own, because it has an id to use.
    pub(super) fn ask(&mut self, server: ServerId, trigger: Trigger) {
        if trigger != Trigger::Client || !self.asked.contains_key(&server) {
            self.asked.insert(server, trigger);
        }
    }

    pub(super) fn next_asked(&mut self) -> Option<(ServerId, Trigger)> {
        self.asked.pop_first()
    }

    pub(super) fn has_asked(&self) -> bool {
        !self.asked.is_empty()
    }

    /// Whether a session with that id is going to start.
    pub(super) fn awaits(&self, server: &ServerId, id: u16) -> bool {
        match self.asked.get(server) {
            Some(Trigger::Server { session_id } | Trigger::Resync { session_id }) => *session_id == id,
            Some(Trigger::Client) | None => false,
        }
    }

    /// From when on alerts may be reported to `server` by a session of our own.
    pub(super) fn report_from(&self, server: &ServerId) -> Instant {
        self.pauses.get(server).map_or(Instant::ZERO, |pause| pause.until)
    }

    /// A session delivered what it was to deliver.
    pub(super) fn succeeded(&mut self, server: &ServerId) {
        self.pauses.remove(server);
    }

    /// A session did not.
    pub(super) fn failed(&mut self, server: &ServerId, now: Instant) {
        let failures = self.pauses.get(server).map_or(0, |pause| pause.failures).saturating_add(1);
        let until = now + backoff(FIRST_PAUSE, LONGEST_PAUSE, failures);
        self.pauses.insert(server.clone(), Pause { failures, until });
    }
}
