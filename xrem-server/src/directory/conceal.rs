//! Addresses in texts that applications get to see \[mission-matrix N4\].

use alloc::string::String;
use core::net::{Ipv4Addr, Ipv6Addr};

/// What is shown where an address stood.
const CONCEALED: &str = "*";

/// Whether `text` holds an IP address.
pub(crate) fn has_address(text: &str) -> bool {
    words(text).any(is_address)
}

/// `text` with every IP address in it concealed.
pub(crate) fn without_addresses(text: &str) -> String {
    if !has_address(text) {
        return text.into();
    }
    words(text).map(|word| if is_address(word) { CONCEALED } else { word }).collect()
}

/// The runs of characters that an address could be made of, and the characters between them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    core::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = if is_part(first) {
            rest.find(|character| !is_part(character)).unwrap_or(rest.len())
        } else {
            rest.find(is_part).unwrap_or(rest.len())
        };
        let (word, behind) = rest.split_at_checked(end)?;
        rest = behind;
        Some(word)
    })
}

const fn is_part(character: char) -> bool {
    character.is_ascii_hexdigit() || matches!(character, '.' | ':')
}

/// Whether `word`, a port behind it left out, is an address. Eight pairs of digits are a hardware address.
fn is_address(word: &str) -> bool {
    let bare = word.trim_matches(['.', ':']);
    let host = bare.rsplit(':').find(|part| part.contains('.')).unwrap_or(bare);
    let is_eui64 = word.split(':').all(|pair| pair.len() == 2);
    // Only what begins or ends with a double colon loses a part of its address above.
    let is_v6 = |text: &str| text.matches(':').count() >= 2 && text.parse::<Ipv6Addr>().is_ok();
    host.parse::<Ipv4Addr>().is_ok() || (!is_eui64 && (is_v6(word) || is_v6(word.trim_end_matches(['.', ':']))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n4_addresses_are_found_and_nothing_else() {
        for text in
            ["10.0.0.1", "udp://192.168.1.7:2948", "x-10.1.1.1-y", "http://[fe80::1]:80/dm", "::1", "at 1.2.3.4."]
        {
            assert!(has_address(text), "{text}");
        }
        for text in ["urn:imei:490154203237518", "./FUMO/1.2/x", "2.1.0", "00:11:22:33:44:55:66:77", "t7-0", "12:30:05"]
        {
            assert!(!has_address(text), "{text}");
        }
        assert_eq!(without_addresses("./If/10.0.0.1/MTU"), "./If/*/MTU");
        assert_eq!(without_addresses("udp://192.168.1.7:2948"), "udp://*");
    }
}
