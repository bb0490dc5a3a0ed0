//! Documents as JSON: a message by its typed content, any other document by its elements.

use omadm_proto::element::{Event, EventSource};
use omadm_proto::error::DecodeError;
use omadm_proto::message::{
    Alert, Command, Container, Content, Cred, Data, Item, Location, Message, Meta, Piece, Results, Status, TreeCommand,
};
use serde_json::{Map, Value, json};

use crate::document::Document;

/// The typed content of the message in `document`.
pub(crate) fn message(document: &Document) -> Result<Value, DecodeError> {
    let read = document.message()?;
    let mut value = typed(&read.message);
    value["file"] = json!(document.name);
    Ok(value)
}

/// The elements of `document`.
pub(crate) fn elements(document: &Document) -> Result<Value, DecodeError> {
    let root = tree(document.source()?)?;
    Ok(json!({ "file": document.name, "root": root }))
}

/// An element that is being read.
struct Open {
    object: Object,
    attributes: Map<String, Value>,
    text: Vec<u8>,
    children: Vec<Value>,
}

impl Open {
    fn close(self) -> Value {
        let mut object = self.object;
        object.maybe("attributes", (!self.attributes.is_empty()).then_some(Value::Object(self.attributes)));
        if !self.text.is_empty() {
            match String::from_utf8(self.text) {
                Ok(text) => object.put("text", text),
                Err(error) => object.put("hex", hex(error.as_bytes())),
            }
        }
        object.list("children", self.children);
        Value::Object(object.0)
    }
}

