//! Meta: the MetInf elements \[dm 2.3\].
//!
//! Format, Type and Size stand in nearly every Meta; the others are rare and share one allocation ([`MetaExtras`]), so that
//! a message of thousands of Items stays small.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;

use super::{Content, Data, Format, MetaFormat};

/// The content of a Meta element. Absent elements are `None`; the defaults (`chr`, `text/plain`) are the reader's business.
///
/// ```
/// use omadm_proto::message::{Format, Meta};
///
/// let meta = Meta::with_format(Format::Chr).and_type("text/plain").and_mark("warning");
/// assert_eq!((meta.known_format(), meta.mark(), meta.max_msg_size()), (Some(Format::Chr), Some("warning"), None));
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Meta<'a> {
    /// Format.
    pub format: Option<MetaFormat<'a>>,
    /// Type: a MIME type, a management object identifier or an alert type.
    pub type_name: Option<Cow<'a, str>>,
    /// Size: bytes of the whole datum as it appears in the messages.
    pub size: Option<u64>,
    pub(crate) extras: Option<Box<MetaExtras<'a>>>,
}

/// The elements of a Meta that most do not have.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct MetaExtras<'a> {
    /// Mark: the importance of a generic alert.
    pub mark: Option<Cow<'a, str>>,
    /// Version; not used in DM.
    pub version: Option<Cow<'a, str>>,
    /// NextNonce: base64 text, or the raw bytes as opaque data in WBXML.
    pub next_nonce: Option<Data<'a>>,
    /// MaxMsgSize: bytes that the sender accepts in one message.
    pub max_msg_size: Option<u64>,
    /// MaxObjSize: bytes that the sender accepts in one object.
    pub max_obj_size: Option<u64>,
    /// EMI: experimental extensions.
    pub emi: Vec<Data<'a>>,
    /// `FieldLevel`, Anchor and Mem, which only data synchronisation uses: kept as they are, never looked at.
    pub unused: Content<'a>,
}

/// What a Meta without extras has.
static NO_EXTRAS: MetaExtras<'static> = MetaExtras::new();

impl MetaExtras<'_> {
    const fn new() -> Self {
        Self {
            mark: None,
            version: None,
            next_nonce: None,
            max_msg_size: None,
            max_obj_size: None,
            emi: Vec::new(),
            unused: Content::new(),
        }
    }

    fn into_owned(self) -> MetaExtras<'static> {
        MetaExtras {
            mark: self.mark.map(|text| Cow::Owned(text.into_owned())),
            version: self.version.map(|text| Cow::Owned(text.into_owned())),
            next_nonce: self.next_nonce.map(Data::into_owned),
            max_msg_size: self.max_msg_size,
            max_obj_size: self.max_obj_size,
            emi: self.emi.into_iter().map(Data::into_owned).collect(),
            unused: self.unused.into_owned(),
        }
    }
}

impl<'a> Meta<'a> {
    /// A Meta with Format only.
    #[must_use]
    pub fn with_format(format: Format) -> Self {
        Self { format: Some(MetaFormat::Known(format)), ..Self::default() }
    }

    /// The same with Type.
    #[must_use]
    pub fn and_type(mut self, type_name: impl Into<Cow<'a, str>>) -> Self {
        self.type_name = Some(type_name.into());
        self
    }

    /// The same with Size.
    #[must_use]
    pub const fn and_size(mut self, size: u64) -> Self {
        self.size = Some(size);
        self
    }

    /// The same with Mark.
    #[must_use]
    pub fn and_mark(mut self, mark: impl Into<Cow<'a, str>>) -> Self {
        self.extras_mut().mark = Some(mark.into());
        self
    }

    /// The same with NextNonce.
    #[must_use]
    pub fn and_next_nonce(mut self, nonce: Data<'a>) -> Self {
        self.extras_mut().next_nonce = Some(nonce);
        self
    }

    /// The same with MaxMsgSize.
    #[must_use]
    pub fn and_max_msg_size(mut self, bytes: u64) -> Self {
        self.extras_mut().max_msg_size = Some(bytes);
        self
    }

    /// The same with MaxObjSize.
    #[must_use]
    pub fn and_max_obj_size(mut self, bytes: u64) -> Self {
        self.extras_mut().max_obj_size = Some(bytes);
        self
    }

    /// The Format if it is a known one.
    #[must_use]
    pub const fn known_format(&self) -> Option<Format> {
        match self.format {
            Some(MetaFormat::Known(format)) => Some(format),
            _ => None,
        }
    }

    /// Mark: the importance of a generic alert.
    #[must_use]
    pub fn mark(&self) -> Option<&str> {
        self.extras().mark.as_deref()
    }

    /// Version; not used in DM.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.extras().version.as_deref()
    }

    /// NextNonce: base64 text, or the raw bytes as opaque data in WBXML.
    #[must_use]
    pub fn next_nonce(&self) -> Option<&Data<'a>> {
        self.extras().next_nonce.as_ref()
    }

    /// MaxMsgSize: bytes that the sender accepts in one message.
    #[must_use]
    pub fn max_msg_size(&self) -> Option<u64> {
        self.extras().max_msg_size
    }

    /// MaxObjSize: bytes that the sender accepts in one object.
    #[must_use]
    pub fn max_obj_size(&self) -> Option<u64> {
        self.extras().max_obj_size
    }

    /// EMI: experimental extensions.
    #[must_use]
    pub fn emi(&self) -> &[Data<'a>] {
        &self.extras().emi
    }

    /// The rare elements.
    #[must_use]
    pub fn extras(&self) -> &MetaExtras<'a> {
        self.extras.as_deref().unwrap_or(&NO_EXTRAS)
    }

    /// The rare elements, to change them.
    pub fn extras_mut(&mut self) -> &mut MetaExtras<'a> {
        self.extras.get_or_insert_with(Box::default)
    }

    /// The same, owning everything.
    #[must_use]
    pub fn into_owned(self) -> Meta<'static> {
        Meta {
            format: self.format.map(MetaFormat::into_owned),
            type_name: self.type_name.map(|text| Cow::Owned(text.into_owned())),
            size: self.size,
            extras: self.extras.map(|extras| Box::new(extras.into_owned())),
        }
    }
}

impl PartialEq for Meta<'_> {
    fn eq(&self, other: &Self) -> bool {
        let extras = match (&self.extras, &other.extras) {
            (None, None) => true,
            _ => self.extras() == other.extras(),
        };
        self.format == other.format && self.type_name == other.type_name && self.size == other.size && extras
    }
}
