//! What becomes of a Package #0 that proves itself, and of many that do not.

use omadm_proto::auth::nonce::Seed;
use omadm_proto::auth::{Nonce, Secret};
use omadm_proto::ids::ServerId;
use omadm_proto::notification::{Initiator, Notification, UiMode};
use omadm_proto::push::Push;
use xrem_client::event::Ignored;
use xrem_client::{Account, Action, Drem, Event, UserAnswer, UserInterface};

use crate::world::*;

const NONCE: [u8; 12] = *b"server-nonce";

fn account() -> Account {
    md5_account().server_nonce(Nonce::new(NONCE))
}

fn device(interface: UserInterface) -> Device {
    let mut device = Device::new(account());
    device.drem = Drem::new([account()], Seed::new([7; 32])).with_user_interface(interface);
    device.boot();
    device
}

fn package0(session: u16, ui_mode: UiMode) -> Vec<u8> {
    let mut notification = Notification::new(SERVER, session);
    notification.ui_mode = ui_mode;
    notification.initiator = Initiator::Client;
    notification.encode(&Secret::new("srv-secret"), &Nonce::new(NONCE)).unwrap()
}

fn notify(device: &mut Device, bytes: &[u8]) {
    device.drem.handle_datagram(device.now, &mut device.tree, bytes);
    device.pump();
}

fn ignored(device: &Device, why: Ignored) -> usize {
    device.happened(|event| *event == Event::NotificationIgnored(why))
}

fn question() -> Action {
    Action::ConfirmSession { server: ServerId::new(SERVER), initiator: Initiator::Client }
}

#[test]
fn x_ntf_08_a_silent_or_informative_notification_starts_the_session() {
    for ui_mode in [UiMode::NotSpecified, UiMode::Background, UiMode::Informative] {
        let mut device = device(UserInterface::Present);
        notify(&mut device, &package0(7, ui_mode));
        assert_eq!(device.sent().alerts(), [1200]);
        let told = |event: &Event| matches!(event, Event::Notified { ui_mode: told, .. } if *told == ui_mode);
        assert_eq!(device.happened(told), 1);
    }
}

#[test]
fn x_ntf_08_the_user_is_asked_first_and_may_refuse() {
    let mut device = device(UserInterface::Present);
    notify(&mut device, &package0(7, UiMode::UserInteraction));
    assert!(device.sent.is_empty() && !device.drem.is_idle());
    assert_eq!(device.act(UserAnswer::Yes), question());
    let sent = device.sent();
    assert_eq!((sent.alerts(), &*sent.message().header.session_id), (vec![1200], "7"));
    device.answer(&sent, &sent.reply(""));

    notify(&mut device, &package0(8, UiMode::UserInteraction));
    assert_eq!(device.act(UserAnswer::No), question());
    assert!(device.sent.is_empty() && device.drem.is_idle());
    assert_eq!(ignored(&device, Ignored::Refused), 1);
    notify(&mut device, &package0(8, UiMode::UserInteraction));
    assert!(device.actions.is_empty(), "nobody is asked twice");
}

#[test]
fn x_ntf_08_nobody_answering_in_an_hour_refuses_the_session() {
    let mut device = device(UserInterface::Present);
    notify(&mut device, &package0(7, UiMode::UserInteraction));
    assert!(device.wait());
    assert_eq!((device.now.as_millis(), ignored(&device, Ignored::Refused)), (3_600_000, 1));
    device.act(UserAnswer::Yes);
    assert!(device.sent.is_empty());
}

#[test]
fn x_ntf_08_a_device_without_a_user_follows_the_server() {
    let mut device = device(UserInterface::None);
    notify(&mut device, &package0(7, UiMode::UserInteraction));
    assert_eq!(device.sent().alerts(), [1200]);
}

#[test]
fn x_ntf_06_the_user_is_asked_once_and_the_newest_notification_counts() {
    let mut device = device(UserInterface::Present);
    notify(&mut device, &package0(7, UiMode::UserInteraction));
    notify(&mut device, &package0(7, UiMode::UserInteraction));
    assert_eq!(ignored(&device, Ignored::Repeated), 1);
    notify(&mut device, &package0(8, UiMode::UserInteraction));
    assert_eq!(device.actions.len(), 1);
    device.act(UserAnswer::Yes);
    let sent = device.sent();
    assert_eq!(&*sent.message().header.session_id, "8");
}

#[test]
fn x_ntf_11_a_notification_may_come_in_a_wap_push() {
    let mut device = device(UserInterface::None);
    notify(&mut device, &Push::notification(3, package0(7, UiMode::Background)).encode().unwrap());
    assert_eq!(device.sent().alerts(), [1200]);
}

#[test]
fn x_ntf_16_a_notification_of_another_version_is_ignored() {
    let mut device = device(UserInterface::None);
    let mut other = package0(7, UiMode::Background);
    // Version 1.3 in the first ten bits behind the digest.
    (other[16], other[17]) = (13 >> 2, (13 & 3) << 6 | other[17] & 0x3F);
    notify(&mut device, &other);
    assert_eq!(ignored(&device, Ignored::Version), 1);
    assert!(device.sent.is_empty());
}

#[test]
fn a_flood_of_bad_notifications_is_told_ten_times_a_minute_and_keeps_no_good_one_out() {
    let mut device = device(UserInterface::None);
    let told = |device: &Device| device.happened(|event| matches!(event, Event::NotificationIgnored(_)));
    for _ in 0..100 {
        notify(&mut device, b"garbage");
    }
    assert_eq!((ignored(&device, Ignored::Malformed), ignored(&device, Ignored::Flood), told(&device)), (10, 1, 11));
    notify(&mut device, &package0(7, UiMode::Background));
    assert_eq!(device.sent().alerts(), [1200]);
    device.now = device.now + core::time::Duration::from_secs(60);
    notify(&mut device, b"garbage");
    assert_eq!(told(&device), 12);
}
