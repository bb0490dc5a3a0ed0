//! How long the client waits for a user \[dm 6.3\].

use omadm_proto::time::Wakeup;
use omadm_tree::tree::Tree;

use super::Client;
use crate::interaction::UserInterface;
use crate::session::Session;

impl Client {
    /// The same with a user who can be shown and asked something.
    #[must_use]
    pub const fn with_user_interface(mut self, interface: UserInterface) -> Self {
        self.shared.user_interface = interface;
        self
    }

    /// Whether a user is asked something that no session waits for.
    pub(crate) fn asks_user(&self) -> bool {
        self.pin_patience().is_some() || !self.calls.is_empty()
    }

    /// When the user's time is over.
    pub(super) fn patience(&self) -> Option<Wakeup> {
        let at = self.session.as_ref().and_then(Session::deadline);
        let answer = at.map(|at| Wakeup::new(at, "a user has not answered"));
        Wakeup::earliest(answer, Wakeup::earliest(self.pin_patience(), self.call_patience()))
    }

    /// Goes on without a user whose time is over.
    pub(super) fn give_up_on_user(&mut self, tree: &mut Tree) {
        self.give_up_on_pin();
        self.give_up_on_calls();
        if self.session.as_ref().and_then(Session::deadline).is_some_and(|at| at <= self.now) {
            self.with_session(tree, Session::give_up_on_user);
        }
    }
}
