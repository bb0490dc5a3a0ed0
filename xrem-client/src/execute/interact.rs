//! An alert to the user, once he has answered, and what the answer means for the commands behind it \[dm 6.2\].
//!
//! A cancel ends the processing of the package. "No" ends the innermost Sequence, fails an Atomic, and means nothing
//! elsewhere. Unspecified what no answer in time (408) means for a Sequence; chosen: the same as "No", because what stands
//! behind a question must not run without its answer.

use omadm_proto::message::Command;
use omadm_proto::status::StatusCode;

use super::{Executor, Wanted, name_of};
use crate::output::ActionResult;

impl Executor<'_> {
    /// Goes on with the alert, or the Atomic around it, that waited for the user. Gives it back when it wants more.
    pub(crate) fn answer_user<'a>(
        &mut self,
        command: Command<'a>,
        wanted: Wanted,
        result: &ActionResult,
    ) -> Option<(Command<'a>, Wanted)> {
        let Wanted::User { interaction, mut given } = wanted else {
            self.answer(&command, StatusCode::COMMAND_FAILED);
            return None;
        };
        let response = interaction.response(result);
        if response.code == StatusCode::OPERATION_CANCELLED {
            self.sequences.cancel();
        }
        if let Command::Atomic(container) = command {
            given.push(response);
            return self.atomic(container, given).map(|(container, wanted)| (Command::Atomic(container), wanted));
        }
        if matches!(response.code, StatusCode::NOT_MODIFIED | StatusCode::REQUEST_TIMEOUT) {
            self.sequences.refuse();
        }
        self.sequences.answered(response.code);
        let mut status = self.status(command.cmd_id(), name_of(&command), response.code);
        status.items = response.items;
        self.reply.status(status);
        None
    }
}
