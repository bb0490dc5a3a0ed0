//! Elements without types, which are kept as they are.

use alloc::borrow::Cow;
use alloc::string::String;

use super::cursor::Cursor;
use crate::element::{Event, EventSource, Name, Space, Tag, syncml};
use crate::error::{DecodeError, Limit};
use crate::ids::CmdId;
use crate::message::{Content, Data, ElementName, Piece, UnknownCommand};

/// What becomes of an element that no table has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nameless {
    /// It is noticed and skipped, as everywhere in what the tables know.
    Skipped,
    /// It is kept like everything in an element that no table has.
    Kept,
}

impl<'a, S: EventSource<'a>> Cursor<'a, S> {
    /// An element that is no DM command: its CmdID, so that it can be answered, and everything else that is in it.
    pub(super) fn unknown(&mut self, command: &mut UnknownCommand<'a>) -> Result<(), DecodeError> {
        let nameless = match Tag::from_name(Space::SyncMl, &command.name) {
            Some(_) => Nameless::Skipped,
            None => Nameless::Kept,
        };
        self.keep_attributes(&mut command.content)?;
        self.keep_content(&mut command.content, nameless, Some(&mut command.cmd_id))
    }

    /// Appends the element `name`, which just began, to `content`.
    pub(super) fn keep(&mut self, content: &mut Content<'a>, name: Name<'a>) -> Result<(), DecodeError> {
        if name.tag().is_none() {
            return self.skip_unknown();
        }
        if self.keep_start(content, name)? {
            self.keep_content(content, Nameless::Skipped, None)?;
            content.push(Piece::End);
        }
        Ok(())
    }

    /// Appends what the open element holds to `content`, without its End and without the first child CmdID if that has a
    /// place of its own.
    fn keep_content(
        &mut self,
        content: &mut Content<'a>,
        nameless: Nameless,
        mut cmd_id: Option<&mut CmdId<'a>>,
    ) -> Result<(), DecodeError> {
        let mut open = 1_usize;
        let mut text = None;
        loop {
            match self.source.expect_event()? {
                Event::Text(piece) => join(&mut text, Data::text(piece)),
                Event::Char(character) => join(&mut text, Data::text(String::from(character))),
                Event::Opaque(bytes) => join(&mut text, Data::Opaque(Cow::Borrowed(bytes))),
                Event::Attribute(_) => {}
                Event::Start(name) => {
                    // White space between elements is layout.
                    text.take_if(|text| is_blank(text));
                    // Text on both sides of what is not kept here is one piece, as it is when it was written again.
                    if name == Name::Known(syncml::CMD_ID)
                        && open == 1
                        && let Some(id) = cmd_id.as_deref_mut()
                    {
                        self.cmd_id_to(id)?;
                        // One that is empty says nothing, as if it were not there.
                        if *id != CmdId::Absent {
                            cmd_id = None;
                        }
                    } else if name.tag().is_none() && nameless == Nameless::Skipped {
                        self.skip_unknown()?;
                    } else {
                        self.keep_text(content, text.take())?;
                        open += usize::from(self.keep_start(content, name)?);
                    }
                }
                Event::End => {
                    if content.pieces().last() == Some(&Piece::End) {
                        text.take_if(|text| is_blank(text));
                    }
                    self.keep_text(content, text.take())?;
                    open -= 1;
                    if open == 0 {
                        return Ok(());
                    }
                    content.push(Piece::End);
                }
            }
        }
    }

    /// Begins the element `name`; a Data element is read whole. Whether it is still open.
    fn keep_start(&mut self, content: &mut Content<'a>, name: Name<'a>) -> Result<bool, DecodeError> {
        // The End of the element is paid for here as well.
        self.count_piece()?;
        self.count_piece()?;
        content.push(Piece::Start(ElementName::new(name)));
        if name != Name::Known(syncml::DATA) {
            return self.keep_attributes(content).map(|()| true);
        }
        let value = self.data()?;
        self.keep_text(content, Some(value))?;
        content.push(Piece::End);
        Ok(false)
    }

    fn keep_attributes(&mut self, content: &mut Content<'a>) -> Result<(), DecodeError> {
        while let Some(attribute) = self.source.next_attribute()? {
            self.count_piece()?;
            content.push(Piece::Attribute { name: Cow::Borrowed(attribute.name), value: attribute.value });
        }
        Ok(())
    }

    fn keep_text(&mut self, content: &mut Content<'a>, text: Option<Data<'a>>) -> Result<(), DecodeError> {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.count_piece()?;
            content.push(Piece::Value(text));
        }
        Ok(())
    }

    /// One more piece of what is kept.
    pub(super) fn count_piece(&mut self) -> Result<(), DecodeError> {
        self.pieces_left = self.pieces_left.checked_sub(1).ok_or_else(|| self.exceeded(Limit::Pieces))?;
        Ok(())
    }
}

fn is_blank(text: &Data<'_>) -> bool {
    text.as_bytes().iter().all(u8::is_ascii_whitespace)
}

/// Appends `piece` to `text`; a first piece is borrowed.
fn join<'a>(text: &mut Option<Data<'a>>, piece: Data<'a>) {
    *text = Some(match (text.take(), piece) {
        (None, piece) => piece,
        (Some(before), piece) if before.is_empty() => piece,
        (Some(Data::Text(before)), Data::Text(piece)) => Data::Text(before + piece),
        (Some(before), piece) => {
            let mut bytes = before.into_bytes();
            bytes.extend_from_slice(piece.as_bytes());
            Data::Opaque(Cow::Owned(bytes))
        }
    });
}
