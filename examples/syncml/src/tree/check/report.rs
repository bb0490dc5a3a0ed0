//! The answers to a message as text and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::device::Answer;
use crate::document::Document;
use crate::json::Object;
use crate::screen::{BAD, FAINT, GOOD, NAME, STRONG, count, paint, printable};

/// The answers for people.
pub(super) fn in_words(document: &Document, answers: &[Answer]) -> String {
    let refused = answers.iter().filter(|answer| answer.is_refused()).count();
    let outcome = match refused {
        0 => paint(GOOD, "all executed"),
        refused => paint(BAD, format!("{refused} refused")),
    };
    let name = paint(STRONG, &document.name);
    let mut text = format!("{name}: {}, {outcome}\n", count(answers.len(), "command"));
    for answer in answers {
        one(&mut text, document, answer);
    }
    text
}

fn one(text: &mut String, document: &Document, answer: &Answer) {
    let indent = "  ".repeat(answer.depth + 1);
    let name = paint(NAME, printable(&format!("{} {}", answer.name, answer.cmd_id), 60));
    let uri = answer.uri.as_ref().map(|uri| format!(" {}", printable(uri, 200))).unwrap_or_default();
    let code = paint(if answer.is_refused() { BAD } else { GOOD }, answer.code);
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{indent}{name}{uri}: {code}");
    if let Some(reason) = &answer.reason {
        let place = answer.offset.map(|offset| format!("{}: ", document.place(offset))).unwrap_or_default();
        let _ = writeln!(text, "{indent}    {place}{reason}");
    }
    if let Some(assumed) = &answer.assumed {
        let line = paint(FAINT, format!("if {} is there", printable(&assumed.to_string(), 200)));
        let _ = writeln!(text, "{indent}    {line}");
    }
}

/// The answers for programs.
pub(super) fn to_json(document: &Document, answers: &[Answer]) -> Value {
    let refused = answers.iter().filter(|answer| answer.is_refused()).count();
    let commands: Vec<_> = answers.iter().map(|answer| answer_json(document, answer)).collect();
    json!({ "file": document.name, "refused": refused, "commands": commands })
}

fn answer_json(document: &Document, answer: &Answer) -> Value {
    let place = answer.offset.and_then(|offset| document.line_and_column(offset));
    let mut object = Object::default();
    object.put("depth", answer.depth);
    object.put("cmd", answer.name.as_str());
    object.put("cmdId", answer.cmd_id.as_str());
    object.maybe("uri", answer.uri.as_deref());
    object.maybe("offset", answer.offset);
    object.maybe("line", place.map(|place| place.0));
    object.maybe("column", place.map(|place| place.1));
    object.put("code", answer.code.as_u16());
    object.maybe("codeText", answer.code.text());
    object.maybe("reason", answer.reason.as_deref());
    object.maybe("assumed", answer.assumed.as_ref().map(ToString::to_string));
    Value::Object(object.0)
}
