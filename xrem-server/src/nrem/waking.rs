//! When a node is notified \[dm 8, mission-matrix N5\].

use alloc::string::String;
use core::time::Duration;

use omadm_proto::ids::DevId;
use omadm_proto::time::Instant;

use super::{Event, Nrem, Step, Work};
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
    if !busy || node.bearers.is_empty() || node.account.is_none() {
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
        None => match wake.turn(now, &node.bearers) {
            Some((_, at)) if at > now => wake.put_off(at),
            Some((index, _)) => {
                changed |= notify(node, wake, index, step);
                wake.sent(now, index)
            }
            None => return None,
        },
    };
    if changed {
        step.persist.push(Record::Node(node.clone()));
    }
    Some(wake)
}

/// Notifies `node` over the bearer `index`, and tells whether its account changed by that.
fn notify(node: &mut NodeRecord, wake: Wake, index: usize, step: &mut Step) -> bool {
    let name = node.node_id();
    let (Some(bearer), Some(account)) = (node.bearers.get(index), node.account.as_mut()) else { return false };
    let before = account.resync;
    if let Some(notify) = Notify::new(bearer.address.clone(), account, wake) {
        let attempt = wake.attempts.saturating_add(1);
        step.events.push(Event::Notified { node: name, attempt });
        step.notify.push(notify);
    }
    account.resync != before
}

impl Nrem {
    /// The driver could not send the notification to `to` of the node that `records` belong to: the next bearer has its turn
    /// at once, or the same one after a pause.
    pub fn handle_notify_failure(&self, now: Instant, node: &DevId, records: &mut Records, to: &str) -> Step {
        let mut step = Step::default();
        let (Some(record), Some(wake)) = (&records.node, records.wake) else { return step };
        let Some(index) = record.bearers.iter().position(|bearer| bearer.address == to) else { return step };
        let scheme = String::from(crate::directory::scheme(to));
        step.events.push(Event::NotNotified { node: record.node_id(), scheme });
        let wake = Some(wake.failed(now, &record.bearers, index));
        records.wake = wake;
        step.persist.push(Record::Wake { node: node.clone(), wake });
        step
    }
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
        if let Some(wake) = records.wake.filter(|_| first) {
            wake.answered(self.now, &mut self.node.bearers);
        }
        let wake = match records.wake {
            // There is nowhere to ask a node that has no address for notifications.
            _ if !unfinished || self.node.bearers.is_empty() => None,
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
