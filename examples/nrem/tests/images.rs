//! Images with what is known of them: signatures and deltas go to real devices, over real HTTP.
#![allow(dead_code, reason = "the scripted client and the site are shared with other tests")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../../xrem-server/tests/server/client.rs"]
mod client;
#[path = "support/device.rs"]
mod device;
#[path = "support/site.rs"]
mod site;

use std::process::Command;
use std::time::{Duration, Instant};

use device::RealDevice;
use serde_json::{Value, json};
use site::Site;
use xrem_client::update::ImageKey;

const OLD: &[u8] = b"factory firmware 1.0\n";
const NEW: &[u8] = b"factory firmware 2.0\n";
/// Both computed with sha256sum.
const OLD_SHA256: &str = "9b7a8c79fdb3d023ad92bc3fb942a874cb8653a4af81e1bbbe03bd8d4e2f31fd";
const NEW_SHA256: &str = "1dcb6e947d5c620344c426b15ff69c8459bdbee414f1392d40565cf8441b79ec";
/// What makes the new image of the old one, put together with the bz2 module of Python.
const DELTA: &str = "4253444946463430290000000000000028000000000000001500000000000000425a683931415926535971bfc5430000\
    02e00040000a0020002126419890b8bb9229c284838dfe2a18425a68393141592653590dceba35000001c0006002200030cc0cf504b9c5dc914e\
    14240373ae8d40425a683917724538509000000000";
/// The public half of the test key of RFC 8032.
const KEY: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
/// With that key, made with openssl, of `xrem-image-1`, `2.0` and the digest of the new image, each with a line feed.
const SIGNATURE: &str = "077023276975d5523fada0b00fe9f987391b6b54d88ab64af5d2601c822d686800082cae71f36d4b7643186f70a8491e\
    7d511c90b2f01075f2a5295768fa730c";
/// A package, and the signature of `xrem-image-1`, `editor` and its digest.
const PACKAGE: &[u8] = b"editor 1\n";
const PACKAGE_SIGNATURE: &str = "69d6718df9b275c99349d4de2dab39911fb52b77971de0d692907ace34c26e34e961738472c79276baeb8de6\
    83cd6ded1969abec8811ab96ee68ad6a7b10620c";

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn key() -> ImageKey {
    ImageKey::from_bytes(&bytes(KEY).try_into().unwrap()).unwrap()
}

