//! Every outcome of a firmware operation: State on the way, result code, one alert with the Correlator of the Exec.

use omadm_proto::auth::nonce::Seed;
use xrem_client::output::ActionFailure;
use xrem_client::update::{CancelError, Operation, RequestedBy, UserConsent};
use xrem_client::{Action, Drem, Event, UserAnswer};

use crate::updates::{ABC_SHA256, IMAGE_URL, order, run, settle, states, with_image};
use crate::world::*;

/// SHA-256 of `factory image`.
const FACTORY_SHA256: &str = "26b802580e15afb044927e84617518c10665bd4aed1ee738b806729083fc52fa";

/// What the driver of these tests applies: the head of a BSDIFF40 container, then the new image as it is.
pub fn delta(image: &[u8]) -> Vec<u8> {
    let mut bytes = b"BSDIFF40".to_vec();
    bytes.extend([0; 16]);
    bytes.extend((image.len() as u64).to_le_bytes());
    bytes.extend(image);
    bytes
}

fn claims(target: &str, from: &str, format: &str) -> String {
    replace(10, "./FUMO/Ext/XRem/TargetSha256", target)
        + &replace(11, "./FUMO/Ext/XRem/DeltaFrom", from)
        + &replace(12, "./FUMO/Ext/XRem/DeltaFormat", format)
}

fn by(operation: &str) -> String {
    order(operation, IMAGE_URL, "", "c-1")
}

fn delta_by(operation: &str) -> String {
    claims(ABC_SHA256, FACTORY_SHA256, "bsdiff4") + &by(operation)
}

fn pkg_data() -> String {
    "<Replace><CmdID>8</CmdID><Item><Target><LocURI>./FUMO/Update/PkgData</LocURI></Target>\
     <Meta><Format xmlns='syncml:metinf'>b64</Format></Meta><Data>YWJj</Data></Item></Replace>"
        .to_string()
        + &exec(9, "./FUMO/Update", "c-1")
}

struct Case {
    name: &'static str,
    order: String,
    prepare: fn(&mut Device),
    code: &'static str,
    states: &'static [u16],
}

fn case(
    name: &'static str,
    order: String,
    prepare: fn(&mut Device),
    code: &'static str,
    states: &'static [u16],
) -> Case {
    Case { name, order, prepare, code, states }
}

fn packages() -> Vec<Case> {
    let serves_delta = |device: &mut Device| drop(device.web.insert(IMAGE_URL.into(), delta(b"abc")));
    vec![
        case("download", by("Download"), |_| {}, "200", &[30, 40, 50]),
        case("both", by("DownloadAndUpdate"), |_| {}, "200", &[30, 40, 50, 60, 90, 100]),
        case("data", pkg_data(), |_| {}, "200", &[50, 60, 90, 100]),
        case("delta, download", delta_by("Download"), serves_delta, "200", &[30, 40, 50]),
        case("delta, both", delta_by("DownloadAndUpdate"), serves_delta, "200", &[30, 40, 50, 60, 90, 100]),
        case("no delta", delta_by("DownloadAndUpdate"), |_| {}, "402", &[30, 40, 50, 60, 70, 80]),
        case("empty", by("Download"), |d| d.web.get_mut(IMAGE_URL).unwrap().clear(), "402", &[30, 20]),
        case("other base", claims(ABC_SHA256, ABC_SHA256, "bsdiff4") + &by("Download"), |_| {}, "403", &[30, 20]),
        case(
            "other result",
            delta_by("DownloadAndUpdate"),
            |d| drop(d.web.insert(IMAGE_URL.into(), delta(b"abd"))),
            "404",
            &[30, 40, 50, 60, 70, 80],
        ),
        case("other format", claims(ABC_SHA256, FACTORY_SHA256, "zip") + &by("Download"), |_| {}, "405", &[30, 20]),
        case("no result told", claims("", FACTORY_SHA256, "bsdiff4") + &by("Download"), |_| {}, "405", &[30, 20]),
        case("object gone", by("Download"), |d| d.tree.remove("./FUMO").unwrap(), "400", &[]),
        case("nonsense", by("Download"), lie, "409", &[30, 20]),
    ]
}

fn lie(device: &mut Device) {
    device.lies = true;
    device.web.insert(IMAGE_URL.into(), vec![0; 300 << 10]);
}

