//! Messages around the bytes of a fuzzer, so that they get past the header, in both syntaxes.

use omadm_proto::exchange::Syntax;

/// Separates the steps of one input. As a WBXML token it is an element that DM does not use.
const SEPARATOR: u8 = 0x1E;

/// The most steps of one input.
const MAX_STEPS: usize = 24;

/// The steps in `bytes`.
pub(crate) fn steps(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|byte| *byte == SEPARATOR).take(MAX_STEPS)
}

/// A header that fits the session.
#[derive(Debug, Clone, Default)]
pub(crate) struct Envelope<'e> {
    pub(crate) session: &'e str,
    pub(crate) msg_id: u32,
    pub(crate) source: &'e str,
    pub(crate) target: &'e str,
    /// Type and Data of a Cred.
    pub(crate) cred: Option<(String, String)>,
    /// MaxMsgSize.
    pub(crate) max_msg_size: Option<u64>,
}

impl Envelope<'_> {
    /// A message in `syntax` whose SyncBody holds `body` as it is.
    pub(crate) fn around(&self, syntax: Syntax, body: &[u8]) -> Vec<u8> {
        match syntax {
            Syntax::Xml => self.xml(body),
            Syntax::Wbxml => self.wbxml(body),
        }
    }

    fn xml(&self, body: &[u8]) -> Vec<u8> {
        let Self { session, msg_id, source, target, .. } = self;
        let cred = self.cred.as_ref().map_or_else(String::new, |(scheme, data)| {
            format!("<Cred><Meta><Format>b64</Format><Type>{scheme}</Type></Meta><Data>{data}</Data></Cred>")
        });
        let meta = self.max_msg_size.map_or_else(String::new, |bytes| {
            format!("<Meta><MaxMsgSize xmlns='syncml:metinf'>{bytes}</MaxMsgSize></Meta>")
        });
        let mut message = format!(
            "<SyncML><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>{session}</SessionID>\
             <MsgID>{msg_id}</MsgID><Target><LocURI>{target}</LocURI></Target>\
             <Source><LocURI>{source}</LocURI></Source>{cred}{meta}</SyncHdr><SyncBody>"
        )
        .into_bytes();
        message.extend_from_slice(body);
        message.extend_from_slice(b"</SyncBody></SyncML>");
        message
    }

    /// Tokens of code page 0 and, for Meta, of page 1; an element with content has bit 0x40 \[wbxml 3\].
    fn wbxml(&self, body: &[u8]) -> Vec<u8> {
        const END: u8 = 0x01;
        let mut message = vec![0x02, 0xA4, 0x01, 0x6A, 0x00, 0x6D, 0x6C];
        let text = |message: &mut Vec<u8>, token: u8, text: &str| {
            message.extend_from_slice(&[token, 0x03]);
            message.extend_from_slice(text.as_bytes());
            message.extend_from_slice(&[0, END]);
        };
        text(&mut message, 0x71, "1.2");
        text(&mut message, 0x72, "DM/1.2");
        text(&mut message, 0x65, self.session);
        text(&mut message, 0x5B, &self.msg_id.to_string());
        for (token, address) in [(0x6E, self.target), (0x67, self.source)] {
            message.push(token);
            text(&mut message, 0x57, address);
            message.push(END);
        }
        if let Some((scheme, data)) = &self.cred {
            message.extend_from_slice(&[0x4E, 0x5A, 0x00, 0x01]);
            text(&mut message, 0x47, "b64");
            text(&mut message, 0x53, scheme);
            message.extend_from_slice(&[0x00, 0x00, END]);
            text(&mut message, 0x4F, data);
            message.push(END);
        }
        if let Some(bytes) = self.max_msg_size {
            message.extend_from_slice(&[0x5A, 0x00, 0x01]);
            text(&mut message, 0x4C, &bytes.to_string());
            message.extend_from_slice(&[0x00, 0x00, END]);
        }
        message.extend_from_slice(&[END, 0x6B]);
        message.extend_from_slice(body);
        message.extend_from_slice(&[END, END]);
        message
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use omadm_proto::message::Message;
    use omadm_proto::reading::Reading;

    use super::*;

    #[test]
    fn both_envelopes_hold_the_same_header() {
        let cred = Some(("syncml:auth-basic".to_owned(), "QnJ1Y2UyOk9oQmVoYXZl".to_owned()));
        let envelope = Envelope { session: "1", msg_id: 7, source: "a", target: "b", cred, max_msg_size: Some(1024) };
        let xml = envelope.around(Syntax::Xml, b"<Final/>");
        let wbxml = envelope.around(Syntax::Wbxml, &[0x12]);
        let xml = Reading::LENIENT.message(Syntax::Xml, &xml).unwrap().message;
        let wbxml: Message<'_> = Reading::LENIENT.message(Syntax::Wbxml, &wbxml).unwrap().message;
        assert!(xml.same_meaning(&wbxml));
        assert_eq!(xml.header.meta.unwrap().max_msg_size(), Some(1024));
        assert_eq!(wbxml.header.cred.unwrap().data.as_str(), Some("QnJ1Y2UyOk9oQmVoYXZl"));
    }
}
