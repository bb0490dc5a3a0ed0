//! Both syntaxes against each other.

use omadm_proto::error::EncodeError;
use omadm_proto::exchange::Syntax;
use omadm_proto::limits::Limits;
use omadm_proto::message::{Command, Message};

/// Decodes `bytes`, writes the message in both syntaxes and reads it again.
///
/// WBXML gives the same message. XML gives the same bytes when it is written once more, and the message that was read from
/// it survives WBXML: binary values have become base64 by then.
///
/// # Panics
/// When a message does not survive.
pub fn differential(bytes: &[u8]) {
    let Ok(message) = Message::decode(bytes) else { return };
    survives_wbxml(&message);
    let Some(xml) = encode(&message, Syntax::Xml) else { return };
    let settled = decode(Syntax::Xml, &xml);
    let again = encode(&settled, Syntax::Xml);
    assert_eq!(again.as_deref(), Some(&xml[..]), "XML changes when it is written again");
    survives_wbxml(&settled);
}

fn survives_wbxml(message: &Message<'_>) {
    if let Some(wbxml) = encode(message, Syntax::Wbxml) {
        let mut expected = message.clone();
        forget_original_errors(&mut expected.commands);
        assert_eq!(decode(Syntax::Wbxml, &wbxml), expected, "WBXML changes the message");
    }
}

#[expect(clippy::panic, reason = "a finding is a panic")]
fn found(error: &dyn core::fmt::Display) -> ! {
    panic!("{error}")
}

/// The bytes of `message`; `None` when the syntax cannot carry it.
fn encode(message: &Message<'_>, syntax: Syntax) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    match message.encode(syntax, &mut out) {
        Ok(()) => Some(out),
        Err(EncodeError::Character | EncodeError::Name | EncodeError::NoToken) => None,
        Err(error) => found(&error),
    }
}

/// What was written must be readable. Limits are wider here, because XML is longer than WBXML.
fn decode(syntax: Syntax, bytes: &[u8]) -> Message<'_> {
    let mut limits = Limits::DEFAULT;
    (limits.message_bytes, limits.attributes) = (usize::MAX, 64);
    match Message::decode_as(syntax, bytes, &limits) {
        Ok(message) => message,
        Err(error) => found(&error),
    }
}

/// `msft:originalerror` has no WBXML token.
fn forget_original_errors(commands: &mut [Command<'_>]) {
    for command in commands {
        match command {
            Command::Status(status) => status.extras_mut().original_error = None,
            Command::Atomic(content) | Command::Sequence(content) => forget_original_errors(&mut content.commands),
            Command::Tree(_) | Command::Alert(_) | Command::Results(_) | Command::Unknown(_) | _ => {}
        }
    }
}