fn drivers() -> Vec<Case> {
    fn fails(device: &mut Device, at: usize, failure: ActionFailure) {
        device.flash.failures = [None; 3].into_iter().take(at).chain([Some(failure)]).collect();
    }
    let both = || by("DownloadAndUpdate");
    vec![
        case("no room", both(), |d| fails(d, 0, ActionFailure::NoSpace), "501", &[30, 20]),
        case("full", both(), |d| fails(d, 1, ActionFailure::NoSpace), "501", &[30, 20]),
        case("bad block", both(), |d| fails(d, 1, ActionFailure::Storage), "402", &[30, 20]),
        case("no room for data", pkg_data(), |d| fails(d, 0, ActionFailure::NoSpace), "502", &[50, 60, 70, 80]),
        case("no slots", both(), |d| fails(d, 0, ActionFailure::Unsupported), "408", &[30, 20]),
        case("no selecting", both(), |d| d.flash.fixed = true, "408", &[30, 40, 50, 60, 70]),
        case("not selected", both(), |d| fails(d, 2, ActionFailure::Storage), "410", &[30, 40, 50, 60, 70, 80]),
        case("unhealthy", both(), unhealthy, "410", &[30, 40, 50, 60, 70, 80]),
        case("dead", both(), |d| d.flash.broken = Some(xrem_client::Slot::B), "410", &[30, 40, 50, 60, 70, 80]),
    ]
}

/// The driver's own checks of the new image fail at each of its boots.
fn unhealthy(device: &mut Device) {
    let failure = Some(ActionFailure::Storage);
    device.flash.failures = [None, None, None, failure, failure, failure].into();
}

#[test]
fn x_fum_07_every_outcome_is_reported_once_with_its_code_and_its_states_and_the_correlator() {
    for case in packages().into_iter().chain(drivers()) {
        for correlator in ["c-1", ""] {
            let mut device = with_image(b"abc");
            let order = case.order.replace("<Correlator>c-1</Correlator>", "");
            let order = if correlator.is_empty() { order } else { case.order.clone() };
            device.start();
            let sent = device.sent();
            device.answer(&sent, &sent.reply(&order));
            let answer = device.sent();
            assert!(answer.statuses().ends_with(":202"), "{}: {}", case.name, answer.statuses());
            (case.prepare)(&mut device);
            device.answer(&answer, &answer.reply(""));
            let mut alerts = settle(&mut device);
            alerts.retain(|alert| alert.0.starts_with("org.openmobilealliance.dm.firmwareupdate."));
            assert_eq!(alerts.len(), 1, "{}", case.name);
            let told = (alerts[0].1.as_str(), alerts[0].2.as_str(), alerts[0].3.as_deref());
            assert_eq!(told, ("./FUMO", case.code, Some(correlator).filter(|c| !c.is_empty())), "{}", case.name);
            assert_eq!(states(&device), case.states, "{}", case.name);
            assert!(device.drem.is_idle(), "{}", case.name);
        }
    }
}

#[test]
fn the_alert_has_the_type_of_the_operation() {
    let mut device = with_image(b"abc");
    let mut types = Vec::new();
    for order in [by("Download"), exec(2, "./FUMO/Update", "u"), by("DownloadAndUpdate")] {
        types.extend(run(&mut device, &order).into_iter().map(|alert| alert.0));
    }
    let root = "org.openmobilealliance.dm.firmwareupdate";
    assert_eq!(types, ["download", "update", "downloadandupdate"].map(|name| format!("{root}.{name}")));
}

#[test]
fn a_delta_is_applied_to_the_other_slot_and_the_result_runs() {
    let mut device = with_image(&delta(b"abc"));
    run(&mut device, &delta_by("Download"));
    assert_eq!((device.flash.slots[1].len(), device.flash.staging.clone()), (0, delta(b"abc")));
    assert_eq!(run(&mut device, &exec(2, "./FUMO/Update", "u"))[0].2, "200");
    assert_eq!((device.flash.slots[1].as_slice(), device.text("./DevDetail/FwV")), (&b"abc"[..], "5.0.0"));
    assert_eq!(device.text("./DevDetail/Ext/XRem/ActiveSha256"), ABC_SHA256);
}

