//! The document in client provisioning: one APPLICATION `w7` \[dm 12.1\].

use alloc::vec;
use alloc::vec::Vec;

use omadm_proto::auth::{Credentials, Nonce, Scheme};
use omadm_proto::exchange::Syntax;
use omadm_proto::provisioning::{BootstrapAccount, Characteristic, ProvisioningDoc};

use super::{BootstrapError, BootstrapRequest};
use crate::store::ClientAccount;

/// The media type and the bytes.
pub(super) fn document(
    account: &ClientAccount,
    request: &BootstrapRequest,
) -> Result<(&'static str, Vec<u8>), BootstrapError> {
    let mut application = Characteristic::new("APPLICATION")
        .with("APPID", BootstrapAccount::APP_ID)
        .with("PROVIDER-ID", request.server_id.as_str());
    if let Some(name) = &request.name {
        application = application.with("NAME", name.as_str());
    }
    let address = Characteristic::new("APPADDR").with("ADDR", request.url.as_str()).with("ADDRTYPE", "URI");
    let application = application
        .containing(address)
        .containing(auth("APPSRV", account.scheme, &account.client, &account.client_nonce))
        .containing(auth("CLIENT", account.scheme, &account.server, &account.server_nonce));
    let mut body = Vec::new();
    ProvisioningDoc::new(vec![application]).encode(Syntax::Wbxml, &mut body)?;
    Ok((ProvisioningDoc::MEDIA_TYPE_WBXML, body))
}

fn auth<'a>(level: &'a str, scheme: Scheme, credentials: &'a Credentials, nonce: &Nonce) -> Characteristic<'a> {
    let auth = Characteristic::new("APPAUTH")
        .with("AAUTHLEVEL", level)
        .with("AAUTHTYPE", scheme.auth_type())
        .with("AAUTHNAME", credentials.name.as_str())
        .with("AAUTHSECRET", credentials.secret.expose());
    if *nonce == Nonce::EMPTY { auth } else { auth.with("AAUTHDATA", nonce.to_base64()) }
}
