//! The Status that an answer of the user becomes \[dm 6.2\].

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use omadm_proto::message::{Data, Item};
use omadm_proto::status::StatusCode;

use super::{Interaction, InteractionKind, UserAnswer};
use crate::output::{ActionFailure, ActionResult};

/// Code and Items of the Status for an alert to the user.
#[derive(Debug, Clone)]
pub(crate) struct Response {
    pub(crate) code: StatusCode,
    pub(crate) items: Vec<Item<'static>>,
}

impl From<StatusCode> for Response {
    fn from(code: StatusCode) -> Self {
        Self { code, items: Vec::new() }
    }
}

impl Interaction {
    /// What the server is told when the driver gave `result`.
    pub(crate) fn response(&self, result: &ActionResult) -> Response {
        match result {
            ActionResult::User(answer) if self.accepts(answer) => self.answered(answer),
            ActionResult::Failed(ActionFailure::Unsupported) => StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED.into(),
            ActionResult::User(_)
            | ActionResult::Software(_)
            | ActionResult::Lock(_)
            | ActionResult::Done
            | ActionResult::Status(_)
            | ActionResult::Value(_)
            | ActionResult::Block { .. }
            | ActionResult::Fetched { .. }
            | ActionResult::Measured(_)
            | ActionResult::Failed(_) => StatusCode::COMMAND_FAILED.into(),
        }
    }

    fn answered(&self, answer: &UserAnswer) -> Response {
        let code = match answer {
            UserAnswer::No => StatusCode::NOT_MODIFIED,
            UserAnswer::Cancelled if self.kind != InteractionKind::Display => StatusCode::OPERATION_CANCELLED,
            UserAnswer::NoAnswer => StatusCode::REQUEST_TIMEOUT,
            UserAnswer::CannotShow => StatusCode::REQUESTED_SIZE_TOO_BIG,
            UserAnswer::Shown
            | UserAnswer::Yes
            | UserAnswer::Text(_)
            | UserAnswer::Choice(_)
            | UserAnswer::Choices(_)
            | UserAnswer::Cancelled => StatusCode::OK,
        };
        let texts = match (answer, &self.options.default) {
            (UserAnswer::NoAnswer, Some(default)) => texts_of(default),
            (UserAnswer::Text(_) | UserAnswer::Choice(_) | UserAnswer::Choices(_), _) => texts_of(answer),
            (
                UserAnswer::Shown
                | UserAnswer::Yes
                | UserAnswer::No
                | UserAnswer::Cancelled
                | UserAnswer::NoAnswer
                | UserAnswer::CannotShow,
                _,
            ) => Vec::new(),
        };
        let items = texts.into_iter().map(|text| Item::default().with_data(Data::from_bytes(text.into_bytes())));
        Response { code, items: items.collect() }
    }
}

/// The Data of each Item that carries `answer`, in the notation of DR and of the answers.
fn texts_of(answer: &UserAnswer) -> Vec<String> {
    match answer {
        UserAnswer::Yes => alloc::vec!["1".to_string()],
        UserAnswer::No => alloc::vec!["0".to_string()],
        UserAnswer::Text(text) => alloc::vec![text.clone()],
        UserAnswer::Choice(number) => alloc::vec![number.to_string()],
        UserAnswer::Choices(numbers) => numbers.iter().map(u32::to_string).collect(),
        UserAnswer::Shown | UserAnswer::Cancelled | UserAnswer::NoAnswer | UserAnswer::CannotShow => Vec::new(),
    }
}
