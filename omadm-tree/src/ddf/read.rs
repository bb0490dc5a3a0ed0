//! From element events to a description.
//!
//! One cursor walks the document; the content models of the DTD are tables ([`Model`]), and what breaks one is noticed as a
//! deviation, which the strict profile makes an error. Nodes are kept on a stack of their own, not on that of the program.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use omadm_proto::deviation::{DeviationKind, Profile};
use omadm_proto::element::ddf::{
    DF_PROPERTIES, MAN, MGMT_TREE, MOD, NODE, NODE_NAME, PATH, RT_PROPERTIES, VALUE, VER_DTD,
};
use omadm_proto::element::{Event, EventSource, Name, Tag};
use omadm_proto::error::{DecodeError, DecodeErrorKind, Limit};
use omadm_proto::exchange::Syntax;
use omadm_proto::reading::Reading;
#[cfg(feature = "wbxml")]
use omadm_proto::wbxml;
#[cfg(feature = "xml")]
use omadm_proto::xml;

use super::{Ddf, DdfError, MAX_NESTING, Node, ReadDdf, VerDtd, microsoft};

mod extras;
mod properties;

impl Ddf {
    /// Reads a description in `syntax`.
    ///
    /// # Errors
    /// The bytes are no description in that syntax, deviate in a way that the profile of `reading` does not forgive, or
    /// exceed its limits.
    pub fn parse(syntax: Syntax, bytes: &[u8], reading: &Reading) -> Result<ReadDdf, DdfError> {
        let read = match syntax {
            #[cfg(feature = "xml")]
            Syntax::Xml => xml::Reader::with(bytes, reading).and_then(|source| Self::from_events(source, reading)),
            #[cfg(feature = "wbxml")]
            Syntax::Wbxml => wbxml::Reader::with(bytes, reading).and_then(|source| Self::from_events(source, reading)),
            #[cfg(not(all(feature = "xml", feature = "wbxml")))]
            _ => {
                let _ = reading;
                Err(DecodeError::new(DecodeErrorKind::SyntaxNotBuilt(syntax), 0))
            }
        };
        read.map_err(|error| DdfError::new(error, syntax, bytes))
    }

    /// Reads a description from the element events of `source`, which keeps to the profile of `reading`.
    ///
    /// # Errors
    /// As for [`Self::parse`], and those of the source.
    pub fn from_events<'a, S: EventSource<'a>>(source: S, reading: &Reading) -> Result<ReadDdf, DecodeError> {
        let mut cursor = Cursor { source, profile: reading.profile, left: reading.limits.pieces };
        if cursor.source.expect_event()? != Event::Start(Name::Known(MGMT_TREE)) {
            return Err(cursor.fault(DecodeErrorKind::UnexpectedRoot(MGMT_TREE)));
        }
        let ddf = cursor.mgmt_tree()?;
        match cursor.source.next_event()? {
            None => Ok(ReadDdf { ddf, deviations: cursor.source.take_deviations() }),
            Some(_) => Err(cursor.fault(DecodeErrorKind::TrailingBytes)),
        }
    }
}

/// The content model of an element: its children in their order.
struct Model {
    parent: Tag,
    children: &'static [Tag],
    /// Those of the children that may be repeated.
    many: &'static [Tag],
    /// Those that must be there.
    required: &'static [Tag],
}

static MGMT_TREE_MODEL: Model =
    Model { parent: MGMT_TREE, children: &[VER_DTD, MAN, MOD, NODE], many: &[NODE], required: &[VER_DTD, NODE] };

static NODE_MODEL: Model = Model {
    parent: NODE,
    children: &[NODE_NAME, PATH, RT_PROPERTIES, DF_PROPERTIES, NODE, VALUE],
    many: &[NODE],
    required: &[NODE_NAME],
};

/// How far the children of one element have been read.
#[derive(Default)]
struct Progress {
    /// A bit for every child of the model that was there.
    seen: u32,
    /// The latest of the model's children that was there.
    latest: usize,
}

