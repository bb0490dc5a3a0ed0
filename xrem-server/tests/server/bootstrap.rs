//! Bootstrap documents that the server makes, and the account that it registers with them.

use crate::client::Client;
use crate::world::World;
use omadm_proto::auth::{Credentials, Nonce, Scheme};
use omadm_proto::exchange::Syntax;
use omadm_proto::limits::Limits;
use omadm_proto::message::{Command, Message, Verb};
use omadm_proto::provisioning::{
    AuthLevel, BootstrapAccount, BootstrapSecrets, BootstrapSecurity, ProvisioningDoc, Sec, imsi_key,
};
use omadm_tree::tnds::Tnds;
use xrem_server::bootstrap::{BootstrapError, BootstrapRequest, Document, Profile, Standing};
use xrem_server::store::Record;

const DEVICE: &str = "urn:imei:1";
const IMSI: &str = "244059000000000";

fn secrets() -> BootstrapSecrets {
    BootstrapSecrets::new().with_network_key(imsi_key(IMSI).unwrap().to_vec()).with_pin("1234")
}

fn request(profile: Profile) -> BootstrapRequest {
    let sec = if profile == Profile::Cp { Sec::NetwPin } else { Sec::UserPin };
    BootstrapRequest::new(profile, "nrem.test", "http://nrem.test/dm", sec, secrets()).named("Test")
}

fn cp_account(document: &Document) -> BootstrapAccount {
    let read = ProvisioningDoc::decode_as(Syntax::Wbxml, &document.body, &Limits::DEFAULT).unwrap();
    read.accounts().next().unwrap().unwrap()
}

/// The device as the document makes it.
fn bootstrapped(account: &BootstrapAccount) -> Client {
    let mut client = Client::new(DEVICE, Syntax::Wbxml);
    for auth in &account.auths {
        let credentials = Credentials::new(auth.name.clone().unwrap(), auth.secret.clone().unwrap());
        let nonce = auth.nonce.clone().unwrap_or(Nonce::EMPTY);
        if auth.level == AuthLevel::ClCred {
            (client.own, client.own_nonce) = (credentials, nonce);
        } else {
            (client.server, client.server_nonce) = (credentials, nonce);
        }
    }
    client
}

#[test]
fn x_boo_23_a_cp_document_is_signed_and_its_account_opens_a_session_without_a_challenge() {
    for (sec, scheme) in [(Sec::NetwPin, Scheme::Md5), (Sec::UserNetwPin, Scheme::Basic)] {
        let mut world = World::new();
        let mut request = request(Profile::Cp).with_scheme(scheme);
        request.sec = sec;
        let document = world.bootstrap(DEVICE, &request).unwrap();
        assert!(document.content_type.starts_with("application/vnd.wap.connectivity-wbxml; SEC="));
        let security = BootstrapSecurity::from_content_type(&document.content_type).unwrap();
        assert_eq!(security.verify(&secrets(), &document.body), Ok(()));
        let account = cp_account(&document);
        assert_eq!((account.server_id.as_str(), account.name.as_deref()), ("nrem.test", Some("Test")));
        assert_eq!(account.addresses[0].addr, "http://nrem.test/dm");
        assert!(matches!(world.node(DEVICE).bootstrap, Some(Standing::HandedOut(_))));
        let mut client = bootstrapped(&account);
        client.scheme = scheme;
        world.run_session(&mut client);
        assert_eq!(client.header_codes, [212]);
        assert!(matches!(world.node(DEVICE).bootstrap, Some(Standing::Done(_))));
        assert!(world.events.iter().any(|event| event.contains("bootstrapped")));
    }
}

#[test]
fn x_boo_23_a_dm_document_adds_the_account_to_the_inbox_in_wbxml() {
    let mut world = World::new();
    let document = world.bootstrap(DEVICE, &request(Profile::Dm)).unwrap();
    assert!(document.content_type.starts_with("application/vnd.syncml.dm+wbxml; SEC=USERPIN; MAC="));
    let security = BootstrapSecurity::from_content_type(&document.content_type).unwrap();
    assert_eq!(security.verify(&secrets(), &document.body), Ok(()));
    let message = Message::decode_as(Syntax::Wbxml, &document.body, &Limits::DEFAULT).unwrap();
    assert_eq!(message.header.session_id, "0");
    let Some(Command::Tree(add)) = message.commands().next() else { panic!("no command") };
    assert_eq!((add.verb, add.items[0].target_uri(), add.cmd_id.to_string()), (Verb::Add, Some("./Inbox"), "1".into()));
    let meta = add.items[0].meta.as_ref().unwrap();
    assert_eq!(meta.type_name.as_deref(), Some("application/vnd.syncml.dmtnds+wbxml"));
    let object = add.items[0].data.as_ref().unwrap().as_bytes().to_vec();
    assert!(Tnds::parse(&object).is_ok());
    let account = world.account(DEVICE);
    for expected in ["nrem.test", "w7", "urn:oma:mo:oma-dm-dmacc:1.0", "Get=nrem.test", "DIGEST"] {
        assert!(contains(&object, expected.as_bytes()), "{expected}");
    }
    for secret in [&account.client.secret, &account.server.secret] {
        assert!(contains(&object, secret.expose().as_bytes()), "the device has what the server has");
    }
    assert_eq!(message.commands().count(), 1);
    assert!(message.is_final);
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn x_boo_23_no_two_devices_get_the_same_secrets() {
    let mut world = World::new();
    let mut seen = std::collections::BTreeSet::new();
    for number in 0..20 {
        let id = format!("urn:imei:{number}");
        world.bootstrap(&id, &request(Profile::Cp)).unwrap();
        let account = world.account(&id);
        assert!(seen.insert(account.client.secret.expose().to_string()));
        assert!(seen.insert(account.server.secret.expose().to_string()));
    }
}

#[test]
fn a_document_that_cannot_be_signed_registers_nothing() {
    let mut world = World::new();
    let mut unsigned = request(Profile::Cp);
    unsigned.secrets = BootstrapSecrets::new();
    assert!(matches!(world.bootstrap(DEVICE, &unsigned), Err(BootstrapError::Security(_))));
    let mut nobody = request(Profile::Cp);
    nobody.server_id = " ".into();
    assert_eq!(world.bootstrap(DEVICE, &nobody).unwrap_err(), BootstrapError::NoServer);
    assert_eq!(world.commits, 0);
}

#[test]
fn debug_output_of_a_bootstrap_shows_no_secret() {
    let mut world = World::new();
    let document = world.bootstrap(DEVICE, &request(Profile::Cp)).unwrap();
    let account = world.account(DEVICE);
    let shown = format!("{document:?} {:?} {:?}", request(Profile::Cp), Record::Node(world.node(DEVICE)));
    assert!(!shown.contains(account.client.secret.expose()) && !shown.contains("1234"), "{shown}");
}
