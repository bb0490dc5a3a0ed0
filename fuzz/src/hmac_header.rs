//! The `x-syncml-hmac` header.

use omadm_proto::auth::mac::MacHeader;
use omadm_proto::auth::{Credentials, Nonce};

/// Reads `bytes` as the value of a header: what is read is the same after it was written again, on one line, and proves
/// nothing for a name that made none; a header for the same name proves it.
///
/// # Panics
/// When it is not so.
pub fn hmac_header(bytes: &[u8]) {
    let Ok(value) = core::str::from_utf8(bytes) else { return };
    let Ok(header) = MacHeader::parse(value) else { return };
    let written = header.to_string();
    assert!(!written.contains(char::is_control), "a header of more than one line");
    assert_eq!(MacHeader::parse(&written).as_ref(), Ok(&header), "a header changes");
    let credentials = Credentials::new(header.username(), "secret");
    let made = MacHeader::new(&credentials, &Nonce::resync(), bytes);
    assert_eq!(header.verify(&credentials, &Nonce::resync(), bytes), header == made, "verify believes another digest");
    let sent = made.to_string();
    let arrived = MacHeader::parse(&sent).is_ok_and(|header| header.verify(&credentials, &Nonce::resync(), bytes));
    assert!(arrived, "a good header is not believed");
}
