//! Both syntaxes against each other.

use omadm_proto::element::{Event, EventSink as _, EventSource as _, Name, metinf, syncml};
use omadm_proto::error::EncodeError;
use omadm_proto::exchange::Syntax;
use omadm_proto::limits::Limits;
use omadm_proto::message::{Command, Message};
use omadm_proto::wbxml::{Reader, Writer};

/// Decodes `bytes`, writes the message in both syntaxes and reads it again.
///
/// WBXML gives the same message, and its events give the same bytes. XML gives a message of the same meaning, binary values
/// being base64 by then; it gives the same bytes when it is written once more, and what was read from it survives WBXML.
///
/// # Panics
/// When a message does not survive.
pub fn differential(bytes: &[u8]) {
    let Ok(message) = Message::decode(bytes) else { return };
    survives_wbxml(&message);
    let Some(xml) = encode(&message, Syntax::Xml) else { return };
    let settled = decode(Syntax::Xml, &xml);
    assert!(message.same_meaning(&settled) || !can_say_base64(&message), "XML changes the meaning");
    let again = encode(&settled, Syntax::Xml);
    assert_eq!(again.as_deref(), Some(&xml[..]), "XML changes when it is written again");
    survives_wbxml(&settled);
}

/// Whether XML can say of all bytes of `message` that they are base64 there: they are Data of commands that are known, or
/// nonces. Nothing tells it of other elements, and text with characters that XML does not have changes its Format.
fn can_say_base64(message: &Message<'_>) -> bool {
    let Some(wbxml) = encode(message, Syntax::Wbxml) else { return false };
    let Ok(mut reader) = Reader::new(&wbxml, &wide()) else { return false };
    let mut open = Vec::new();
    while let Ok(Some(event)) = reader.next_event() {
        match event {
            Event::Start(name) => open.push(name),
            Event::End => drop(open.pop()),
            Event::Opaque(_) => {
                let [.., Name::Known(parent)] = open[..] else { return false };
                if ![syncml::DATA, metinf::NEXT_NONCE].contains(&parent) {
                    return false;
                }
            }
            Event::Text(text) if text.contains(|c: char| c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}')) => {
                return false;
            }
            Event::Attribute(_) | Event::Text(_) | Event::Char(_) | _ => {}
        }
    }
    all_known(&message.commands)
}

fn all_known(commands: &[Command<'_>]) -> bool {
    commands.iter().all(|command| match command {
        Command::Unknown(_) => false,
        Command::Atomic(content) | Command::Sequence(content) => all_known(&content.commands),
        Command::Tree(_) | Command::Alert(_) | Command::Status(_) | Command::Results(_) | _ => true,
    })
}

fn survives_wbxml(message: &Message<'_>) {
    if let Some(wbxml) = encode(message, Syntax::Wbxml) {
        let mut expected = message.clone();
        forget_original_errors(&mut expected.commands);
        assert_eq!(decode(Syntax::Wbxml, &wbxml), expected, "WBXML changes the message");
        // The writer of messages opens the body before it knows that nothing comes: `6B 01` for `2B`.
        if !message.commands.is_empty() || message.is_final {
            assert_eq!(rewritten(&wbxml), wbxml, "the events of what was written are not what was written");
        }
    }
}

/// The document that the events of `wbxml` are.
fn rewritten(wbxml: &[u8]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new());
    let mut reader = match Reader::new(wbxml, &wide()) {
        Ok(reader) => reader,
        Err(error) => found(&error),
    };
    loop {
        match reader.next_event() {
            Ok(Some(event)) => {
                if let Err(error) = writer.event(event) {
                    found(&error);
                }
            }
            Ok(None) => return writer.into_bytes(),
            Err(error) => found(&error),
        }
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
        Err(
            EncodeError::Character
            | EncodeError::Name
            | EncodeError::NoToken
            | EncodeError::NoAttributeToken
            | EncodeError::DuplicateAttribute,
        ) => None,
        Err(error) => found(&error),
    }
}

const fn wide() -> Limits {
    let mut limits = Limits::DEFAULT;
    (limits.message_bytes, limits.attributes) = (usize::MAX, 64);
    limits
}

/// What was written must be readable. Limits are wider here, because XML is longer than WBXML.
fn decode(syntax: Syntax, bytes: &[u8]) -> Message<'_> {
    match Message::decode_as(syntax, bytes, &wide()) {
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
