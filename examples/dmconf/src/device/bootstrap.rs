//! Bootstrap documents: written as XML, made WBXML, and signed with what network, device and user know \[dm 12\].

use omadm_proto::auth::Nonce;
use omadm_proto::exchange::Syntax;
use omadm_proto::provisioning::{BootstrapSecrets, BootstrapSecurity, Sec, imsi_key};
use omadm_proto::reading::Reading;
use omadm_proto::transcode::Transcoding;

use super::Bootstrap;
use super::command::escape;
use super::fixture::Account;
use crate::row::Stop;

/// The IMSI of a client that takes our documents, which is the secret that it has in common with the network.
pub const IMSI: &str = "244059000000000";
/// The PIN that its user knows.
pub const PIN: &str = "1234";
/// A connection that such a client knows by a reference of its own.
pub const NAP: &str = "NAP1";

/// The media type of a provisioning document.
pub const CP: &str = "application/vnd.wap.connectivity-wbxml";
/// The media type of a DM message.
pub const DM: &str = "application/vnd.syncml.dm+wbxml";
/// The type of accounts.
pub const DM_ACC: &str = "urn:oma:mo:oma-dm-dmacc:1.0";

/// A parm.
pub fn parm(name: &str, value: &str) -> String {
    format!("<parm name=\"{name}\" value=\"{}\"/>", escape(value))
}

/// A characteristic.
pub fn characteristic(kind: &str, inside: &str) -> String {
    format!("<characteristic type=\"{kind}\">{inside}</characteristic>")
}

/// A provisioning document with these characteristics, in XML.
pub fn provisioning(characteristics: &str) -> String {
    format!("<wap-provisioningdoc version=\"1.1\">{characteristics}</wap-provisioningdoc>")
}

/// The provisioning document that gives `account`, with `more` in it.
pub fn cp(account: &Account, more: &str) -> String {
    let auth = |level: &str, name: &str, secret: &str, nonce: Option<&Nonce>| {
        let known = parm("AAUTHLEVEL", level) + &parm("AAUTHTYPE", "DIGEST") + &parm("AAUTHNAME", name);
        let nonce = nonce.map(|nonce| parm("AAUTHDATA", &nonce.to_base64())).unwrap_or_default();
        characteristic("APPAUTH", &(known + &parm("AAUTHSECRET", secret) + &nonce))
    };
    let Account { client, server, .. } = account;
    let inside = parm("APPID", "w7")
        + &parm("PROVIDER-ID", &account.id)
        + &parm("NAME", "Example")
        + &characteristic("APPADDR", &(parm("ADDR", &account.url) + &parm("ADDRTYPE", "URI")))
        + more
        + &auth("APPSRV", &client.name, client.secret.expose(), account.client_nonce.as_ref())
        + &auth("CLIENT", &server.name, server.secret.expose(), account.server_nonce.as_ref());
    provisioning(&characteristic("APPLICATION", &inside))
}

/// A leaf of a serialized tree; `format` is the name of its Format.
pub fn leaf(name: &str, format: &str, value: &str) -> String {
    format!(
        "<Node><NodeName>{name}</NodeName><RTProperties><Format><{format}/></Format><Type><MIME>text/plain</MIME></Type>\
         </RTProperties><Value>{}</Value></Node>",
        escape(value)
    )
}

/// An interior node of a serialized tree.
pub fn interior(name: &str, inside: &str) -> String {
    format!("<Node><NodeName>{name}</NodeName><RTProperties><Format><node/></Format></RTProperties>{inside}</Node>")
}

/// A management object named `name`, of the type `moi`, with an ACL unless that is empty.
pub fn object(name: &str, moi: &str, acl: &str, inside: &str) -> String {
    let acl = if acl.is_empty() { String::new() } else { format!("<ACL>{}</ACL>", escape(acl)) };
    format!(
        "<Node><NodeName>{name}</NodeName><RTProperties>{acl}<Format><node/></Format><Type><DDFName>{moi}</DDFName></Type>\
         </RTProperties>{inside}</Node>"
    )
}

