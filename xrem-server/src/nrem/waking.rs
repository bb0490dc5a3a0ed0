//! When a node is notified \[dm 8, mission-matrix N5\].

use core::time::Duration;

use omadm_proto::time::Instant;

use super::{Event, Step, Work};
use crate::directory::NodeRecord;
use crate::session::Session;
use crate::store::{Record, Records};
use crate::wakeup::{self, Notify, Wake};

/// A session in which nothing came for so long is over, and a node with unfinished work is asked again.
const SESSION_IDLE: Duration = Duration::from_secs(60);

/// Whether and when the node is to be notified; a notification that is due is sent, and what it changes in the account is
/// stored first.
pub(super) fn next_wake(now: Instant, records: &mut Records, busy: bool, step: &mut Step) -> Option<Wake> {
    let node = records.node.as_mut()?;
    if !busy || node.notify.is_none() || node.account.is_none() {
        return None;
    }
    let mut changed = false;
    let wake = records.wake.unwrap_or_else(|| {
        changed = true;
        fresh_wake(now, node, &records.session)
    });
    let idle = records.session.last_message().filter(|_| records.session.is_open()).map(|last| last + SESSION_IDLE);
    let wake = match idle.filter(|idle| *idle > now) {
        Some(idle) => wake.put_off(idle),
        None if wake.next > now => wake,
        None => {
            let name = node.node_id();
            if let (Some(to), Some(account)) = (node.notify.clone(), node.account.as_mut()) {
                let before = account.resync;
                if let Some(notify) = Notify::new(to, account, wake) {
                    let attempt = wake.attempts.saturating_add(1);
                    step.events.push(Event::Notified { node: name, attempt });
                    step.notify.push(notify);
                }
                changed |= account.resync != before;
            }
            wake.sent(now)
        }
    };
    if changed {
        step.persist.push(Record::Node(node.clone()));
    }
    Some(wake)
}

/// A notification for a session that no notification has asked for before.
fn fresh_wake(now: Instant, node: &mut NodeRecord, session: &Session) -> Wake {
    let open = session.id().filter(|_| session.is_open());
    let id = wakeup::next_session(now, node.last_notified, open);
    node.last_notified = Some(id);
    Wake::at_once(now, id)
}

impl Work<'_, '_> {
    /// A node that vanishes in the middle is asked again when its session has been silent for long enough. It came, so the
    /// notification that asked it is served, whatever SessionID it came with; the next one asks for another session.
    pub(super) fn wake_later(&mut self, records: &mut Records, unfinished: bool) {
        let first = self.node.last_session == Some(self.now);
        let wake = match records.wake {
            // There is nowhere to ask a node that has no address for notifications.
            _ if !unfinished || self.node.notify.is_none() => None,
            Some(wake) if wake.attempts == 0 => Some(wake),
            Some(wake) if !first => Some(wake),
            Some(_) | None => Some(fresh_wake(self.now, self.node, &records.session)),
        };
        let wake = wake.map(|wake| wake.put_off(self.now + SESSION_IDLE));
        if wake.is_some() != records.wake.is_some() || (wake.is_some() && first) {
            records.wake = wake;
            self.step.persist.push(Record::Wake { node: self.node.id.clone(), wake });
        }
    }
}
