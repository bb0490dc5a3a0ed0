//! How a message is authenticated: schemes, and whether their parts are there; never what they are \[dm 7\].

use omadm_proto::auth::{Scheme, read_challenge};
use omadm_proto::message::{Chal, Cred, Message, Meta};
use omadm_proto::status::StatusCode;

use super::story::Fact;
use crate::screen::printable;

/// The credentials of the header and the verdicts and challenges of the Statuses.
pub(super) fn facts(message: &Message<'_>) -> Vec<Fact> {
    let mut facts = Vec::new();
    match &message.header.cred {
        Some(given) => {
            facts.push(Fact::new("cred", scheme_name(given.meta.as_ref()), cred(given)));
            if let Some(name) = message.header.source.loc_name() {
                let text = format!("the user is {} (Source/LocName)", printable(name, 80));
                facts.push(Fact::new("user", name, text));
            } else if Scheme::from_type_name(&scheme_name(given.meta.as_ref())) == Some(Scheme::Md5) {
                let text = "no Source/LocName, which should name the user of an md5 digest";
                facts.push(Fact::new("user", serde_json::Value::Null, text));
            }
        }
        None => {
            let text = "no Cred: accepted before (212), by the transport, in an x-syncml-hmac header, or not at all";
            facts.push(Fact::new("cred", serde_json::Value::Null, text));
        }
    }
    for status in message.statuses().filter(|status| status.is_for_sync_hdr()) {
        facts.push(Fact::new("verdict", status.code.as_u16(), verdict(status.code)));
    }
    for chal in message.statuses().filter_map(|status| status.chal()) {
        let (text, nonce_bytes) = challenge(chal);
        facts.push(Fact::new("chal", scheme_name(Some(&chal.meta)), text));
        facts.push(Fact::new("nonceBytes", nonce_bytes, ""));
    }
    facts
}

/// The scheme; without Type it is basic.
fn scheme_name(meta: Option<&Meta<'_>>) -> String {
    let named = meta.and_then(|meta| meta.type_name.as_deref()).map(|name| printable(name.trim(), 60));
    named.unwrap_or_else(|| Scheme::Basic.type_name().to_string())
}

fn cred(cred: &Cred<'_>) -> String {
    let name = scheme_name(cred.meta.as_ref());
    let len = cred.data.as_bytes().len();
    let note = match Scheme::from_type_name(&name) {
        Some(Scheme::Basic) => "whoever sees the message can read the password; use it over TLS only",
        Some(Scheme::Md5) if len == 24 || len == 16 => "a digest of the user, the secret and the last nonce",
        Some(Scheme::Md5) => "no md5 digest has this length: 24 characters of base64, or 16 bytes",
        Some(Scheme::Mac) => "auth-MAC belongs into the header x-syncml-hmac, never into Cred",
        _ => "a scheme that device management does not specify",
    };
    let assumed = if cred.meta.as_ref().is_none_or(|meta| meta.type_name.is_none()) { " (by default)" } else { "" };
    format!("Cred with {name}{assumed}, {len} bytes: {note}")
}

fn verdict(code: StatusCode) -> String {
    let words = match code.as_u16() {
        212 => "the peer is authenticated for the session",
        200 => "the peer is authenticated for this message, or authentication is not asked for",
        401 => "the credentials of the peer were refused",
        407 => "the peer must send credentials",
        _ => "the header of the peer was not accepted for another reason",
    };
    format!("the message answered got {code}: {words}")
}

fn challenge(chal: &Chal<'_>) -> (String, Option<usize>) {
    match read_challenge(chal) {
        Ok((scheme, Some(nonce))) => {
            let bytes = nonce.as_bytes().len();
            let note = if bytes == 0 { ", which is legal and weak" } else { "" };
            (format!("Chal asks for {} with a nonce of {bytes} bytes{note}", scheme.type_name()), Some(bytes))
        }
        Ok((Scheme::Basic, None)) => (format!("Chal asks for {}", Scheme::Basic.type_name()), None),
        Ok((scheme, None)) => (format!("Chal asks for {} without NextNonce, which it needs", scheme.type_name()), None),
        Err(fault) => (format!("Chal for {} cannot be used: {fault}", scheme_name(Some(&chal.meta))), None),
    }
}
