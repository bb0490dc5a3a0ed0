//! The options string of an alert to the user: `NAME=value&NAME=value`, URL-encoded \[dm 6.3\].

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::{InteractionKind, UserAnswer};

/// How something is shown or asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct InteractionOptions {
    /// MINDT: it stays on the display at least so long.
    pub min_display: Option<Duration>,
    /// MAXDT: the user has so much time.
    pub max_wait: Option<Duration>,
    /// DR: what is highlighted or filled in at first. It is only where the user starts from.
    pub default: Option<UserAnswer>,
    /// MAXLEN: the most characters of a text.
    pub max_len: Option<u32>,
    /// IT: what kind of text.
    pub input: InputType,
    /// ET: whether the text may be seen.
    pub echo: Echo,
}

/// IT: what may be typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[allow(clippy::exhaustive_enums, reason = "the input types of the standard")]
pub enum InputType {
    /// `A`: any text.
    #[default]
    Alphanumeric,
    /// `N`: a number: digits, a point, a sign.
    Number,
    /// `D`: a date, `DDMMYYYY`.
    Date,
    /// `T`: a time, `hhmmss`.
    Time,
    /// `P`: a phone number: digits, `p`, `w`, `s`, a `+` in front.
    Phone,
    /// `I`: an IPv4 address, `xxx.yyy.zzz.www`.
    Ipv4,
}

/// ET: what is shown of a text while it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[allow(clippy::exhaustive_enums, reason = "the echo types of the standard")]
pub enum Echo {
    /// `T`: the text.
    #[default]
    Text,
    /// `P`: nothing that could be read: it is a password.
    Password,
}

impl InteractionOptions {
    /// Reads `text`; what is unknown, or makes no sense, is skipped.
    pub(super) fn parse(text: &str, kind: InteractionKind) -> Self {
        let mut options = Self::default();
        for (name, value) in text.split('&').filter_map(|pair| pair.split_once('=')) {
            match name.trim() {
                "MINDT" => options.min_display = seconds(value).or(options.min_display),
                "MAXDT" => options.max_wait = seconds(value).or(options.max_wait),
                "DR" => options.default = default_response(value, kind),
                "MAXLEN" => options.max_len = number(value).or(options.max_len),
                "IT" => options.input = InputType::parse(value.trim()).unwrap_or(options.input),
                "ET" => match value.trim() {
                    "T" => options.echo = Echo::Text,
                    "P" => options.echo = Echo::Password,
                    _ => {}
                },
                _ => {}
            }
        }
        options
    }
}

impl InputType {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "A" => Self::Alphanumeric,
            "N" => Self::Number,
            "D" => Self::Date,
            "T" => Self::Time,
            "P" => Self::Phone,
            "I" => Self::Ipv4,
            _ => return None,
        })
    }

    /// Whether `text` has this form.
    #[must_use]
    pub fn accepts(self, text: &str) -> bool {
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match self {
            Self::Alphanumeric => true,
            Self::Number => {
                let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
                let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
                digits(whole) && digits(fraction)
            }
            Self::Date => text.len() == 8 && digits(text),
            Self::Time => text.len() == 6 && digits(text),
            Self::Phone => {
                let rest = text.strip_prefix('+').unwrap_or(text);
                !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit() || b"pws".contains(&byte))
            }
            Self::Ipv4 => {
                let is_part =
                    |part: &str| part.len() <= 3 && digits(part) && part.parse::<u16>().is_ok_and(|n| n <= 255);
                text.split('.').count() == 4 && text.split('.').all(is_part)
            }
        }
    }
}

fn number(text: &str) -> Option<u32> {
    text.trim().parse().ok()
}

/// Seconds, more than none.
fn seconds(text: &str) -> Option<Duration> {
    number(text).filter(|seconds| *seconds > 0).map(|seconds| Duration::from_secs(seconds.into()))
}

fn default_response(value: &str, kind: InteractionKind) -> Option<UserAnswer> {
    match kind {
        InteractionKind::Display => None,
        InteractionKind::Confirm => match value.trim() {
            "0" => Some(UserAnswer::No),
            "1" => Some(UserAnswer::Yes),
            _ => None,
        },
        InteractionKind::TextInput => url_decoded(value).map(UserAnswer::Text),
        InteractionKind::SingleChoice => number(value).map(UserAnswer::Choice),
        InteractionKind::MultipleChoice => {
            value.split('-').map(number).collect::<Option<Vec<u32>>>().map(UserAnswer::Choices)
        }
    }
}

/// `+` is a blank, `%XX` a byte; `None` when the bytes are no text.
fn url_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                let (high, low) = (digit()?, digit()?);
                u8::try_from(high << 4 | low).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}
