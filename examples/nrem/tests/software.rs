//! Software and locks through the API and at the terminal, on a real device, over real HTTP.
#![allow(dead_code, reason = "the scripted client and the site are shared with other tests")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../../xrem-server/tests/server/client.rs"]
mod client;
#[path = "support/device.rs"]
mod device;
#[path = "support/site.rs"]
mod site;

use std::process::Command;

use device::RealDevice;
use serde_json::{Value, json};
use site::Site;

/// Has the terminal do `args` at the server; gives what it printed, as JSON.
fn nrem(site: &Site, args: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_nrem")).args(args).args(["--api", &site.http.base]).output().unwrap();
    assert!(output.status.success(), "{args:?}: {output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Submits `request` at `path`, lets the device come, and gives the state and the reason of its result.
fn task(site: &Site, device: &RealDevice, path: &str, request: &Value) -> (Value, String, String) {
    let answer = site.http.api(path, request);
    assert_eq!(answer.status, 201, "{}", answer.text());
    device.run();
    let view = site.http.task_view(answer.json()["id"].as_u64().unwrap());
    assert_eq!(view["state"], "done", "{view:#}");
    let text = |name: &str| view["devices"][0][name].as_str().unwrap_or_default().to_owned();
    (view["kind"].clone(), text("state"), text("reason"))
}

fn ok(kind: Value) -> (Value, String, String) {
    (kind, "ok".to_owned(), String::new())
}

#[test]
fn n6a_a_package_is_installed_updated_deactivated_activated_and_removed_over_the_api() {
    let site = Site::start();
    let device = RealDevice::registered(&site, "dev-1");
    for version in ["1.0", "2.0"] {
        let name = format!("/api/v1/images/editor-{version}?version={version}");
        assert_eq!(site.http.put(&name, format!("editor {version}").as_bytes()).status, 201);
    }
    let change = |operation: &str| json!({"target": {"device": "dev-1"}, "operation": operation, "package": "editor"});
    let kind = |operation: &str| json!({"software": {"operation": operation, "package": "editor"}});
    let has = |version: &str, state: &str| {
        json!([{"id": "editor", "package": "editor", "name": format!("editor {version}"), "version": version,
            "state": state}])
    };
    let known = || site.http.get("/api/v1/devices/dev-1/software").json();
    assert_eq!((&known()["task"], &known()["components"]), (&Value::Null, &json!([])));

    for version in ["1.0", "2.0"] {
        let mut install = change("install");
        install["image"] = json!(format!("editor-{version}"));
        assert_eq!(task(&site, &device, "/software", &install), ok(kind("install")));
        assert_eq!(known()["components"], has(version, "active"));
        assert_eq!(device.installed("editor"), Some((format!("editor {version}"), true)));
    }
    assert_eq!(task(&site, &device, "/software", &change("deactivate")), ok(kind("deactivate")));
    assert_eq!((&known()["components"], &known()["task"]), (&has("2.0", "inactive"), &json!(3)));
    assert_eq!(device.installed("editor"), Some(("editor 2.0".to_owned(), false)));
    assert_eq!(task(&site, &device, "/software", &change("activate")), ok(kind("activate")));
    assert_eq!(known()["components"], has("2.0", "active"));
    assert_eq!(task(&site, &device, "/software", &change("remove")), ok(kind("remove")));
    assert_eq!((&known()["components"], &known()["packages"]), (&json!([]), &json!([])));
    assert_eq!(device.installed("editor"), None);
    let why = "not installed: the device has no component of this package";
    let (_, state, reason) = task(&site, &device, "/software", &change("activate"));
    assert!(state == "failed" && reason.contains(why), "{reason}");
}

#[test]
fn the_terminal_installs_lists_and_removes_software() {
    let site = Site::start();
    let device = RealDevice::registered(&site, "dev-1");
    let _running = device.start();
    let file = site.folder.path().join("editor.pkg");
    std::fs::write(&file, "editor").unwrap();
    nrem(&site, &["images", "--put", file.to_str().unwrap(), "--name", "editor", "--version", "3.1"]);
    let about = ["--device", "dev-1", "--package", "editor", "--wait"];
    let done = nrem(&site, &[&["software", "install", "--image", "editor", "--inactive"][..], &about].concat());
    assert_eq!(done["counts"]["ok"], 1);
    let listed = nrem(&site, &["software", "list", "dev-1", "--fresh"]);
    let component = &listed["components"][0];
    assert_eq!((&component["version"], &component["state"]), (&json!("3.1"), &json!("inactive")));
    assert_eq!(listed["task"], 2);
    nrem(&site, &[&["software", "remove"][..], &about].concat());
    assert_eq!(nrem(&site, &["software", "list", "dev-1"])["components"], json!([]));
    let table = Command::new(env!("CARGO_BIN_EXE_nrem"))
        .args(["tasks", "--format", "table", "--api", &site.http.base])
        .output()
        .unwrap();
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(table.contains("software install editor"), "{table}");
}

#[test]
fn a_node_is_locked_unlocked_and_wiped_over_the_api() {
    let site = Site::start();
    let device = RealDevice::registered_with(&site, "dev-1", WIPE_LIST);
    let order = |operation: &str| json!({"target": {"device": "dev-1"}, "operation": operation});
    let read = |uri: &str| {
        let task = site.http.task(&json!({"target": {"device": "dev-1"}, "commands": [{"cmd": "get", "uri": uri}]}));
        device.run();
        site.http.task_view(task)["devices"][0]["commands"][0]["results"][0]["data"].clone()
    };
    for (operation, state) in [("fully-lock", "10"), ("partially-lock", "20"), ("unlock", "30")] {
        assert_eq!(task(&site, &device, "/locks", &order(operation)), ok(json!({"lock": operation})));
        assert_eq!(read("./LAWMO/State"), state);
    }
    let mut wipe = order("wipe");
    wipe["items"] = json!(["photos"]);
    let (kind, state, reason) = task(&site, &device, "/locks", &wipe);
    assert_eq!((kind, &*state), (json!({"lock": "wipe"}), "failed"));
    assert!(reason.contains("nothing was wiped"), "{reason}");
    wipe["items"] = json!(["contacts"]);
    assert_eq!(task(&site, &device, "/locks", &wipe), ok(json!({"lock": "wipe"})));
    // What was wiped is not marked any more, and what somebody else had marked is not either.
    assert_eq!(read("./LAWMO/AvailableWipeList/a/ToBeWiped"), "false");
    assert_eq!(read("./LAWMO/AvailableWipeList/b/ToBeWiped"), "false");
    assert_eq!(task(&site, &device, "/locks", &order("factory-reset")), ok(json!({"lock": "factory-reset"})));
}

/// Two kinds of data that can be wiped; somebody has marked the second.
const WIPE_LIST: &str = r#"
    [[node]]
    uri = "./LAWMO/AvailableWipeList/a/ListItemName"
    value = "contacts"
    [[node]]
    uri = "./LAWMO/AvailableWipeList/a/ToBeWiped"
    format = "bool"
    value = false
    [[node]]
    uri = "./LAWMO/AvailableWipeList/b/ListItemName"
    value = "messages"
    [[node]]
    uri = "./LAWMO/AvailableWipeList/b/ToBeWiped"
    format = "bool"
    value = true
"#;

#[test]
fn changes_of_software_and_locks_that_cannot_be_are_refused_with_the_reason() {
    let site = Site::start();
    RealDevice::registered(&site, "dev-1");
    let target = json!({"device": "dev-1"});
    let software = |extra: Value| {
        let mut request = json!({"target": target, "operation": "install", "package": "editor"});
        for (name, value) in extra.as_object().unwrap() {
            request[name] = value.clone();
        }
        request
    };
    for (path, request, status, word) in [
        ("/software", software(json!({})), 400, "needs image"),
        ("/software", software(json!({"image": "none"})), 404, "none"),
        ("/software", software(json!({"operation": "remove", "image": "x"})), 400, "for an installation only"),
        ("/software", software(json!({"operation": "remove", "package": ""})), 400, "1 to 255"),
        ("/software", software(json!({"operation": "remove", "scomo": "/x"})), 400, "scomo"),
        ("/software", software(json!({"operation": "paint"})), 400, "paint"),
        ("/software/inventory", json!({"target": {"device": "nobody"}}), 404, "nobody"),
        ("/locks", json!({"target": target, "operation": "unlock", "items": ["x"]}), 400, "for a wipe only"),
        ("/locks", json!({"target": target, "operation": "melt"}), 400, "melt"),
    ] {
        let answer = site.http.api(path, &request);
        assert_eq!(answer.status, status, "{request}: {}", answer.text());
        assert!(answer.text().contains(word), "{request}: {}", answer.text());
    }
    assert_eq!(site.http.get("/api/v1/devices/nobody/software").status, 404);
    assert_eq!(site.http.get("/api/v1/tasks").json()["tasks"], json!([]));
}

#[test]
fn n1a_software_and_locks_need_their_rights_and_stand_in_the_audit() {
    let site = Site::start();
    RealDevice::registered(&site, "dev-1");
    let grant = |ability: &str| json!({"ability": ability, "scope": {"node": "dev-1"}});
    let rights = json!([grant("read"), grant("configure"), grant("upgrade")]);
    let operator =
        site.http.api("/requesters", &json!({"name": "op", "rights": [{"ability": "administer", "scope": "all"}]}));
    let operator = operator.json()["token"].as_str().unwrap().to_owned();
    let made = site.http.post_with_token("/requesters", &operator, &json!({"name": "updater", "rights": rights}));
    let token = made.json()["token"].as_str().unwrap().to_owned();
    let remove = json!({"target": {"device": "dev-1"}, "operation": "remove", "package": "editor"});
    let lock = json!({"target": {"device": "dev-1"}, "operation": "fully-lock"});
    assert_eq!(site.http.post_with_token("/software", &token, &remove).status, 201);
    assert_eq!(site.http.post_with_token("/locks", &token, &lock).status, 403);
    let told = site.http.get_with_token("/api/v1/audit?requester=updater", &operator).json();
    let entries = told["entries"].as_array().unwrap();
    let told: Vec<_> = entries.iter().map(|entry| (entry["action"].as_str().unwrap(), &entry["result"])).collect();
    assert_eq!(told, [("task software", &json!({"task": 1})), ("POST /locks", &json!({"denied": "dev-1"}))]);
}
