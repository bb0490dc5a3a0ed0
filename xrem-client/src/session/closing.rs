//! Ending a session from this side: Alert 1223, and the answer to it does not matter \[dm 3.9\].

use omadm_proto::message::Status;

use super::{Context, End, Session, State, Step, Wish};
use crate::event::Failure;

impl Session {
    /// Ends the session: at once while the driver keeps us waiting, else in place of the answer to the server's next message,
    /// because the exchange is half-duplex.
    pub(crate) fn abort(&mut self, ctx: &mut Context<'_>) -> Step {
        if let Some(header_status) = self.suspended_header_status() {
            return self.send_abort(ctx, header_status);
        }
        self.wish = Wish::Abort;
        Step::Wait
    }

    /// The session has lasted long enough. The server is told if it is our turn to send.
    pub(crate) fn expire(&mut self, ctx: &mut Context<'_>) -> Step {
        match self.suspended_header_status() {
            Some(header_status) => self.close(ctx, header_status, Failure::TimedOut),
            None => Step::End(End::Failure(Failure::TimedOut)),
        }
    }

    pub(super) fn send_abort(&mut self, ctx: &mut Context<'_>, header_status: Status<'static>) -> Step {
        self.close(ctx, header_status, Failure::AbortedHere)
    }

    /// Sends Alert 1223 with Final behind the Status for the server's header, and the answers to what was executed. Alerts of
    /// the outbox stay there, the tree stays as it is.
    fn close(&mut self, ctx: &mut Context<'_>, header_status: Status<'static>, failure: Failure) -> Step {
        if !matches!(self.state, State::Management(_)) {
            self.reply.clear();
        }
        self.carried.clear();
        self.state = State::Closing(End::Failure(failure));
        self.compose_last(ctx, header_status)
    }
}
