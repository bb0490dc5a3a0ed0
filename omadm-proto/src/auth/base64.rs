//! Base64 as credentials and values use it: one line with padding on the way out; on the way in white space anywhere and
//! padding or none, because peers do both \[dm 7.2, 7.3\].

use alloc::string::String;
use alloc::vec::Vec;
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const TOLERANT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

pub(crate) fn encode(bytes: &[u8]) -> String {
    TOLERANT.encode(bytes)
}

/// `encode` of an MD5 digest, without an allocation.
pub(super) fn digest(bytes: [u8; 16]) -> [u8; 24] {
    let mut text = [0; 24];
    // Sixteen bytes are 24 characters, so there is room.
    let _ = TOLERANT.encode_slice(bytes, &mut text);
    text
}

/// The length of `encode` of so many bytes.
pub(crate) const fn encoded_len(bytes: usize) -> usize {
    bytes.div_ceil(3).saturating_mul(4)
}

pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    if text.bytes().any(|byte| byte.is_ascii_whitespace()) {
        let joined: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        return TOLERANT.decode(joined).ok();
    }
    TOLERANT.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_and_unpadded_text_is_decoded() {
        assert_eq!(decode("Tm9u\r\n Y2U="), Some(b"Nonce".to_vec()));
        assert_eq!(decode("Tm9uY2U"), Some(b"Nonce".to_vec()));
        assert_eq!(decode(""), Some(Vec::new()));
        assert_eq!(decode("Tm9u!"), None);
    }

    #[test]
    fn four_characters_are_written_for_every_three_bytes() {
        assert_eq!(encoded_len(0), 0);
        assert_eq!(encoded_len(1), 4);
        assert_eq!(encoded_len(16), 24);
    }
}
