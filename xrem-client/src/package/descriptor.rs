//! Whether a URL gave a download descriptor, and what it says \[mo 6\].

#[cfg(feature = "xml")]
use alloc::borrow::Cow;
use alloc::string::String;
#[cfg(feature = "xml")]
use alloc::vec::Vec;

use omadm_proto::download::Descriptor;
#[cfg(not(feature = "xml"))]
use omadm_proto::download::InstallStatus;
#[cfg(feature = "xml")]
use omadm_proto::limits::Limits;

#[cfg(feature = "xml")]
use super::MAX_PACKAGE;
use super::{Described, Failure};
use crate::output::Block;

/// Where the root element of a descriptor begins at the latest.
const PROLOG: usize = 1024;

/// A descriptor that was refused, and where to say so.
pub(super) struct Refused {
    pub(super) failure: Failure,
    pub(super) notify: Option<String>,
}

/// Whether the first bytes that a URL gave are a descriptor. The media type decides; without one that tells something, a
/// document does whose root element is `media`.
pub(super) fn is_descriptor(block: &Block) -> bool {
    let media_type = block.whole.media_type.as_deref().unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(Descriptor::MEDIA_TYPE) {
        return true;
    }
    let tells_nothing = essence.is_empty()
        || ["text/xml", "application/xml", "text/plain", "application/octet-stream"]
            .iter()
            .any(|vague| essence.eq_ignore_ascii_case(vague));
    tells_nothing && begins_with_media(&block.data)
}

fn begins_with_media(data: &[u8]) -> bool {
    let data = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data).trim_ascii_start();
    let prolog = data.get(..PROLOG).unwrap_or(data);
    let mut rest = prolog;
    while let Some(at) = rest.strip_prefix(b"<") {
        if at.first().is_some_and(|byte| !matches!(byte, b'?' | b'!')) {
            let name = at.split(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/')).next();
            let local = name.and_then(|name| name.rsplit(|byte| *byte == b':').next());
            return local == Some(b"media");
        }
        let Some(end) = at.iter().position(|byte| *byte == b'>') else { return false };
        rest = at.get(end + 1..).unwrap_or_default().trim_ascii_start();
    }
    false
}

/// Judges a descriptor: everything that must hold before its object is fetched. No `accepts` at all: any media type.
#[cfg(feature = "xml")]
pub(super) fn judge(bytes: &[u8], accepts: &[&str]) -> Result<Described, Refused> {
    let descriptor = Descriptor::decode(bytes, &Limits::DEFAULT).map_err(|refused| Refused {
        failure: Failure::Descriptor(refused.error.status()),
        notify: refused.install_notify_uri,
    })?;
    let notify = descriptor.install_notify_uri.as_deref().map(String::from);
    let own: Vec<&str> = descriptor.types.iter().map(|kind| &**kind).collect();
    let accepts = if accepts.is_empty() { own.as_slice() } else { accepts };
    if let Err(status) = descriptor.check(accepts, MAX_PACKAGE) {
        return Err(Refused { failure: Failure::Descriptor(status), notify });
    }
    Ok(Described {
        types: descriptor.types.iter().map(|kind| String::from(&**kind)).collect(),
        size: descriptor.size,
        object_uri: descriptor.object_uri.into_owned(),
        notify,
        install_param: descriptor.install_param.map(Cow::into_owned),
    })
}

/// Without XML no descriptor can be read.
#[cfg(not(feature = "xml"))]
pub(super) const fn judge(_: &[u8], _: &[&str]) -> Result<Described, Refused> {
    Err(Refused { failure: Failure::Descriptor(InstallStatus::NON_ACCEPTABLE_CONTENT), notify: None })
}

impl Described {
    /// Whether the object is the one that was described: sent as `media_type`, if the source told one, and of `size` bytes.
    pub(super) fn check_object(&self, media_type: Option<&str>, size: u64) -> Result<(), Failure> {
        let mut described = Descriptor::new("", self.size, "");
        described.types = self.types.iter().map(|kind| kind.as_str().into()).collect();
        described.check_object(media_type, size).map_err(Failure::Descriptor)
    }
}

#[cfg(test)]
mod tests {
    use super::begins_with_media;

    #[test]
    fn a_document_whose_root_is_media_is_a_descriptor_and_an_image_is_none() {
        for text in [
            "<media>",
            "\u{feff} <?xml version='1.0'?>\n<!-- x --><media xmlns='a'>",
            "<?xml version=\"1.0\"?><dd:media xmlns:dd=\"b\"/>",
        ] {
            assert!(begins_with_media(text.as_bytes()), "{text}");
        }
        for text in ["", "<", "<?xml version='1.0'?>", "<mediatype>", "<html><media>", "abc", "<!-- <media> "] {
            assert!(!begins_with_media(text.as_bytes()), "{text}");
        }
    }
}
