//! Meta.

use super::cursor::Cursor;
use crate::element::{EventSource, Tag, metinf};
use crate::error::DecodeError;
use crate::message::{Data, Format, Meta, MetaFormat};

impl<'a, S: EventSource<'a>> Cursor<'a, '_, S> {
    pub(super) fn meta(&mut self) -> Result<Meta<'a>, DecodeError> {
        let mut meta = Meta::default();
        self.read_meta(&mut meta)?;
        Ok(meta)
    }

    /// The children of a Meta, or of a MetInf wrapper inside it.
    pub(super) fn read_meta(&mut self, meta: &mut Meta<'a>) -> Result<(), DecodeError> {
        while let Some(name) = self.child()? {
            match name.tag() {
                // One wrapper is legal; what is inside a second one is skipped with it.
                Some(metinf::MET_INF) => {
                    while let Some(inner) = self.child()? {
                        match inner.tag() {
                            Some(tag) => self.meta_element(meta, tag)?,
                            None => self.skip()?,
                        }
                    }
                }
                Some(tag) => self.meta_element(meta, tag)?,
                None => self.skip()?,
            }
        }
        // Base64 text is base64 text, however it was written; anything else that was opaque is the nonce itself.
        if meta.known_format() == Some(Format::B64)
            && let Some(Data::Opaque(bytes)) = meta.next_nonce.take_if(|nonce| matches!(nonce, Data::Opaque(_)))
        {
            meta.next_nonce = Some(Data::from_bytes(bytes));
        }
        Ok(())
    }

    /// One MetInf element; those that DM does not use are skipped.
    pub(super) fn meta_element(&mut self, meta: &mut Meta<'a>, tag: Tag) -> Result<(), DecodeError> {
        match tag {
            metinf::FORMAT => meta.format = Some(MetaFormat::parse(self.trimmed(tag)?)),
            metinf::TYPE => meta.type_name = Some(self.trimmed(tag)?),
            metinf::MARK => meta.mark = Some(self.trimmed(tag)?),
            metinf::SIZE => meta.size = Some(self.number(tag)?),
            metinf::VERSION => meta.version = Some(self.trimmed(tag)?),
            metinf::NEXT_NONCE => meta.next_nonce = Some(self.opaque_or_text()?),
            metinf::MAX_MSG_SIZE => meta.max_msg_size = Some(self.number(tag)?),
            metinf::MAX_OBJ_SIZE => meta.max_obj_size = Some(self.number(tag)?),
            metinf::EMI if meta.emi.is_none() => meta.emi = Some(self.data()?),
            _ => self.skip()?,
        }
        Ok(())
    }
}
