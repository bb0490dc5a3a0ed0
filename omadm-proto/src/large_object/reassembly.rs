//! Joining.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use super::meta_of;
use crate::alert::AlertCode;
use crate::ids::CmdId;
use crate::message::{Alert, Command, Data, Item, Location, Meta, MetaFormat};
use crate::status::StatusCode;

/// The large object that a peer is sending, if it is sending one.
///
/// Chunks belong together by command name, Target and Source, never by CmdID \[dm 3.7\]. The caller executes what
/// [`Progress`] tells it to and drops the reassembly with the session.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Reassembly {
    max_bytes: u64,
    open: Option<Open>,
}

/// What one Item means for the object.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Progress {
    /// The Item has nothing to do with a large object: execute it as it is.
    Whole,
    /// A chunk was taken: answer [`StatusCode::CHUNKED_ITEM_ACCEPTED`] and ask for the next message.
    Chunk,
    /// The last chunk: execute this Item once and answer with its outcome. Its Data is the whole value as it stood in the
    /// messages (base64 is still base64), its Meta has Format and Type of the first chunk where the last has none, and Size.
    Complete(Box<Item<'static>>),
    /// The object is refused with this status: 411 no Size, 413 too large, 424 the chunks do not add up to Size. What was
    /// collected is gone.
    Refused(StatusCode),
    /// Something else came before the last chunk. What was collected is gone; send [`Broken::alert`], then offer the same
    /// Item again, for itself.
    Violation(Broken),
}

/// The object that was not finished.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Broken {
    /// Target/LocURI of its Item.
    pub target: Option<String>,
    /// Source/LocURI of its Item.
    pub source: Option<String>,
}

/// An object of which the last chunk is still to come.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Open {
    command: String,
    target: Option<String>,
    source: Option<String>,
    format: Option<String>,
    type_name: Option<String>,
    size: u64,
    bytes: Vec<u8>,
}

impl Reassembly {
    /// Takes objects of at most `max_bytes`: the MaxObjSize that this side announced, which should be no more than its
    /// [`Limits::object_bytes`](crate::limits::Limits::object_bytes). Never more than that is collected, whatever a peer sends.
    #[must_use]
    pub const fn new(max_bytes: u64) -> Self {
        Self { max_bytes, open: None }
    }

    /// Whether the last chunk of an object is still to come.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Offers one Item of `command`. To be called for each Item of Add, Replace, Copy, Delete, Get, Exec, Results and of
    /// Alerts that are no session control (1222, 1223, 1225), before the Item is executed; Statuses are not offered.
    pub fn accept(&mut self, command: &Command<'_>, item: &Item<'_>) -> Progress {
        match self.open.take() {
            None if !item.more_data => Progress::Whole,
            None => self.start(command, item),
            Some(open) if open.continues_with(command, item) => self.append(open, item),
            Some(open) => Progress::Violation(open.into_broken()),
        }
    }

    /// Tells that a command came which can be no chunk: Atomic, Sequence or an unknown one. What was collected is gone.
    pub fn interrupt(&mut self) -> Option<Broken> {
        self.open.take().map(Open::into_broken)
    }

    fn start(&mut self, command: &Command<'_>, item: &Item<'_>) -> Progress {
        let meta = meta_of(command);
        let own = item.meta.as_ref();
        let Some(size) = own.and_then(|meta| meta.size).or_else(|| meta.and_then(|meta| meta.size)) else {
            return Progress::Refused(StatusCode::SIZE_REQUIRED);
        };
        if size > self.max_bytes {
            return Progress::Refused(StatusCode::REQUEST_ENTITY_TOO_LARGE);
        }
        let open = Open {
            command: String::from(command.name()),
            target: item.target_uri().map(String::from),
            source: item.source_uri().map(String::from),
            format: item.effective_format(meta).map(|format| String::from(format.as_str())),
            type_name: item.effective_type(meta).map(String::from),
            size,
            bytes: Vec::new(),
        };
        self.append(open, item)
    }

    fn append(&mut self, mut open: Open, item: &Item<'_>) -> Progress {
        let bytes = item.data.as_ref().map_or(&[][..], Data::as_bytes);
        let len = (open.bytes.len() as u64).saturating_add(bytes.len() as u64);
        if len > open.size || (!item.more_data && len < open.size) {
            return Progress::Refused(StatusCode::SIZE_MISMATCH);
        }
        open.bytes.extend_from_slice(bytes);
        if item.more_data {
            self.open = Some(open);
            Progress::Chunk
        } else {
            Progress::Complete(Box::new(open.into_item(item)))
        }
    }
}

impl fmt::Debug for Reassembly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shape = f.debug_struct("Reassembly");
        shape.field("max_bytes", &self.max_bytes);
        if let Some(open) = &self.open {
            shape.field("target", &open.target).field("source", &open.source);
            shape.field("collected", &open.bytes.len()).field("size", &open.size);
        }
        shape.finish_non_exhaustive()
    }
}

impl Broken {
    /// Alert 1225 that names the object \[dm 3.7\].
    #[must_use]
    pub fn alert(&self, cmd_id: u32) -> Alert<'static> {
        let location = |uri: &Option<String>| uri.clone().map(Location::new);
        let item = Item { target: location(&self.target), source: location(&self.source), ..Item::default() };
        Alert::new(CmdId::Number(cmd_id), AlertCode::NO_END_OF_DATA, vec![item])
    }
}

impl Open {
    fn continues_with(&self, command: &Command<'_>, item: &Item<'_>) -> bool {
        command.name() == self.command
            && item.target_uri() == self.target.as_deref()
            && item.source_uri() == self.source.as_deref()
    }

    fn into_broken(self) -> Broken {
        Broken { target: self.target, source: self.source }
    }

    /// The Item to execute: the last chunk's, with the whole value.
    fn into_item(self, last: &Item<'_>) -> Item<'static> {
        let mut meta: Meta<'static> = last.meta.clone().map(Meta::into_owned).unwrap_or_default();
        meta.format = meta.format.or_else(|| self.format.map(|format| MetaFormat::parse(Cow::Owned(format))));
        meta.type_name = meta.type_name.or_else(|| self.type_name.map(Cow::Owned));
        meta.size = Some(self.size);
        let mut item = Item::default().with_meta(meta).with_data(Data::from_bytes(self.bytes));
        item.target = last.target.clone().map(Location::into_owned);
        item.source = last.source.clone().map(Location::into_owned);
        item
    }
}
