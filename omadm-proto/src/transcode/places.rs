//! Where in the output the elements stand that tell what Data is: its Format and its Type.

use core::ops::Range;

use super::target::Target;
use crate::element::{Tag, ddf, metinf, syncml};

/// What was written as the Data of an Item.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Sent {
    /// What the document has.
    #[default]
    AsItIs,
    /// Its bytes as base64.
    Base64,
    /// The other spelling of a document.
    Converted,
}

/// The Meta that is open, those that speak for the Data to come, and the latest `<bin/>` of a serialized tree.
#[derive(Debug, Default)]
pub(super) struct Places {
    open_meta: Option<Meta>,
    /// The Meta of the command, and how many elements are open where it counts.
    command: Option<(usize, Meta)>,
    item: Option<Item>,
    bin: Option<usize>,
}

/// An Item or a Cred.
#[derive(Debug, Default)]
struct Item {
    /// Elements around it.
    depth: usize,
    meta: Meta,
    data: usize,
    sent: Sent,
}

#[derive(Debug, Default)]
struct Meta {
    /// Where its content begins.
    content: Option<usize>,
    format: Option<Range<usize>>,
    type_name: Option<Range<usize>>,
    /// A NextNonce was written as base64.
    nonce: bool,
    /// The Type was changed with a document inside Data.
    converted: bool,
}

const FORMAT: &[u8] = b"<Format xmlns=\"syncml:metinf\">b64</Format>";
const META: &[u8] = b"<Meta><Format xmlns=\"syncml:metinf\">b64</Format></Meta>";

impl Places {
    /// The element `tag`, around which `depth` are open, began; its start tag is `range` of the output.
    #[inline]
    pub(super) fn start(&mut self, tag: Tag, depth: usize, range: Range<usize>) {
        match tag {
            syncml::ITEM | syncml::CRED if self.item.is_none() => self.item = Some(Item { depth, ..Item::default() }),
            syncml::META => self.open_meta = Some(Meta { content: Some(range.end), ..Meta::default() }),
            syncml::DATA => {
                if let Some(item) = &mut self.item {
                    item.data = range.start;
                }
            }
            ddf::NODE => self.bin = None,
            ddf::BIN => self.bin = Some(range.start),
            _ => {}
        }
    }

    /// The text of `tag` is `range` of the output.
    #[inline]
    pub(super) fn text(&mut self, tag: Option<Tag>, range: Range<usize>) {
        let meta = match (&mut self.open_meta, &mut self.item) {
            (Some(meta), _) => meta,
            (None, Some(item)) => &mut item.meta,
            (None, None) => return,
        };
        match tag {
            Some(metinf::FORMAT) => meta.format = Some(range),
            Some(metinf::TYPE) => meta.type_name = Some(range),
            _ => {}
        }
    }

    /// Whether the open Meta says so far that its NextNonce is base64.
    pub(super) fn nonce_is_base64(&self, written: &[u8]) -> bool {
        let format = self.open_meta.as_ref().and_then(|meta| meta.format.clone());
        format.and_then(|range| written.get(range)).is_some_and(|format| format.trim_ascii() == b"b64")
    }

    /// Whether Data can be written as something else here, because there is an Item to tell it.
    pub(super) const fn is_in_item(&self) -> bool {
        self.item.is_some()
    }

    /// The Data of the Item was written as `sent`.
    pub(super) const fn data_sent(&mut self, sent: Sent) {
        if let Some(item) = &mut self.item {
            item.sent = sent;
        }
    }

    /// The NextNonce of the open Meta was written as base64.
    pub(super) const fn nonce_sent(&mut self) {
        if let Some(meta) = &mut self.open_meta {
            meta.nonce = true;
        }
    }

    /// The Value of a serialized tree was written as base64, in XML.
    pub(super) fn value_sent<T: Target>(&mut self, target: &mut T) {
        let Some(at) = self.bin.take() else { return };
        if target.written().get(at..at + 6) == Some(b"<bin/>") {
            target.replace(at..at + 6, b"<b64/>");
        }
    }

    /// Whether the Type that speaks for the Data ends with `suffix`, or did before it was changed.
    pub(super) fn type_ends_with(&self, suffix: &str, written: &[u8]) -> bool {
        self.spokesman().is_some_and(|meta| {
            let range = meta.type_name.clone().unwrap_or_default();
            meta.converted || written.get(range).is_some_and(|text| text.trim_ascii_end().ends_with(suffix.as_bytes()))
        })
    }

    /// The Meta with the Type of the Data.
    fn spokesman(&self) -> Option<&Meta> {
        let own = self.item.as_ref().map(|item| &item.meta).filter(|meta| meta.type_name.is_some());
        own.or_else(|| self.command.as_ref().map(|(_, meta)| meta))
    }

    /// The element `tag`, around which `depth` are open, ended: now the output can be corrected.
    #[inline]
    pub(super) fn end<T: Target>(&mut self, tag: Tag, depth: usize, target: &mut T) {
        match tag {
            syncml::META => self.end_meta(depth, target),
            syncml::ITEM | syncml::CRED if self.item.as_ref().is_some_and(|item| item.depth == depth) => {
                if let Some(item) = self.item.take() {
                    self.end_item(item, target);
                }
            }
            _ => {}
        }
        if self.command.as_ref().is_some_and(|(begin, _)| depth < *begin) {
            self.command = None;
        }
    }

    fn end_meta<T: Target>(&mut self, depth: usize, target: &mut T) {
        let Some(mut meta) = self.open_meta.take() else { return };
        if meta.nonce {
            meta.tell_base64(target);
            meta = Meta::default();
        }
        match &mut self.item {
            Some(item) => item.meta = meta,
            None => self.command = Some((depth, meta)),
        }
    }

    fn end_item<T: Target>(&mut self, mut item: Item, target: &mut T) {
        match item.sent {
            Sent::AsItIs => {}
            Sent::Base64 if item.meta.format.is_some() || item.meta.content.is_some() => item.meta.tell_base64(target),
            Sent::Base64 => target.replace(item.data..item.data, META),
            Sent::Converted => {
                if item.meta.type_name.is_some() {
                    item.meta.tell_converted(target);
                } else if let Some((_, meta)) = &mut self.command {
                    meta.tell_converted(target);
                }
            }
        }
    }
}

impl Meta {
    /// Makes the Format `b64`; only XML needs that.
    fn tell_base64<T: Target>(&self, target: &mut T) {
        match (&self.format, self.content) {
            (Some(format), _) => target.replace(format.clone(), b"b64"),
            (None, Some(content)) => target.replace(content..content, FORMAT),
            (None, None) => {}
        }
    }

    /// Makes the Type that of the other spelling, unless that was done.
    fn tell_converted<T: Target>(&mut self, target: &mut T) {
        let Some(range) = self.type_name.clone() else { return };
        if self.converted {
            return;
        }
        self.converted = true;
        let text = target.written().get(range.clone()).unwrap_or_default();
        let end = range.start + text.trim_ascii_end().len();
        for (from, to) in [(&b"+wbxml"[..], &b"+xml"[..]), (b"+xml", b"+wbxml")] {
            if text.trim_ascii_end().ends_with(from) {
                target.replace(end - from.len()..end, to);
                return;
            }
        }
    }
}
