//! The values of leaves: what the device writes, what a server's command brings, and which bytes a Format admits \[dm 2.3\].
//!
//! A leaf stores the decoded bytes: text formats as UTF-8, `bin` as raw bytes, `b64` as base64 text.
//! Values never appear in `Debug`.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;

use omadm_proto::message::Format;

/// A value with the format that it has by itself. Writing it into an existing leaf needs only that its bytes fit there.
#[derive(Clone, PartialEq, Eq)]
pub struct LeafValue {
    format: Format,
    bytes: Vec<u8>,
}

/// What an Add brings.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewNode {
    /// `Node` for an interior node.
    pub format: Format,
    /// Meta Type: MIME type of a leaf, management object identifier of an interior node. Absent: `text/plain`, none.
    pub type_name: Option<String>,
    /// The value as it will be stored; `None` when the Item had no Data.
    pub value: Option<Vec<u8>>,
}

/// What a Replace brings.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewValue {
    /// Meta Format as sent; `None` keeps the node's. With `B64` the value is still base64 text: whether that is how it
    /// travelled or what it is only the node can tell.
    pub format: Option<Format>,
    /// Meta Type as sent; `None` keeps the node's.
    pub type_name: Option<String>,
    /// The bytes of Data; `None` when the Item had none.
    pub value: Option<Vec<u8>>,
}

impl LeafValue {
    /// The value `bytes` in `format`.
    #[must_use]
    pub fn new(format: Format, bytes: impl Into<Vec<u8>>) -> Self {
        Self { format, bytes: bytes.into() }
    }

    /// The value of a leaf of `format` that has none yet: zero, false, the first day of 1970, midnight, or nothing.
    #[must_use]
    pub fn neutral(format: Format) -> Self {
        let text = match format {
            Format::Int | Format::Float => "0",
            Format::Bool => "false",
            Format::Date => "1970-01-01",
            Format::Time => "00:00:00",
            Format::B64 | Format::Bin | Format::Chr | Format::Node | Format::Null | Format::Xml => "",
        };
        Self::new(format, text)
    }

    /// The format that the value has by itself.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

impl NewNode {
    /// A leaf with `value`.
    #[must_use]
    pub fn leaf(format: Format, value: impl Into<Vec<u8>>) -> Self {
        Self { format, type_name: None, value: Some(value.into()) }
    }

    /// An interior node.
    #[must_use]
    pub const fn interior() -> Self {
        Self { format: Format::Node, type_name: None, value: None }
    }

    /// The same with Meta Type.
    #[must_use]
    pub fn of_type(mut self, type_name: impl Into<String>) -> Self {
        self.type_name = Some(type_name.into());
        self
    }
}

impl NewValue {
    /// `value` in the format that the node has.
    #[must_use]
    pub fn new(value: impl Into<Vec<u8>>) -> Self {
        Self { format: None, type_name: None, value: Some(value.into()) }
    }

    /// The same with Meta Format.
    #[must_use]
    pub const fn in_format(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }

    /// The same with Meta Type.
    #[must_use]
    pub fn of_type(mut self, type_name: impl Into<String>) -> Self {
        self.type_name = Some(type_name.into());
        self
    }
}

/// Whether a leaf of `format` may hold `bytes` \[dm 2.3\].
///
/// Dates and times are checked for their shape only: unspecified which ISO 8601 profile; both the basic and the extended
/// form are taken because both occur.
pub(crate) fn fits(format: Format, bytes: &[u8]) -> bool {
    let text = || core::str::from_utf8(bytes).ok();
    match format {
        Format::Bin => true,
        Format::Null => bytes.is_empty(),
        Format::Node => false,
        Format::B64 => crate::wire::decode_base64(bytes).is_some(),
        Format::Chr | Format::Xml => text().is_some(),
        Format::Bool => matches!(bytes, b"true" | b"false"),
        Format::Int => text().is_some_and(is_int),
        Format::Float => text().is_some_and(is_float),
        Format::Date => text().is_some_and(|text| is_shape(text, &["dddddddd", "dddd-dd-dd"])),
        Format::Time => text().is_some_and(is_time),
    }
}

/// Decimal text from -2^31 to 2^32-1.
fn is_int(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let decimal = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    decimal && text.parse::<i64>().is_ok_and(|number| (i64::from(i32::MIN)..=i64::from(u32::MAX)).contains(&number))
}

/// `float` of XML Schema: Rust's grammar without its other words for infinity.
fn is_float(text: &str) -> bool {
    matches!(text, "INF" | "-INF" | "NaN")
        || text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'))
            && text.parse::<f32>().is_ok()
}

fn is_time(text: &str) -> bool {
    let local = text.strip_suffix('Z').unwrap_or(text);
    let local = match local.find(['+', '-']).and_then(|at| local.split_at_checked(at)) {
        Some((local, offset)) if is_shape(offset.get(1..).unwrap_or(""), &["dd", "dddd", "dd:dd"]) => local,
        Some(_) => return false,
        None => local,
    };
    let whole = match local.split_once(['.', ',']) {
        Some((whole, fraction)) if !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit()) => whole,
        Some(_) => return false,
        None => local,
    };
    is_shape(whole, &["dddd", "dddddd", "dd:dd", "dd:dd:dd"])
}

/// Whether `text` is like one of `shapes`, where `d` stands for a digit.
fn is_shape(text: &str, shapes: &[&str]) -> bool {
    shapes.iter().any(|shape| {
        shape.len() == text.len()
            && shape.bytes().zip(text.bytes()).all(|(want, byte)| match want {
                b'd' => byte.is_ascii_digit(),
                _ => byte == want,
            })
    })
}

impl From<&str> for LeafValue {
    fn from(text: &str) -> Self {
        Self::new(Format::Chr, text)
    }
}

impl From<String> for LeafValue {
    fn from(text: String) -> Self {
        Self::new(Format::Chr, text)
    }
}

impl From<&String> for LeafValue {
    fn from(text: &String) -> Self {
        Self::new(Format::Chr, text.as_str())
    }
}

impl From<bool> for LeafValue {
    fn from(flag: bool) -> Self {
        Self::new(Format::Bool, if flag { "true" } else { "false" })
    }
}

impl From<Vec<u8>> for LeafValue {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(Format::Bin, bytes)
    }
}

impl From<&[u8]> for LeafValue {
    fn from(bytes: &[u8]) -> Self {
        Self::new(Format::Bin, bytes)
    }
}

macro_rules! int_values {
    ($($number:ty),*) => {
        $(impl From<$number> for LeafValue {
            fn from(number: $number) -> Self {
                Self::new(Format::Int, number.to_string())
            }
        })*
    };
}

int_values!(i8, i16, i32, i64, u8, u16, u32, u64, usize);

impl fmt::Debug for LeafValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LeafValue({}, {} bytes)", self.format, self.bytes.len())
    }
}

impl fmt::Debug for NewNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug_new(f, "NewNode", Some(self.format), self.type_name.as_deref(), self.value.as_deref())
    }
}

impl fmt::Debug for NewValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug_new(f, "NewValue", self.format, self.type_name.as_deref(), self.value.as_deref())
    }
}

fn debug_new(
    f: &mut fmt::Formatter<'_>,
    what: &str,
    format: Option<Format>,
    type_name: Option<&str>,
    value: Option<&[u8]>,
) -> fmt::Result {
    f.debug_struct(what)
        .field("format", &format)
        .field("type_name", &type_name)
        .field("bytes", &value.map(<[u8]>::len))
        .finish_non_exhaustive()
}