#[test]
fn a_delta_without_room_for_its_result_is_502_keeps_the_data_and_can_be_tried_again() {
    let mut device = with_image(&delta(b"abc"));
    run(&mut device, &delta_by("Download"));
    device.flash.failures = [None, Some(ActionFailure::NoSpace)].into();
    assert_eq!(run(&mut device, &exec(2, "./FUMO/Update", "u-1"))[0].2, "502");
    assert_eq!(device.text("./FUMO/State"), "70");
    assert_eq!(run(&mut device, &exec(2, "./FUMO/Update", "u-2"))[0].2, "200");
    assert_eq!(states(&device), [30, 40, 50, 60, 70, 80, 10, 50, 60, 90, 100]);
    assert_eq!(device.fetches, 1);
}

fn asking(device: &mut Device) {
    device.drem = Drem::new([open_account()], Seed::new([7; 32])).with_update_consent(UserConsent::Needed);
    device.boot();
}

/// Runs the order until the user is asked.
fn asked(device: &mut Device, order: &str) {
    device.start();
    device.serve(&[order]);
    while device.actions.is_empty() {
        assert!(device.wait());
    }
}

#[test]
fn an_update_that_the_user_declines_is_401_and_nothing_was_fetched() {
    for answer in [UserAnswer::No, UserAnswer::Cancelled, UserAnswer::NoAnswer] {
        let mut device = with_image(b"abc");
        asking(&mut device);
        asked(&mut device, &by("DownloadAndUpdate"));
        device.act(answer);
        assert_eq!((settle(&mut device)[0].2.as_str(), states(&device)), ("401", vec![30, 20]));
        assert_eq!((device.fetches, device.flash.slots[1].len()), (0, 0));
    }
}

#[test]
fn an_update_that_the_user_allows_is_installed_and_the_offer_tells_what_it_is() {
    let mut device = with_image(b"abc");
    asking(&mut device);
    asked(&mut device, &(replace(9, "./FUMO/PkgName", "meter") + &by("DownloadAndUpdate")));
    let Action::ConfirmUpdate(offer) = device.act(UserAnswer::Yes) else { panic!("no offer") };
    assert_eq!((offer.operation, offer.server.as_str()), (Operation::DownloadAndUpdate, SERVER));
    assert_eq!((offer.name.as_str(), offer.version.as_str()), ("meter", "5.0.0"));
    assert_eq!(settle(&mut device)[0].2, "200");
}

#[test]
fn nobody_answering_for_an_hour_declines() {
    let mut device = with_image(b"abc");
    asking(&mut device);
    asked(&mut device, &by("Download"));
    assert_eq!(settle(&mut device)[0].2, "401");
    assert_eq!(device.now.as_millis(), 3_600_000);
}

#[test]
fn a_downloaded_package_survives_a_declined_update() {
    let mut device = with_image(b"abc");
    run(&mut device, &by("Download"));
    let records = device.drem.snapshot();
    device.drem = Drem::restore([open_account()], Seed::new([7; 32]), records).with_update_consent(UserConsent::Needed);
    device.boot();
    asked(&mut device, &exec(2, "./FUMO/Update", "u-1"));
    device.act(UserAnswer::No);
    assert_eq!((settle(&mut device)[0].2.as_str(), device.text("./FUMO/State")), ("401", "70"));
    asked(&mut device, &exec(2, "./FUMO/Update", "u-2"));
    device.act(UserAnswer::Yes);
    assert_eq!((settle(&mut device)[0].2.as_str(), device.fetches), ("200", 1));
}

#[test]
fn a_user_cancels_a_download_and_an_image_that_is_being_started_cannot_be_cancelled() {
    let mut device = with_image(b"abc");
    assert_eq!(device.drem.cancel_update(device.now, &mut device.tree), Err(CancelError::NothingRuns));
    device.fetch_failures = [ActionFailure::Network].into();
    device.start();
    device.serve(&[&by("DownloadAndUpdate")]);
    assert_eq!(device.drem.cancel_update(device.now, &mut device.tree), Ok(()));
    device.pump();
    assert_eq!((settle(&mut device)[0].2.as_str(), states(&device)), ("401", vec![30, 20]));
    device.start();
    device.serve(&[&by("DownloadAndUpdate").replace("c-1", "c-2")]);
    while device.reboots == 0 {
        assert!(device.wait());
    }
    assert_eq!(device.drem.cancel_update(device.now, &mut device.tree), Err(CancelError::TooLate));
}