/// A child that a content model has, or an extension.
enum Child<'a> {
    Known(Tag),
    Microsoft(Cow<'a, str>),
}

/// The document, with what holds for all of it.
struct Cursor<S> {
    source: S,
    profile: Profile,
    /// How many nodes, MIME types and extensions may still come.
    left: usize,
}

/// A node that is being read.
#[derive(Default)]
struct Frame {
    node: Node,
    progress: Progress,
}

impl<'a, S: EventSource<'a>> Cursor<S> {
    fn fault(&self, kind: DecodeErrorKind) -> DecodeError {
        DecodeError::new(kind, self.source.offset())
    }

    /// Notices what is wrong where the latest event began.
    fn notice(&mut self, kind: DeviationKind) -> Result<(), DecodeError> {
        let offset = self.source.offset();
        self.source.notice(kind, offset)
    }

    /// Counts one of the things that there may be many of.
    fn count(&mut self) -> Result<(), DecodeError> {
        let left = self.left.checked_sub(1);
        self.left = left.ok_or_else(|| self.fault(DecodeErrorKind::LimitExceeded(Limit::Pieces)))?;
        Ok(())
    }

    /// The next child of the open element that is an extension or one of `known`, with its place there; `None` when the
    /// element has ended. All others are noticed and skipped.
    fn among(&mut self, known: &[Tag]) -> Result<Option<(Child<'a>, usize)>, DecodeError> {
        while let Some(name) = self.source.next_child()? {
            let wrong = match name {
                Name::Known(tag) => match known.iter().position(|known| *known == tag) {
                    Some(at) => return Ok(Some((Child::Known(tag), at))),
                    None => Some(DeviationKind::Misplaced(tag)),
                },
                Name::Unknown(_) | Name::Token { .. } => match self.source.foreign_namespace() {
                    Some(microsoft::NAMESPACE) => return Ok(Some((Child::Microsoft(name.to_text()), 0))),
                    Some(_) => None,
                    None => Some(DeviationKind::UnknownElement),
                },
            };
            if let Some(wrong) = wrong {
                self.notice(wrong)?;
            }
            self.source.skip_element()?;
        }
        Ok(None)
    }

    /// The same without extensions.
    fn standard_among(&mut self, known: &[Tag]) -> Result<Option<(Tag, usize)>, DecodeError> {
        loop {
            match self.among(known)? {
                Some((Child::Known(tag), at)) => return Ok(Some((tag, at))),
                Some((Child::Microsoft(_), _)) => self.skip_extension()?,
                None => return Ok(None),
            }
        }
    }

    /// Skips an extension that is not known here, which no profile refuses.
    fn skip_extension(&mut self) -> Result<(), DecodeError> {
        if self.profile == Profile::Lenient {
            self.notice(DeviationKind::UnknownElement)?;
        }
        self.source.skip_element()
    }

