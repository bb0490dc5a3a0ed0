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
use omadm_proto::notification::option::{Misplaced, OptionError, TriggerOption};
use omadm_proto::notification::{Initiator, Notification, NotificationError, UiMode};
use omadm_proto::push::{self, Media, Push, PushError};
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
fn x_ntf_11_package_0_travels_in_a_wap_push_to_port_2948() {
    let package0 = example_bytes();
    let built = Push::notification(1, &package0[..]).encode().unwrap();
    assert_eq!(hexadecimal(&built), ["010603c4af87", &hexadecimal(&package0)].concat());
    let in_short_message = [&push::PORTS[..], &built].concat();
    let Some(vectors) = vectors() else { return };
    assert_eq!(hexadecimal(&in_short_message), vectors["pkg0_wap_push_sms"]["hex"]);
    assert!(in_short_message.len() - package0.len() <= 48);
    assert_eq!(u16::from_be_bytes([push::PORTS[3], push::PORTS[4]]), push::PORT);
    let received = Push::parse(&built).unwrap();
    assert_eq!((received.media, received.application), (Media::Code(0x44), Some(0x07)));
    assert_eq!((received.transaction_id, received.security, &*received.body), (1, None, &package0[..]));
}

#[test]
fn what_else_stands_in_a_push_header_is_skipped() {
    // the media by name; a field with a quoted text, one with two bytes, the application
    let headers: [&[u8]; 4] =
        [b"application/vnd.syncml.notification\0", b"X-Other\0\"value\0", &[0x8D, 2, 1, 2], &[0xAF, 0x87]];
    let headers = headers.concat();
    let mut pushed = vec![7, 6, u8::try_from(headers.len()).unwrap()];
    pushed.extend_from_slice(&headers);
    let received = Push::parse(&pushed).unwrap();
    assert_eq!(received.media, Media::Name("application/vnd.syncml.notification"));
    assert_eq!((received.application, received.body.len()), (Some(7), 0));
}

#[test]
fn x_ntf_10_a_push_that_is_cut_in_its_header_is_refused() {
    let built = Push::notification(1, example_bytes()).encode().unwrap();
    for len in 0..6 {
        assert_eq!(Push::parse(&built[..len]), Err(PushError::TooShort), "{len}");
    }
    assert_eq!(Push::parse(&bytes("010403c4af87")), Err(PushError::PduType(4)));
    assert_eq!(Push::parse(&bytes("0106ffffffff7f")), Err(PushError::TooShort));
    assert_eq!(Push::parse(&bytes("010602020100")), Err(PushError::TooShort));
}

#[test]
fn a_push_that_cannot_be_written_is_the_callers_mistake() {
    let mut push = Push::notification(1, example_bytes());
    push.application = Some(0x80);
    assert_eq!(push.encode(), Err(PushError::Application(0x80)));
    push.media = Media::Code(0x80);
    assert_eq!(push.encode(), Err(PushError::ContentType));
    push.media = Media::Name("");
    assert_eq!(push.encode(), Err(PushError::ContentType));
}

#[test]
fn x_ntf_16_the_version_of_dm_1_3_is_refused_by_name() {
    let mut built = example_bytes();
    built[16..18].copy_from_slice(&(13_u16 << 6).to_be_bytes());
    let error = Notification::parse(&built).unwrap_err();
    assert_eq!(error, NotificationError::Version { found: 13 });
    assert_eq!(error.to_string(), "notification version 13 (times ten) is not supported, 10 to 12 are");
}

#[test]
fn the_options_of_dm_1_3_are_read_and_written() {
    let options = [
        TriggerOption::ServerId("srvA".into()),
        TriggerOption::TargetedMo(0x0027),
        TriggerOption::RequestedMo(0x000B),
        TriggerOption::RequestedMo(0x0127),
        TriggerOption::PreferredBearer(3),
        TriggerOption::ConnectReason("why".into()),
        TriggerOption::VendorInfo("x".into()),
        TriggerOption::Unknown { number: 9, value: Cow::Borrowed(&[0xFF]) },
    ];
    let expected =
        ["1004", "73727641", "200127", "30010b", "30020127", "400103", "5003776879", "600178", "9001ff"].concat();
    let written = TriggerOption::encode(&options).unwrap();
    assert_eq!(hexadecimal(&written), expected);
    assert_eq!(TriggerOption::parse(&written, 8).unwrap(), options);
}

#[test]
fn options_that_break_a_rule_of_their_list_are_refused() {
    let parse = |hexadecimal: &str, count| TriggerOption::parse(&bytes(hexadecimal), count).map(drop);
    assert_eq!(parse("100173", 1), Ok(()));
    assert_eq!(parse("100173", 2), Err(OptionError::End(Misplaced::TooEarly)));
    assert_eq!(parse("100273", 1), Err(OptionError::End(Misplaced::TooEarly)));
    assert_eq!(parse("10017320", 1), Err(OptionError::End(Misplaced::TooLate)));
    assert_eq!(parse("1000", 1), Err(OptionError::Length { number: 1, len: 0 }));
    assert_eq!(parse("1001732003010203", 2), Err(OptionError::Length { number: 2, len: 3 }));
    assert_eq!(parse("10017340020102", 2), Err(OptionError::Length { number: 4, len: 2 }));
    assert_eq!(parse("1001ff", 1), Err(OptionError::Text(1)));
    assert_eq!(parse("200127100173", 2), Err(OptionError::Order(1)));
    assert_eq!(parse("100173100173", 2), Err(OptionError::Twice(1)));
    assert_eq!(parse("200127", 1), Err(OptionError::NoServerId));
    let known = TriggerOption::Unknown { number: 1, value: Cow::Borrowed(&[]) };
    assert_eq!(TriggerOption::encode(&[known]), Err(OptionError::Number(1)));
    let long = TriggerOption::ServerId("x".repeat(257).into());
    assert_eq!(TriggerOption::encode(&[long]), Err(OptionError::Length { number: 1, len: 257 }));
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
fn x_ntf_10_a_notification_that_ends_too_early_is_refused() {
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
fn x_ntf_10_what_cannot_be_written_is_the_callers_mistake() {
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
