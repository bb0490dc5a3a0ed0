//! How devices get their accounts and how these change, through the API.
#![allow(dead_code, reason = "the scripted client and the site are shared with other tests")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../../xrem-server/tests/server/client.rs"]
mod client;
#[path = "support/site.rs"]
mod site;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use client::Client;
use omadm_proto::auth::Credentials;
use omadm_proto::exchange::Syntax;
use omadm_proto::limits::Limits;
use omadm_proto::provisioning::{
    AuthLevel, BootstrapAccount, BootstrapSecrets, BootstrapSecurity, ProvisioningDoc, imsi_key,
};
use serde_json::{Value, json};
use site::Site;

const IMSI: &str = "244059000000000";
const NODE: &str = "./DMAcc/nrem/AppAuth/1";

fn secrets() -> BootstrapSecrets {
    BootstrapSecrets::new().with_network_key(imsi_key(IMSI).unwrap().to_vec()).with_pin("1234")
}

fn cp() -> Value {
    json!({"profile": "cp", "server_id": "nrem.test", "sec": "NETWPIN", "imsi": IMSI})
}

/// The bytes of the document in an answer, which must be signed with what the device knows.
fn document(answer: &Value) -> Vec<u8> {
    let body = STANDARD.decode(answer["document"]["body_b64"].as_str().unwrap()).unwrap();
    let security = BootstrapSecurity::from_content_type(answer["document"]["content_type"].as_str().unwrap()).unwrap();
    assert_eq!(security.verify(&secrets(), &body), Ok(()));
    body
}

fn account(answer: &Value) -> BootstrapAccount {
    let body = document(answer);
    let read = ProvisioningDoc::decode_as(Syntax::Wbxml, &body, &Limits::DEFAULT).unwrap();
    read.accounts().next().unwrap().unwrap()
}

/// The device as the document makes it.
fn bootstrapped(id: &str, account: &BootstrapAccount) -> Client {
    let mut client = Client::new(id, Syntax::Wbxml);
    for auth in &account.auths {
        let credentials = Credentials::new(auth.name.clone().unwrap(), auth.secret.clone().unwrap());
        let nonce = auth.nonce.clone().unwrap_or_default();
        if auth.level == AuthLevel::ClCred {
            (client.own, client.own_nonce) = (credentials, nonce);
        } else {
            (client.server, client.server_nonce) = (credentials, nonce);
        }
    }
    client
}

