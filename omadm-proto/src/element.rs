//! The neutral vocabulary between the two syntaxes and the typed messages: a stream of element events.
//!
//! [`xml::Reader`](crate::xml::Reader) and [`wbxml::Reader`](crate::wbxml::Reader) give the same events for the same
//! document, [`xml::Writer`](crate::xml::Writer) and [`wbxml::Writer`](crate::wbxml::Writer) take them; [`crate::decode`]
//! and [`crate::encode`] know nothing else of either syntax. Element names are data: one table a name space \[wbxml 3\].
//!
//! Invariants: a [`Tag`] always has a name; every `Start` has its `End`; the root has no siblings; white space between the
//! tags of element content is never reported, all other text is reported byte for byte, in one or several pieces.

pub mod ddf;
pub mod devinf;
mod event;
pub mod metinf;
pub mod provisioning;
mod source;
pub mod syncml;
mod tag;

pub use event::{Attribute, Event, EventSink, Name};
pub use source::{EventSource, Step, Value};
#[cfg(feature = "wbxml")]
pub(crate) use source::{child_by_events, skip_by_events};
#[cfg(any(feature = "wbxml", feature = "xml"))]
pub(crate) use source::{text_by_events, value_by_events};
#[cfg(feature = "wbxml")]
pub(crate) use tag::TagSet;
pub use tag::{Space, Tag};
