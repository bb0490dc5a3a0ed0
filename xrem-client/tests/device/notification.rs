//! Package #0.

use omadm_proto::auth::{Nonce, Secret};
use omadm_proto::notification::Notification;
use xrem_client::account::Resync;
use xrem_client::event::Ignored;
use xrem_client::{Account, Event};

use crate::world::*;

fn account() -> Account {
    md5_account().server_nonce(Nonce::new(*b"server-nonce"))
}

fn notification(session: u16, secret: &str, nonce: &Nonce) -> Vec<u8> {
    Notification::new(SERVER, session).encode(&Secret::new(secret), nonce).unwrap()
}

fn notify(device: &mut Device, bytes: &[u8]) {
    device.drem.handle_notification(device.now, &mut device.tree, bytes);
    device.pump();
}

fn ignored(device: &Device, why: Ignored) -> usize {
    device.happened(|event| *event == Event::NotificationIgnored(why))
}

#[test]
fn x_ses_02_a_notification_starts_a_1200_session_with_its_id() {
    let mut device = Device::new(account());
    notify(&mut device, &notification(0x1234, "srv-secret", &Nonce::new(*b"server-nonce")));
    let sent = device.sent();
    assert_eq!((sent.alerts(), &*sent.message().header.session_id), (vec![1200], "1234"));
}

#[test]
fn x_ntf_03_a_wrong_digest_or_a_stranger_is_ignored() {
    let mut device = Device::new(account());
    let mut flipped = notification(7, "srv-secret", &Nonce::new(*b"server-nonce"));
    flipped[3] ^= 1;
    notify(&mut device, &flipped);
    notify(&mut device, &notification(7, "guess", &Nonce::new(*b"server-nonce")));
    notify(&mut device, &notification(7, "srv-secret", &Nonce::new(*b"old")));
    assert_eq!(ignored(&device, Ignored::WrongDigest), 3);
    notify(&mut device, &Notification::new("nobody", 7).encode(&Secret::new("x"), &Nonce::EMPTY).unwrap());
    assert_eq!(ignored(&device, Ignored::UnknownServer), 1);
    notify(&mut device, b"hello");
    assert_eq!(ignored(&device, Ignored::Malformed), 1);
    assert!(device.sent.is_empty());
}

#[test]
fn x_ntf_06_the_same_notification_starts_one_session() {
    let mut device = Device::new(account());
    let bytes = notification(7, "srv-secret", &Nonce::new(*b"server-nonce"));
    notify(&mut device, &bytes);
    notify(&mut device, &bytes);
    let sent = device.sent();
    device.answer(&sent, &sent.reply(""));
    notify(&mut device, &bytes);
    assert!(device.sent.is_empty());
    assert_eq!(ignored(&device, Ignored::Repeated), 2);
}

#[test]
fn a_notification_during_a_session_leads_to_one_after_it() {
    let mut device = Device::new(account());
    device.start();
    let sent = device.sent();
    notify(&mut device, &notification(8, "srv-secret", &Nonce::new(*b"server-nonce")));
    assert!(device.sent.is_empty());
    device.answer(&sent, &sent.reply(""));
    let next = device.sent();
    assert_eq!((next.alerts(), &*next.message().header.session_id), (vec![1200], "8"));
}

#[test]
fn a_notification_may_be_repeated_when_its_session_was_lost() {
    let mut device = Device::new(account());
    let bytes = notification(7, "srv-secret", &Nonce::new(*b"server-nonce"));
    notify(&mut device, &bytes);
    let sent = device.sent();
    device.fail(&sent, omadm_proto::exchange::SendFailure::Refused);
    notify(&mut device, &bytes);
    assert_eq!(device.sent().alerts(), [1200]);
}

#[test]
fn a_notification_is_understood_with_the_nonce_that_was_issued_last() {
    let mut device = Device::new(md5_account());
    device.start();
    let first = device.sent();
    device.answer(&first, &first.reply_with(407, &chal("bm9uY2U="), "<Final/>", ""));
    let second = device.sent();
    let cred = server_cred("srv-secret", &issued_nonce(&second));
    device.answer(&second, &second.reply_with(212, "", &(get(2, "./DevDetail/FwV") + "<Final/>"), &cred));
    let third = device.sent();
    let nonce = issued_nonce(&third);
    device.answer(&third, &third.reply(""));
    notify(&mut device, &notification(9, "srv-secret", &nonce));
    assert_eq!(&*device.sent().message().header.session_id, "9");
}

