//! Package #0 in both directions, against the example of the standard and the vectors.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::std_instead_of_alloc,
    clippy::print_stdout,
    reason = "a test fails by panicking, says why it is skipped, and has a standard library"
)]

#[path = "support/published.rs"]
mod published;

use omadm_proto::auth::{Nonce, Secret};
use omadm_proto::ids::SessionId;
use omadm_proto::notification::{Initiator, Notification, NotificationError, UiMode};
use proptest::prelude::*;
use published::vectors;
use std::borrow::Cow;

const TRIGGER: &str = "02d0000000123412636f6d2e6d676d747372762e6d616e616765";

fn bytes(hexadecimal: &str) -> Vec<u8> {
    (0..hexadecimal.len()).step_by(2).map(|at| u8::from_str_radix(&hexadecimal[at..at + 2], 16).unwrap()).collect()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn counting_nonce() -> Nonce {
    Nonce::new((0..16).collect::<Vec<u8>>())
}

/// The example of the standard: background, on behalf of the user, session 0x1234.
fn example() -> Notification<'static> {
    let mut notification = Notification::new("com.mgmtsrv.manage", 0x1234);
    notification.ui_mode = UiMode::Background;
    notification.initiator = Initiator::Client;
    notification
}

fn example_bytes() -> Vec<u8> {
    example().encode(&Secret::new("ServerPW1"), &counting_nonce()).unwrap()
}

#[test]
fn x_ntf_01_the_example_of_the_standard_is_built_and_read() {
    let built = example_bytes();
    assert_eq!(hexadecimal(&built[16..]), TRIGGER);
    let received = Notification::parse(&built).unwrap();
    let said = received.notification();
    assert_eq!((said.version, said.ui_mode, said.initiator), (11, UiMode::Background, Initiator::Client));
    assert_eq!((said.session_id, &*said.server_id, said.vendor.len()), (0x1234, "com.mgmtsrv.manage", 0));
}

#[test]
fn x_ntf_02_the_digest_covers_server_secret_nonce_and_trigger() {
    let nonce = Nonce::from_base64("ADr/ChCAfyA6AN6tvu8NAA==").unwrap();
    let built = example().encode(&Secret::new("spw"), &nonce).unwrap();
    assert_eq!(hexadecimal(&built[..16]), "e348a6b37536ef3ab042274fe7f952f2");
    assert!(Notification::parse(&built).unwrap().verify(&Secret::new("spw"), &nonce));
}

#[test]
fn x_ntf_03_one_flipped_bit_anywhere_breaks_the_digest() {
    let built = example_bytes();
    for at in 0..built.len() * 8 {
        let mut broken = built.clone();
        broken[at / 8] ^= 1 << (at % 8);
        let believed = Notification::parse(&broken)
            .is_ok_and(|received| received.verify(&Secret::new("ServerPW1"), &counting_nonce()));
        assert!(!believed, "bit {at}");
    }
}

#[test]
fn the_notifications_of_the_vectors_are_reproduced() {
    assert_eq!(hexadecimal(&example_bytes()), ["edfc90e3ce5a0b263e9bebcd4ce53b0b", TRIGGER].concat());
    let Some(vectors) = vectors() else { return };
    let vector = &vectors["pkg0_spec_trigger"];
    assert_eq!(vector["trigger_hex"], TRIGGER);
    let nonce = Nonce::new(bytes(vector["nonce_hex"].as_str().unwrap()));
    let secret = Secret::new(vector["pw"].as_str().unwrap());
    assert_eq!(hexadecimal(&example().encode(&secret, &nonce).unwrap()), vector["pkg0_hex"]);
    let resync = example().encode(&secret, &Nonce::resync()).unwrap();
    assert_eq!(hexadecimal(&resync), vector["pkg0_resync_hex"]);
    let in_short_message = ["0605040b84c002010603c4af87", &hexadecimal(&example_bytes())].concat();
    assert_eq!(in_short_message, vectors["pkg0_wap_push_sms"]["hex"]);
}

#[test]
fn vendor_bytes_are_covered_and_the_session_id_becomes_text() {
    let mut notification = Notification::new("dm.example.net", 0x00A7);
    notification.ui_mode = UiMode::UserInteraction;
    notification.vendor = Cow::Borrowed(&[1, 2]);
    let built = notification.encode(&Secret::new("srv-secret"), &counting_nonce()).unwrap();
    let expected = "faff5abe7729c4307f5b6a1773cc0a7102f800000000a70e646d2e6578616d706c652e6e65740102";
    assert_eq!(hexadecimal(&built), expected);
    let received = Notification::parse(&built).unwrap();
    assert!(received.verify(&Secret::new("srv-secret"), &counting_nonce()));
    assert_eq!(received.notification(), &notification);
    assert_eq!(SessionId::from_u16(received.notification().session_id).as_str(), "A7");
    let Some(vectors) = vectors() else { return };
    let vector = &vectors["pkg0_example2"];
    assert_eq!(vector["pkg0_hex"], expected);
    assert_eq!(vector["sessionid_xml"], "A7");
}

