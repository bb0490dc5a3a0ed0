//! Download descriptors and install notifications.
#![cfg(feature = "xml")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::std_instead_of_alloc,
    reason = "a test fails by panicking and has a standard library"
)]

use omadm_proto::download::{Descriptor, DescriptorError, Extension, InstallNotify, InstallStatus, Refused};
use omadm_proto::error::{DecodeErrorKind, EncodeError, Limit};
use omadm_proto::limits::Limits;
use std::borrow::Cow;

const FULL: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<media xmlns="http://www.openmobilealliance.org/xmlns/dd">
    <DDVersion>1.0</DDVersion>
    <name>Firmware &amp; more</name>
    <type>application/octet-stream</type>
    <type>application/x-delta</type>
    <size> 102400 </size>
    <objectURI>
        http://dl.example/fw.bin
    </objectURI>
    <installNotifyURI>http://dl.example/report?id=7</installNotifyURI>
    <nextURL>http://dl.example/next</nextURL>
    <description>Two
lines</description>
    <vendor>Example</vendor>
    <infoURL>http://dl.example/info</infoURL>
    <iconURI>http://dl.example/icon</iconURI>
    <installParam>-x</installParam>
    <crc>1A2B</crc>
    <rVersion kind="x">2<inner>3</inner></rVersion>
</media>"#;

fn decode(text: &str) -> Result<Descriptor<'_>, Refused> {
    Descriptor::decode(text.as_bytes(), &Limits::DEFAULT)
}

/// A descriptor with the mandatory elements and `more`.
fn media(more: &str) -> String {
    let mandatory = "<type>a/b</type><size>3</size><objectURI>http://o</objectURI>";
    ["<media>", mandatory, more, "</media>"].concat()
}

#[test]
fn x_dlo_01_every_element_of_a_descriptor_is_read() {
    let descriptor = decode(FULL).unwrap();
    assert_eq!(descriptor.version.as_deref(), Some("1.0"));
    assert_eq!(descriptor.types, ["application/octet-stream", "application/x-delta"]);
    assert_eq!((descriptor.size, &*descriptor.object_uri), (102_400, "http://dl.example/fw.bin"));
    assert_eq!(descriptor.install_notify_uri.as_deref(), Some("http://dl.example/report?id=7"));
    assert_eq!(descriptor.next_url.as_deref(), Some("http://dl.example/next"));
    assert_eq!(descriptor.name.as_deref(), Some("Firmware & more"));
    assert_eq!(descriptor.description.as_deref(), Some("Two\nlines"));
    assert_eq!(descriptor.vendor.as_deref(), Some("Example"));
    assert_eq!(descriptor.info_url.as_deref(), Some("http://dl.example/info"));
    assert_eq!(descriptor.icon_uri.as_deref(), Some("http://dl.example/icon"));
    assert_eq!(descriptor.install_param.as_deref(), Some("-x"));
}

#[test]
fn elements_of_others_are_listed_and_mean_nothing() {
    assert_eq!(decode(FULL).unwrap().extensions, [Extension::new("crc", "1A2B"), Extension::new("rVersion", "2")]);
}

#[test]
fn a_descriptor_is_the_same_after_it_was_written() {
    let mut out = Vec::new();
    let descriptor = decode(FULL).unwrap();
    descriptor.encode(&mut out).unwrap();
    assert_eq!(Descriptor::decode(&out, &Limits::DEFAULT).unwrap(), descriptor);
}

#[test]
fn a_small_descriptor_is_written_with_its_namespace() {
    let mut descriptor = Descriptor::new("a/b", 3, "http://o?a&b");
    descriptor.install_notify_uri = Some(Cow::Borrowed("http://n"));
    let mut out = Vec::new();
    descriptor.encode(&mut out).unwrap();
    let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
        <media xmlns=\"http://www.openmobilealliance.org/xmlns/dd\"><type>a/b</type><size>3</size>\
        <objectURI>http://o?a&amp;b</objectURI><installNotifyURI>http://n</installNotifyURI></media>";
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}

#[test]
fn what_xml_cannot_carry_is_the_callers_mistake() {
    let mut descriptor = Descriptor::new("a/b", 3, "http://o");
    descriptor.extensions.push(Extension::new("no name", ""));
    let mut out = b"before".to_vec();
    assert_eq!(descriptor.encode(&mut out), Err(EncodeError::Name));
    assert_eq!(out, b"before");
}

