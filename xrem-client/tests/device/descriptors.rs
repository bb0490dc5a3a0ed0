//! Packages by download descriptor: what is fetched, what is refused, and what its server is told [mo 6].
#![cfg(feature = "xml")]

use xrem_client::output::ActionFailure;

use crate::updates::{ABC_SHA256, IMAGE_URL, order, run, states};
use crate::world::*;

const DESCRIPTOR_URL: &str = "http://images.example/fw-5.dd";
const NOTIFY_URL: &str = "http://images.example/report?id=7";

fn descriptor(kind: &str, size: &str, object: &str, more: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><media xmlns=\"http://www.openmobilealliance.org/xmlns/dd\"><type>{kind}</type>\
         <size>{size}</size><objectURI>{object}</objectURI><installNotifyURI>{NOTIFY_URL}</installNotifyURI>{more}</media>"
    )
}

fn device(descriptor: &str) -> Device {
    let mut device = Device::new(open_account());
    device.web.insert(DESCRIPTOR_URL.into(), descriptor.as_bytes().to_vec());
    device.web.insert(IMAGE_URL.into(), b"abc".to_vec());
    device
}

fn result(device: &mut Device) -> String {
    run(device, &order("DownloadAndUpdate", DESCRIPTOR_URL, ABC_SHA256, "j"))[0].2.clone()
}

fn posts(device: &Device) -> Vec<&str> {
    assert!(device.posts.iter().all(|(url, _)| url == NOTIFY_URL));
    device.posts.iter().map(|(_, body)| body.as_str()).collect()
}

const OCTETS: &str = "application/octet-stream";

#[test]
fn x_dlo_03_the_object_of_a_descriptor_is_installed_and_900_is_posted_once() {
    let mut device = device(&descriptor(OCTETS, "3", IMAGE_URL, ""));
    assert_eq!(result(&mut device), "200");
    assert_eq!(device.flash.slots[1], b"abc");
    assert_eq!(posts(&device), ["900 Success"]);
}

#[test]
fn a_descriptor_is_known_by_its_media_type_too() {
    let mut device = device(&descriptor(OCTETS, "3", IMAGE_URL, ""));
    device.media_types.insert(DESCRIPTOR_URL.into(), "application/vnd.oma.dd+xml; charset=utf-8".into());
    device.media_types.insert(IMAGE_URL.into(), OCTETS.into());
    assert_eq!((result(&mut device).as_str(), posts(&device)), ("200", vec!["900 Success"]));
}

#[test]
fn an_object_that_is_a_descriptor_by_chance_is_a_package_when_its_media_type_says_so() {
    let mut device = device("<media/>");
    device.media_types.insert(DESCRIPTOR_URL.into(), "application/x-bsdiff".into());
    let alerts = run(&mut device, &order("Download", DESCRIPTOR_URL, "", "j"));
    assert_eq!((alerts[0].2.as_str(), device.flash.slots[1].as_slice()), ("200", &b"<media/>"[..]));
}

#[test]
fn x_dlo_04_what_is_wrong_with_a_descriptor_or_its_object_has_its_codes() {
    for (text, posted, code) in [
        (descriptor(OCTETS, "3", IMAGE_URL, "<DDVersion>2.0</DDVersion>"), "951 Invalid DDVersion", "405"),
        (descriptor("image/png", "3", IMAGE_URL, ""), "953 Non-Acceptable Content", "405"),
        (descriptor(OCTETS, "9999999999999", IMAGE_URL, ""), "901 Insufficient memory", "501"),
        (descriptor(OCTETS, "4", IMAGE_URL, ""), "905 Attribute mismatch", "402"),
        (descriptor(OCTETS, "2", IMAGE_URL, ""), "905 Attribute mismatch", "402"),
        (descriptor(OCTETS, "3", "http://images.example/none", ""), "954 Loader Error", "500"),
    ] {
        let mut device = device(&text);
        assert_eq!((result(&mut device).as_str(), posts(&device)), (code, vec![posted]), "{text}");
        assert_eq!(states(&device), [30, 20]);
    }
}

#[test]
fn a_descriptor_that_is_none_is_411_and_nobody_is_told_whose_address_was_not_read() {
    let mut device = device("<media><type>a/b</type>");
    assert_eq!((result(&mut device).as_str(), device.posts.len(), device.flash.slots[1].len()), ("411", 0, 0));
}

#[test]
fn an_object_of_another_media_type_is_402() {
    let mut device = device(&descriptor(OCTETS, "3", IMAGE_URL, ""));
    device.media_types.insert(IMAGE_URL.into(), "text/html".into());
    assert_eq!((result(&mut device).as_str(), posts(&device)), ("402", vec!["905 Attribute mismatch"]));
}

#[test]
fn a_lost_network_is_903_and_503_and_a_server_that_is_not_there_is_954_and_412() {
    for (failure, posted, code) in [
        (ActionFailure::Network, "903 Loss of Service", "503"),
        (ActionFailure::Unavailable, "954 Loader Error", "412"),
    ] {
        let mut device = device(&descriptor(OCTETS, "3", IMAGE_URL, ""));
        device.down.insert(IMAGE_URL.into(), failure);
        assert_eq!((result(&mut device).as_str(), posts(&device)), (code, vec![posted]));
    }
}

#[test]
fn a_notification_is_posted_again_a_few_times_and_changes_nothing_about_the_update() {
    let mut device = device(&descriptor(OCTETS, "3", IMAGE_URL, ""));
    device.post_failures = [ActionFailure::Network, ActionFailure::Timeout].into();
    assert_eq!((result(&mut device).as_str(), device.posts.len()), ("200", 3));
    let mut device = self::device(&descriptor(OCTETS, "3", IMAGE_URL, ""));
    device.post_failures = vec![ActionFailure::Network; 9].into();
    assert_eq!((result(&mut device).as_str(), device.posts.len()), ("200", 3));
    let mut device = self::device(&descriptor(OCTETS, "3", IMAGE_URL, ""));
    device.post_failures = [ActionFailure::Unsupported].into();
    assert_eq!((result(&mut device).as_str(), device.posts.len()), ("200", 1));
}