#[test]
fn the_zero_nonce_counts_only_when_the_account_allows_it() {
    let bytes = notification(7, "srv-secret", &Nonce::resync());
    let mut strict = Device::new(account());
    notify(&mut strict, &bytes);
    assert_eq!(ignored(&strict, Ignored::WrongDigest), 1);
    let mut lenient = Device::new(account().resync(Resync::Allowed));
    notify(&mut lenient, &bytes);
    let sent = lenient.sent();
    // The digest of the worked example for the zero nonce [dm 17, 6].
    assert_eq!(sent.message().header.cred.as_ref().unwrap().data.as_str(), Some("9CXJVm8oIjf5pzgw7rMZRw=="));
}

fn lenient() -> Account {
    account().resync(Resync::Allowed)
}

fn record(device: &Device) -> &xrem_client::record::AccountRecord {
    let xrem_client::Record::Account(record) = &device.records["account dm.example.net"] else { panic!() };
    record
}

#[test]
fn a_resynchronised_session_gives_both_sides_a_nonce_even_when_the_server_wants_nothing() {
    let mut device = Device::new(lenient());
    notify(&mut device, &notification(7, "srv-secret", &Nonce::resync()));
    let first = device.sent();
    assert_eq!((first.alerts(), &*first.message().header.session_id), (vec![1200], "7"));
    let zero = server_cred("srv-secret", &Nonce::resync());
    device.answer(&first, &first.reply_with(212, &chal("bm9uY2UtZm9yLWNsaWVudA=="), "<Final/>", &zero));
    let second = device.sent();
    assert_eq!(second.statuses(), "SyncHdr:0:212");
    let fresh = issued_nonce(&second);
    assert_ne!(fresh, Nonce::resync());
    device.answer(&second, &second.reply(""));
    assert!(!device.drem.in_session());
    assert_eq!(record(&device).client_nonce, Some(Nonce::new(*b"nonce-for-client")));
    assert_eq!(record(&device).server_nonce, Some(fresh.clone()));
    notify(&mut device, &notification(8, "srv-secret", &fresh));
    let sent = device.sent();
    let cred = sent.message().header.cred.clone().unwrap();
    // The digest of the worked example [dm 17, 16].
    assert_eq!(cred.data.as_str(), Some("pCTpPG/Fscbs5nxC2Ish2w=="));
}

#[test]
fn the_zero_nonce_proves_nothing_after_the_server_was_told_another_one() {
    let mut device = Device::new(lenient());
    notify(&mut device, &notification(7, "srv-secret", &Nonce::resync()));
    let first = device.sent();
    let zero = server_cred("srv-secret", &Nonce::resync());
    let change = replace(9, "./Vendor/Example/Interval", "5") + "<Final/>";
    device.answer(&first, &first.reply_with(212, &chal("bm9uY2U="), &change, &zero));
    let second = device.sent();
    assert_eq!(second.statuses(), "SyncHdr:0:212 Replace:9:200");
    device.answer(&second, &second.reply_with(200, "", &change, &zero));
    assert_eq!(device.sent().statuses(), "SyncHdr:0:401 Replace:9:401");
}

#[test]
fn the_zero_nonce_counts_in_a_resynchronised_session_only() {
    let mut device = Device::new(lenient());
    notify(&mut device, &notification(7, "srv-secret", &Nonce::resync()));
    let first = device.sent();
    let zero = server_cred("srv-secret", &Nonce::resync());
    device.answer(&first, &first.reply_with(212, "", "<Final/>", &zero));
    let second = device.sent();
    device.fail(&second, omadm_proto::exchange::SendFailure::Refused);
    for stored in [device.drem.snapshot(), vec![]] {
        let account = lenient().server_nonce(Nonce::resync());
        device.drem = xrem_client::Drem::restore([account], omadm_proto::auth::nonce::Seed::new([7; 32]), stored);
        device.start();
        let sent = device.sent();
        let change = replace(9, "./Vendor/Example/Interval", "5") + "<Final/>";
        device.answer(&sent, &sent.reply_with(200, "", &change, &zero));
        assert_eq!(device.sent().statuses(), "SyncHdr:0:401 Replace:9:401");
        assert_eq!(device.text("./Vendor/Example/Interval"), "900");
    }
}

#[test]
fn resynchronisations_that_come_to_nothing_are_heard_with_growing_pauses() {
    let mut device = Device::new(lenient());
    let mut heard = Vec::new();
    for second in 0..600_u16 {
        device.now = omadm_proto::time::Instant::from_millis(u64::from(second) * 1000);
        notify(&mut device, &notification(second + 1, "srv-secret", &Nonce::resync()));
        if let Some(sent) = device.sent.pop_front() {
            heard.push(second);
            device.fail(&Sent(sent), omadm_proto::exchange::SendFailure::Refused);
        }
    }
    assert_eq!(heard, [0, 60, 180, 420]);
    assert_eq!(ignored(&device, Ignored::TooSoon), 596);
    notify(&mut device, &notification(9, "srv-secret", &Nonce::new(*b"server-nonce")));
    assert_eq!(device.sent().alerts(), [1200], "a proper one is heard at any time");
}
