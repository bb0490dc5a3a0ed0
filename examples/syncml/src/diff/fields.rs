//! The fields of two messages that differ.
//!
//! Messages are compared as the JSON that `decode --json` shows, field by field, so that whatever that shows is compared.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use omadm_proto::message::{Command, Message};
use serde_json::Value;

use super::align;
use crate::json;
use crate::secret::is_secret;

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    Text(String),
    /// Bytes, which one syntax carries as they are and the other as base64.
    Bytes(Vec<u8>),
}

/// A difference.
#[derive(Debug)]
pub(super) struct Difference {
    /// `header`, or the command, by its place: `commands[2]`, `commands[2].commands[0]`.
    pub(super) place: String,
    /// The command in words, for people.
    pub(super) title: String,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    /// A command that the other message does not have.
    OnlyInA,
    OnlyInB,
    Field {
        path: String,
        a: Option<Content>,
        b: Option<Content>,
        secret: bool,
    },
}

/// The differences between `a` and `b` in document order.
pub(super) fn compare(a: &Message<'_>, b: &Message<'_>) -> Vec<Difference> {
    if a.same_meaning(b) {
        return Vec::new();
    }
    let (a_json, b_json) = (json::typed(a), json::typed(b));
    let mut differences = Vec::new();
    fields("header", "header", &fields_of(&a_json["header"]), &fields_of(&b_json["header"]), &mut differences);
    lists("", (&a.commands, &a_json["commands"]), (&b.commands, &b_json["commands"]), &mut differences);
    let finality =
        |message: &Message<'_>| BTreeMap::from([("final".into(), Field::text(message.is_final.to_string()))]);
    fields("body", "body", &finality(a), &finality(b), &mut differences);
    differences
}

/// What identifies a command among its neighbours: its verb, and what it is about.
#[derive(PartialEq)]
struct Identity {
    verb: String,
    about: String,
}

fn identity(command: &Command<'_>, value: &Value) -> Identity {
    let first = &value["items"][0];
    let uri = first["target"]["uri"].as_str().or(first["source"]["uri"].as_str()).unwrap_or_default();
    let answers = [&value["msgRef"], &value["cmdRef"], &value["code"], &value["correlator"]];
    let about = answers.into_iter().filter(|value| !value.is_null()).map(ToString::to_string).collect::<Vec<_>>();
    Identity { verb: command.name().to_string(), about: format!("{uri} {}", about.join(" ")) }
}

type List<'m, 'a> = (&'m [Command<'a>], &'m Value);

fn lists(prefix: &str, a: List<'_, '_>, b: List<'_, '_>, differences: &mut Vec<Difference>) {
    let identities = |(commands, values): List<'_, '_>| -> Vec<Identity> {
        commands.iter().enumerate().map(|(at, command)| identity(command, &values[at])).collect()
    };
    for pair in align::pairs(&identities(a), &identities(b), |a, b| a.verb == b.verb) {
        let title = |(commands, values): List<'_, '_>, at: usize| title(&commands[at], &values[at]);
        let place = |at: usize| format!("{prefix}commands[{at}]");
        match pair {
            (Some(i), Some(j)) if a.0[i].same_meaning(&b.0[j]) => {}
            (Some(i), Some(j)) => {
                let (name, place) = (title(a, i), place(i));
                fields(&place, &name, &fields_of(&a.1[i]), &fields_of(&b.1[j]), differences);
                if let (Command::Atomic(first), Command::Atomic(second))
                | (Command::Sequence(first), Command::Sequence(second)) = (&a.0[i], &b.0[j])
                {
                    let inner_a = (&first.commands[..], &a.1[i]["commands"]);
                    let inner_b = (&second.commands[..], &b.1[j]["commands"]);
                    lists(&format!("{place}."), inner_a, inner_b, differences);
                }
            }
            (Some(i), None) => {
                differences.push(Difference { place: place(i), title: title(a, i), kind: Kind::OnlyInA });
            }
            (None, Some(j)) => {
                differences.push(Difference { place: place(j), title: title(b, j), kind: Kind::OnlyInB });
            }
            (None, None) => {}
        }
    }
}

/// `Replace 3 ./A/B`, `Status 1 for SyncHdr 0`.
fn title(command: &Command<'_>, value: &Value) -> String {
    let mut title = format!("{} {}", command.name(), command.cmd_id());
    if let Some(answered) = value["cmdRef"].as_str() {
        title += &format!(" for {} {answered}", value["answers"].as_str().unwrap_or("command"));
    }
    let first = &value["items"][0];
    if let Some(uri) = first["target"]["uri"].as_str().or(first["source"]["uri"].as_str()) {
        title += &format!(" {uri}");
    }
    title
}

