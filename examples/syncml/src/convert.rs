//! From element events to a document in the other syntax.

use omadm_proto::element::{Event, EventSink, EventSource, Name, metinf, syncml};
use omadm_proto::message::Data;
use omadm_proto::{wbxml, xml};

use crate::document::{Document, Problem};

/// A converted document.
pub(crate) struct Converted {
    pub(crate) bytes: Vec<u8>,
    /// What was changed or left out.
    pub(crate) remarks: Vec<Problem>,
}

/// An event and where it stood.
struct Step<'a> {
    event: Event<'a>,
    offset: usize,
}

/// The document as XML with `indent` blanks a level, in one line if that is 0.
pub(crate) fn to_xml(document: &Document, indent: u8) -> Result<Converted, Problem> {
    let mut steps = collect(document.source()?)?;
    tell_base64(&mut steps);
    let mut writer = xml::Writer::new(Vec::new());
    if indent > 0 {
        writer = writer.indented(indent.into());
    }
    write(&mut writer, steps)?;
    let mut bytes = writer.into_bytes();
    bytes.push(b'\n');
    Ok(Converted { bytes, remarks: Vec::new() })
}

/// The document as canonical WBXML.
pub(crate) fn to_wbxml(document: &Document) -> Result<Converted, Problem> {
    let mut writer = wbxml::Writer::new(Vec::new());
    let mut remarks = Vec::new();
    flatten(document.source()?, &mut writer, &mut remarks)?;
    Ok(Converted { bytes: writer.into_bytes(), remarks })
}

fn collect<'a>(mut source: impl EventSource<'a>) -> Result<Vec<Step<'a>>, Problem> {
    let mut steps = Vec::new();
    while let Some(event) = source.next_event()? {
        steps.push(Step { event, offset: source.offset() });
    }
    Ok(steps)
}

fn write(writer: &mut impl EventSink, steps: Vec<Step<'_>>) -> Result<(), Problem> {
    let mut element = "document".to_string();
    for Step { event, offset } in steps {
        if let Event::Start(name) = &event {
            element = name.to_string();
        }
        writer.event(event).map_err(|error| Problem::unwritable(offset, &element, error))?;
    }
    Ok(())
}

/// Copies events; the element content of Data becomes text, and attributes, which have no tokens, are left out.
fn flatten<'a>(
    mut source: impl EventSource<'a>,
    writer: &mut wbxml::Writer,
    remarks: &mut Vec<Problem>,
) -> Result<(), Problem> {
    let mut open: Vec<Name<'_>> = Vec::new();
    let mut begin = 0;
    // The text of a Data, held back until it is clear that no element follows it.
    let mut held = String::new();
    while let Some(event) = source.next_event()? {
        let offset = source.offset();
        let in_data = open.last() == Some(&Name::Known(syncml::DATA));
        let name = match (&event, open.last()) {
            (Event::Start(name), _) => *name,
            (_, Some(name)) => *name,
            (_, None) => Name::Unknown("document"),
        };
        let unwritable = |error| Problem::unwritable(offset, &name.to_text(), error);
        match event {
            Event::Start(first) if in_data => {
                let content = source.inner_xml(begin, &held, first)?;
                writer.event(Event::Text(&content)).map_err(unwritable)?;
                writer.event(Event::End).map_err(unwritable)?;
                open.pop();
                held.clear();
            }
            Event::Text(text) if in_data => held.push_str(text),
            Event::Char(character) if in_data => held.push(character),
            Event::Attribute(attribute) => {
                let text = format!("{name}: the attribute {} has no WBXML token and is left out", attribute.name);
                remarks.push(Problem::new(offset, text));
            }
            Event::Start(name) => {
                open.push(name);
                begin = source.position();
                writer.event(Event::Start(name)).map_err(unwritable)?;
            }
            other => {
                if matches!(other, Event::End) {
                    open.pop();
                }
                writer.event(Event::Text(&std::mem::take(&mut held))).map_err(unwritable)?;
                writer.event(other).map_err(unwritable)?;
            }
        }
    }
    Ok(())
}

/// Makes `b64` the Format of every Item whose Data holds bytes that XML cannot carry, since they will be base64.
fn tell_base64(steps: &mut Vec<Step<'_>>) {
    let mut at = 0;
    while at < steps.len() {
        let is_binary =
            matches!(&steps[at].event, Event::Opaque(bytes) if matches!(Data::from_bytes(*bytes), Data::Opaque(_)));
        if is_binary {
            at += tell_base64_of(steps, at);
        }
        at += 1;
    }
}

/// The same for the bytes at `opaque`; returns how many events that put before them.
fn tell_base64_of(steps: &mut Vec<Step<'_>>, opaque: usize) -> usize {
    let is = |step: &Step<'_>, tag| matches!(step.event, Event::Start(Name::Known(found)) if found == tag);
    let before = &steps[..opaque];
    let Some(data) = before.iter().rposition(|step| is(step, syncml::DATA)) else { return 0 };
    let Some(item) = before.iter().rposition(|step| is(step, syncml::ITEM)) else { return 0 };
    let in_item = |tag| before[item..].iter().position(|step| is(step, tag)).map(|found| item + found);
    let offset = steps[data].offset;
    let step = |event| Step { event, offset };
    let format = || [Event::Start(Name::Known(metinf::FORMAT)), Event::Text("b64"), Event::End].map(step);
    if let Some(found) = in_item(metinf::FORMAT) {
        steps[found + 1].event = Event::Text("b64");
        return 0;
    }
    let (place, new) = match in_item(syncml::META) {
        Some(meta) => (meta + 1, format().into_iter().collect::<Vec<_>>()),
        None => {
            let meta = [step(Event::Start(Name::Known(syncml::META)))];
            (data, meta.into_iter().chain(format()).chain([step(Event::End)]).collect())
        }
    };
    let added = new.len();
    steps.splice(place..place, new);
    added
}