#[test]
fn prefixes_and_missing_namespaces_make_no_difference() {
    let prefixed = "<dd:media xmlns:dd='http://www.openmobilealliance.org/xmlns/dd'><dd:type>a/b</dd:type>\
                    <dd:size>3</dd:size><dd:objectURI>http://o</dd:objectURI></dd:media>";
    assert_eq!(decode(prefixed), decode(&media("")));
    assert_eq!(decode(&media("")), Ok(Descriptor::new("a/b", 3, "http://o")));
}

#[test]
fn x_dlo_06_a_descriptor_without_a_mandatory_element_is_invalid() {
    for (element, name) in
        [("<type>a/b</type>", "type"), ("<size>3</size>", "size"), ("<objectURI>http://o</objectURI>", "objectURI")]
    {
        let notify = "<installNotifyURI>http://n</installNotifyURI>";
        let refused = |text: String| decode(&text).unwrap_err();
        let missing = refused(media(notify).replace(element, ""));
        let empty = refused(media(notify).replace(element, &format!("<{name}> </{name}>")));
        for refused in [missing, empty] {
            assert_eq!(refused.error, DescriptorError::Missing(name));
            assert_eq!(refused.error.status(), InstallStatus::INVALID_DESCRIPTOR);
            assert_eq!(refused.install_notify_uri.as_deref(), Some("http://n"));
        }
    }
}

#[test]
fn x_dlo_06_a_descriptor_that_is_not_well_formed_is_invalid() {
    let cut = decode("<media><installNotifyURI>http://n</installNotifyURI><size>").unwrap_err();
    assert!(matches!(cut.error, DescriptorError::Syntax(_)), "{cut:?}");
    assert_eq!(cut.error.status(), InstallStatus::INVALID_DESCRIPTOR);
    assert_eq!(cut.install_notify_uri.as_deref(), Some("http://n"));
    assert_eq!(decode("<SyncML/>").unwrap_err().error, DescriptorError::Root(0));
    assert_eq!(decode("").unwrap_err().install_notify_uri, None);
    let behind = decode("<media/><media/>").unwrap_err();
    assert!(matches!(behind.error, DescriptorError::Syntax(error) if error.kind == DecodeErrorKind::TrailingBytes));
}

#[test]
fn x_dlo_06_a_descriptor_that_is_cut_anywhere_is_invalid() {
    for len in 0..FULL.len() {
        let refused = decode(&FULL[..len]).unwrap_err();
        assert!(matches!(refused.error, DescriptorError::Syntax(error) if error.offset <= len), "{len}: {refused}");
    }
}

#[test]
fn x_dlo_06_a_size_that_is_no_number_is_invalid() {
    for size in ["-1", "+3", "3.0", "0x3", "18446744073709551616"] {
        let text = media("").replace("<size>3<", &format!("<size>{size}<"));
        assert_eq!(decode(&text).unwrap_err().error, DescriptorError::Size, "{size}");
    }
    assert_eq!(decode(&media("").replace("<size>3<", "<size>18446744073709551615<")).unwrap().size, u64::MAX);
}

#[test]
fn x_dlo_06_a_second_element_of_one_name_is_invalid_and_the_first_address_counts() {
    let twice = media("<installNotifyURI>http://n</installNotifyURI><installNotifyURI>http://m</installNotifyURI>");
    let refused = decode(&twice).unwrap_err();
    assert_eq!(refused.error, DescriptorError::Twice("installNotifyURI"));
    assert_eq!(refused.install_notify_uri.as_deref(), Some("http://n"));
}

#[test]
fn another_major_version_is_told_by_its_own_code() {
    for (version, accepted) in [("1.0", true), ("1.7", true), ("1", true), ("2.0", false), ("10.0", false), ("", false)]
    {
        let result =
            decode(&media(&format!("<DDVersion>{version}</DDVersion>"))).map(drop).map_err(|refused| refused.error);
        let expected = if accepted { Ok(()) } else { Err(DescriptorError::Version) };
        assert_eq!(result, expected, "{version}");
    }
    assert_eq!(DescriptorError::Version.status().to_string(), "951 Invalid DDVersion");
}

