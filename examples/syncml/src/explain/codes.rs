//! Status, alert and result codes in words \[dm 5, 6; mo 5.4, 6, 7.4, 8.1\].

use omadm_proto::alert::AlertCode;
use omadm_proto::status::{StatusClass, StatusCode};
use serde_json::{Value, json};

use super::{results, statuses};

/// What a number is looked up as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Status,
    Alert,
    Result,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Status, Self::Alert, Self::Result];

    pub(super) fn parse(word: &str) -> Option<Self> {
        match word {
            "status" => Some(Self::Status),
            "alert" => Some(Self::Alert),
            "result" => Some(Self::Result),
            _ => None,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Alert => "alert",
            Self::Result => "result",
        }
    }
}

/// A code in words.
#[derive(Debug)]
pub(super) struct Explained {
    pub(super) kind: Kind,
    pub(super) number: u16,
    /// Whether the code has a meaning of its own; else only its range speaks.
    pub(super) known: bool,
    /// `418 Already exists`, `1226 Generic alert (client)`.
    pub(super) title: String,
    pub(super) meaning: String,
    /// What to do about it.
    pub(super) advice: String,
}

impl Explained {
    pub(super) fn to_json(&self) -> Value {
        json!({
            "kind": self.kind.as_str(),
            "code": self.number,
            "known": self.known,
            "title": self.title,
            "meaning": self.meaning,
            "advice": self.advice,
        })
    }
}

/// Everything that `number` is, as `kind` or as anything.
pub(super) fn explain(kind: Option<Kind>, number: u16) -> Vec<Explained> {
    let kinds: &[Kind] = match &kind {
        Some(kind) => std::slice::from_ref(kind),
        None => &Kind::ALL,
    };
    let all: Vec<_> = kinds.iter().flat_map(|kind| look_up(*kind, number)).collect();
    if kind.is_some() || all.iter().all(|explained| !explained.known) {
        return all;
    }
    all.into_iter().filter(|explained| explained.known).collect()
}

fn look_up(kind: Kind, number: u16) -> Vec<Explained> {
    match kind {
        Kind::Status => vec![status(number)],
        Kind::Alert => vec![alert(number)],
        Kind::Result => results::explain(number),
    }
}

fn status(number: u16) -> Explained {
    let code = StatusCode::from_u16(number);
    let row = statuses::row(number);
    let class = match code.class() {
        StatusClass::InProgress => "in progress: the final status follows",
        StatusClass::Success => "success",
        StatusClass::Redirection => "redirection",
        StatusClass::OriginatorError => "the sender of the command is at fault",
        StatusClass::RecipientError => "the recipient of the command is at fault",
        _ => "no status of the protocol",
    };
    let known = code.text().is_some();
    let meaning = match row {
        Some(row) => row.meaning.to_string(),
        None if known => format!("Not used in device management ({class})."),
        None => format!("Nobody registered this code ({class})."),
    };
    let advice = match row {
        Some(row) => row.advice.to_string(),
        None if number >= 1000 => {
            "Codes from 1000 on are alert codes or results of management objects, never statuses.".to_string()
        }
        None if (100..600).contains(&number) => format!("Treat it as {}00, the first of its class.", number / 100),
        None => "A status has three digits; Windows uses 600 and above for health attestation.".to_string(),
    };
    Explained { kind: Kind::Status, number, known, title: code.to_string(), meaning, advice }
}

/// Who sends an alert, what it means and what to do \[dm 6\].
struct AlertRow {
    number: u16,
    sender: &'static str,
    meaning: &'static str,
    advice: &'static str,
}

/// What the answers to every question to the user have in common.
const QUESTION: &str = "Item 1 holds the options (MINDT, MAXDT, DR, …), Item 2 the text. Answers: 200, 214 when the user \
    cancelled, 408 when nobody answered in MAXDT, 406 when there is no such dialogue, 412 when Items are missing, 416 when it \
    cannot be displayed. Windows does not know 1100 to 1104.";

const ALERTS: [AlertRow; 12] = [
    AlertRow { number: 1100, sender: "server", meaning: "Show a text to the user.", advice: QUESTION },
    AlertRow {
        number: 1101,
        sender: "server",
        meaning: "Ask the user yes or no: yes is 200, no is 304. A no inside Atomic rolls it back, inside Sequence the rest is 215.",
        advice: QUESTION,
    },
    AlertRow {
        number: 1102,
        sender: "server",
        meaning: "Ask the user for a text; it comes back in the Item of the Status.",
        advice: QUESTION,
    },
    AlertRow {
        number: 1103,
        sender: "server",
        meaning: "Let the user choose one; Items 3 and on are the choices, the number chosen comes back from 1.",
        advice: QUESTION,
    },
    AlertRow {
        number: 1104,
        sender: "server",
        meaning: "Let the user choose some; one Item for each choice comes back, in any order.",
        advice: QUESTION,
    },
    AlertRow {
        number: 1200,
        sender: "client, in package 1",
        meaning: "This session answers a notification (Package 0).",
        advice: "Exactly one of 1200 and 1201 stands in package 1, and again after a challenge.",
    },
    AlertRow {
        number: 1201,
        sender: "client, in package 1",
        meaning: "The client started this session by itself.",
        advice: "Exactly one of 1200 and 1201 stands in package 1, and again after a challenge.",
    },
    AlertRow {
        number: 1222,
        sender: "either",
        meaning: "Send the next message of your package.",
        advice: "It answers a message without Final when there is nothing else to send; a Status is owed to it.",
    },
    AlertRow {
        number: 1223,
        sender: "either",
        meaning: "The session is aborted.",
        advice: "A client that receives it does not answer; a server answers with Statuses only. Windows sends it when a result \
            does not fit into MaxMsgSize.",
    },
    AlertRow {
        number: 1224,
        sender: "client",
        meaning: "Events, one in each Item, each with Type and Format.",
        advice: "Answer 200, or 406 when the type means nothing to the server.",
    },
    AlertRow {
        number: 1225,
        sender: "either",
        meaning: "The end of a large object did not come: something else began before the last chunk.",
        advice: "Drop the buffer and send the whole object again; nothing of it was committed.",
    },
    AlertRow {
        number: 1226,
        sender: "client, never a server",
        meaning: "A typed alert: Meta Type tells what, Mark how important, Correlator which Exec it answers.",
        advice: "Type, Format and Data are mandatory. Answer 200 or 202; errors only 401, 407, 412, 415 or 500. Send the bare \
            type, accept the prefixes Reversed-Domain-Name: and Content-Type: too.",
    },
];

fn alert(number: u16) -> Explained {
    let row = ALERTS.iter().find(|row| row.number == number);
    let code = AlertCode::from_u16(number);
    let (title, meaning, advice) = match row {
        Some(row) => (format!("{code} (from the {})", row.sender), row.meaning, row.advice),
        None if (1100..1300).contains(&number) => (code.to_string(), "Reserved.", "Answer 406."),
        None => (code.to_string(), "No alert of device management; its codes are 1100 to 1299.", "Answer 406."),
    };
    let title = title.replace("from the either", "from either side");
    Explained {
        kind: Kind::Alert,
        number,
        known: row.is_some(),
        title,
        meaning: meaning.to_string(),
        advice: advice.to_string(),
    }
}
