//! Messages that the typed model cannot hold, made from those it can.

use omadm_proto::exchange::Syntax;
use omadm_proto::message::Message;
use omadm_proto::reading::Reading;
use omadm_proto::transcode::Transcoding;

use crate::row::Stop;
use crate::server::client::Client;

/// `message` with a Cred in its Alert, which DM does not allow.
pub(super) fn with_cred_in_alert(client: &Client, message: &Message<'static>, digest: &str) -> Result<Vec<u8>, Stop> {
    let cred = format!(
        "<Cred><Meta><Format xmlns=\"syncml:metinf\">b64</Format><Type xmlns=\"syncml:metinf\">syncml:auth-md5</Type>\
         </Meta><Data>{digest}</Data></Cred>"
    );
    edited(client, message, |xml| {
        let (before, rest) = xml.split_once("<Alert>")?;
        let (cmd_id, after) = rest.split_once("</CmdID>")?;
        Some(format!("{before}<Alert>{cmd_id}</CmdID>{cred}{after}"))
    })
}

/// `message` in the client's syntax after `edit` changed its XML.
pub(super) fn edited(
    client: &Client,
    message: &Message<'static>,
    edit: impl Fn(&str) -> Option<String>,
) -> Result<Vec<u8>, Stop> {
    let mistake = |why: &str| Stop::failed("a message of dmconf that can be written", why);
    let xml = client.encode_as(Syntax::Xml, message)?;
    let xml = String::from_utf8(xml).map_err(|_| mistake("XML that is no UTF-8"))?;
    let xml = edit(&xml).ok_or_else(|| mistake("XML without the place to change"))?;
    let mut bytes = Vec::new();
    match client.syntax() {
        Syntax::Xml => bytes = xml.into_bytes(),
        Syntax::Wbxml => Transcoding::new(Reading::LENIENT)
            .document(Syntax::Xml, xml.as_bytes(), Syntax::Wbxml, &mut bytes)
            .map(drop)
            .map_err(|error| mistake(&error.to_string()))?,
    }
    Ok(bytes)
}

/// `xml` in `syntax`; as it is where that is not possible.
pub(super) fn in_syntax(syntax: Syntax, xml: String) -> Vec<u8> {
    let mut bytes = Vec::new();
    let transcoding = Transcoding::new(Reading::LENIENT);
    match syntax {
        Syntax::Wbxml if transcoding.document(Syntax::Xml, xml.as_bytes(), syntax, &mut bytes).is_ok() => bytes,
        Syntax::Wbxml | Syntax::Xml => xml.into_bytes(),
    }
}
