//! The typed level: every real message decodes, and survives both syntaxes.

use omadm_proto::deviation::DeviationKind;
use omadm_proto::error::DecodeErrorKind;
use omadm_proto::exchange::Syntax;
use omadm_proto::message::{Command, Message};
use omadm_proto::reading::Reading;

use crate::shared::{Document, documents};

fn syntax(document: &Document) -> Syntax {
    if document.xml { Syntax::Xml } else { Syntax::Wbxml }
}

/// All documents of kind `message`, with their lenient reading.
fn each_message(mut look: impl FnMut(&Document, Syntax, Message<'_>)) {
    for document in documents().iter().filter(|document| document.kind == "message") {
        let syntax = syntax(document);
        match Reading::LENIENT.message(syntax, &document.bytes) {
            Ok(read) => look(document, syntax, read.message),
            Err(error) => panic!("{}: {error}", document.path),
        }
    }
}

#[test]
fn every_real_message_decodes_leniently() {
    let (mut messages, mut commands) = (0, 0);
    each_message(|_, _, message| {
        messages += 1;
        commands += message.commands.len();
    });
    if messages > 0 {
        assert_eq!(messages, 253);
        assert_eq!(commands, 4892);
    }
}

#[test]
fn strict_takes_what_lenient_takes_without_deviation_and_refuses_the_first_one() {
    each_message(|document, syntax, message| {
        let lenient = Reading::LENIENT.message(syntax, &document.bytes).unwrap();
        let first = lenient.deviations.as_slice().iter().find(|deviation| !deviation.kind.is_remark());
        match (Reading::STRICT.message(syntax, &document.bytes), first) {
            (Ok(strict), None) => assert_eq!(strict.message, message, "{}", document.path),
            (Err(error), Some(first)) => {
                assert_eq!(
                    (error.kind, error.offset),
                    (DecodeErrorKind::Deviation(first.kind), first.offset),
                    "{}",
                    document.path
                );
            }
            (strict, first) => panic!("{}: strict {:?}, lenient noticed {first:?}", document.path, strict.map(drop)),
        }
    });
}

/// Has `msft:originalerror`, for which WBXML has no token.
const ORIGINAL_ERROR: &str = "messages/ms-mdm-originalerror.xml";

#[test]
fn x_enc_01_every_real_message_survives_xml_binary_values_as_base64() {
    let mut respelt = 0;
    each_message(|document, _, message| {
        let again = written_and_read(&message, Syntax::Xml, document);
        assert!(again.same_meaning(&message), "{}", document.path);
        respelt += usize::from(again != message);
    });
    assert!(respelt <= 14, "{respelt} messages have values that XML cannot carry");
}

#[test]
fn x_enc_02_every_real_message_survives_wbxml() {
    each_message(|document, _, message| {
        let again = written_and_read(&message, Syntax::Wbxml, document);
        assert_eq!(again == message, document.path != ORIGINAL_ERROR, "{}", document.path);
    });
}

#[test]
fn what_was_written_is_strict() {
    each_message(|document, _, message| {
        for syntax in [Syntax::Xml, Syntax::Wbxml] {
            let mut bytes = Vec::new();
            message.encode(syntax, &mut bytes).unwrap();
            let Err(error) = Reading::STRICT.message(syntax, &bytes) else { continue };
            let DecodeErrorKind::Deviation(kind) = error.kind else { panic!("{}: {error}", document.path) };
            assert!(is_content(kind), "{} in {syntax:?}: {error}", document.path);
        }
    });
}

/// Deviations that are part of what the message says, so that writing keeps them.
fn is_content(kind: DeviationKind) -> bool {
    matches!(
        kind,
        DeviationKind::LongSessionId
            | DeviationKind::NoCmdId
            | DeviationKind::ZeroCmdId
            | DeviationKind::DuplicateCmdId
            | DeviationKind::ZeroMsgRef
            | DeviationKind::Missing { .. }
            | DeviationKind::ElementsInData
            | DeviationKind::UnknownAttribute
            | DeviationKind::UnknownElement
    )
}

/// Written, read again, and written to the same bytes.
fn written_and_read(message: &Message<'_>, syntax: Syntax, document: &Document) -> Message<'static> {
    let mut bytes = Vec::new();
    message.encode(syntax, &mut bytes).unwrap_or_else(|error| panic!("{}: {error}", document.path));
    assert_eq!(message.encoded_len(syntax), Ok(bytes.len()), "{}", document.path);
    let again = Reading::LENIENT.message(syntax, &bytes).unwrap_or_else(|error| panic!("{}: {error}", document.path));
    let mut twice = Vec::new();
    again.message.encode(syntax, &mut twice).unwrap();
    assert!(twice == bytes, "{} in {syntax:?} changes when it is written again", document.path);
    again.message.into_owned()
}

#[test]
fn the_unknown_commands_of_data_synchronisation_are_kept_by_name() {
    let mut names: Vec<(String, usize)> = Vec::new();
    each_message(|_, _, message| {
        for command in &message.commands {
            if let Command::Unknown(command) = command {
                match names.iter_mut().find(|(name, _)| *name == command.name) {
                    Some((_, count)) => *count += 1,
                    None => names.push((command.name.to_string(), 1)),
                }
            }
        }
    });
    names.sort();
    let names: Vec<_> = names.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    if !names.is_empty() {
        assert_eq!(names, [("Map", 2), ("Put", 13), ("Sync", 16)]);
    }
}

#[test]
fn deviations_are_listed_with_offsets_inside_the_document() {
    each_message(|document, syntax, _| {
        let read = Reading::LENIENT.message(syntax, &document.bytes).unwrap();
        for deviation in read.deviations.as_slice() {
            assert!(deviation.offset <= document.bytes.len(), "{}: {deviation:?}", document.path);
            let named = deviation.kind.row().is_some_and(|row| row.starts_with('L'));
            let wbxml = matches!(
                deviation.kind,
                DeviationKind::RedundantSwitchPage
                    | DeviationKind::DanglingSwitchPage
                    | DeviationKind::TokenVersion(_)
                    | DeviationKind::LiteralNamespace
                    | DeviationKind::EmptyAttributeList
                    | DeviationKind::TrailingBytes
            );
            let dtd = matches!(
                deviation.kind,
                DeviationKind::Repeated(_)
                    | DeviationKind::NotUsed(_)
                    | DeviationKind::NoCommands(_)
                    | DeviationKind::StrayText
            );
            assert!(named || dtd || wbxml && syntax == Syntax::Wbxml, "{}: {deviation:?}", document.path);
        }
    });
}
