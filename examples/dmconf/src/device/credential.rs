//! Cred and Chal as XML text, and the judgement of those of the client \[dm 7\].

use omadm_proto::auth::{self, Credentials, Nonce, Scheme};
use omadm_proto::message::{Chal, Cred};

/// The Cred of `credentials`; nothing for auth-MAC, which is no Cred.
pub fn cred(scheme: Scheme, credentials: &Credentials, nonce: &Nonce) -> String {
    let Some(cred) = auth::cred(scheme, credentials, nonce) else { return String::new() };
    let data = cred.data.as_str().unwrap_or_default().to_string();
    format!(
        "<Cred><Meta><Format xmlns='syncml:metinf'>b64</Format><Type xmlns='syncml:metinf'>{}</Type></Meta>\
         <Data>{data}</Data></Cred>",
        scheme.type_name(),
    )
}

/// A Chal for `scheme`, with the nonce to use next.
pub fn chal(scheme: Scheme, next_nonce: Option<&Nonce>) -> String {
    let nonce = next_nonce
        .map(|nonce| format!("<NextNonce xmlns='syncml:metinf'>{}</NextNonce>", nonce.to_base64()))
        .unwrap_or_default();
    format!(
        "<Chal><Meta><Format xmlns='syncml:metinf'>b64</Format><Type xmlns='syncml:metinf'>{}</Type>{nonce}</Meta></Chal>",
        scheme.type_name(),
    )
}

/// What a Chal of the client demands: the scheme, and the nonce to use next.
pub fn challenge(chal: &Chal<'_>) -> Option<(Scheme, Option<Nonce>)> {
    auth::read_challenge(chal).ok()
}

/// The scheme by which `cred` proves `credentials`.
pub fn proves(cred: &Cred<'_>, credentials: &Credentials, nonce: &Nonce) -> Option<Scheme> {
    auth::verify(cred, credentials, nonce).ok()
}