#[test]
fn another_secret_or_nonce_is_not_believed() {
    let built = example_bytes();
    let received = Notification::parse(&built).unwrap();
    assert!(received.verify(&Secret::new("ServerPW1"), &counting_nonce()));
    assert!(!received.verify(&Secret::new("ServerPW2"), &counting_nonce()));
    assert!(!received.verify(&Secret::new("ServerPW1"), &Nonce::resync()));
}

#[test]
fn versions_1_0_to_1_2_are_read_and_others_are_not() {
    let with_version = |version: u16| {
        let mut bytes = example_bytes();
        let [high, low] = (version << 6).to_be_bytes();
        bytes[16] = high;
        bytes[17] = low | 0x10;
        bytes
    };
    for version in 10..=12 {
        let bytes = with_version(version);
        assert_eq!(u16::from(Notification::parse(&bytes).unwrap().notification().version), version);
    }
    for found in [0, 9, 13, 267, 1023] {
        assert_eq!(Notification::parse(&with_version(found)), Err(NotificationError::Version { found }));
    }
}

#[test]
fn a_notification_that_ends_too_early_is_refused() {
    let whole = example_bytes();
    for len in 0..25 {
        assert_eq!(Notification::parse(&whole[..len]), Err(NotificationError::TooShort { len }));
    }
    for len in 25..whole.len() {
        assert_eq!(Notification::parse(&whole[..len]), Err(NotificationError::ServerIdLength { len: 18 }));
    }
}

#[test]
fn session_id_0_and_a_broken_server_identifier_are_refused() {
    let change = |at: usize, to: u8| {
        let mut bytes = example_bytes();
        bytes[at] = to;
        bytes
    };
    let mut no_session = change(21, 0);
    no_session[22] = 0;
    assert_eq!(Notification::parse(&no_session), Err(NotificationError::NoSessionId));
    assert_eq!(Notification::parse(&change(23, 0)), Err(NotificationError::ServerIdLength { len: 0 }));
    assert_eq!(Notification::parse(&change(23, 19)), Err(NotificationError::ServerIdLength { len: 19 }));
    assert_eq!(Notification::parse(&change(24, 0xFF)), Err(NotificationError::ServerIdText));
}

#[test]
fn what_cannot_be_written_is_the_callers_mistake() {
    let encode = |notification: Notification<'_>| notification.encode(&Secret::new("x"), &Nonce::EMPTY);
    assert_eq!(encode(Notification::new("", 1)), Err(NotificationError::ServerIdLength { len: 0 }));
    assert_eq!(encode(Notification::new("x".repeat(256), 1)), Err(NotificationError::ServerIdLength { len: 256 }));
    assert_eq!(encode(Notification::new("dm.example.net", 0)), Err(NotificationError::NoSessionId));
    let mut later = Notification::new("dm.example.net", 1);
    later.version = 13;
    assert_eq!(encode(later), Err(NotificationError::Version { found: 13 }));
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(received) = Notification::parse(&bytes) {
            prop_assert!(!received.verify(&Secret::new("never"), &Nonce::EMPTY));
        }
    }

    #[test]
    fn what_is_written_is_read_back(
        server_id in "[a-z.]{1,40}", session_id in 1..=u16::MAX, ui in 0..4_u8, by_server: bool, vendor: Vec<u8>,
    ) {
        let mut notification = Notification::new(server_id, session_id);
        notification.ui_mode = match ui {
            0 => UiMode::NotSpecified,
            1 => UiMode::Background,
            2 => UiMode::Informative,
            _ => UiMode::UserInteraction,
        };
        notification.initiator = if by_server { Initiator::Server } else { Initiator::Client };
        notification.vendor = Cow::Owned(vendor);
        let bytes = notification.encode(&Secret::new("srv-secret"), &Nonce::resync()).unwrap();
        let received = Notification::parse(&bytes).unwrap();
        prop_assert_eq!(received.notification(), &notification);
        prop_assert!(received.verify(&Secret::new("srv-secret"), &Nonce::resync()));
    }
}