#[test]
fn the_number_of_elements_is_limited() {
    let mut limits = Limits::DEFAULT;
    limits.items = 5;
    let text = media("<a/><b/>");
    assert!(Descriptor::decode(text.as_bytes(), &limits).is_ok());
    let text = media("<a/><b/><c/>");
    assert_eq!(Descriptor::decode(text.as_bytes(), &limits).unwrap_err().error, DescriptorError::TooMany);
    limits.message_bytes = 10;
    let error = Descriptor::decode(text.as_bytes(), &limits).unwrap_err().error;
    assert!(
        matches!(error, DescriptorError::Syntax(error) if error.kind == DecodeErrorKind::LimitExceeded(Limit::MessageBytes))
    );
}

#[test]
fn x_dlo_02_an_object_that_does_not_fit_is_not_fetched() {
    let descriptor = Descriptor::new("a/b", 3, "http://o");
    assert_eq!(descriptor.check(&["a/b"], 3), Ok(()));
    assert_eq!(descriptor.check(&["a/b"], 2), Err(InstallStatus::INSUFFICIENT_MEMORY));
}

#[test]
fn x_dlo_08_an_object_of_another_type_is_not_fetched() {
    let descriptor = decode(FULL).unwrap();
    let both = ["APPLICATION/octet-stream", "application/x-delta"];
    assert_eq!(descriptor.check(&both, u64::MAX), Ok(()));
    assert_eq!(descriptor.check(&both[..1], u64::MAX), Err(InstallStatus::NON_ACCEPTABLE_CONTENT));
}

#[test]
fn x_dlo_05_an_object_that_differs_from_its_descriptor_is_discarded() {
    let descriptor = Descriptor::new("a/b", 3, "http://o");
    assert_eq!(descriptor.check_object(Some("A/b; q=1"), 3), Ok(()));
    assert_eq!(descriptor.check_object(None, 3), Ok(()));
    assert_eq!(descriptor.check_object(Some("a/c"), 3), Err(InstallStatus::ATTRIBUTE_MISMATCH));
    assert_eq!(descriptor.check_object(None, 4), Err(InstallStatus::ATTRIBUTE_MISMATCH));
}

#[test]
fn x_dlo_01_to_09_each_code_has_its_phrase_and_its_results() {
    for (number, body, fumo, scomo) in [
        (900, "900 Success", 200, 1200),
        (901, "901 Insufficient memory", 501, 1404),
        (902, "902 User Cancelled", 401, 1401),
        (903, "903 Loss of Service", 503, 1402),
        (905, "905 Attribute mismatch", 402, 1402),
        (906, "906 Invalid descriptor", 411, 1402),
        (951, "951 Invalid DDVersion", 405, 1402),
        (952, "952 Device Aborted", 400, 1400),
        (953, "953 Non-Acceptable Content", 405, 1413),
        (954, "954 Loader Error", 500, 1500),
    ] {
        let status = InstallStatus::from_u16(number);
        assert_eq!(InstallNotify::new(status).to_body(), body);
        assert_eq!((status.fumo_result(), status.scomo_result()), (Some(fumo), Some(scomo)), "{number}");
        let received = InstallNotify::parse(body.as_bytes()).unwrap();
        assert_eq!(received, InstallNotify::new(status));
    }
}

#[test]
fn a_notification_is_read_as_clients_write_it() {
    let parse = |body| InstallNotify::parse(body).map(|notify| (notify.status.as_u16(), notify.phrase.into_owned()));
    assert_eq!(parse(b"900 Success \n\r"), Some((900, "Success".into())));
    assert_eq!(parse(b"\r\n902\r\n"), Some((902, String::new())));
    assert_eq!(parse(b"461 Something else"), Some((461, "Something else".into())));
    for body in [&b""[..], b"Success", b"90", b"9000 Success", b"+90 x", b"900Success", b"\xFF"] {
        assert_eq!(parse(body), None, "{}", String::from_utf8_lossy(body));
    }
    assert_eq!(parse(&[&b"900 "[..], &[b'x'; 1021]].concat()), None);
    let unknown = InstallStatus::from_u16(461);
    assert_eq!((InstallNotify::new(unknown).to_body().as_str(), unknown.fumo_result()), ("461", None));
}