/// The object of `account`, with `more` in it.
pub fn dm_acc(account: &Account, acl: &str, more: &str) -> String {
    let auth = |number: &str, level: &str, name: &str, secret: &str, nonce: Option<&Nonce>| {
        let known = leaf("AAuthLevel", "chr", level) + &leaf("AAuthType", "chr", "DIGEST");
        let nonce = nonce.map(|nonce| leaf("AAuthData", "bin", &nonce.to_base64())).unwrap_or_default();
        interior(number, &(known + &leaf("AAuthName", "chr", name) + &leaf("AAuthSecret", "chr", secret) + &nonce))
    };
    let Account { client, server, .. } = account;
    let address = leaf("Addr", "chr", &account.url) + &leaf("AddrType", "chr", "URI");
    let auths = auth("1", "CLCRED", &client.name, client.secret.expose(), account.client_nonce.as_ref())
        + &auth("2", "SRVCRED", &server.name, server.secret.expose(), account.server_nonce.as_ref());
    let inside = leaf("AppID", "chr", "w7")
        + &leaf("ServerID", "chr", &account.id)
        + &leaf("Name", "chr", "Example")
        + &interior("AppAddr", &interior("1", &address))
        + &interior("AppAuth", &auths)
        + more;
    object("acc", DM_ACC, acl, &inside)
}

/// A serialized tree of these objects, in XML.
pub fn tnds(objects: &str) -> String {
    format!("<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD>{objects}</MgmtTree>")
}

/// The message that Adds `objects` to the Inbox, in XML.
pub fn dm(account: &Account, objects: &str) -> String {
    let (url, tree) = (escape(&account.url), tnds(objects));
    format!(
        "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>0</SessionID>\
         <MsgID>1</MsgID><Target><LocURI>client</LocURI></Target><Source><LocURI>{url}</LocURI></Source></SyncHdr><SyncBody>\
         <Add><CmdID>1</CmdID><Item><Target><LocURI>./Inbox</LocURI></Target><Meta>\
         <Format xmlns='syncml:metinf'>xml</Format>\
         <Type xmlns='syncml:metinf'>application/vnd.syncml.dmtnds+xml</Type></Meta><Data>{tree}</Data></Item></Add><Final/>\
         </SyncBody></SyncML>"
    )
}

/// `xml` in WBXML, and so is what stands in its Data.
///
/// # Errors
/// Skipped: WBXML cannot say it.
pub fn wbxml(xml: &str) -> Result<Vec<u8>, Stop> {
    let mut bytes = Vec::new();
    Transcoding::new(Reading::LENIENT)
        .opening_embedded()
        .document(Syntax::Xml, xml.as_bytes(), Syntax::Wbxml, &mut bytes)
        .map_err(|error| Stop::skipped(format!("the document cannot be written in WBXML: {error}")))?;
    Ok(bytes)
}

/// The document `body` with a good MAC.
///
/// # Errors
/// Skipped: how `sec` is computed is not known.
pub fn signed(media_type: &str, sec: Sec, body: Vec<u8>) -> Result<Bootstrap, Stop> {
    let network = match sec {
        Sec::NetworkId | Sec::UserPinNetworkId => Some(IMSI.as_bytes().to_vec()),
        _ => imsi_key(IMSI).map(|key| key.to_vec()),
    };
    let secrets = BootstrapSecrets::new().with_network_key(network.unwrap_or_default()).with_pin(PIN);
    let security = BootstrapSecurity::sign(sec, &secrets, &body)
        .map_err(|error| Stop::skipped(format!("the document cannot be signed: {error}")))?;
    Ok(Bootstrap { content_type: security.content_type(media_type), body })
}

/// The same document with a MAC that is wrong in its last digit.
pub fn forged(mut document: Bootstrap) -> Bootstrap {
    let last = if document.content_type.ends_with('0') { '1' } else { '0' };
    document.content_type.pop();
    document.content_type.push(last);
    document
}

/// The document `body` without SEC and MAC.
pub fn unsigned(media_type: &str, body: Vec<u8>) -> Bootstrap {
    Bootstrap { content_type: media_type.to_string(), body }
}
