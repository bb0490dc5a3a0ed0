//! Copy \[dm 4.6\]: the value of one leaf over another, or into a new one.
//!
//! Needs the rights of the equivalent commands. A target that cannot take the value for a reason other than rights
//! answers 403, as the text asks; so do interior and live nodes.

use alloc::string::ToString as _;

use omadm_proto::status::StatusCode;

use super::{Actor, Answer, Refusal};
use crate::acl::Right;
use crate::tree::Tree;
use crate::uri::TargetUri;
use crate::value::{NewNode, NewValue};

impl Tree {
    /// Copy \[dm 4.6\].
    ///
    /// # Errors
    /// The status to answer.
    pub fn copy(&mut self, actor: Actor<'_>, source: &TargetUri, target: &TargetUri) -> Result<(), Refusal> {
        let to = self.addressed(target)?;
        let from = self.existing(self.addressed(source)?)?;
        self.permit(actor, Right::Get, from)?;
        let (format, type_name, value) = match self.answer(from) {
            Answer::Leaf { format, type_name, value } => (format, type_name.to_string(), value.to_vec()),
            Answer::Interior { .. } | Answer::Property(_) | Answer::Live(_) => {
                return Err(StatusCode::FORBIDDEN.into());
            }
        };
        match self.locate(to) {
            None => self.create(actor, to, NewNode::leaf(format, value).of_type(type_name)),
            Some(index) if self.store.node(index).is_interior() => Err(StatusCode::FORBIDDEN.into()),
            Some(index) => {
                let new = NewValue::new(value).in_format(format).of_type(type_name);
                let outcome = self.replace_value(actor, index, new);
                self.changed(to);
                outcome.map_err(|status| match status {
                    StatusCode::UNSUPPORTED_MEDIA_TYPE_OR_FORMAT
                    | StatusCode::BAD_REQUEST
                    | StatusCode::REQUEST_ENTITY_TOO_LARGE => StatusCode::FORBIDDEN.into(),
                    other => other.into(),
                })
            }
        }
    }
}