#[test]
fn x_fum_08_the_device_or_its_user_asks_for_an_update() {
    for (by, name) in [(RequestedBy::Device, "devicerequest"), (RequestedBy::User, "userrequest")] {
        let mut device = Device::new(open_account());
        device.drem.request_update(&device.tree, by);
        let alerts = settle(&mut device);
        let type_name = format!("org.openmobilealliance.dm.firmwareupdate.{name}");
        assert_eq!(alerts, [(type_name, "./FUMO".into(), String::new(), None)]);
    }
}

#[test]
fn progress_is_told_as_bytes_are_stored() {
    let mut device = with_image(&crate::updates::image());
    run(&mut device, &by("Download"));
    let stored: Vec<u64> = device
        .events
        .iter()
        .filter_map(|event| match event {
            Event::PackageProgress { stored, .. } => Some(*stored),
            _ => None,
        })
        .collect();
    assert_eq!((stored.len(), stored[0], stored[11]), (12, 262_144, 3_145_728));
}

#[test]
fn the_loader_is_told_how_many_boots_the_new_image_gets() {
    let mut device = with_image(b"abc");
    device.drem = Drem::new([open_account()], Seed::new([7; 32])).with_trial_boots(5);
    device.boot();
    device.start();
    device.serve(&[&by("DownloadAndUpdate")]);
    while device.reboots == 0 {
        assert!(device.wait());
    }
    assert_eq!(device.flash.trial, Some((xrem_client::Slot::B, 5)));
}

/// The key and the signature were made with another implementation: the key of the first test of RFC 8032, over
/// `xrem-image-1`, `5.0.0` and the digest of `abc`.
#[cfg(feature = "ed25519")]
mod signed {
    use xrem_client::update::ImageKey;

    use super::*;

    const KEY: [u8; 32] = [
        0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1,
        0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a,
    ];
    const SIGNATURE: &str = "XNk0stUIcB5X7DYwA4aEiLEX/JS5HktywkagWTklayBCGQLsv7ob+UtCc1YXgnlSDWNhn2uMxyQiU/vKeaL4Dg==";

    fn signature(base64: &str) -> String {
        format!(
            "<Replace><CmdID>20</CmdID><Item><Target><LocURI>./FUMO/Ext/XRem/Signature</LocURI></Target>\
             <Meta><Format xmlns='syncml:metinf'>b64</Format></Meta><Data>{base64}</Data></Item></Replace>"
        )
    }

    fn outcome(image: &[u8], base64: &str, version: &str, target: &str) -> (String, usize) {
        let mut device = with_image(image);
        let key = ImageKey::from_bytes(&KEY).unwrap();
        device.drem = Drem::new([open_account()], Seed::new([7; 32])).with_image_key(key);
        device.boot();
        let order = signature(base64) + &claims(target, "", "") + &by("DownloadAndUpdate").replace("5.0.0", version);
        (run(&mut device, &order)[0].2.clone(), device.fetches)
    }

    #[test]
    fn an_image_with_the_right_signature_is_installed() {
        assert_eq!(outcome(b"abc", SIGNATURE, "5.0.0", ABC_SHA256), ("200".into(), 1));
    }

    #[test]
    fn without_the_right_signature_the_result_is_404_and_nothing_is_fetched() {
        let refused = || ("404".to_string(), 0);
        assert_eq!(outcome(b"abc", "", "5.0.0", ABC_SHA256), refused());
        assert_eq!(outcome(b"abc", &SIGNATURE.replace("XNk0", "XNk1"), "5.0.0", ABC_SHA256), refused());
        assert_eq!(outcome(b"abc", SIGNATURE, "5.0.1", ABC_SHA256), refused());
        assert_eq!(outcome(b"abc", SIGNATURE, "5.0.0", FACTORY_SHA256), refused());
        assert_eq!(outcome(b"abc", SIGNATURE, "5.0.0", ""), refused());
    }

    #[test]
    fn another_image_than_the_signed_one_is_404() {
        assert_eq!(outcome(b"abd", SIGNATURE, "5.0.0", ABC_SHA256), ("404".into(), 1));
    }
}
