//! The content of a download descriptor, and what a client decides by it.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use super::InstallStatus;
use crate::error::DecodeError;

/// A download descriptor of version 1: the element `media`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Descriptor<'a> {
    /// `DDVersion`; `None` means 1.0.
    pub version: Option<Cow<'a, str>>,
    /// `type`: the media types of the object, at least one.
    pub types: Vec<Cow<'a, str>>,
    /// `size`: the bytes of the object.
    pub size: u64,
    /// `objectURI`: where the object is.
    pub object_uri: Cow<'a, str>,
    /// `installNotifyURI`: where to post how it ended.
    pub install_notify_uri: Option<Cow<'a, str>>,
    /// `nextURL`: what to open afterwards.
    pub next_url: Option<Cow<'a, str>>,
    /// `name`, for display.
    pub name: Option<Cow<'a, str>>,
    /// `description`, for display.
    pub description: Option<Cow<'a, str>>,
    /// `vendor`, for display.
    pub vendor: Option<Cow<'a, str>>,
    /// `infoURL`.
    pub info_url: Option<Cow<'a, str>>,
    /// `iconURI`.
    pub icon_uri: Option<Cow<'a, str>>,
    /// `installParam`: for the installer.
    pub install_param: Option<Cow<'a, str>>,
    /// Elements that version 1 does not have: without meaning, and listed.
    pub extensions: Vec<Extension<'a>>,
}

/// An element that the schema does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Extension<'a> {
    /// The element name.
    pub name: Cow<'a, str>,
    /// Its text, that of elements inside it left out.
    pub text: Cow<'a, str>,
}

impl<'a> Extension<'a> {
    /// The element `name` with `text`.
    #[must_use]
    pub fn new(name: impl Into<Cow<'a, str>>, text: impl Into<Cow<'a, str>>) -> Self {
        Self { name: name.into(), text: text.into() }
    }
}

/// What is wrong with a descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DescriptorError {
    /// It is not well-formed, or exceeds a limit.
    #[error(transparent)]
    Syntax(#[from] DecodeError),
    /// The root is another element.
    #[error("the root element is not media (at byte {0})")]
    Root(usize),
    /// A mandatory element is missing or empty.
    #[error("the mandatory element {0} is missing or empty")]
    Missing(&'static str),
    /// An element stands twice that may stand once.
    #[error("the element {0} stands twice")]
    Twice(&'static str),
    /// `size` is no number of bytes.
    #[error("size is no decimal number of bytes")]
    Size,
    /// `DDVersion` is not 1.x: another schema.
    #[error("DDVersion is not 1.x")]
    Version,
    /// There are more elements than the limits allow.
    #[error("more elements than the limits allow")]
    TooMany,
}

impl DescriptorError {
    /// The code that the client reports.
    #[must_use]
    pub const fn status(self) -> InstallStatus {
        match self {
            Self::Version => InstallStatus::INVALID_DD_VERSION,
            Self::Syntax(_) | Self::Root(_) | Self::Missing(_) | Self::Twice(_) | Self::Size | Self::TooMany => {
                InstallStatus::INVALID_DESCRIPTOR
            }
        }
    }
}

/// A descriptor that was not accepted, and where to say so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
#[non_exhaustive]
pub struct Refused {
    /// What is wrong.
    pub error: DescriptorError,
    /// The `installNotifyURI`, if it was read before the mistake: [`DescriptorError::status`] is to be posted there.
    pub install_notify_uri: Option<String>,
}

impl<'a> Descriptor<'a> {
    /// The media type of a descriptor of version 1; the file extension is `.dd`.
    pub const MEDIA_TYPE: &'static str = "application/vnd.oma.dd+xml";

    /// The namespace of the elements.
    pub const NAMESPACE: &'static str = "http://www.openmobilealliance.org/xmlns/dd";

    /// The descriptor of an object of `size` bytes with one media type.
    #[must_use]
    pub fn new(media_type: impl Into<Cow<'a, str>>, size: u64, object_uri: impl Into<Cow<'a, str>>) -> Self {
        Self {
            version: None,
            types: alloc::vec![media_type.into()],
            size,
            object_uri: object_uri.into(),
            install_notify_uri: None,
            next_url: None,
            name: None,
            description: None,
            vendor: None,
            info_url: None,
            icon_uri: None,
            install_param: None,
            extensions: Vec::new(),
        }
    }

    /// Whether the object can be fetched: every media type is one of `supported`, and `free` bytes hold it.
    ///
    /// Unspecified is which of several types must be supported; chosen are all, because a device that lacks one cannot use
    /// the whole object.
    ///
    /// # Errors
    /// The code to report; the object is not to be fetched.
    pub fn check(&self, supported: &[&str], free: u64) -> Result<(), InstallStatus> {
        let is_supported = |kind: &str| supported.iter().any(|supported| same_type(kind, supported));
        if !self.types.iter().all(|kind| is_supported(kind)) {
            return Err(InstallStatus::NON_ACCEPTABLE_CONTENT);
        }
        if self.size > free {
            return Err(InstallStatus::INSUFFICIENT_MEMORY);
        }
        Ok(())
    }

    /// Whether an object of `size` bytes, sent as `content_type` if the server told one, is the one that was described.
    ///
    /// # Errors
    /// The code to report; the object is to be discarded.
    pub fn check_object(&self, content_type: Option<&str>, size: u64) -> Result<(), InstallStatus> {
        let of_type = content_type.is_none_or(|sent| self.types.iter().any(|kind| same_type(kind, sent)));
        if of_type && size == self.size { Ok(()) } else { Err(InstallStatus::ATTRIBUTE_MISMATCH) }
    }
}

/// Whether two media types are the same, parameters left out.
fn same_type(one: &str, other: &str) -> bool {
    essence(one).eq_ignore_ascii_case(essence(other))
}

fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}
