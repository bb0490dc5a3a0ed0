//! Bootstrap: provisioning documents in both syntaxes, their accounts, and the parameters that sign them.

use omadm_proto::auth::Secret;
use omadm_proto::error::EncodeError;
use omadm_proto::exchange::Syntax;
use omadm_proto::limits::Limits;
use omadm_proto::provisioning::{BootstrapSecrets, BootstrapSecurity, ProvisioningDoc};

/// Reads `bytes` as a provisioning document and as a Content-Type. A document is the same after it was written in either
/// syntax; its accounts have as many addresses among their leaves as among their values; a signature is as written.
///
/// # Panics
/// When it is not so.
pub fn provisioning(bytes: &[u8]) {
    if let Ok(document) = ProvisioningDoc::decode_as(Syntax::sniff(bytes), bytes, &Limits::DEFAULT) {
        survives(&document, Syntax::Xml);
        survives(&document, Syntax::Wbxml);
        for account in document.accounts().flatten() {
            let leaves = account.leaves(|_| None);
            let addresses = leaves.iter().filter(|leaf| leaf.uri.ends_with("/Addr")).count();
            assert_eq!(addresses, account.addresses.len(), "an address is lost");
        }
    }
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    if let Ok(security) = BootstrapSecurity::from_content_type(text) {
        let written = security.content_type("a/b");
        assert_eq!(BootstrapSecurity::from_content_type(&written), Ok(security), "a signature changes");
        let secrets = BootstrapSecrets::new().with_network_key(*b"\x29\x44").with_pin(Secret::new("1234"));
        if let Ok(signed) = BootstrapSecurity::sign(security.sec, &secrets, bytes) {
            assert_eq!(signed.verify(&secrets, bytes), Ok(()), "a good signature is not believed");
            assert_eq!(security.verify(&secrets, bytes).is_ok(), signed == security, "another signature is believed");
        }
    }
}

fn survives(document: &ProvisioningDoc<'_>, syntax: Syntax) {
    let mut written = Vec::new();
    match document.encode(syntax, &mut written) {
        Ok(()) => {}
        Err(
            EncodeError::Character | EncodeError::Name | EncodeError::NoAttributeToken | EncodeError::SyntaxNotBuilt(_),
        ) => return,
        Err(error) => found(&error),
    }
    // Wider than what was read, because XML is longer than WBXML.
    let mut limits = Limits::DEFAULT;
    limits.message_bytes = usize::MAX;
    match ProvisioningDoc::decode_as(syntax, &written, &limits) {
        Ok(again) => assert!(again == *document, "{syntax} changes the document"),
        Err(error) => found(&error),
    }
}

#[expect(clippy::panic, reason = "a finding is a panic")]
fn found(error: &dyn core::fmt::Display) -> ! {
    panic!("{error}")
}
