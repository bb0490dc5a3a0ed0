//! How a session ends for its account: back-off, a notification that may be repeated, a version to begin anew with.

use omadm_proto::version::DmVersion;

use super::Client;
use super::accounts::Entry;
use crate::event::Event;
use crate::session::{End, Session};
use crate::trigger::Trigger;

impl Entry {
    /// The version that the next session begins with.
    pub(super) fn version(&self) -> DmVersion {
        let older = self.fallback.or(self.record.version);
        older.map_or(self.account.version, |older| older.min(self.account.version))
    }
}

impl Client {
    pub(super) fn ended(&mut self, session: &Session, end: End) {
        if let End::Version(version) = end {
            return self.begin_anew(session, version);
        }
        let server = session.server().clone();
        let undelivered = self.shared.outbox.waiting_for(&server).any(|(alert, _)| session.has_announced(alert));
        if end == End::Finished && !undelivered {
            self.schedule.succeeded(&server);
        } else {
            self.schedule.failed(&server, self.now);
        }
        if let Some(entry) = self.accounts.get_mut(&server) {
            if end == End::Finished {
                entry.resync.succeeded();
                if let Some(version) = entry.fallback.take() {
                    entry.record.version = Some(version);
                    self.shared.unsaved.account = true;
                }
            } else if session.trigger() != Trigger::Client {
                // The server may repeat its notification, and then it shall be heard.
                entry.record.last_notified = None;
                self.shared.unsaved.account = true;
            }
        }
        self.persist_changes(&server);
        self.shared.out.event(match end {
            End::Finished => Event::SessionFinished { server, session: session.session_id().clone() },
            End::Authentication(side) => Event::AuthenticationFailed { server, side },
            End::Failure(failure) => Event::SessionFailed { server, failure },
            End::Version(version) => Event::OlderVersion { server, version },
        });
    }

    /// The same session once more in an older version. It is remembered when that works: who says 513 has not proven anything.
    fn begin_anew(&mut self, session: &Session, version: DmVersion) {
        let server = session.server().clone();
        if let Some(entry) = self.accounts.get_mut(&server) {
            entry.fallback = Some(version);
        }
        self.persist_changes(&server);
        self.schedule.ask(server.clone(), session.trigger());
        self.shared.out.event(Event::OlderVersion { server, version });
    }
}