    /// The next child of the element of `model`; `None` when that has ended.
    fn child(&mut self, model: &Model, progress: &mut Progress) -> Result<Option<Child<'a>>, DecodeError> {
        match self.among(model.children)? {
            Some((Child::Known(tag), at)) => {
                self.advance(model, progress, tag, at)?;
                Ok(Some(Child::Known(tag)))
            }
            Some((extension, _)) => Ok(Some(extension)),
            None => {
                self.complete(model, progress)?;
                Ok(None)
            }
        }
    }

    /// Notices what the element of `model` lacks.
    fn complete(&mut self, model: &Model, progress: &Progress) -> Result<(), DecodeError> {
        for (at, child) in model.children.iter().enumerate() {
            if model.required.contains(child) && progress.seen & (1 << at) == 0 {
                self.notice(DeviationKind::Missing { parent: model.parent, child: *child })?;
            }
        }
        Ok(())
    }

    /// The child `tag`, which the model has at `at`, was read.
    fn advance(&mut self, model: &Model, progress: &mut Progress, tag: Tag, at: usize) -> Result<(), DecodeError> {
        if at < progress.latest {
            self.notice(DeviationKind::Order(tag))?;
        } else if progress.seen & (1 << at) != 0 && !model.many.contains(&tag) {
            self.notice(DeviationKind::Repeated(tag))?;
        }
        progress.seen |= 1 << at;
        progress.latest = at;
        Ok(())
    }

    /// The same for elements that have no extensions.
    fn standard_child(&mut self, model: &Model, progress: &mut Progress) -> Result<Option<Tag>, DecodeError> {
        loop {
            match self.child(model, progress)? {
                Some(Child::Known(tag)) => return Ok(Some(tag)),
                Some(Child::Microsoft(_)) => self.skip_extension()?,
                None => return Ok(None),
            }
        }
    }

    /// The text of the element that just began.
    fn text(&mut self) -> Result<String, DecodeError> {
        self.source.leaf_text().map(Cow::into_owned)
    }

    /// Reads over the element that just began, which must be empty.
    fn empty(&mut self) -> Result<(), DecodeError> {
        let offset = self.source.offset();
        if self.source.leaf_text()?.is_empty() {
            return Ok(());
        }
        self.source.notice(DeviationKind::StrayText, offset)
    }

    fn mgmt_tree(&mut self) -> Result<Ddf, DecodeError> {
        let mut ddf = Ddf::default();
        let mut progress = Progress::default();
        while let Some(child) = self.child(&MGMT_TREE_MODEL, &mut progress)? {
            match child {
                Child::Known(VER_DTD) => ddf.ver_dtd = self.ver_dtd()?,
                Child::Known(MAN) => ddf.man = Some(self.text()?),
                Child::Known(MOD) => ddf.model = Some(self.text()?),
                Child::Known(_) => ddf.nodes.push(self.node()?),
                Child::Microsoft(name) if name == "Diagnostics" => {
                    ddf.diagnostics = true;
                    self.source.skip_element()?;
                }
                Child::Microsoft(_) => self.skip_extension()?,
            }
        }
        Ok(ddf)
    }

    fn ver_dtd(&mut self) -> Result<VerDtd, DecodeError> {
        let offset = self.source.offset();
        let text = self.source.leaf_text()?;
        match VerDtd::parse(text.trim()) {
            Some(version) => Ok(version),
            None => {
                self.source.notice(DeviationKind::InvalidValue(VER_DTD), offset)?;
                Ok(VerDtd::default())
            }
        }
    }

    /// The rest of the node whose start was just read, with the nodes inside.
    fn node(&mut self) -> Result<Node, DecodeError> {
        self.count()?;
        let mut around: Vec<Frame> = Vec::new();
        let mut frame = Frame::default();
        loop {
            match self.standard_child(&NODE_MODEL, &mut frame.progress)? {
                Some(NODE) => {
                    self.count()?;
                    if around.len() + 1 >= MAX_NESTING {
                        return Err(self.fault(DecodeErrorKind::LimitExceeded(Limit::Depth)));
                    }
                    around.push(core::mem::take(&mut frame));
                }
                Some(tag) => self.part(&mut frame.node, tag)?,
                None => match around.pop() {
                    Some(parent) => {
                        let done = core::mem::replace(&mut frame, parent);
                        frame.node.children.push(done.node);
                    }
                    None => return Ok(frame.node),
                },
            }
        }
    }

    /// Reads the child `tag` of `node`, which is no node itself.
    fn part(&mut self, node: &mut Node, tag: Tag) -> Result<(), DecodeError> {
        match tag {
            NODE_NAME => node.name = Some(self.text()?),
            PATH => node.path = Some(self.text()?),
            RT_PROPERTIES => node.rt = Some(self.rt_properties()?),
            DF_PROPERTIES => node.df = Some(self.df_properties()?),
            _ => {
                if !node.children.is_empty() {
                    self.notice(DeviationKind::Misplaced(VALUE))?;
                }
                node.value = Some(self.text()?);
            }
        }
        Ok(())
    }
}
