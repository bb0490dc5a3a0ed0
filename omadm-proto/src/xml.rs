//! XML: text to element events and back \[dm 1, windows-quirks 2\].
//!
//! [`Reader`] (feature `xml`) borrows everything from the document. quick-xml finds the ends of tags, splits attribute lists
//! and reads comments, processing instructions and the DOCTYPE; plain tags and character data, which are nine tenths of a
//! message, are found here. Namespaces are read leniently, since real peers misspell, forget and do not declare them: an
//! element is found by its namespace if that is known, else by its name and by the element around it; in the strict profile
//! that is an error. The reader refuses whatever is not well-formed, never fetches a DTD and never evaluates its
//! declarations.
//!
//! [`Writer`] writes the compact form: one line, a namespace declaration wherever the namespace changes, references instead
//! of CDATA. It needs no feature, because a WBXML document may hold element content that is handed on as XML. Small documents
//! inside Data are put together as text by whoever knows their shape, with [`Escaped`] values.

mod escape;
mod escaped;
mod length;
#[cfg(feature = "xml")]
mod markup;
#[cfg(feature = "xml")]
mod namespace;
#[cfg(feature = "xml")]
mod reader;
#[cfg(feature = "xml")]
mod scan;
#[cfg(feature = "xml")]
mod text;
#[cfg(feature = "xml")]
mod utf16;
#[cfg(feature = "xml")]
mod wellformed;
mod writer;

#[cfg(all(feature = "xml", feature = "wbxml"))]
pub(crate) use escape::Spelling;
pub use escaped::Escaped;
pub(crate) use length::Length;
#[cfg(feature = "xml")]
pub use reader::Reader;
#[cfg(feature = "xml")]
pub use utf16::utf16_to_utf8;
pub(crate) use writer::Place;
pub use writer::Writer;
