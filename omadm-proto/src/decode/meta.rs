//! Meta.

use super::cursor::Cursor;
use super::model::{self, Children};
use crate::element::{EventSource, Name, Tag, metinf};
use crate::error::DecodeError;
use crate::message::{Data, Format, Meta, MetaFormat};

impl<'a, S: EventSource<'a>> Cursor<'a, S> {
    /// The children of a Meta, or of a MetInf wrapper inside it.
    pub(super) fn meta(&mut self, meta: &mut Meta<'a>) -> Result<(), DecodeError> {
        let mut children = Children::of(&model::META);
        loop {
            match self.named_child()? {
                None => break,
                // One wrapper is legal; what is inside a second one counts as well.
                Some(Name::Known(metinf::MET_INF)) => {
                    while let Some(tag) = self.child(&mut children)? {
                        self.meta_element(meta, tag)?;
                    }
                }
                Some(Name::Known(tag)) => {
                    self.admit(&mut children, tag)?;
                    self.meta_element(meta, tag)?;
                }
                Some(Name::Unknown(_) | Name::Token { .. }) => self.skip_unknown()?,
            }
        }
        // Base64 text is base64 text, however it was written; anything else that was opaque is the nonce itself.
        if meta.next_nonce().is_some_and(|nonce| matches!(nonce, Data::Opaque(_)))
            && meta.known_format() == Some(Format::B64)
        {
            let nonce = &mut meta.extras_mut().next_nonce;
            *nonce = nonce.take().map(Data::into_text);
        }
        Ok(())
    }

    /// One MetInf element, which just began.
    #[inline]
    pub(super) fn meta_element(&mut self, meta: &mut Meta<'a>, tag: Tag) -> Result<(), DecodeError> {
        match tag {
            metinf::FORMAT => meta.format = Some(MetaFormat::parse(self.trimmed()?)),
            metinf::TYPE => self.trimmed_to(&mut meta.type_name)?,
            metinf::SIZE => meta.size = Some(self.number(tag)?),
            _ => self.rare_meta_element(meta, tag)?,
        }
        Ok(())
    }

    fn rare_meta_element(&mut self, meta: &mut Meta<'a>, tag: Tag) -> Result<(), DecodeError> {
        match tag {
            metinf::MARK => self.trimmed_to(&mut meta.extras_mut().mark)?,
            metinf::VERSION => self.trimmed_to(&mut meta.extras_mut().version)?,
            metinf::NEXT_NONCE => meta.extras_mut().next_nonce = Some(self.data()?),
            metinf::MAX_MSG_SIZE => meta.extras_mut().max_msg_size = self.limit(tag)?,
            metinf::MAX_OBJ_SIZE => meta.extras_mut().max_obj_size = self.limit(tag)?,
            metinf::EMI => {
                let emi = self.data()?;
                self.count_piece()?;
                meta.extras_mut().emi.push(emi);
            }
            metinf::ANCHOR | metinf::MEM | metinf::FIELD_LEVEL => {
                self.keep(&mut meta.extras_mut().unused, Name::Known(tag))?;
            }
            _ => self.skip()?,
        }
        Ok(())
    }
}
