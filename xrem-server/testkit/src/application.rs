//! The application of a device: runs its Execs, answers its user interface and raises alerts. Its own memory survives
//! everything, and it hands an alert over again when the power failed before the machine had stored it.

use alloc::collections::{BTreeMap, VecDeque};
use core::time::Duration;

use bytes::Bytes;
use omadm_proto::status::StatusCode;
use omadm_proto::time::Instant;
use xrem_client::ConfigurationFile;
use xrem_client::interaction::InteractionKind;
use xrem_client::output::ActionResult;
use xrem_client::record::Record;
use xrem_client::{Drem, Event, GenericAlert, Interaction, UserAnswer};

use crate::dice::Dice;

/// The last name of an Exec that is answered 202 and reports later.
const LATER: &str = "/Later";

pub(crate) struct Application {
    dice: Dice,
    /// Execs that ran, by URI and Correlator.
    pub(crate) execs: BTreeMap<(String, Option<String>), u32>,
    /// Commands that were executed, by verb and URI.
    pub(crate) executed: BTreeMap<(String, String), u32>,
    pub(crate) sessions: Sessions,
    /// Configuration files that were applied, by the number of their job.
    pub(crate) configurations: BTreeMap<u64, Bytes>,
    to_raise: VecDeque<(Instant, GenericAlert)>,
    /// Handed to the machine, not known to be stored.
    handed: Option<GenericAlert>,
}

/// The sessions of one device so far.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Sessions {
    /// How many began.
    pub started: u32,
    /// How many of them ended as they should.
    pub finished: u32,
    /// How many ended otherwise, those that a power cut ended included.
    pub broken: u32,
    /// The longest time that one took.
    pub longest: Duration,
    since: Option<Instant>,
}

impl Sessions {
    fn end(&mut self, now: Instant) -> bool {
        let since = self.since.take();
        self.longest = self.longest.max(since.map_or(Duration::ZERO, |since| now.since(since)));
        since.is_some()
    }
}

impl Application {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            dice: Dice::new(seed),
            execs: BTreeMap::new(),
            executed: BTreeMap::new(),
            sessions: Sessions::default(),
            configurations: BTreeMap::new(),
            to_raise: VecDeque::new(),
            handed: None,
        }
    }

    pub(crate) fn raise(&mut self, at: Instant, alert: GenericAlert) {
        self.to_raise.push_back((at, alert));
    }

    /// Runs an Exec.
    pub(crate) fn exec(&mut self, now: Instant, uri: &str, correlator: Option<String>) -> ActionResult {
        *self.execs.entry((uri.to_owned(), correlator.clone())).or_default() += 1;
        if !uri.ends_with(LATER) {
            return ActionResult::Status(StatusCode::OK);
        }
        let alert = GenericAlert::new("urn:x-xrem:at:done", "200").source(uri).correlator(correlator);
        let at = now + Duration::from_millis(self.dice.below(20_000));
        self.raise(at, alert);
        ActionResult::Status(StatusCode::ACCEPTED_FOR_PROCESSING)
    }

    /// Applies a configuration file, once.
    pub(crate) fn configure(&mut self, file: ConfigurationFile) -> ActionResult {
        self.configurations.entry(file.number).or_insert(file.data);
        ActionResult::Done
    }

    /// What the user answers, who is quick and agrees to everything.
    pub(crate) fn interact(interaction: &Interaction) -> ActionResult {
        ActionResult::User(match interaction.kind {
            InteractionKind::Display => UserAnswer::Shown,
            InteractionKind::Confirm => UserAnswer::Yes,
            InteractionKind::TextInput => UserAnswer::Text("typed".to_owned()),
            InteractionKind::SingleChoice => UserAnswer::Choice(1),
            InteractionKind::MultipleChoice => UserAnswer::Choices(vec![1]),
        })
    }

    /// Hands one alert to the machine, when there is one and the one before is stored.
    pub(crate) fn hand_over(&mut self, now: Instant, drem: &mut Drem) -> bool {
        if self.handed.is_some() {
            return false;
        }
        let Some(due) = self.to_raise.iter().position(|(at, _)| *at <= now) else { return false };
        self.handed = self.to_raise.remove(due).map(|(_, alert)| alert);
        self.handed.clone().map(|alert| drem.queue_alert(alert)).is_some()
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.to_raise.iter().map(|(at, _)| *at).min()
    }

    /// A record was stored.
    pub(crate) fn stored(&mut self, record: &Record) {
        if let Record::Outbox(_) = record {
            self.handed = None;
        }
    }

    pub(crate) fn cut(&mut self, now: Instant) {
        if self.sessions.end(now) {
            self.sessions.broken += 1;
        }
        if let Some(alert) = self.handed.take() {
            self.to_raise.push_front((now, alert));
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "an application is not interested in everything")]
    pub(crate) fn note(&mut self, now: Instant, event: &Event) {
        match event {
            Event::SessionStarted { .. } => {
                self.sessions.started += 1;
                self.sessions.since = Some(now);
            }
            Event::SessionFinished { .. } => {
                self.sessions.end(now);
                self.sessions.finished += 1;
            }
            Event::SessionFailed { .. } | Event::AuthenticationFailed { .. } => {
                self.sessions.end(now);
                self.sessions.broken += 1;
            }
            // A chunk is taken, and executed with the last one.
            Event::CommandExecuted { verb, uri, status, .. } if *status != StatusCode::CHUNKED_ITEM_ACCEPTED => {
                *self.executed.entry((verb.as_str().to_owned(), uri.clone())).or_default() += 1;
            }
            _ => {}
        }
    }
}
