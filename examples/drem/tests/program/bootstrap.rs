//! `drem bootstrap`, then `drem run` on what it left.

use std::path::Path;
use std::process::{Command, Output};

use omadm_proto::exchange::Syntax;
use omadm_proto::provisioning::{BootstrapSecrets, BootstrapSecurity, Characteristic, ProvisioningDoc, Sec, imsi_key};

use crate::server::Server;

const IMSI: &str = "244059000000000";

/// The server asks the user before it renames its account.
const ORDER: &str = "<Sequence><CmdID>80</CmdID><Alert><CmdID>81</CmdID><Data>1101</Data><Item/><Item><Data>Rename?</Data></Item></Alert>\
                     <Replace><CmdID>82</CmdID><Item><Target><LocURI>./DMAcc/1/Name</LocURI></Target><Data>Mine</Data></Item></Replace></Sequence>";

fn document(server: &Server) -> Vec<u8> {
    let auth = Characteristic::new("APPAUTH")
        .with("AAUTHLEVEL", "APPSRV")
        .with("AAUTHTYPE", "DIGEST")
        .with("AAUTHNAME", "dev-1")
        .with("AAUTHSECRET", "s3cr3t")
        .with("AAUTHDATA", "bm9uY2U=");
    let application = Characteristic::new("APPLICATION")
        .with("APPID", "w7")
        .with("PROVIDER-ID", "dm.example.net")
        .with("NAME", "Example")
        .with("ADDR", format!("http://{}/dm", server.address))
        .containing(auth);
    let mut bytes = Vec::new();
    ProvisioningDoc::new(vec![application]).encode(Syntax::Wbxml, &mut bytes).unwrap();
    bytes
}

fn content_type(imsi: &str, document: &[u8]) -> String {
    let secrets = BootstrapSecrets::new().with_network_key(imsi_key(imsi).unwrap().to_vec());
    let signed = BootstrapSecurity::sign(Sec::NetwPin, &secrets, document).unwrap();
    signed.content_type(ProvisioningDoc::MEDIA_TYPE_WBXML)
}

fn drem(arguments: &[&str], state: &Path) -> (bool, String) {
    let Output { status, stderr, .. } = Command::new(env!("CARGO_BIN_EXE_drem"))
        .args(arguments)
        .args(["--dev-id", "urn:dev:1", "--state"])
        .arg(state)
        .env("RUST_LOG", "debug")
        .output()
        .unwrap();
    (status.success(), String::from_utf8_lossy(&stderr).into_owned())
}

#[test]
fn a_fresh_device_is_bootstrapped_managed_and_runs_without_being_told_its_server() {
    for (rule, renamed) in [("accept", true), ("deny", false)] {
        let server = Server::start(|_| ORDER.to_owned(), b"");
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("account.wbxml");
        let document = document(&server);
        std::fs::write(&file, &document).unwrap();
        let (file, state) = (file.to_str().unwrap(), dir.path().join("state"));
        let signed = content_type(IMSI, &document);
        let (good, log) = drem(&["bootstrap", file, "--content-type", &signed, "--imsi", IMSI, "--ui", rule], &state);
        assert!(good && log.contains("dm.example.net has the account ./DMAcc/1"), "{log}");
        assert_eq!(log.contains("Replace ./DMAcc/1/Name: 200 OK"), renamed, "{log}");
        let (good, log) = drem(&["run", "--once"], &state);
        assert!(good && log.contains("with dm.example.net finished"), "{log}");
    }
}

#[test]
fn a_document_that_somebody_else_signed_leaves_the_device_as_it_was() {
    let server = Server::start(|_| String::new(), b"");
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("account.wbxml");
    let document = document(&server);
    std::fs::write(&file, &document).unwrap();
    let signed = content_type("1", &document);
    let arguments = ["bootstrap", file.to_str().unwrap(), "--content-type", &signed, "--imsi", IMSI];
    let (good, log) = drem(&arguments, &dir.path().join("state"));
    assert!(!good && log.contains("bootstrap refused: the MAC of the bootstrap document is wrong"), "{log}");
    assert!(server.scene.lock().unwrap().syntaxes.is_empty());
}