fn error(answer: &site::Answer) -> (u16, String) {
    (answer.status, answer.json()["error"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn x_boo_23_a_device_registered_with_a_bootstrap_opens_its_first_session_without_a_challenge() {
    let site = Site::start();
    let answer = site.http.api("/devices", &json!({"id": "dev-1", "bootstrap": cp()}));
    assert_eq!(answer.status, 201, "{}", answer.text());
    let account = account(&answer.json());
    assert_eq!(account.addresses[0].addr, format!("{}/dm", site.http.base));
    let shown = site.http.get("/api/v1/devices/dev-1");
    assert_eq!(shown.json()["bootstrap"]["state"], "handed out");
    let mut device = bootstrapped("dev-1", &account);
    site.http.run_session(&mut device);
    assert_eq!(device.header_codes, [212]);
    let shown = site.http.get("/api/v1/devices/dev-1");
    assert_eq!(shown.json()["bootstrap"]["state"], "done");
    for secret in [&device.own.secret, &device.server.secret] {
        assert!(!shown.text().contains(secret.expose()));
    }
}

#[test]
fn several_devices_registered_at_once_get_a_document_each() {
    let site = Site::start();
    let answer =
        site.http.api("/devices", &json!([{"id": "dev-1", "bootstrap": cp()}, {"id": "dev-2", "bootstrap": cp()}]));
    let answer = answer.json();
    assert_eq!((&answer["registered"], &answer["documents"][1]["id"]), (&json!(2), &json!("dev-2")));
    let (one, other) = (account(&answer["documents"][0]), account(&answer["documents"][1]));
    assert_ne!(one.auths[0].secret, other.auths[0].secret);
}

#[test]
fn a_new_document_for_a_known_device_ends_its_old_credentials_and_nothing_else() {
    let site = Site::start();
    let mut device = Client::new("dev-1", Syntax::Xml);
    site.http.register(&device, &json!({"dialect": "oma"}));
    site.http.run_session(&mut device);
    let answer = site.http.api("/devices/dev-1/bootstrap", &cp());
    assert_eq!(answer.status, 201, "{}", answer.text());
    let mut anew = bootstrapped("dev-1", &account(&answer.json()));
    device.header_codes.clear();
    site.http.run_session(&mut device);
    assert_eq!(device.header_codes, [401; 3]);
    site.http.run_session(&mut anew);
    assert_eq!(anew.header_codes.last(), Some(&212));
    let shown = site.http.get("/api/v1/devices/dev-1").json();
    assert_eq!((&shown["sessions"], &shown["dialect"]), (&json!(2), &json!("oma")));
}

#[test]
fn x_boo_23_a_document_of_the_dm_profile_is_signed_with_the_pin() {
    let site = Site::start();
    let bootstrap = json!({"profile": "dm", "server_id": "nrem.test", "sec": "USERPIN", "pin": "1234", "scheme": "mac",
        "url": "https://dm.example/dm"});
    let answer = site.http.api("/devices", &json!({"id": "dev-1", "bootstrap": bootstrap})).json();
    assert!(answer["document"]["content_type"].as_str().unwrap().starts_with("application/vnd.syncml.dm+wbxml; "));
    let body = document(&answer);
    assert!(body.windows(21).any(|part| part == b"https://dm.example/dm"));
}

#[test]
fn a_bootstrap_that_cannot_be_made_registers_nothing_and_says_what_is_missing() {
    let site = Site::start();
    let refused = |change: Value| {
        let mut bootstrap = cp();
        for (name, value) in change.as_object().unwrap() {
            bootstrap[name] = value.clone();
        }
        error(&site.http.api("/devices", &json!({"id": "dev-1", "bootstrap": bootstrap}))).1
    };
    assert_eq!(
        refused(json!({"imsi": null})),
        "sec NETWPIN needs what the network and the device know: give imsi, network_id or network_key_b64"
    );
    assert_eq!(refused(json!({"sec": "USERPIN"})), "sec USERPIN needs the PIN that the user will type: give pin");
    assert_eq!(
        refused(json!({"sec": "NETWORKID"})),
        "sec \"NETWORKID\" is none of this profile's: NETWPIN, USERPIN or USERNETWPIN"
    );
    assert_eq!(refused(json!({"imsi": "12 34"})), "imsi is not 1 to 15 digits");
    assert_eq!(refused(json!({"server_id": ""})), "the server id and the URL of the server must not be empty");
    let both = json!({"id": "dev-1", "bootstrap": cp(), "client": {"name": "c", "secret": "s"}});
    assert_eq!(
        error(&site.http.api("/devices", &both)).1,
        "bootstrap makes the credentials and nonces of both sides; leave out client, server and nonces"
    );
    let (status, why) = error(&site.http.api("/devices/dev-1/bootstrap", &cp()));
    assert_eq!((status, why.as_str()), (404, "dev-1 is not registered, and no gateway has reported it"));
    assert_eq!(site.http.get("/api/v1/devices").json(), json!({"devices": [], "next": null}));
}

#[test]
fn x_srv_22_a_secret_is_changed_through_the_api_and_never_shown() {
    let site = Site::start();
    let mut device = Client::new("dev-1", Syntax::Xml);
    device.tree.insert(format!("{NODE}/AAuthSecret"), "client-secret".into());
    site.http.register(&device, &json!({}));
    let change = json!({"side": "client", "node": NODE, "secret": "r0tated"});
    let answer = site.http.api("/devices/dev-1/credentials", &change);
    assert_eq!((answer.status, &answer.json()["kind"]), (201, &json!({"credentials": "client"})));
    let task = answer.json()["id"].as_u64().unwrap();
    site.http.run_session(&mut device);
    let shown = site.http.task_view(task);
    assert_eq!(shown["devices"][0]["state"], "ok", "{shown}");
    assert!(!shown.to_string().contains("r0tated"), "{shown}");
    device.own = Credentials::new(device.own.name.clone(), "r0tated");
    device.header_codes.clear();
    site.http.run_session(&mut device);
    assert_eq!(device.header_codes, [212]);
}

#[test]
fn a_secret_that_nobody_names_is_made_by_the_server() {
    let site = Site::start();
    let mut device = Client::new("dev-1", Syntax::Xml);
    device.tree.insert(format!("{NODE}/AAuthSecret"), "client-secret".into());
    site.http.register(&device, &json!({}));
    assert_eq!(site.http.api("/devices/dev-1/credentials", &json!({"side": "client", "node": NODE})).status, 201);
    site.http.run_session(&mut device);
    let made = device.tree[&format!("{NODE}/AAuthSecret")].clone();
    assert!(made.len() >= 20 && made != "client-secret");
    device.own = Credentials::new(device.own.name.clone(), made);
    device.header_codes.clear();
    site.http.run_session(&mut device);
    assert_eq!(device.header_codes, [212]);
}

#[test]
fn a_change_of_credentials_that_cannot_be_carried_out_is_refused_with_the_cause() {
    let site = Site::start();
    let device = Client::new("gw-1", Syntax::Xml);
    site.http.register(&device, &json!({"kind": "gateway"}));
    assert_eq!(site.http.api("/devices", &json!({"id": "dev-1", "gateway": "gw-1"})).status, 201);
    let refused = |id: &str, body: Value| error(&site.http.api(&format!("/devices/{id}/credentials"), &body));
    let good = json!({"side": "client", "node": NODE, "secret": "x"});
    let (status, why) = refused("dev-1", good.clone());
    assert_eq!(
        (status, why.as_str()),
        (400, "credentials are changed in sessions of the device's own; dev-1 is reached through a gateway")
    );
    let (status, why) = refused("nobody", good);
    assert_eq!((status, why.as_str()), (404, "nobody is not registered, and no gateway has reported it"));
    let (_, why) = refused("gw-1", json!({"side": "client", "node": "/DMAcc"}));
    assert!(why.starts_with("node \"/DMAcc\" is not a URI of the tree"), "{why}");
    let (_, why) = refused("gw-1", json!({"side": "client", "node": NODE, "secret": ""}));
    assert_eq!(why, "the new secret is empty");
    let (_, why) = refused("gw-1", json!({"side": "both", "node": NODE}));
    assert!(why.contains("expected `client` or `server`"), "{why}");
}

#[test]
fn resynchronisation_and_dialect_of_a_node_are_shown_and_changed_and_survive_a_restart() {
    let mut site = Site::start();
    let device = Client::new("dev-1", Syntax::Xml);
    site.http.register(&device, &json!({"resync": true, "dialect": "windows"}));
    let seen = |site: &Site| {
        let shown = site.http.get("/api/v1/devices/dev-1").json();
        (shown["resync"].clone(), shown["dialect"].clone())
    };
    assert_eq!(seen(&site), (json!(true), json!("windows")));
    assert_eq!(site.http.patch("/devices/dev-1", &json!({"resync": false, "dialect": "auto"})).status, 200);
    site.restart();
    assert_eq!(seen(&site), (json!(false), json!("auto")));
    let (status, why) = error(&site.http.patch("/devices/dev-1", &json!({"dialect": "klingon"})));
    assert_eq!(status, 400);
    assert!(why.contains("expected one of `auto`, `oma`, `windows`"), "{why}");
    assert_eq!(site.http.patch("/devices/nobody", &json!({})).status, 404);
    let gateway = Client::new("gw-1", Syntax::Xml);
    site.http.register(&gateway, &json!({"kind": "gateway"}));
    let behind = json!({"id": "dev-2", "gateway": "gw-1", "resync": true});
    assert_eq!(
        error(&site.http.api("/devices", &behind)).1,
        "dev-2 has no account: resync and dialect are for nodes with sessions of their own"
    );
}

#[test]
fn nul_bytes_in_xml_are_refused_unless_they_are_to_be_dropped() {
    for (strip, status) in [(false, 400), (true, 200)] {
        let site = Site::start_with(|config| config.strip_nul = strip);
        let mut device = Client::new("dev-1", Syntax::Xml);
        site.http.register(&device, &json!({}));
        let message = String::from_utf8(device.start()).unwrap().replace("Acme", "Acme\0");
        assert!(message.contains('\0'));
        let answer = site.http.post("/dm", Syntax::Xml.media_type(), message.as_bytes());
        assert_eq!(answer.status, status, "{}", answer.text());
    }
}
