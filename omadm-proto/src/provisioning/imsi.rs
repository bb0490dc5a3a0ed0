//! The network key of a GSM device.

use alloc::vec::Vec;
use zeroize::Zeroizing;

/// The IMSI `digits` packed as the NETWPIN key: a first byte of digit, parity and identity type, then two digits a byte with
/// swapped nibbles, `F` as filler. `None` unless these are 1 to 15 decimal digits.
///
/// Unspecified in \[dm 12.1, 20\]; chosen because it is how 3GPP TS 24.008 packs a mobile identity. A network that packs
/// another way hands its own bytes to [`super::BootstrapSecrets::with_network_key`].
///
/// ```
/// use omadm_proto::provisioning::imsi_key;
/// assert_eq!(imsi_key("244059000000000").unwrap()[..], [0x29, 0x44, 0x50, 0x09, 0, 0, 0, 0]);
/// ```
#[must_use]
pub fn imsi_key(digits: &str) -> Option<Zeroizing<Vec<u8>>> {
    let digits = digits.as_bytes();
    if digits.len() > 15 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let (first, rest) = digits.split_first()?;
    let parity = if digits.len() % 2 == 1 { ODD } else { EVEN };
    let mut key = Zeroizing::new(Vec::with_capacity(8));
    key.push((first & 0x0F) << 4 | parity);
    for pair in rest.chunks(2) {
        let low = pair.first().map_or(FILLER, |digit| digit & 0x0F);
        let high = pair.get(1).map_or(FILLER, |digit| digit & 0x0F);
        key.push(high << 4 | low);
    }
    Some(key)
}

/// Identity type 1 (IMSI), odd number of digits.
const ODD: u8 = 0x9;
/// Identity type 1, even number of digits.
const EVEN: u8 = 0x1;
const FILLER: u8 = 0xF;
