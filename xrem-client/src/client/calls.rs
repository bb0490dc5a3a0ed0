//! What follows from a notification that proves itself, and from those that do not \[dm 8.1\].
//!
//! ui-mode: 1 and 0 start the session, 2 does and the event tells people, 3 asks the user before. Unspecified what a device
//! without a user does with 3; chosen: it starts the session, because ui-mode is a recommendation. A question that nobody
//! answers in an hour is refused. A session that the user refused is not asked for again by the same notification.
//!
//! Bad notifications are told as events ten times a minute and then no more, so that nobody fills a log. All are judged all
//! the same: a limit on judging would let a stranger keep the good ones out.

use alloc::collections::BTreeMap;
use core::time::Duration;

use omadm_proto::ids::{ActionId, ServerId};
use omadm_proto::notification::{Initiator, UiMode};
use omadm_proto::time::{Instant, Wakeup};
use omadm_tree::tree::Tree;

use super::Client;
use crate::event::{Event, Ignored};
use crate::interaction::{Interaction, UserAnswer, UserInterface};
use crate::output::{Action, ActionResult};
use crate::record::Record;
use crate::trigger::Trigger;

/// Bad notifications that are told in [`BAD_SPAN`].
const BAD_TOLD: u32 = 10;
const BAD_SPAN: Duration = Duration::from_secs(60);

/// A notification that proves itself.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) server: ServerId,
    pub(super) trigger: Trigger,
    pub(super) ui_mode: UiMode,
    pub(super) initiator: Initiator,
}

impl Call {
    const fn session_id(&self) -> Option<u16> {
        match self.trigger {
            Trigger::Server { session_id } | Trigger::Resync { session_id } => Some(session_id),
            Trigger::Client => None,
        }
    }
}

/// Notifications that wait for a user, and the bad ones of late.
#[derive(Debug, Default)]
pub(super) struct Calls {
    asked: BTreeMap<ActionId, Asked>,
    bad: u32,
    bad_since: Instant,
}

/// The user has not said whether the session may start.
#[derive(Debug)]
struct Asked {
    call: Call,
    until: Instant,
}

impl Calls {
    /// Whether the user is being asked about this very session.
    pub(super) fn awaits(&self, server: &ServerId, session_id: u16) -> bool {
        let mut calls = self.asked.values().map(|asked| &asked.call);
        calls.any(|call| call.server == *server && call.session_id() == Some(session_id))
    }

    /// Whether the user is being asked about any session.
    pub(super) fn is_empty(&self) -> bool {
        self.asked.is_empty()
    }

    /// What is told about one more bad notification.
    fn tell(&mut self, now: Instant, why: Ignored) -> Option<Ignored> {
        if self.bad == 0 || now.since(self.bad_since) >= BAD_SPAN {
            (self.bad, self.bad_since) = (0, now);
        }
        self.bad = self.bad.saturating_add(1);
        match self.bad {
            0..=BAD_TOLD => Some(why),
            last if last == BAD_TOLD + 1 => Some(Ignored::Flood),
            _ => None,
        }
    }
}

impl Client {
    /// Starts the session, or asks the user whether it may start.
    pub(super) fn answer_call(&mut self, tree: &mut Tree, call: Call) {
        self.shared.out.event(Event::Notified {
            server: call.server.clone(),
            ui_mode: call.ui_mode,
            initiator: call.initiator,
        });
        let asks = call.ui_mode == UiMode::UserInteraction && self.shared.user_interface == UserInterface::Present;
        if !asks {
            return self.accept_call(tree, call);
        }
        // The newest notification of a server counts; the user is asked once.
        if let Some(asked) = self.calls.asked.values_mut().find(|asked| asked.call.server == call.server) {
            asked.call = call;
            return;
        }
        let question = Action::ConfirmSession { server: call.server.clone(), initiator: call.initiator };
        let id = self.shared.out.action(question);
        let until = self.now + Interaction::LONGEST_WAIT;
        self.calls.asked.insert(id, Asked { call, until });
    }

    /// Takes the user's answer about a session. False when the action is another one.
    pub(super) fn take_permission(&mut self, tree: &mut Tree, id: ActionId, result: &ActionResult) -> bool {
        let Some(asked) = self.calls.asked.remove(&id) else { return false };
        if *result == ActionResult::User(UserAnswer::Yes) {
            self.accept_call(tree, asked.call);
        } else {
            self.refuse_call(&asked.call);
        }
        true
    }

    /// When the user's time to allow a session is over.
    pub(super) fn call_patience(&self) -> Option<Wakeup> {
        let until = self.calls.asked.values().map(|asked| asked.until).min()?;
        Some(Wakeup::new(until, "nobody has allowed the session"))
    }

    /// Refuses sessions that nobody allowed in time.
    pub(super) fn give_up_on_calls(&mut self) {
        while let Some(id) = self.calls.asked.iter().find(|(_, asked)| asked.until <= self.now).map(|(id, _)| *id) {
            if let Some(asked) = self.calls.asked.remove(&id) {
                self.refuse_call(&asked.call);
            }
        }
    }

    /// Tells about a notification that started nothing, unless there are too many of them.
    pub(super) fn ignore(&mut self, why: Ignored) {
        let told = match why {
            Ignored::Malformed | Ignored::Version | Ignored::UnknownServer | Ignored::WrongDigest => {
                self.calls.tell(self.now, why)
            }
            Ignored::Repeated | Ignored::Refused | Ignored::Flood | Ignored::TooSoon => Some(why),
        };
        if let Some(why) = told {
            self.shared.out.event(Event::NotificationIgnored(why));
        }
    }

    fn accept_call(&mut self, tree: &mut Tree, call: Call) {
        self.note_call(&call);
        self.schedule.ask(call.server, call.trigger);
        self.start_next(tree);
    }

    fn refuse_call(&mut self, call: &Call) {
        self.note_call(call);
        self.shared.out.event(Event::NotificationIgnored(Ignored::Refused));
    }

    /// The same notification again starts nothing more.
    fn note_call(&mut self, call: &Call) {
        if let Some(entry) = self.accounts.get_mut(&call.server) {
            entry.record.last_notified = call.session_id();
            self.shared.out.persist(Record::Account(entry.record.clone()));
        }
    }
}
