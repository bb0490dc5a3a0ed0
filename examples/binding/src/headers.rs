//! What the headers of a DM message say, the same for requests and responses \[dm 13.1, 7.3\].

use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use omadm_proto::exchange::Syntax;

/// The header that carries the MAC of a message; the same name on HTTP, WSP and OBEX.
pub const SYNCML_HMAC: HeaderName = HeaderName::from_static("x-syncml-hmac");

/// The syntax that Content-Type names, the data-sync types included; `None` when it names another type or is missing.
#[must_use]
pub fn syntax(headers: &HeaderMap) -> Option<Syntax> {
    headers.get(CONTENT_TYPE)?.to_str().ok().and_then(Syntax::from_media_type)
}

/// The value of `x-syncml-hmac`. A list that was split into several lines is put together again, as HTTP allows.
#[must_use]
pub fn mac(headers: &HeaderMap) -> Option<String> {
    let mut lines = headers.get_all(SYNCML_HMAC).iter().filter_map(|value| value.to_str().ok());
    let first = lines.next()?.to_owned();
    Some(lines.fold(first, |joined, line| joined + ", " + line))
}

/// The Content-Type of a message.
pub(crate) const fn content_type(syntax: Syntax) -> HeaderValue {
    HeaderValue::from_static(syntax.media_type())
}

/// Writes the MAC of a message, if it has one.
pub(crate) fn put_mac(headers: &mut HeaderMap, mac: Option<&str>) {
    // A machine writes its MAC in ASCII; anything else could not be a header.
    if let Some(value) = mac.and_then(|mac| HeaderValue::from_str(mac).ok()) {
        headers.insert(SYNCML_HMAC, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mac_that_was_split_into_lines_is_one_list() {
        let mut headers = HeaderMap::new();
        headers.append(SYNCML_HMAC, HeaderValue::from_static("algorithm=MD5"));
        headers.append("X-SyncML-HMAC", HeaderValue::from_static("username=\"a\", mac=b=="));
        assert_eq!(mac(&headers).as_deref(), Some("algorithm=MD5, username=\"a\", mac=b=="));
    }
}
