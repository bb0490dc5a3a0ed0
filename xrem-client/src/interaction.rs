//! What a server shows to the user or asks of him: alerts 1100 to 1104 \[dm 6.2, 6.3\].
//!
//! An [`Interaction`] is all that a user interface needs; it leaves as [`crate::Action::Interact`] and is answered with a
//! [`UserAnswer`]. A device without a user interface ([`UserInterface::None`], the default) answers 406.
//!
//! Where the sheet leaves a choice: without MAXDT, and beyond an hour, the machine waits [`Interaction::LONGEST_WAIT`], so
//! that no server holds a session for ever; nobody answering in that time is 408 with the default response, if there is
//! one, as Items, as a real client does; values of options that make no sense are skipped like unknown options; a text that
//! the user closed was shown.

mod options;
mod response;

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use omadm_proto::alert::AlertCode;
use omadm_proto::ids::ServerId;
use omadm_proto::message::{Alert, Data, Item};
use omadm_proto::status::StatusCode;

pub use self::options::{Echo, InputType, InteractionOptions};
pub(crate) use self::response::Response;

/// Whether somebody can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(clippy::exhaustive_enums, reason = "there is one or not")]
pub enum UserInterface {
    /// Nobody: alerts to the user are answered 406.
    #[default]
    None,
    /// The driver performs [`crate::Action::Interact`] and [`crate::Action::ConfirmSession`].
    Present,
}

/// What the user is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "the five alerts of the standard")]
pub enum InteractionKind {
    /// 1100: read the text.
    Display,
    /// 1101: say yes or no.
    Confirm,
    /// 1102: type a text.
    TextInput,
    /// 1103: pick one of the choices.
    SingleChoice,
    /// 1104: pick any number of the choices.
    MultipleChoice,
}

impl InteractionKind {
    const fn of(code: AlertCode) -> Option<Self> {
        match code {
            AlertCode::DISPLAY => Some(Self::Display),
            AlertCode::CONFIRM_OR_REJECT => Some(Self::Confirm),
            AlertCode::TEXT_INPUT => Some(Self::TextInput),
            AlertCode::SINGLE_CHOICE => Some(Self::SingleChoice),
            AlertCode::MULTIPLE_CHOICE => Some(Self::MultipleChoice),
            _ => None,
        }
    }

    const fn has_choices(self) -> bool {
        matches!(self, Self::SingleChoice | Self::MultipleChoice)
    }
}

/// Something to show or to ask.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Interaction {
    /// Who asks.
    pub server: ServerId,
    /// What the user is to do.
    pub kind: InteractionKind,
    /// The text or the question.
    pub text: String,
    /// What to choose from, numbered from 1; empty unless `kind` is a choice.
    pub choices: Vec<String>,
    /// How.
    pub options: InteractionOptions,
}

/// What the user did.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum UserAnswer {
    /// The text was shown.
    Shown,
    /// Yes.
    Yes,
    /// No.
    No,
    /// This was typed.
    Text(String),
    /// The choice with this number, from 1.
    Choice(u32),
    /// The choices with these numbers, from 1, in any order.
    Choices(Vec<u32>),
    /// The user wants this, and what comes with it, not to go on.
    Cancelled,
    /// The user did nothing in the time there was.
    NoAnswer,
    /// This cannot be displayed.
    CannotShow,
}

impl Interaction {
    /// The longest time that the machine waits for a user.
    pub const LONGEST_WAIT: Duration = Duration::from_secs(3600);

    /// What `alert` wants of the user.
    ///
    /// # Errors
    /// 412 when Items are missing or are no texts; 406 for an alert that is none for the user.
    pub(crate) fn from_alert(server: &ServerId, alert: &Alert<'_>) -> Result<Self, StatusCode> {
        let kind = alert.code.and_then(InteractionKind::of).ok_or(StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED)?;
        let text_of = |item: &Item<'_>| item.data.as_ref().and_then(|data| data.as_str()).map(ToString::to_string);
        let mut items = alert.items.iter();
        let first = items.next().ok_or(StatusCode::INCOMPLETE_COMMAND)?;
        let written = match &first.data {
            None => "",
            Some(data) => data.as_str().ok_or(StatusCode::INCOMPLETE_COMMAND)?,
        };
        let text = items.next().and_then(text_of).ok_or(StatusCode::INCOMPLETE_COMMAND)?;
        let choices = if kind.has_choices() {
            items.map(text_of).collect::<Option<Vec<String>>>().ok_or(StatusCode::INCOMPLETE_COMMAND)?
        } else {
            Vec::new()
        };
        if kind.has_choices() && choices.is_empty() {
            return Err(StatusCode::INCOMPLETE_COMMAND);
        }
        let options = InteractionOptions::parse(written, kind);
        let mut interaction = Self { server: server.clone(), kind, text, choices, options };
        let default = interaction.options.default.take();
        interaction.options.default = default.filter(|answer| interaction.accepts(answer));
        Ok(interaction)
    }

    /// Whether `answer` is one to this: of its kind, within MAXLEN, in the form of IT, among the choices. A user interface
    /// that hands in another one makes the alert fail with 500.
    #[must_use]
    pub fn accepts(&self, answer: &UserAnswer) -> bool {
        let is_choice =
            |number: &u32| usize::try_from(*number).is_ok_and(|number| (1..=self.choices.len()).contains(&number));
        match (self.kind, answer) {
            (_, UserAnswer::Cancelled | UserAnswer::NoAnswer | UserAnswer::CannotShow)
            | (InteractionKind::Display, UserAnswer::Shown)
            | (InteractionKind::Confirm, UserAnswer::Yes | UserAnswer::No) => true,
            (InteractionKind::TextInput, UserAnswer::Text(text)) => {
                let fits = |max: u32| usize::try_from(max).map_or(true, |max| text.chars().count() <= max);
                // What XML cannot carry cannot be sent.
                let sendable = matches!(Data::from_bytes(text.as_bytes()), Data::Text(_));
                sendable && self.options.max_len.is_none_or(fits) && self.options.input.accepts(text)
            }
            (InteractionKind::SingleChoice, UserAnswer::Choice(number)) => is_choice(number),
            (InteractionKind::MultipleChoice, UserAnswer::Choices(numbers)) => {
                let repeats = |(at, number): (usize, &u32)| numbers.iter().take(at).any(|other| other == number);
                numbers.iter().all(is_choice) && !numbers.iter().enumerate().any(repeats)
            }
            (
                InteractionKind::Display
                | InteractionKind::Confirm
                | InteractionKind::TextInput
                | InteractionKind::SingleChoice
                | InteractionKind::MultipleChoice,
                _,
            ) => false,
        }
    }

    /// How long the machine waits: MAXDT, at most [`Self::LONGEST_WAIT`].
    #[must_use]
    pub fn wait(&self) -> Duration {
        self.options.max_wait.map_or(Self::LONGEST_WAIT, |wait| wait.min(Self::LONGEST_WAIT))
    }
}

impl fmt::Debug for Interaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interaction")
            .field("server", &self.server)
            .field("kind", &self.kind)
            .field("text_len", &self.text.len())
            .field("choices", &self.choices.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for UserAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shown => f.write_str("Shown"),
            Self::Yes => f.write_str("Yes"),
            Self::No => f.write_str("No"),
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Choice(number) => write!(f, "Choice({number})"),
            Self::Choices(numbers) => write!(f, "Choices({numbers:?})"),
            Self::Cancelled => f.write_str("Cancelled"),
            Self::NoAnswer => f.write_str("NoAnswer"),
            Self::CannotShow => f.write_str("CannotShow"),
        }
    }
}
