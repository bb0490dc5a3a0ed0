//! Whether a received Package #0 starts a session \[dm 8.1, 7.6\].

use alloc::string::ToString as _;
use core::time::Duration;

use omadm_proto::auth::Nonce;
use omadm_proto::ids::ServerId;
use omadm_proto::notification::{Notification, NotificationError};
use omadm_proto::time::Instant;

use super::Client;
use super::calls::Call;
use super::flight::backoff;
use crate::account::Resync;
use crate::event::Ignored;
use crate::trigger::Trigger;

const FIRST_PAUSE: Duration = Duration::from_secs(60);
const LONGEST_PAUSE: Duration = Duration::from_secs(86_400);

/// How long the zero nonce starts no other session. What it proves can be replayed, so replaying must not pay: the pause
/// doubles with each session that comes to nothing.
#[derive(Debug)]
pub(super) struct ResyncPause {
    tries: u32,
    until: Instant,
}

impl ResyncPause {
    pub(super) const NONE: Self = Self { tries: 0, until: Instant::ZERO };

    fn began(&mut self, now: Instant) {
        self.tries = self.tries.saturating_add(1);
        self.until = now + backoff(FIRST_PAUSE, LONGEST_PAUSE, self.tries);
    }

    /// A session with the account finished, so that both sides know their nonces.
    pub(super) const fn succeeded(&mut self) {
        self.tries = 0;
    }
}

impl Client {
    pub(super) fn judge_notification(&mut self, bytes: &[u8]) -> Result<Call, Ignored> {
        let received = Notification::parse(bytes).map_err(|error| {
            if matches!(error, NotificationError::Version { .. }) { Ignored::Version } else { Ignored::Malformed }
        })?;
        let Notification { session_id, ui_mode, initiator, .. } = *received.notification();
        let server = ServerId::new(received.notification().server_id.to_string());
        let entry = self.accounts.get_mut(&server).ok_or(Ignored::UnknownServer)?;
        let credentials = entry.account.server.as_ref().ok_or(Ignored::WrongDigest)?;
        let verifies = |nonce: &Nonce| received.verify(&credentials.secret, nonce);
        let known = entry.record.server_nonces().any(verifies);
        let is_resync = !known && entry.account.resync == Resync::Allowed && verifies(&Nonce::resync());
        if !known && !is_resync {
            return Err(Ignored::WrongDigest);
        }
        let is_coming = self.schedule.awaits(&server, session_id) || self.calls.awaits(&server, session_id);
        if entry.record.last_notified == Some(session_id) || is_coming {
            return Err(Ignored::Repeated);
        }
        let trigger = if is_resync {
            if self.now < entry.resync.until {
                return Err(Ignored::TooSoon);
            }
            entry.resync.began(self.now);
            Trigger::Resync { session_id }
        } else {
            Trigger::Server { session_id }
        };
        Ok(Call { server, trigger, ui_mode, initiator })
    }
}
