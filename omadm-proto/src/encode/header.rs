//! SyncHdr, Cred and Chal.

use super::item::{self, Recoded};
use super::meta;
use super::sink::Sink;
use crate::element::syncml;
use crate::error::EncodeError;
use crate::message::{Chal, Cred, SyncHdr};
use crate::version::DmVersion;

/// The XML namespace of a message: that of its version; data-sync versions go by their VerDTD.
pub(super) fn namespace(header: &SyncHdr<'_>) -> &'static str {
    match header.version() {
        Some(version) => version.namespace(),
        None => match header.ver_dtd.trim() {
            "1.0" => "SYNCML:SYNCML1.0",
            "1.1" => DmVersion::V1_1.namespace(),
            _ => DmVersion::V1_2.namespace(),
        },
    }
}

pub(super) fn write<W: Sink>(out: &mut W, header: &SyncHdr<'_>) -> Result<(), EncodeError> {
    out.open(syncml::SYNC_HDR)?;
    out.leaf(syncml::VER_DTD, &header.ver_dtd)?;
    out.leaf(syncml::VER_PROTO, &header.ver_proto)?;
    out.leaf(syncml::SESSION_ID, &header.session_id)?;
    out.number(syncml::MSG_ID, u64::from(header.msg_id.get()))?;
    item::location(out, syncml::TARGET, Some(&header.target))?;
    item::location(out, syncml::SOURCE, Some(&header.source))?;
    item::optional(out, syncml::RESP_URI, header.resp_uri.as_deref())?;
    item::flag(out, syncml::NO_RESP, header.no_resp)?;
    if let Some(cred) = &header.cred {
        write_cred(out, cred)?;
    }
    meta::write(out, header.meta.as_ref(), None)?;
    out.close(syncml::SYNC_HDR)
}

pub(super) fn write_cred<W: Sink>(out: &mut W, cred: &Cred<'_>) -> Result<(), EncodeError> {
    let format = cred.meta.as_ref().and_then(|meta| meta.format.as_ref());
    let recoded = Recoded::of::<W>(Some(&cred.data), format);
    out.open(syncml::CRED)?;
    meta::write(out, cred.meta.as_ref(), recoded.format())?;
    recoded.write(out)?;
    out.close(syncml::CRED)
}

pub(super) fn write_chal<W: Sink>(out: &mut W, chal: &Chal<'_>) -> Result<(), EncodeError> {
    out.open(syncml::CHAL)?;
    meta::write(out, Some(&chal.meta), None)?;
    out.close(syncml::CHAL)
}
