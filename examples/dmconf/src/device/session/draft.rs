//! A message of the scripted server while it is written: XML text, because a script must be able to say what is wrong.
//!
//! In WBXML the text is decoded and encoded by the codec, so that both syntaxes say the same.

use std::fmt::Write as _;

use omadm_proto::exchange::Syntax;
use omadm_proto::ids::CmdId;
use omadm_proto::limits::Limits;
use omadm_proto::message::{Command, Item, Message};

use super::super::Received;
use super::super::command::{Cmd, ID, escape};
use crate::row::Stop;

/// What was sent, to find the answers to it.
#[derive(Debug, Clone, Default)]
pub struct Sent {
    /// The MsgID.
    pub msg_id: u32,
    /// The CmdIDs of the Statuses.
    pub statuses: Vec<u32>,
    /// The commands, with their CmdIDs.
    pub commands: Vec<(u32, &'static str)>,
}

/// A message of the server.
#[derive(Debug, Clone)]
pub struct Draft {
    version: (&'static str, &'static str),
    session: String,
    msg_id: u32,
    target: String,
    source: String,
    loc_name: String,
    resp_uri: Option<String>,
    cred: String,
    meta: String,
    header_code: u16,
    chal: String,
    /// MsgRef, the two addresses for the SyncHdr Status, and what is owed: CmdRef, name and code.
    answers: (u32, String, String),
    owed: Vec<(String, String, u16)>,
    commands: String,
    names: Vec<&'static str>,
    is_final: bool,
    without_statuses: bool,
    patches: Vec<(String, String)>,
}

impl Draft {
    /// An answer to `last`: everything in it is taken with 200, chunks of Results with 213.
    pub fn answering(last: &Received, msg_id: u32, from: (&str, &str)) -> Self {
        let header = &last.message.header;
        let mut owed = Vec::new();
        for command in last.message.commands() {
            let code = match command {
                Command::Status(_) => continue,
                Command::Results(results) => {
                    if !results.items.iter().any(|item| item.more_data) {
                        continue;
                    }
                    213
                }
                Command::Alert(alert) if alert.items.iter().any(|item| item.more_data) => 213,
                _ => 200,
            };
            owed.push((cmd_ref(command.cmd_id()), command.name().to_string(), code));
        }
        Self {
            version: ("1.2", "DM/1.2"),
            session: header.session_id.to_string(),
            msg_id,
            target: header.source.loc_uri.to_string(),
            source: from.0.to_string(),
            loc_name: from.1.to_string(),
            resp_uri: None,
            cred: String::new(),
            meta: String::new(),
            header_code: 200,
            chal: String::new(),
            answers: (header.msg_id.get(), header.target.loc_uri.to_string(), header.source.loc_uri.to_string()),
            owed,
            commands: String::new(),
            names: Vec::new(),
            is_final: true,
            without_statuses: false,
            patches: Vec::new(),
        }
    }

    /// The same with this Status for the SyncHdr, and a Chal or nothing in it.
    #[must_use]
    pub fn header_status(mut self, code: u16, chal: impl Into<String>) -> Self {
        self.header_code = code;
        self.chal = chal.into();
        self
    }

    /// The same refusing everything with `code`.
    #[must_use]
    pub fn refusing(mut self, code: u16, chal: impl Into<String>) -> Self {
        self.owed.iter_mut().for_each(|owed| owed.2 = code);
        self.header_status(code, chal)
    }

    /// The same answering the `nth` of the client's commands with `code`.
    #[must_use]
    pub fn owed(mut self, nth: usize, code: u16) -> Self {
        if let Some(owed) = self.owed.get_mut(nth) {
            owed.2 = code;
        }
        self
    }

    /// The same with a Cred.
    #[must_use]
    pub fn cred(mut self, cred: impl Into<String>) -> Self {
        self.cred = cred.into();
        self
    }

    /// The same with `MaxMsgSize` in the header.
    #[must_use]
    pub fn max_msg_size(mut self, bytes: &str) -> Self {
        let _ = write!(self.meta, "<MaxMsgSize xmlns='syncml:metinf'>{bytes}</MaxMsgSize>");
        self
    }

    /// The same with `MaxObjSize` in the header.
    #[must_use]
    pub fn max_obj_size(mut self, bytes: u64) -> Self {
        let _ = write!(self.meta, "<MaxObjSize xmlns='syncml:metinf'>{bytes}</MaxObjSize>");
        self
    }

    /// The same with `RespURI`.
    #[must_use]
    pub fn resp_uri(mut self, uri: impl Into<String>) -> Self {
        self.resp_uri = Some(uri.into());
        self
    }

    /// The same from another Source.
    #[must_use]
    pub fn from(mut self, loc_uri: &str, loc_name: &str) -> Self {
        (self.source, self.loc_name) = (loc_uri.to_string(), loc_name.to_string());
        self
    }

    /// The same with more commands.
    #[must_use]
    pub fn commands(mut self, commands: impl IntoIterator<Item = Cmd>) -> Self {
        for command in commands {
            self.commands.push_str(&command.text);
            self.names.extend(command.names);
        }
        self
    }

    /// The same without Final.
    #[must_use]
    pub fn more(mut self) -> Self {
        self.is_final = false;
        self
    }

