//! The version of the protocol: one for a whole session, and an older one in a new session when the server wants it \[dm 14\].
//!
//! Unspecified for DM 1.3; chosen: a 513, or an answer in DM 1.2, leads to a new session in DM 1.2.

use omadm_proto::message::{Data, Item, Message};
use omadm_proto::status::StatusCode;
use omadm_proto::version::DmVersion;

use super::authentication::{HeaderAnswer, Over};
use super::{Context, End, Session, Step};
use crate::event::Failure;

impl Session {
    /// The version to begin anew with.
    pub(super) fn older_version(&self, message: &Message<'_>, answer: HeaderAnswer) -> Option<DmVersion> {
        let refused = StatusCode::PROTOCOL_VERSION_NOT_SUPPORTED;
        let is_refused = answer == HeaderAnswer::Over(Over::Failure(Failure::Status(refused)));
        let answers_in_older = message.header.version() == Some(DmVersion::V1_2);
        (self.facts.version == DmVersion::V1_3 && (is_refused || answers_in_older)).then_some(DmVersion::V1_2)
    }

    /// The code that says that the message is of another version than the session \[dm 3.11\].
    pub(super) fn version_fault(&self, message: &Message<'_>) -> Option<StatusCode> {
        let spoken = self.facts.version;
        if message.header.version() == Some(spoken) {
            return None;
        }
        let same_dtd = message.header.ver_dtd.trim() == spoken.ver_dtd();
        Some(if same_dtd { StatusCode::PROTOCOL_VERSION_NOT_SUPPORTED } else { StatusCode::DTD_VERSION_NOT_SUPPORTED })
    }

    /// Refuses a message of another version, names the one that is spoken, and ends the session.
    pub(super) fn refuse_version(&mut self, ctx: &mut Context<'_>, message: &Message<'_>, code: StatusCode) -> Step {
        let spoken = match code {
            StatusCode::DTD_VERSION_NOT_SUPPORTED => self.facts.version.ver_dtd(),
            _ => self.facts.version.ver_proto(),
        };
        let mut status = self.status_for_header(message, code, None);
        status.items.push(Item::default().with_data(Data::text(spoken)));
        self.close_with(ctx, message, status, End::Failure(Failure::Version))
    }
}
