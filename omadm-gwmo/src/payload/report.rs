//! `<Report>`: grouped outcomes of a fan-out job \[gwmo 4.3\].

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use omadm_proto::message::Format;
use omadm_proto::status::StatusCode;

use super::record_set::{Members, RecordSet};
use super::write::Xml;
use crate::code::{DeviceState, ResultCode};

/// The payload of resultaggregation. Counters are cumulative.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// JobID.
    pub job: String,
    /// DevId of the gateway.
    pub gateway: String,
    /// Sequence number, from 1.
    pub seq: u32,
    /// The final report of the job.
    pub last: bool,
    /// Targets.
    pub total: u32,
    /// Devices that succeeded.
    pub ok: u32,
    /// Devices that failed.
    pub failed: u32,
    /// Devices never tried, and cancelled ones.
    pub skipped: u32,
    /// Devices without outcome.
    pub pending: u32,
    /// The outcomes.
    pub groups: Vec<Group>,
}

/// Devices with the same outcome: `<O>`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Group {
    /// The state they ended in.
    pub state: DeviceState,
    /// Their result code.
    pub code: ResultCode,
    /// Sessions used; always there when every device is reported by itself.
    pub attempts: Option<u32>,
    /// The devices.
    pub members: Members,
    /// One outcome a command of the template.
    pub commands: Vec<CommandOutcome>,
    /// What Get commands returned.
    pub values: Vec<Values>,
}

/// The outcome of one command of the template: `<S>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct CommandOutcome {
    /// CmdID in the template.
    pub command: u32,
    /// The final status.
    pub status: StatusCode,
    /// The result code of the alert that followed a 202.
    pub result: Option<u16>,
}

/// What one Get returned for one node: `<V>`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Values {
    /// CmdID in the template.
    pub command: u32,
    /// The node.
    pub uri: String,
    /// Its format.
    pub format: Format,
    /// The distinct values.
    pub values: Vec<Value>,
}

/// One distinct value: `<v>`.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Value {
    /// The devices that returned it; `None` when all devices of the group did.
    pub records: Option<RecordSet>,
    /// The value.
    pub data: Vec<u8>,
    /// The value was too long for the report and is shortened; the gateway keeps the whole one.
    pub cut: bool,
}

impl core::fmt::Debug for Value {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Value({:?}, {} bytes)", self.records.as_ref().map(ToString::to_string), self.data.len())
    }
}

impl CommandOutcome {
    /// The final `status` of the template's command `command`.
    #[must_use]
    pub const fn new(command: u32, status: StatusCode, result: Option<u16>) -> Self {
        Self { command, status, result }
    }
}

impl Value {
    /// The value `data`, returned by `records`, or by all.
    #[must_use]
    pub const fn new(records: Option<RecordSet>, data: Vec<u8>) -> Self {
        Self { records, data, cut: false }
    }
}

impl Values {
    /// The `values` of the node `uri`.
    #[must_use]
    pub fn new(command: u32, uri: impl Into<String>, format: Format, values: Vec<Value>) -> Self {
        Self { command, uri: uri.into(), format, values }
    }
}

impl Group {
    /// `members` ended in `state` with `code`.
    #[must_use]
    pub const fn new(state: DeviceState, code: ResultCode, members: Members) -> Self {
        Self { state, code, attempts: None, members, commands: Vec::new(), values: Vec::new() }
    }

    /// Bytes of the group inside a report.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        let mut xml = Xml::default();
        self.write(&mut xml);
        xml.len()
    }

    /// The `<O>` element by itself, as it stands in a job's Results \[gwmo 3.4\].
    #[must_use]
    pub fn to_xml(&self) -> String {
        let mut xml = Xml::default();
        self.write(&mut xml);
        xml.finish()
    }

    fn write(&self, xml: &mut Xml) {
        xml.open("O");
        xml.attribute("n", self.members.len());
        xml.attribute("s", self.state.number());
        xml.attribute("rc", self.code.as_u16());
        xml.optional("a", self.attempts);
        xml.content();
        if !self.members.records.is_empty() {
            xml.open("D");
            xml.content();
            xml.text(&self.members.records);
            xml.close("D");
        }
        for id in &self.members.ids {
            xml.open("I");
            xml.content();
            xml.text(id);
            xml.close("I");
        }
        for outcome in &self.commands {
            xml.open("S");
            xml.attribute("c", outcome.command);
            xml.attribute("v", outcome.status.as_u16());
            xml.optional("r", outcome.result);
            xml.empty();
        }
        for values in &self.values {
            values.write(xml);
        }
        xml.close("O");
    }
}