fn tree<'a>(mut source: impl EventSource<'a>) -> Result<Value, DecodeError> {
    let mut open: Vec<Open> = Vec::new();
    let mut root = Value::Null;
    while let Some(event) = source.next_event()? {
        match (event, open.last_mut()) {
            (Event::Start(name), _) => {
                let mut object = Object::default();
                object.put("name", name.to_text());
                object.maybe("space", name.tag().map(|tag| format!("{:?}", tag.space())));
                open.push(Open { object, attributes: Map::new(), text: Vec::new(), children: Vec::new() });
            }
            (Event::Attribute(attribute), Some(top)) => {
                top.attributes.insert(attribute.name.to_string(), json!(attribute.value));
            }
            (Event::Text(text), Some(top)) => top.text.extend_from_slice(text.as_bytes()),
            (Event::Char(character), Some(top)) => {
                top.text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            (Event::Opaque(bytes), Some(top)) => top.text.extend_from_slice(bytes),
            (Event::End, Some(_)) => {
                let value = open.pop().map_or(Value::Null, Open::close);
                match open.last_mut() {
                    Some(parent) => parent.children.push(value),
                    None => root = value,
                }
            }
            _ => {}
        }
    }
    Ok(root)
}

/// A message by its typed content.
pub(crate) fn typed(message: &Message<'_>) -> Value {
    let header = &message.header;
    let mut object = Object::default();
    object.put("verDtd", &*header.ver_dtd);
    object.put("verProto", &*header.ver_proto);
    object.put("sessionId", &*header.session_id);
    object.put("msgId", header.msg_id.get());
    object.put("target", location(&header.target));
    object.put("source", location(&header.source));
    object.maybe("respUri", header.resp_uri.as_deref());
    object.flag("noResp", header.no_resp);
    object.maybe("cred", header.cred.as_ref().map(cred));
    object.maybe("meta", header.meta.as_ref().map(meta));
    json!({ "header": object.0, "commands": commands(&message.commands), "final": message.is_final })
}

fn commands(list: &[Command<'_>]) -> Value {
    list.iter().map(command).collect()
}

fn command(command: &Command<'_>) -> Value {
    let mut object = Object::default();
    object.put("cmd", command.name());
    object.put("cmdId", command.cmd_id().to_string());
    match command {
        Command::Tree(content) => tree_command(&mut object, content),
        Command::Alert(content) => alert(&mut object, content),
        Command::Atomic(content) | Command::Sequence(content) => container(&mut object, content),
        Command::Status(content) => status(&mut object, content),
        Command::Results(content) => results(&mut object, content),
        Command::Unknown(command) => object.list("content", content(&command.content)),
        other => object.put("unsupported", other.name()),
    }
    Value::Object(object.0)
}

fn tree_command(object: &mut Object, command: &TreeCommand<'_>) {
    object.flag("noResp", command.no_resp);
    object.maybe("meta", command.meta.as_ref().map(meta));
    object.maybe("correlator", command.correlator.as_deref());
    object.put("items", items(&command.items));
}

fn alert(object: &mut Object, alert: &Alert<'_>) {
    object.flag("noResp", alert.no_resp);
    object.maybe("code", alert.code.map(|code| code.as_u16()));
    object.maybe("correlator", alert.correlator.as_deref());
    object.put("items", items(&alert.items));
}

fn container(object: &mut Object, content: &Container<'_>) {
    object.flag("noResp", content.no_resp);
    object.maybe("meta", content.meta.as_ref().map(meta));
    object.put("commands", commands(&content.commands));
}

fn status(object: &mut Object, status: &Status<'_>) {
    object.maybe("msgRef", status.msg_ref.map(|id| id.get()));
    object.put("cmdRef", status.cmd_ref.to_string());
    object.put("answers", &*status.cmd);
    object.put("code", status.code.as_u16());
    object.maybe("codeText", status.code.text());
    object.maybe("originalError", status.original_error());
    let texts = |uris: &[std::borrow::Cow<'_, str>]| uris.iter().map(|uri| Value::from(&**uri)).collect::<Vec<_>>();
    object.list("targetRefs", texts(&status.target_refs));
    object.list("sourceRefs", texts(status.source_refs()));
    object.maybe("cred", status.cred().map(cred));
    object.maybe("chal", status.chal().map(|chal| meta(&chal.meta)));
    object.list("items", status.items.iter().map(item).collect());
}

fn results(object: &mut Object, results: &Results<'_>) {
    object.maybe("msgRef", results.msg_ref.map(|id| id.get()));
    object.put("cmdRef", results.cmd_ref.to_string());
    object.maybe("meta", results.meta.as_ref().map(meta));
    object.maybe("targetRef", results.refs().target.as_deref());
    object.maybe("sourceRef", results.refs().source.as_deref());
    object.put("items", items(&results.items));
}

fn items(list: &[Item<'_>]) -> Value {
    list.iter().map(item).collect()
}

fn item(item: &Item<'_>) -> Value {
    let mut object = Object::default();
    object.maybe("target", item.target.as_ref().map(location));
    object.maybe("source", item.source.as_ref().map(location));
    object.maybe("sourceParent", item.parents().source.as_deref());
    object.maybe("targetParent", item.parents().target.as_deref());
    object.maybe("meta", item.meta.as_ref().map(meta));
    object.maybe("data", item.data.as_ref().map(data));
    object.flag("moreData", item.more_data);
    Value::Object(object.0)
}

fn location(location: &Location<'_>) -> Value {
    let mut object = Object::default();
    object.put("uri", &*location.loc_uri);
    object.maybe("name", location.loc_name());
    Value::Object(object.0)
}

fn cred(cred: &Cred<'_>) -> Value {
    let mut object = Object::default();
    object.maybe("meta", cred.meta.as_ref().map(meta));
    object.put("data", data(&cred.data));
    Value::Object(object.0)
}

fn meta(meta: &Meta<'_>) -> Value {
    let mut object = Object::default();
    object.maybe("format", meta.format.as_ref().map(|format| format.as_str()));
    object.maybe("type", meta.type_name.as_deref());
    object.maybe("mark", meta.mark());
    object.maybe("size", meta.size);
    object.maybe("version", meta.version());
    object.maybe("nextNonce", meta.next_nonce().map(data));
    object.maybe("maxMsgSize", meta.max_msg_size());
    object.maybe("maxObjSize", meta.max_obj_size());
    object.list("emi", meta.emi().iter().map(data).collect());
    object.list("unused", content(&meta.extras().unused));
    Value::Object(object.0)
}

/// Elements that have no types, step by step.
fn content(content: &Content<'_>) -> Vec<Value> {
    let step = |piece: &Piece<'_>| match piece {
        Piece::Start(name) => json!({ "start": name.as_str() }),
        Piece::Attribute { name, value } => json!({ "attribute": name, "value": value }),
        Piece::Value(value) => data(value),
        _ => json!("end"),
    };
    content.pieces().iter().map(step).collect()
}

/// Text as a string, element content as `{"xml": ..}`, bytes as `{"hex": ..}`.
fn data(data: &Data<'_>) -> Value {
    match data {
        Data::Xml(xml) => json!({ "xml": xml }),
        data => match data.as_str() {
            Some(text) => json!(text),
            None => json!({ "hex": hex(data.as_bytes()) }),
        },
    }
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A JSON object that leaves out what is absent.
#[derive(Default)]
pub(crate) struct Object(pub(crate) Map<String, Value>);

impl Object {
    pub(crate) fn put(&mut self, key: &str, value: impl Into<Value>) {
        self.0.insert(key.to_string(), value.into());
    }

    pub(crate) fn maybe(&mut self, key: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.put(key, value);
        }
    }

    pub(crate) fn flag(&mut self, key: &str, present: bool) {
        self.maybe(key, present.then_some(true));
    }

    pub(crate) fn list(&mut self, key: &str, values: Vec<Value>) {
        self.maybe(key, (!values.is_empty()).then_some(values));
    }
}
