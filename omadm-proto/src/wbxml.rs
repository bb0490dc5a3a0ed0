//! WBXML 1.0 to 1.3: bytes to element events and back \[wbxml 1, 3, 4, 8\].
//!
//! [`Reader`] is a pull reader that borrows everything from the document and allocates nothing, except for attribute values
//! that are put together from pieces. It needs no recursion, trusts no length and no index, and stops at the first broken
//! rule. Code pages are tables ([`Vocabulary`]), found by the public identifier of the document ([`Header`]); a caller can
//! add tables of its own ([`Reader::with_vocabularies`]). One table serves all SyncML versions, because the identifier of a
//! real message often names another version than its VerDTD.
//!
//! Taken in both profiles, because real encoders write it \[wbxml 5\]: a string table that ends without NUL, `SWITCH_PAGE` in a
//! 1.1 document or to the page in force. Deviations: `SWITCH_PAGE` without an element, `xmlns` as a literal without a string
//! table, an empty attribute list, bytes behind the root element. Refused in both: EXT tokens (no meaning in these languages),
//! charsets other than UTF-8 and US-ASCII, public identifiers that no table has. Unspecified is what a document without one
//! means; chosen: its tokens have no names.
//!
//! [`Writer`] writes messages in the canonical form: `02 A4 01 6A 00`, no string table, `SWITCH_PAGE` only where needed.
//! [`DocumentWriter`] writes all other documents.

mod cursor;
mod document_writer;
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

#[cfg(feature = "xml")]
pub(crate) use document_writer::Place as DocumentPlace;
pub use document_writer::{DocumentWriter, Version};
pub use header::{Header, PublicId};
pub(crate) use length::Length;
pub use reader::Reader;
pub use vocabulary::{AttributeStart, AttributeValue, Page, Usage, Vocabulary};
pub(crate) use writer::Place;
pub use writer::Writer;