impl Values {
    fn write(&self, xml: &mut Xml) {
        // One text that XML cannot carry makes the whole element base64: a reader decodes by `f`.
        let plain = !matches!(self.format, Format::Bin)
            && self.values.iter().all(|value| core::str::from_utf8(&value.data).is_ok_and(is_xml_text));
        xml.open("V");
        xml.attribute("c", self.command);
        xml.attribute("u", &self.uri);
        xml.attribute("f", if plain { self.format } else { Format::Bin });
        xml.content();
        for value in &self.values {
            xml.open("v");
            xml.optional("d", value.records.as_ref());
            xml.optional("cut", value.cut.then_some(1));
            xml.content();
            match core::str::from_utf8(&value.data) {
                Ok(text) if plain => xml.text(text),
                _ => xml.text(BASE64.encode(&value.data)),
            }
            xml.close("v");
        }
        xml.close("V");
    }
}

impl Report {
    /// Report number `seq` of `job` of `gateway`, without counters and groups.
    #[must_use]
    pub fn new(job: impl Into<String>, gateway: impl Into<String>, seq: u32) -> Self {
        Self {
            job: job.into(),
            gateway: gateway.into(),
            seq,
            last: false,
            total: 0,
            ok: 0,
            failed: 0,
            skipped: 0,
            pending: 0,
            groups: Vec::new(),
        }
    }

    /// The payload as XML text.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let mut xml = Xml::root("Report");
        xml.attribute("job", &self.job);
        xml.attribute("gw", &self.gateway);
        xml.attribute("seq", self.seq);
        xml.optional("last", self.last.then_some(1));
        xml.attribute("t", self.total);
        xml.attribute("ok", self.ok);
        xml.attribute("ko", self.failed);
        xml.attribute("sk", self.skipped);
        xml.attribute("pend", self.pending);
        xml.content();
        for group in &self.groups {
            group.write(&mut xml);
        }
        xml.close("Report");
        xml.finish()
    }
}

#[cfg(feature = "xml")]
mod parse {
    use super::*;
    use crate::payload::read::Element;
    use crate::payload::{PayloadError, PayloadLimits};
    use omadm_proto::ids::DevId;

    impl Report {
        /// Reads the payload.
        ///
        /// # Errors
        /// When `text` is no such payload or exceeds `limits`.
        pub fn parse(text: &str, limits: &PayloadLimits) -> Result<Self, PayloadError> {
            let root = crate::payload::read::document(text, "Report", limits)?;
            let mut room = limits.records;
            let groups = root.children("O").map(|group| parse_group(group, &mut room)).collect::<Result<_, _>>()?;
            Ok(Self {
                job: root.required("job")?.into(),
                gateway: root.required("gw")?.into(),
                seq: root.required_number("seq")?,
                last: root.attribute("last") == Some("1"),
                total: root.required_number("t")?,
                ok: root.required_number("ok")?,
                failed: root.required_number("ko")?,
                skipped: root.required_number("sk")?,
                pending: root.required_number("pend")?,
                groups,
            })
        }
    }

    fn parse_group(group: &Element, room: &mut usize) -> Result<Group, PayloadError> {
        let mut members = Members::default();
        for set in group.children("D") {
            members.records = parse_records(set.text(), room)?;
        }
        members.ids = group.children("I").map(|id| DevId::new(id.text())).collect();
        let state = DeviceState::from_number(group.required_number("s")?).ok_or_else(|| group.bad_value("s"))?;
        let mut parsed = Group::new(state, ResultCode::from_u16(group.required_number("rc")?), members);
        parsed.attempts = group.number("a")?;
        for outcome in group.children("S") {
            parsed.commands.push(CommandOutcome {
                command: outcome.required_number("c")?,
                status: StatusCode::from_u16(outcome.required_number("v")?),
                result: outcome.number("r")?,
            });
        }
        for values in group.children("V") {
            parsed.values.push(parse_values(values, room)?);
        }
        Ok(parsed)
    }

    fn parse_values(element: &Element, room: &mut usize) -> Result<Values, PayloadError> {
        let format = match element.attribute("f") {
            Some(name) => Format::parse(name).ok_or_else(|| element.bad_value("f"))?,
            None => Format::Chr,
        };
        let mut values = Values::new(element.required_number("c")?, element.required("u")?, format, Vec::new());
        for value in element.children("v") {
            let data = if format == Format::Bin {
                BASE64.decode(value.text().trim()).map_err(|_| value.bad_value("text"))?
            } else {
                value.text().as_bytes().to_vec()
            };
            let records = value.attribute("d").map(|set| parse_records(set, room)).transpose()?;
            values.values.push(Value { records, data, cut: value.attribute("cut") == Some("1") });
        }
        Ok(values)
    }

    fn parse_records(text: &str, room: &mut usize) -> Result<RecordSet, PayloadError> {
        let set = RecordSet::parse(text, *room)?;
        *room = room.saturating_sub(set.len());
        Ok(set)
    }
}

fn is_xml_text(text: &str) -> bool {
    text.chars().all(|c| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..))
}
