//! Which spaces are the code pages of which kind of document \[wbxml 2, 3, 4\].

use crate::element::{Space, Tag};

/// The spaces of a document by code page.
pub(super) type Pages = &'static [Space];

/// SyncML messages, and DDF and TNDS documents, which keep their page 2.
const SYNCML: Pages = &[Space::SyncMl, Space::MetInf, Space::DmDdf];
const METINF: Pages = &[Space::MetInf];
const DEVINF: Pages = &[Space::DevInf];
/// Provisioning documents have the same elements on both pages.
const PROVISIONING: Pages = &[Space::Provisioning, Space::Provisioning];

struct Document {
    number: u32,
    name: &'static str,
    pages: Pages,
}

/// The registered documents; DDF has no number and takes 0, which no document has.
static DOCUMENTS: [Document; 9] = [
    Document { number: 0x0FD1, name: "-//SYNCML//DTD SyncML 1.0//EN", pages: SYNCML },
    Document { number: 0x0FD3, name: "-//SYNCML//DTD SyncML 1.1//EN", pages: SYNCML },
    Document { number: 0x1201, name: "-//SYNCML//DTD SyncML 1.2//EN", pages: SYNCML },
    Document { number: 0x0FD2, name: "-//SYNCML//DTD DevInf 1.0//EN", pages: DEVINF },
    Document { number: 0x0FD4, name: "-//SYNCML//DTD DevInf 1.1//EN", pages: DEVINF },
    Document { number: 0x1203, name: "-//SYNCML//DTD DevInf 1.2//EN", pages: DEVINF },
    Document { number: 0x1202, name: "-//SYNCML//DTD MetInf 1.2//EN", pages: METINF },
    Document { number: 0x000B, name: "-//WAPFORUM//DTD PROV 1.0//EN", pages: PROVISIONING },
    Document { number: 0, name: "-//OMA//DTD-DM-DDF 1.2//EN", pages: SYNCML },
];

/// The pages of the document registered as `number`; none for a private or unknown one.
pub(super) fn pages_of_number(number: u32) -> Pages {
    let known = DOCUMENTS.iter().find(|document| number != 0 && document.number == number);
    known.map_or(&[], |document| document.pages)
}

/// The pages of the document called `name`; case does not matter.
pub(super) fn pages_of_name(name: &str) -> Pages {
    let known = DOCUMENTS.iter().find(|document| document.name.eq_ignore_ascii_case(name.trim()));
    known.map_or(&[], |document| document.pages)
}

/// The code page that `space` has in a SyncML document.
pub(super) const fn page_in_syncml(space: Space) -> Option<u8> {
    match space {
        Space::SyncMl => Some(0),
        Space::MetInf => Some(1),
        Space::DmDdf => Some(2),
        Space::DevInf | Space::Provisioning => None,
    }
}

/// Whether a token of a SyncML document has a name.
pub(super) fn has_name(page: u8, token: u8) -> bool {
    SYNCML.get(usize::from(page)).is_some_and(|space| Tag::from_token(*space, token).is_some())
}
