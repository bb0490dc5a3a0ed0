//! What a row of a node table says.

use omadm_proto::message::Format;
use omadm_tree::{AccessType, LeafValue, NodeSpec};

use crate::names::Name;

/// Whether a node must be there once its parent is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the two letters of the sheet")]
pub enum Need {
    /// R
    Required,
    /// O
    Optional,
}

/// One node of a management object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Row {
    /// The names from the root; `None` stands for `<X>`.
    pub path: &'static [Option<Name>],
    /// Required or optional.
    pub need: Need,
    /// Format.
    pub format: Format,
    /// What a server may do.
    pub access: &'static [AccessType],
    /// The value of a leaf that nobody wrote.
    pub default: &'static str,
}

impl Row {
    /// The node, holding `value` or its default.
    pub(crate) fn spec(&self, value: Option<&str>) -> NodeSpec {
        let access: AccessType = self.access.iter().copied().collect();
        let spec = if self.format == Format::Node {
            NodeSpec::interior()
        } else {
            NodeSpec::leaf(self.format, LeafValue::new(self.format, value.unwrap_or(self.default)))
        };
        let spec = match self.max_bytes() {
            Some(bytes) => spec.max_size(bytes),
            None => spec,
        };
        spec.access(access)
    }

    /// The longest value \[gwmo 3, 5.2, 10.1\].
    fn max_bytes(&self) -> Option<u32> {
        match (self.format, self.path.last()) {
            (_, Some(Some(Name::Filter | Name::Match))) => Some(512),
            (Format::Chr, _) => Some(255),
            (Format::Xml, Some(Some(Name::Body))) => Some(64 << 10),
            (_, Some(Some(Name::Bin))) => Some(64 << 10),
            (_, Some(Some(Name::Message))) => Some(4096),
            _ => None,
        }
    }
}

/// `[Fanout X JobId] Required Chr AGR "";` and so on.
macro_rules! rows {
    (@step X) => { None };
    (@step $name:ident) => { Some(crate::names::Name::$name) };
    ($([$($step:ident)+] $need:ident $format:ident $access:ident $default:literal;)*) => {
        &[$(Row {
            path: &[$(rows!(@step $step)),+],
            need: crate::mo::table::Need::$need,
            format: omadm_proto::message::Format::$format,
            access: crate::mo::table::$access,
            default: $default,
        }),*]
    };
}
pub(super) use rows;

const A: AccessType = AccessType::ADD;
const D: AccessType = AccessType::DELETE;
const X: AccessType = AccessType::EXEC;
const GET: AccessType = AccessType::GET;
const REPLACE: AccessType = AccessType::REPLACE;

pub(super) const G: &[AccessType] = &[GET];
pub(super) const R: &[AccessType] = &[REPLACE];
pub(super) const E: &[AccessType] = &[X];
pub(super) const GR: &[AccessType] = &[GET, REPLACE];
pub(super) const AG: &[AccessType] = &[A, GET];
pub(super) const AR: &[AccessType] = &[A, REPLACE];
pub(super) const AGR: &[AccessType] = &[A, GET, REPLACE];
pub(super) const ADG: &[AccessType] = &[A, D, GET];
pub(super) const DEG: &[AccessType] = &[D, X, GET];
pub(super) const ADGR: &[AccessType] = &[A, D, GET, REPLACE];
