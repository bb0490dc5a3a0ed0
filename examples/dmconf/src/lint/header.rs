//! The SyncHdr \[dm 2.2, 7.2\].

use omadm_proto::auth::Scheme;
use omadm_proto::message::Format;

use super::{Lint, Look};

impl Lint {
    pub(super) fn check_header(&self, look: &mut Look<'_>) {
        let header = &look.message.header;
        if header.session_id != self.session_id.as_str() {
            let rule = format!("SessionID {:?} in every message of the session", self.session_id);
            look.broken(&rule, format!("{:?}", header.session_id), "SyncHdr/SessionID");
        }
        let next = self.server_msg + 1;
        if header.msg_id.get() != next && !is_stray(look) {
            let rule = format!("MsgID {next}: each side counts its messages from 1");
            look.broken(&rule, header.msg_id.to_string(), "SyncHdr/MsgID");
        }
        if header.target.loc_uri != self.client_uri.as_str() {
            let rule = format!("Target {:?}, the client's Source", self.client_uri);
            look.broken(&rule, format!("{:?}", header.target.loc_uri), "SyncHdr/Target");
        }
        if header.source.loc_uri != self.server_uri.as_str() {
            let rule = format!("Source {:?}, the client's Target", self.server_uri);
            look.broken(&rule, format!("{:?}", header.source.loc_uri), "SyncHdr/Source");
        }
        let refused = look.header_code().is_some_and(|code| matches!(code, 505 | 513));
        if header.ver_proto != self.ver_proto.as_str() && !refused {
            let rule = format!("VerProto {:?}, as the client's", self.ver_proto);
            look.broken(&rule, format!("{:?}", header.ver_proto), "SyncHdr/VerProto");
        }
        if header.no_resp {
            look.broken("no NoResp: DM does not use it", "NoResp", "SyncHdr");
        }
        self.check_cred(look);
    }

    fn check_cred(&self, look: &mut Look<'_>) {
        let header = &look.message.header;
        let Some(cred) = &header.cred else { return };
        let meta = cred.meta.as_ref();
        let scheme =
            meta.and_then(|meta| meta.type_name.as_deref()).map_or(Some(Scheme::Basic), Scheme::from_type_name);
        match scheme {
            None => look.broken("a Cred of auth-basic or auth-md5", "another Type", "SyncHdr/Cred/Meta/Type"),
            Some(Scheme::Mac) => look.broken("auth-MAC in the transport header only", "a Cred", "SyncHdr/Cred"),
            Some(Scheme::Md5) => {
                if meta.and_then(|meta| meta.known_format()) != Some(Format::B64) {
                    look.broken(
                        "Format b64 in a Cred of auth-md5",
                        "another Format or none",
                        "SyncHdr/Cred/Meta/Format",
                    );
                }
                if header.source.loc_name().is_none_or(str::is_empty) {
                    look.broken(
                        "the server's name in Source/LocName beside a Cred of auth-md5",
                        "none",
                        "SyncHdr/Source",
                    );
                }
            }
            Some(_) => {}
        }
    }
}

/// A message that belongs to no session is answered without counting.
fn is_stray(look: &Look<'_>) -> bool {
    look.header_code().is_some_and(|code| code >= 400)
}
