//! The documents that are known without a caller's help \[wbxml 2, 3, 4\].
//!
//! The version in a public identifier binds nothing: real messages name another one than their VerDTD, so one merged table
//! serves all versions of SyncML.

use super::header::PublicId;
use super::provisioning;
use super::vocabulary::{AttributeStart, AttributeValue, Page, Vocabulary};
use crate::element::Space;

use PublicId::{Name, Number};

/// The pages of SyncML messages, and of DDF and TNDS documents, which keep their page 2.
const SYNCML_PAGES: &[Page] =
    &[Page::space(0, Space::SyncMl), Page::space(1, Space::MetInf), Page::space(2, Space::DmDdf)];

impl Vocabulary {
    /// SyncML messages, 1.0 to 1.2.
    pub const SYNCML: &Self = &SYNCML;

    /// DDF and TNDS documents, which have no number.
    pub const DM_DDF: &Self = &DM_DDF;

    /// DevInf documents, 1.0 to 1.2.
    pub const DEVINF: &Self = &DEVINF;

    /// MetInf documents.
    pub const METINF: &Self = &METINF;

    /// OMA Client Provisioning documents.
    pub const PROVISIONING: &Self = &PROVISIONING;

    /// OMA DRM rights objects; no space of this crate has their names.
    pub const DRM_RIGHTS: &Self = &DRM_RIGHTS;

    /// All of them.
    pub const BUILT_IN: &[&Self] =
        &[Self::SYNCML, Self::DM_DDF, Self::DEVINF, Self::METINF, Self::PROVISIONING, Self::DRM_RIGHTS];
}

static SYNCML: Vocabulary = Vocabulary::new(&[
    Number(0x1201),
    Number(0x0FD3),
    Number(0x0FD1),
    Name("-//SYNCML//DTD SyncML 1.2//EN"),
    Name("-//SYNCML//DTD SyncML 1.1//EN"),
    Name("-//SYNCML//DTD SyncML 1.0//EN"),
])
.with_pages(SYNCML_PAGES);

static DM_DDF: Vocabulary = Vocabulary::new(&[Name("-//OMA//DTD-DM-DDF 1.2//EN")]).with_pages(SYNCML_PAGES);

static DEVINF: Vocabulary = Vocabulary::new(&[
    Number(0x1203),
    Number(0x0FD4),
    Number(0x0FD2),
    Name("-//SYNCML//DTD DevInf 1.2//EN"),
    Name("-//SYNCML//DTD DevInf 1.1//EN"),
    Name("-//SYNCML//DTD DevInf 1.0//EN"),
])
.with_pages(&[Page::space(0, Space::DevInf)]);

static METINF: Vocabulary =
    Vocabulary::new(&[Number(0x1202), Name("-//SYNCML//DTD MetInf 1.2//EN"), Name("-//SYNCML//DTD MetaInf 1.2//EN")])
        .with_pages(&[Page::space(0, Space::MetInf)]);

static PROVISIONING: Vocabulary = Vocabulary::new(&[Number(0x0B), Name("-//WAPFORUM//DTD PROV 1.0//EN")])
    .with_pages(&[Page::space(0, Space::Provisioning), Page::space(1, Space::Provisioning)])
    .with_attributes(&provisioning::STARTS, &provisioning::VALUES);

static DRM_RIGHTS: Vocabulary = Vocabulary::new(&[
    Number(0x0E),
    Number(0x1207),
    Name("-//OMA//DTD DRMREL 1.0//EN"),
    Name("-//WAPFORUM//DTD DRMREL 1.0//EN"),
])
.with_pages(&[Page::list(0, &RIGHTS_TAGS)])
.with_attributes(&RIGHTS_STARTS, &RIGHTS_VALUES);

static RIGHTS_TAGS: [(u8, &str); 19] = [
    (0x05, "o-ex:rights"),
    (0x06, "o-ex:context"),
    (0x07, "o-dd:version"),
    (0x08, "o-dd:uid"),
    (0x09, "o-ex:agreement"),
    (0x0A, "o-ex:asset"),
    (0x0B, "ds:KeyInfo"),
    (0x0C, "ds:KeyValue"),
    (0x0D, "o-ex:permission"),
    (0x0E, "o-dd:play"),
    (0x0F, "o-dd:display"),
    (0x10, "o-dd:execute"),
    (0x11, "o-dd:print"),
    (0x12, "o-ex:constraint"),
    (0x13, "o-dd:count"),
    (0x14, "o-dd:datetime"),
    (0x15, "o-dd:start"),
    (0x16, "o-dd:end"),
    (0x17, "o-dd:interval"),
];

static RIGHTS_STARTS: [AttributeStart; 3] = [
    AttributeStart::new(0, 0x05, "xmlns:o-ex", ""),
    AttributeStart::new(0, 0x06, "xmlns:o-dd", ""),
    AttributeStart::new(0, 0x07, "xmlns:ds", ""),
];

static RIGHTS_VALUES: [AttributeValue; 3] = [
    AttributeValue::new(0, 0x85, "http://odrl.net/1.1/ODRL-EX"),
    AttributeValue::new(0, 0x86, "http://odrl.net/1.1/ODRL-DD"),
    AttributeValue::new(0, 0x87, "http://www.w3.org/2000/09/xmldsig#/"),
];