fn put(site: &Site, name_and_facts: &str, bytes: &[u8]) -> Value {
    let answer = site.http.put(&format!("/api/v1/images/{name_and_facts}"), bytes);
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

/// The old and the new image and the delta between them.
fn release(site: &Site) {
    put(site, "fw-1?version=1.0", OLD);
    put(site, &format!("fw-2?version=2.0&signature={SIGNATURE}"), NEW);
    put(site, "fw-1-to-2?version=2.0&base=fw-1&result=fw-2", &bytes(DELTA));
}

/// Nobody can fetch the whole new image any more.
fn lose_the_whole_image(site: &Site) {
    std::fs::remove_file(site.folder.path().join("images").join(NEW_SHA256)).unwrap();
}

fn device(site: &Site, id: &str, image: &[u8]) -> RealDevice {
    RealDevice::registered(site, id).with_firmware("1.0", image).with_key(key())
}

/// Upgrades `device` with what `extra` says; gives the state and the reason of its result.
fn upgrade(site: &Site, device: &RealDevice, id: &str, extra: &Value) -> (String, String) {
    let mut request = json!({"target": {"device": id}, "image": "fw-2"});
    for (name, value) in extra.as_object().unwrap() {
        request[name] = value.clone();
    }
    let answer = site.http.api("/firmware", &request);
    assert_eq!(answer.status, 201, "{}", answer.text());
    device.run();
    let view = site.http.task_view(answer.json()["id"].as_u64().unwrap());
    let text = |name: &str| view["devices"][0][name].as_str().unwrap_or_default().to_owned();
    (text("state"), text("reason"))
}

fn ok() -> (String, String) {
    ("ok".to_owned(), String::new())
}

#[test]
fn n6b_the_facts_of_an_image_are_kept_and_a_node_gets_the_delta_for_what_it_runs() {
    let site = Site::start();
    release(&site);
    let listed = site.http.get("/api/v1/images").json();
    let delta = &listed["images"][1];
    assert_eq!((&delta["name"], &delta["version"]), (&json!("fw-1-to-2"), &json!("2.0")));
    assert_eq!((&delta["base"], &delta["result"]), (&json!(OLD_SHA256), &json!(NEW_SHA256)));
    assert_eq!(listed["images"][2]["signature"], SIGNATURE);

    // This one runs something else and gets the whole image, by the same task.
    let other = device(&site, "other", b"another firmware");
    assert_eq!(upgrade(&site, &other, "other", &json!({})), ok());
    assert_eq!(other.firmware(), NEW);
    lose_the_whole_image(&site);
    let one = device(&site, "one", OLD);
    assert_eq!(upgrade(&site, &one, "one", &json!({})), ok());
    assert_eq!(one.firmware(), NEW);
    let (state, _) = upgrade(&site, &device(&site, "two", OLD), "two", &json!({"deltas": []}));
    assert_eq!(state, "failed", "the whole image is not there");
}

#[test]
fn n6b_the_terminal_stores_images_with_their_facts_and_upgrades_by_delta() {
    let site = Site::start();
    let one = device(&site, "one", OLD);
    let _running = one.start();
    let file = |name: &str, bytes: &[u8]| {
        let path = site.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.into_os_string().into_string().unwrap()
    };
    let (new, delta) = (file("new", NEW), file("delta", &bytes(DELTA)));
    let signature = file("signature", &bytes(SIGNATURE));
    let nrem = |args: &[&str]| {
        let mut nrem = Command::new(env!("CARGO_BIN_EXE_nrem"));
        let output = nrem.args(args).args(["--api", &site.http.base]).output().unwrap();
        assert!(output.status.success(), "{args:?}: {output:?}");
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    nrem(&["images", "--put", &new, "--name", "fw-2", "--version", "2.0", "--signature", &signature]);
    let put = ["images", "--put", &delta, "--name", "fw-1-to-2", "--base", OLD_SHA256, "--result", "fw-2"];
    assert_eq!(nrem(&put)["result"], NEW_SHA256);
    lose_the_whole_image(&site);
    let done = nrem(&["firmware", "--device", "one", "--image", "fw-2", "--wait"]);
    assert_eq!(done["counts"]["ok"], 1, "{done:#}");
    assert_eq!(one.firmware(), NEW);
}

#[test]
fn n6b_a_node_whose_delta_fails_gets_the_whole_image() {
    let site = Site::start();
    release(&site);
    let mut broken = bytes(DELTA);
    broken.truncate(100);
    put(&site, "fw-1-to-2?version=2.0&base=fw-1&result=fw-2", &broken);
    let one = device(&site, "one", OLD);
    assert_eq!(upgrade(&site, &one, "one", &json!({"deltas": ["fw-1-to-2"]})), ok());
    assert_eq!(one.firmware(), NEW);
}

#[test]
fn n6b_an_image_without_its_signature_is_refused_by_a_device_with_a_key() {
    let site = Site::start();
    put(&site, "fw-2?version=2.0", NEW);
    let one = device(&site, "one", OLD);
    let (state, reason) = upgrade(&site, &one, "one", &json!({}));
    assert!(state == "failed" && reason.contains("404"), "{reason}");
    assert_eq!(one.firmware(), OLD);
}

#[test]
fn n6b_a_campaign_uses_the_facts_of_the_images() {
    let site = Site::start();
    release(&site);
    lose_the_whole_image(&site);
    let one = device(&site, "one", OLD);
    let running = one.start();
    let request = json!({"name": "spring", "target": {"device": "one"}, "image": "fw-2"});
    let begun = site.http.api("/campaigns", &request);
    assert_eq!((begun.status, &begun.json()["version"]), (201, &json!("2.0")), "{}", begun.text());
    let give_up = Instant::now() + Duration::from_secs(60);
    let campaign = loop {
        let campaign = site.http.get("/api/v1/campaigns/1").json();
        if !campaign["ended"].is_null() {
            break campaign;
        }
        assert!(Instant::now() < give_up, "{campaign:#}");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!((&campaign["counts"]["upgraded"], &campaign["counts"]["retried"]), (&json!(1), &json!(0)));
    drop(running);
    assert_eq!(one.firmware(), NEW);
}

#[test]
fn n6a_a_package_is_installed_by_a_device_with_a_key_only_when_it_is_signed() {
    let site = Site::start();
    let one = device(&site, "one", OLD);
    let install = json!({"target": {"device": "one"}, "operation": "install", "package": "editor", "image": "editor"});
    let mut results = Vec::new();
    for signature in [String::new(), format!("&signature={PACKAGE_SIGNATURE}")] {
        put(&site, &format!("editor?version=1{signature}"), PACKAGE);
        let task = site.http.api("/software", &install).json()["id"].as_u64().unwrap();
        one.run();
        let view = site.http.task_view(task);
        results.push((view["devices"][0]["state"].clone(), view["devices"][0]["reason"].to_string()));
    }
    assert!(results[0].0 == "failed" && results[0].1.contains("1407"), "{results:?}");
    assert_eq!(results[1].0, "ok", "{results:?}");
    assert_eq!(one.installed("editor"), Some(("editor 1\n".to_owned(), true)));
}

#[test]
fn facts_that_cannot_be_are_refused_with_the_reason() {
    let site = Site::start();
    release(&site);
    for (query, body, word) in [
        ("base=fw-1", &b"BSDIFF40"[..], "both"),
        ("base=fw-1&result=none", b"BSDIFF40", "none"),
        ("base=fw-1-to-2&result=fw-2", b"BSDIFF40", "whole image"),
        ("base=fw-1&result=fw-2", b"something else", "BSDIFF40"),
        ("signature=00", b"x", "128"),
        ("colour=red", b"x", "colour"),
    ] {
        let answer = site.http.put(&format!("/api/v1/images/x?{query}"), body);
        assert_eq!(answer.status, 400, "{query}: {}", answer.text());
        assert!(answer.text().contains(word), "{query}: {}", answer.text());
    }
    RealDevice::registered(&site, "one");
    let target = json!({"device": "one"});
    for (path, request, word) in [
        ("/firmware", json!({"target": target, "image": "fw-2", "deltas": ["fw-1"]}), "no delta"),
        ("/firmware", json!({"target": target, "image": "fw-1", "deltas": ["fw-1-to-2"]}), "makes the image"),
        ("/campaigns", json!({"name": "c", "target": target, "image": "fw-2", "version": "2.1"}), "signed as 2.0"),
        (
            "/campaigns",
            json!({"name": "c", "target": target, "image": "fw-1", "deltas": [{"image": "fw-1-to-2"}]}),
            "deltas",
        ),
    ] {
        let answer = site.http.api(path, &request);
        assert_eq!(answer.status, 400, "{request}: {}", answer.text());
        assert!(answer.text().contains(word), "{request}: {}", answer.text());
    }
}
