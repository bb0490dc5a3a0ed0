//! What a message does, in sections of facts.

use omadm_proto::message::Message;
use serde_json::{Map, Value, json};

use super::{authentication, commands, sizes};
use crate::document::Document;
use crate::places;
use crate::screen::{FAINT, NAME, STRONG, paint, printable};

/// One fact: a key and a value for programs, a sentence for people.
pub(super) struct Fact {
    key: &'static str,
    value: Value,
    text: String,
}

impl Fact {
    pub(super) fn new(key: &'static str, value: impl Into<Value>, text: impl Into<String>) -> Self {
        Self { key, value: value.into(), text: text.into() }
    }
}

/// A command in words.
pub(super) struct Line {
    pub(super) depth: usize,
    pub(super) name: String,
    pub(super) cmd_id: String,
    /// Where it begins.
    pub(super) offset: Option<usize>,
    pub(super) text: String,
}

/// Everything that is told about a message.
pub(super) struct Story {
    file: String,
    header: Vec<Fact>,
    authentication: Vec<Fact>,
    sizes: Vec<Fact>,
    commands: Vec<Line>,
}

/// The story of `message`, which `document` holds.
pub(super) fn of(document: &Document, message: &Message<'_>, max_msg_size: Option<u64>) -> Story {
    Story {
        file: document.name.clone(),
        header: header(message),
        authentication: authentication::facts(message),
        sizes: sizes::facts(document, message, max_msg_size),
        commands: commands::lines(message, &places::of_commands(document, message)),
    }
}

fn header(message: &Message<'_>) -> Vec<Fact> {
    let header = &message.header;
    let uri = |text: &str| printable(text, 200);
    let version = match header.version() {
        Some(version) => format!("{version}"),
        None => format!(
            "VerDTD {:?} with VerProto {:?}, which is no version of device management: a server answers 505 or 513",
            printable(&header.ver_dtd, 40),
            printable(&header.ver_proto, 40)
        ),
    };
    let (session, msg_id) = (&header.session_id, header.msg_id);
    let mut facts = vec![
        Fact::new("version", version.clone(), version),
        Fact::new("from", &*header.source.loc_uri, format!("from {}", uri(&header.source.loc_uri))),
        Fact::new("to", &*header.target.loc_uri, format!("to {}", uri(&header.target.loc_uri))),
        Fact::new("sessionId", &**session, format!("message {msg_id} of session {}", printable(session, 40))),
        Fact::new("msgId", msg_id.get(), String::new()),
    ];
    if let Some(resp) = &header.resp_uri {
        facts.push(Fact::new("respUri", &**resp, format!("further messages of the session go to {}", uri(resp))));
    }
    let finality = if message.is_final { "ends its package (Final)" } else { "its package goes on (no Final)" };
    facts.push(Fact::new("final", message.is_final, finality));
    facts
}

impl Story {
    pub(super) fn to_json(&self) -> Value {
        let object = |facts: &[Fact]| -> Value {
            facts.iter().map(|fact| (fact.key.to_string(), fact.value.clone())).collect::<Map<_, _>>().into()
        };
        let commands: Vec<_> = self
            .commands
            .iter()
            .map(|line| {
                json!({
                    "depth": line.depth,
                    "cmd": line.name,
                    "cmdId": line.cmd_id,
                    "offset": line.offset,
                    "text": line.text,
                })
            })
            .collect();
        json!({
            "file": self.file,
            "header": object(&self.header),
            "authentication": object(&self.authentication),
            "sizes": object(&self.sizes),
            "commands": commands,
        })
    }

    pub(super) fn in_words(&self) -> String {
        let mut text = format!("{}\n", paint(STRONG, &self.file));
        let sections = [("Header", &self.header), ("Authentication", &self.authentication), ("Sizes", &self.sizes)];
        for (title, facts) in sections {
            text += &format!("  {}\n", paint(FAINT, title));
            // A fact without words is said by its neighbour.
            for fact in facts.iter().filter(|fact| !fact.text.is_empty()) {
                text += &format!("    {}\n", fact.text);
            }
        }
        text += &format!("  {}\n", paint(FAINT, "Commands"));
        for line in &self.commands {
            let indent = "  ".repeat(line.depth);
            let name = paint(NAME, format!("{} {}", line.name, line.cmd_id));
            text += &format!("    {indent}{name}: {}\n", line.text);
        }
        text
    }
}