/// A field: what it holds, and whether that is a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Field {
    content: Content,
    secret: bool,
}

impl Field {
    const fn text(text: String) -> Self {
        Self { content: Content::Text(text), secret: false }
    }
}

type Fields = BTreeMap<String, Field>;

fn fields(place: &str, title: &str, a: &Fields, b: &Fields, differences: &mut Vec<Difference>) {
    let paths: std::collections::BTreeSet<_> = a.keys().chain(b.keys()).collect();
    for path in paths {
        let (first, second) = (a.get(path), b.get(path));
        if first.map(|field| &field.content) == second.map(|field| &field.content) {
            continue;
        }
        let secret = first.is_some_and(|field| field.secret) || second.is_some_and(|field| field.secret);
        let content = |field: Option<&Field>| field.map(|field| field.content.clone());
        let kind = Kind::Field { path: path.clone(), a: content(first), b: content(second), secret };
        differences.push(Difference { place: place.to_string(), title: title.to_string(), kind });
    }
}

/// The fields of a header or command; the commands inside it are compared on their own.
fn fields_of(value: &Value) -> Fields {
    let mut fields = Fields::new();
    let format = value["meta"]["format"].as_str();
    flatten(value, "", Around { format, secret: false }, &mut fields);
    fields
}

/// What the elements around a value say about it.
#[derive(Clone, Copy)]
struct Around<'v> {
    format: Option<&'v str>,
    secret: bool,
}

fn flatten(value: &Value, path: &str, around: Around<'_>, fields: &mut Fields) {
    match value {
        Value::Object(object) if is_bytes(object) => {
            fields.insert(path.to_string(), Field { content: content(value, around.format), secret: around.secret });
        }
        Value::Object(object) => {
            let around = Around {
                format: value["meta"]["format"].as_str().or(around.format),
                secret: around.secret || holds_secret(value),
            };
            let is_item = path.starts_with("items[") && path.ends_with(']');
            if is_item && object.contains_key("data") {
                fields.insert(format!("{path}.format"), Field::text(effective_format(value, around.format)));
            }
            for (key, inner) in object {
                let inner_path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                match key.as_str() {
                    "commands" | "codeText" => {}
                    // Told with the Item whose data it is about, wherever it stands.
                    "format" if path == "meta" || path.starts_with("items[") => {}
                    "data" | "nextNonce" => {
                        let format = if key == "nextNonce" { Some("b64") } else { around.format };
                        let in_cred = path.rsplit('.').next() == Some("cred");
                        let secret = around.secret || key == "nextNonce" || in_cred;
                        fields.insert(inner_path, Field { content: content(inner, format), secret });
                    }
                    "format" if is_binary(inner.as_str()) => {
                        fields.insert(inner_path, Field::text("bin or b64".to_string()));
                    }
                    _ => flatten(inner, &inner_path, around, fields),
                }
            }
        }
        Value::Array(list) => {
            for (at, inner) in list.iter().enumerate() {
                flatten(inner, &format!("{path}[{at}]"), around, fields);
            }
        }
        Value::String(text) => {
            fields.insert(path.to_string(), Field::text(text.clone()));
        }
        other => {
            fields.insert(path.to_string(), Field::text(other.to_string()));
        }
    }
}

fn is_bytes(object: &serde_json::Map<String, Value>) -> bool {
    object.len() == 1 && (object.contains_key("hex") || object.contains_key("xml"))
}

/// Whether an Item sets or returns a node that holds a secret.
fn holds_secret(item: &Value) -> bool {
    let about_secret = |uri: &Value| uri.as_str().is_some_and(is_secret);
    about_secret(&item["target"]["uri"]) || about_secret(&item["source"]["uri"])
}

/// The Format that holds for an Item. Bytes that are no text have one of the binary formats, whatever they claim.
fn effective_format(item: &Value, format: Option<&str>) -> String {
    if item["data"]["hex"].is_string() || is_binary(format) {
        "bin or b64".to_string()
    } else {
        format.unwrap_or("chr").to_string()
    }
}

fn is_binary(format: Option<&str>) -> bool {
    matches!(format, Some("b64" | "bin"))
}

/// The content of a Data or NextNonce.
fn content(value: &Value, format: Option<&str>) -> Content {
    if let Some(hex) = value["hex"].as_str() {
        return Content::Bytes(from_hex(hex));
    }
    let text = value.as_str().or(value["xml"].as_str()).unwrap_or_default();
    let packed: String = text.split_ascii_whitespace().collect();
    match STANDARD.decode(&packed) {
        Ok(bytes) if is_binary(format) => Content::Bytes(bytes),
        _ => Content::Text(text.to_string()),
    }
}

fn from_hex(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().filter_map(|digit| digit.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect()
}
