//! The message authentication code of a bootstrap document \[dm 12.3\].
//!
//! Unlike auth-MAC this is a real HMAC. Whoever pushes a bootstrap document writes it into the MAC parameter of the
//! Content-Type.

use alloc::string::String;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;

/// HMAC-SHA1 of the WBXML `document` as upper-case hexadecimal digits. `key` is the shared secret that SEC names: the PIN,
/// the network identity, or `PIN:identity`.
#[must_use]
pub fn bootstrap_mac(key: &[u8], document: &[u8]) -> String {
    let mut hexadecimal = String::with_capacity(40);
    for byte in hmac_sha1(key, document) {
        let digits = [byte >> 4, byte & 0x0F].map(|digit| char::from_digit(digit.into(), 16));
        hexadecimal.extend(digits.into_iter().flatten().map(|digit| digit.to_ascii_uppercase()));
    }
    hexadecimal
}

fn hmac_sha1(key: &[u8], document: &[u8]) -> [u8; 20] {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length; the Result belongs to the trait")]
    let mut mac = Hmac::<Sha1>::new_from_slice(key).expect("any length");
    mac.update(document);
    mac.finalize().into_bytes().into()
}
