//! XML: text to element events and back \[dm 1, windows-quirks 2\].
//!
//! [`Reader`] (feature `xml`) stands on quick-xml and does its own, lenient namespace handling, since real peers misspell,
//! forget and do not declare namespaces: an element is found by its namespace if that is known, else by its name and by the
//! element around it. It refuses whatever is not well-formed, never fetches a DTD and never evaluates its declarations.
//!
//! [`Writer`] writes the compact form: one line, a namespace declaration wherever the namespace changes, references instead
//! of CDATA. It needs no feature, because a WBXML document may hold element content that is handed on as XML.

mod escape;
#[cfg(feature = "xml")]
mod namespace;
#[cfg(feature = "xml")]
mod reader;
#[cfg(feature = "xml")]
mod wellformed;
mod writer;

#[cfg(feature = "xml")]
pub use reader::Reader;
pub(crate) use writer::Place;
pub use writer::Writer;
