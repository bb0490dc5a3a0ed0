//! Messages around the bytes of a fuzzer, so that they get past the header.

/// Separates the messages of one input.
const SEPARATOR: u8 = 0x1E;

/// The bodies of the messages in `bytes`.
pub(crate) fn bodies(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|byte| *byte == SEPARATOR).take(16)
}

/// A message whose `SyncBody` holds `body`.
pub(crate) fn message(session: &str, msg_id: u32, [source, target]: [&str; 2], cred: &str, body: &[u8]) -> Vec<u8> {
    let mut message = format!(
        "<SyncML><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>{session}</SessionID>\
         <MsgID>{msg_id}</MsgID><Target><LocURI>{target}</LocURI></Target><Source><LocURI>{source}</LocURI></Source>\
         {cred}</SyncHdr><SyncBody>"
    )
    .into_bytes();
    message.extend_from_slice(body);
    message.extend_from_slice(b"</SyncBody></SyncML>");
    message
}
