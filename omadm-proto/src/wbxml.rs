//! WBXML 1.0 to 1.3: bytes to element events and back \[wbxml 1, 3, 4, 8\].
//!
//! [`Reader`] is a pull reader that borrows everything from the document and allocates nothing, except for attribute values
//! that are put together from pieces. It needs no recursion, trusts no length and no index, and stops at the first broken
//! rule. Code pages are the tables of [`crate::element`]; which of them hold is told by the public identifier of the document
//! ([`Header`]). One table serves all SyncML versions, because the identifier of a real message often names another version
//! than its VerDTD.
//!
//! Taken as they come, because real encoders write them \[wbxml 5\]: a string table that ends without NUL, `SWITCH_PAGE` before
//! an END, repeated `SWITCH_PAGE`, `SWITCH_PAGE` in a 1.1 document, `xmlns` as a literal without a string table. Refused: bytes
//! behind the root element, EXT tokens (no meaning in these languages), charsets other than UTF-8 and US-ASCII.
//!
//! [`Writer`] writes the canonical form: `02 A4 01 6A 00`, no string table, `SWITCH_PAGE` only where needed.

mod attributes;
mod cursor;
mod documents;
mod header;
mod length;
mod provisioning;
mod reader;
mod scan;
mod table;
mod token;
mod vocabulary;
mod writer;

pub(crate) use attributes::ProvisioningWriter;
pub use header::{Header, PublicId};
pub(crate) use length::Length;
pub use reader::Reader;
pub use vocabulary::{AttributeStart, AttributeValue, Page, Usage, Vocabulary};
pub(crate) use writer::Place;
pub use writer::Writer;