    /// The same without any Status.
    #[must_use]
    pub fn without_statuses(mut self) -> Self {
        self.without_statuses = true;
        self
    }

    /// The same with `to` instead of `from` in the finished XML.
    #[must_use]
    pub fn patched(mut self, from: &str, to: &str) -> Self {
        self.patches.push((from.to_string(), to.to_string()));
        self
    }

    /// The text, and what is in it.
    pub(super) fn text(&self, translate: impl Fn(&str) -> String) -> (String, Sent) {
        let mut sent = Sent { msg_id: self.msg_id, ..Sent::default() };
        let (dtd, proto) = self.version;
        let resp_uri =
            self.resp_uri.as_ref().map(|uri| format!("<RespURI>{}</RespURI>", escape(uri))).unwrap_or_default();
        let meta = if self.meta.is_empty() { String::new() } else { format!("<Meta>{}</Meta>", self.meta) };
        let mut text = format!(
            "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>{dtd}</VerDTD><VerProto>{proto}</VerProto>\
             <SessionID>{}</SessionID><MsgID>{}</MsgID><Target><LocURI>{}</LocURI></Target>\
             <Source><LocURI>{}</LocURI><LocName>{}</LocName></Source>{resp_uri}{}{meta}</SyncHdr><SyncBody>",
            self.session,
            self.msg_id,
            escape(&self.target),
            escape(&self.source),
            escape(&self.loc_name),
            self.cred,
        );
        let mut next = 1;
        if !self.without_statuses {
            let (msg_ref, target, source) = &self.answers;
            // Writing to a String cannot fail.
            let _ = write!(
                text,
                "<Status><CmdID>1</CmdID><MsgRef>{msg_ref}</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>\
                 <TargetRef>{}</TargetRef><SourceRef>{}</SourceRef>{}<Data>{}</Data></Status>",
                escape(target),
                escape(source),
                self.chal,
                self.header_code,
            );
            sent.statuses.push(next);
            for (cmd_ref, name, code) in &self.owed {
                next += 1;
                sent.statuses.push(next);
                let _ = write!(
                    text,
                    "<Status><CmdID>{next}</CmdID><MsgRef>{msg_ref}</MsgRef><CmdRef>{cmd_ref}</CmdRef><Cmd>{name}</Cmd>\
                     <Data>{code}</Data></Status>"
                );
            }
        }
        let commands = translate(&self.commands);
        let mut names = self.names.iter();
        for (nth, part) in commands.split(ID).enumerate() {
            if nth > 0 {
                next += 1;
                text.push_str(&next.to_string());
                if let Some(name) = names.next() {
                    sent.commands.push((next, name));
                }
            }
            text.push_str(part);
        }
        text.push_str(if self.is_final { "<Final/></SyncBody></SyncML>" } else { "</SyncBody></SyncML>" });
        for (from, to) in &self.patches {
            text = text.replace(from, to);
        }
        (text, sent)
    }

    /// Whether it carries a Cred.
    pub(super) fn has_cred(&self) -> bool {
        !self.cred.is_empty()
    }

    /// Whether it refuses the client's message.
    pub(super) fn refuses(&self) -> bool {
        matches!(self.header_code, 401 | 407)
    }
}

/// `text` in `syntax`. Data that stands in the text as `opaque:<base64>` becomes raw bytes in WBXML and base64 in XML.
///
/// # Errors
/// Skipped: WBXML cannot say it.
pub(super) fn encode(text: &str, syntax: Syntax) -> Result<Vec<u8>, Stop> {
    if syntax == Syntax::Xml {
        return Ok(text.replace("opaque:", "").into_bytes());
    }
    let cannot = |error: String| Stop::skipped(format!("this message cannot be written in WBXML: {error}"));
    let mut message = Message::decode_as(Syntax::Xml, text.as_bytes(), &Limits::DEFAULT)
        .map_err(|error| cannot(error.to_string()))?
        .into_owned();
    open_opaque(&mut message.commands);
    let mut bytes = Vec::new();
    message.encode(Syntax::Wbxml, &mut bytes).map_err(|error| cannot(error.to_string()))?;
    Ok(bytes)
}

/// Makes `opaque:<base64>` the bytes that it stands for, with Format bin.
fn open_opaque(commands: &mut [Command<'static>]) {
    use base64::Engine as _;
    use omadm_proto::message::{Data, Format, MetaFormat};
    let open = |item: &mut Item<'static>| {
        let text = item.data.as_ref().and_then(|data| data.as_str()).and_then(|text| text.strip_prefix("opaque:"));
        let bytes = text.and_then(|text| base64::engine::general_purpose::STANDARD.decode(text).ok());
        if let Some(bytes) = bytes {
            item.data = Some(Data::Opaque(bytes.into()));
            if let Some(meta) = &mut item.meta {
                meta.format = Some(MetaFormat::Known(Format::Bin));
            }
        }
    };
    for command in commands {
        match command {
            Command::Tree(tree) => tree.items.iter_mut().for_each(open),
            Command::Atomic(container) | Command::Sequence(container) => open_opaque(&mut container.commands),
            _ => {}
        }
    }
}

fn cmd_ref(id: &CmdId<'_>) -> String {
    escape(&id.to_string())
}
