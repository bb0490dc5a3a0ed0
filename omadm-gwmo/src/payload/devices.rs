//! `<Devices>`: what attached or left \[gwmo 4.1\].

use alloc::string::String;
use alloc::vec::Vec;
use omadm_proto::ids::DevId;

use super::record_set::RecordName;
use super::write::Xml;

/// The payload of deviceattached and devicedetached.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Devices {
    /// The Revision of the inventory after the change.
    pub revision: u64,
    /// The devices, at least one.
    pub devices: Vec<Dev>,
}

/// One device.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dev {
    /// DeviceID.
    pub id: DevId,
    /// Its record.
    pub record: RecordName,
    /// Mode: 1 transparent, 2 proxy, 3 adaptation.
    pub mode: Option<u8>,
    /// ComponentType: 0 end device, 1 gateway.
    pub component: Option<u8>,
    /// Protocol.
    pub protocol: Option<String>,
    /// Manufacturer.
    pub man: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Firmware version.
    pub fwv: Option<String>,
    /// Hardware version.
    pub hwv: Option<String>,
    /// The record of the child gateway it sits behind.
    pub parent: Option<RecordName>,
    /// Why it left: `left`, `lost` or `removed`.
    pub why: Option<String>,
}

impl Dev {
    /// The device `id` with the record `record`, and nothing else known.
    #[must_use]
    pub const fn new(id: DevId, record: RecordName) -> Self {
        Self {
            id,
            record,
            mode: None,
            component: None,
            protocol: None,
            man: None,
            model: None,
            fwv: None,
            hwv: None,
            parent: None,
            why: None,
        }
    }
}

impl Devices {
    /// The devices that changed with `revision`.
    #[must_use]
    pub const fn new(revision: u64, devices: Vec<Dev>) -> Self {
        Self { revision, devices }
    }

    /// The payload as XML text.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let mut xml = Xml::root("Devices");
        xml.attribute("rev", self.revision);
        xml.content();
        for dev in &self.devices {
            xml.open("Dev");
            xml.attribute("id", &dev.id);
            xml.attribute("rec", &dev.record);
            xml.optional("why", dev.why.as_ref());
            xml.optional("mode", dev.mode);
            xml.optional("ct", dev.component);
            xml.optional("proto", dev.protocol.as_ref());
            xml.optional("man", dev.man.as_ref());
            xml.optional("mod", dev.model.as_ref());
            xml.optional("fwv", dev.fwv.as_ref());
            xml.optional("hwv", dev.hwv.as_ref());
            xml.optional("par", dev.parent.as_ref());
            xml.empty();
        }
        xml.close("Devices");
        xml.finish()
    }

    /// Reads the payload.
    ///
    /// # Errors
    /// When `text` is no such payload or exceeds `limits`.
    #[cfg(feature = "xml")]
    pub fn parse(text: &str, limits: &super::PayloadLimits) -> Result<Self, super::PayloadError> {
        let root = super::read::document(text, "Devices", limits)?;
        let mut devices = Vec::new();
        for dev in root.children("Dev") {
            devices.push(Dev {
                id: DevId::new(dev.required("id")?),
                record: record(dev.required("rec")?, "rec")?,
                mode: dev.number("mode")?,
                component: dev.number("ct")?,
                protocol: dev.owned("proto"),
                man: dev.owned("man"),
                model: dev.owned("mod"),
                fwv: dev.owned("fwv"),
                hwv: dev.owned("hwv"),
                parent: dev.attribute("par").map(|text| record(text, "par")).transpose()?,
                why: dev.owned("why"),
            });
        }
        Ok(Self { revision: root.required_number("rev")?, devices })
    }
}

#[cfg(feature = "xml")]
fn record(text: &str, attribute: &'static str) -> Result<RecordName, super::PayloadError> {
    RecordName::parse(text).ok_or(super::PayloadError::BadValue { element: "Dev", attribute })
}
