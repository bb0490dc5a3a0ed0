//! From a provisioning document to element events.

use alloc::vec::Vec;

use super::{Characteristic, Entry, Parm, ProvisioningDoc};
use crate::element::provisioning::{CHARACTERISTIC, PARM, WAP_PROVISIONINGDOC};
use crate::element::{Attribute, Event, EventSink};
use crate::error::EncodeError;
use crate::exchange::Syntax;
#[cfg(feature = "wbxml")]
use crate::wbxml::{DocumentWriter, PublicId, Version, Vocabulary};
use crate::xml;

impl ProvisioningDoc<'_> {
    /// Appends the document in `syntax` to `out`, which stays as it is when that fails.
    ///
    /// In WBXML the values `DIGEST` and `BASIC` are strings: the sources disagree about their tokens \[wbxml 4\].
    ///
    /// # Errors
    /// The document holds something that the syntax cannot carry, or the build lacks the syntax.
    pub fn encode(&self, syntax: Syntax, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match syntax {
            Syntax::Xml => {
                let mut writer = xml::Writer::new(Vec::new());
                self.write(&mut writer)?;
                out.extend_from_slice(writer.as_bytes());
                Ok(())
            }
            #[cfg(feature = "wbxml")]
            Syntax::Wbxml => {
                // Version 1.3 is what real encoders write.
                let id = PublicId::Number(0x0B);
                let mut writer = DocumentWriter::with_header(Vec::new(), Vocabulary::PROVISIONING, Version::V1_3, id);
                self.write(&mut writer)?;
                out.extend_from_slice(&writer.into_bytes());
                Ok(())
            }
            #[cfg(not(feature = "wbxml"))]
            Syntax::Wbxml => Err(EncodeError::SyntaxNotBuilt(Syntax::Wbxml)),
        }
    }

    /// Writes the document as element events.
    ///
    /// # Errors
    /// The sink's own.
    pub fn write(&self, sink: &mut impl EventSink) -> Result<(), EncodeError> {
        sink.start(WAP_PROVISIONINGDOC)?;
        if let Some(version) = &self.version {
            attribute(sink, "version", version)?;
        }
        others(sink, &["version"], &self.attributes)?;
        for characteristic in &self.characteristics {
            write_characteristic(sink, characteristic)?;
        }
        sink.end()
    }
}

fn write_characteristic(sink: &mut impl EventSink, characteristic: &Characteristic<'_>) -> Result<(), EncodeError> {
    sink.start(CHARACTERISTIC)?;
    attribute(sink, "type", &characteristic.type_name)?;
    others(sink, &["type"], &characteristic.attributes)?;
    for entry in &characteristic.entries {
        match entry {
            Entry::Parm(parm) => write_parm(sink, parm)?,
            Entry::Characteristic(inner) => write_characteristic(sink, inner)?,
        }
    }
    sink.end()
}

fn write_parm(sink: &mut impl EventSink, parm: &Parm<'_>) -> Result<(), EncodeError> {
    sink.start(PARM)?;
    attribute(sink, "name", &parm.name)?;
    if let Some(value) = &parm.value {
        attribute(sink, "value", value)?;
    }
    others(sink, &["name", "value"], &parm.attributes)?;
    sink.end()
}

fn attribute(sink: &mut impl EventSink, name: &str, value: &str) -> Result<(), EncodeError> {
    sink.event(Event::Attribute(Attribute::new(name, value)))
}

/// The attributes that the document type does not have; `own` are those that it has.
fn others(sink: &mut impl EventSink, own: &[&str], attributes: &[Attribute<'_>]) -> Result<(), EncodeError> {
    attributes.iter().try_for_each(|other| {
        if own.contains(&other.name) {
            return Err(EncodeError::DuplicateAttribute);
        }
        attribute(sink, other.name, &other.value)
    })
}
