//! Whether an answer fits into a message of the server's size at all \[dm 3.8\].

use alloc::borrow::Cow;
use alloc::string::ToString as _;

use omadm_proto::auth::{self, Credentials, Nonce, Scheme};
use omadm_proto::ids::CmdId;
use omadm_proto::message::{Command, Location, Status, SyncHdr};
use omadm_proto::packager::{PackError, Packager, Pushed};
use omadm_proto::status::StatusCode;
use omadm_proto::version::DmVersion;

use super::{Facts, Session};

/// The room beside a header that has all that headers can have, and the Status for the server's.
pub(crate) struct Room<'s> {
    facts: &'s Facts,
    max_msg_size: Option<u64>,
}

/// As long as a name usually gets.
const NAME: &str = "a name of the device in its account, as long as they usually are";

impl Session {
    pub(super) const fn room(facts: &Facts, max_msg_size: Option<u64>) -> Room<'_> {
        Room { facts, max_msg_size }
    }
}

impl Room<'_> {
    /// Whether a message can carry `command`, whatever else its header has to say. On the safe side by what a Cred and a
    /// Chal take.
    pub(crate) fn holds(&self, command: &Command<'_>) -> bool {
        let Some(max) = self.max_msg_size else { return true };
        let pushed = self.message(max).and_then(|mut packager| packager.push(command));
        matches!(pushed, Ok(Pushed::Fits))
    }

    /// The one of `statuses` that is longest does not fit. No message size, no doubt.
    pub(crate) fn is_short_for(&self, statuses: &[Status<'static>]) -> bool {
        let length = |status: &Status<'static>| {
            let refs = status.target_refs.iter().map(|uri| uri.len());
            let items = status.items.iter().map(super::weight);
            refs.chain(items).sum::<usize>()
        };
        let longest = statuses.iter().max_by_key(|status| length(status));
        self.max_msg_size.is_some() && longest.is_some_and(|status| !self.holds(&Command::Status(status.clone())))
    }

    fn message(&self, max: u64) -> Result<Packager, PackError> {
        let facts = self.facts;
        let source = Location::new(facts.dev_id.as_str()).named(NAME);
        let target = Location::new(facts.destination.as_str());
        let mut header =
            SyncHdr::new(DmVersion::V1_2, facts.session_id.to_string(), facts.last_msg.next(), target, source);
        header.cred = auth::cred(Scheme::Md5, &Credentials::new(NAME, ""), &Nonce::EMPTY);
        let mut packager = Packager::begin(facts.syntax, &header, Some(max))?;
        let mut status = Status::new(1, facts.last_msg, CmdId::SYNC_HDR, "SyncHdr", StatusCode::OK);
        status.target_refs.push(Cow::Borrowed(facts.dev_id.as_str()));
        status.extras_mut().source_refs.push(facts.destination.as_str().into());
        status.extras_mut().chal = Some(auth::challenge(Scheme::Md5, Some(&Nonce::new([0; 32]))));
        match packager.push(&Command::Status(status))? {
            Pushed::Fits => Ok(packager),
            // Not in a message that holds nothing else.
            Pushed::Full => Err(PackError::WrongObject),
        }
    }
}
