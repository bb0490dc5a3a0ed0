//! The element events of a document, whatever its syntax.

use std::borrow::Cow;

use omadm_proto::deviation::{DeviationKind, Deviations};
use omadm_proto::element::{Attribute, Event, EventSource, Name};
use omadm_proto::error::DecodeError;
use omadm_proto::{wbxml, xml};

/// One of the two readers.
pub(crate) enum Source<'a> {
    Xml(xml::Reader<'a>),
    Wbxml(wbxml::Reader<'a>),
}

/// The same call on the reader that is there.
macro_rules! either {
    ($source:expr, $reader:ident => $call:expr) => {
        match $source {
            Source::Xml($reader) => $call,
            Source::Wbxml($reader) => $call,
        }
    };
}

impl<'a> EventSource<'a> for Source<'a> {
    fn next_event(&mut self) -> Result<Option<Event<'a>>, DecodeError> {
        either!(self, reader => reader.next_event())
    }

    fn offset(&self) -> usize {
        either!(self, reader => reader.offset())
    }

    fn position(&self) -> usize {
        either!(self, reader => reader.position())
    }

    fn inner_xml(&mut self, begin: usize, before: &str, first: Name<'a>) -> Result<Cow<'a, str>, DecodeError> {
        either!(self, reader => reader.inner_xml(begin, before, first))
    }

    fn notice(&mut self, kind: DeviationKind, offset: usize) -> Result<(), DecodeError> {
        either!(self, reader => reader.notice(kind, offset))
    }

    fn take_deviations(&mut self) -> Deviations {
        either!(self, reader => reader.take_deviations())
    }

    fn syncml_version(&self) -> Option<&'static str> {
        either!(self, reader => reader.syncml_version())
    }

    fn foreign_namespace(&self) -> Option<&str> {
        either!(self, reader => reader.foreign_namespace())
    }

    fn next_attribute(&mut self) -> Result<Option<Attribute<'a>>, DecodeError> {
        either!(self, reader => reader.next_attribute())
    }
}
