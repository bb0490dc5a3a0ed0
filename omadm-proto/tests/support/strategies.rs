//! Strategies for messages: every command and element, with the values that are hard to write.

use omadm_proto::alert::AlertCode;
use omadm_proto::element::{metinf, syncml};
use omadm_proto::ids::{CmdId, MsgId};
use omadm_proto::message::{
    Alert, Chal, Command, Container, Cred, Data, Format, Item, Location, Message, Meta, MetaFormat, Piece, Results,
    Status, SyncHdr, TreeCommand, UnknownCommand, Verb,
};
use omadm_proto::status::StatusCode;
use omadm_proto::version::DmVersion;
use proptest::prelude::*;

/// Whether values may be bytes that XML cannot carry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Binary {
    Never,
    Sometimes,
}

/// Text of all kinds that XML can carry.
fn text() -> BoxedStrategy<String> {
    prop_oneof![
        "[ -~]{0,12}",
        "[\\t\\n\\r &<>\"'\\]a]{0,12}",
        "[\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]{0,6}",
        Just("]]>".to_string()),
    ]
    .boxed()
}

/// Text without white space at its ends, for elements where that is layout.
fn word() -> impl Strategy<Value = String> {
    "[!-~]([ -~]{0,10}[!-~])?"
}

fn data(binary: Binary) -> BoxedStrategy<Data<'static>> {
    let texts = text().prop_map(Data::text);
    let xml = prop_oneof![Just("<a/>"), Just("x<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD></MgmtTree>")];
    let xml = xml.prop_map(|xml| Data::Xml(xml.into()));
    match binary {
        Binary::Never => prop_oneof![8 => texts, 1 => xml].boxed(),
        Binary::Sometimes => {
            let bytes = prop::collection::vec(any::<u8>(), 0..12).prop_map(Data::from_bytes);
            prop_oneof![4 => texts, 1 => xml, 4 => bytes].boxed()
        }
    }
}

fn format(binary: Binary) -> impl Strategy<Value = MetaFormat<'static>> {
    let known = prop::sample::select(Format::ALL.to_vec())
        .prop_filter("binary", move |format| binary == Binary::Sometimes || *format != Format::Bin)
        .prop_map(MetaFormat::Known);
    prop_oneof![9 => known, 1 => Just(MetaFormat::Other("weird".into()))]
}

fn meta(binary: Binary) -> BoxedStrategy<Meta<'static>> {
    let names = (prop::option::of(format(binary)), prop::option::of(word()), prop::option::of(word()));
    let sizes = (prop::option::of(any::<u64>()), prop::option::of(any::<u64>()), prop::option::of(any::<u64>()));
    let values = (prop::option::of(word()), prop::option::of(text()), prop::option::of(data(binary)));
    (names, sizes, values)
        .prop_map(|(names, sizes, values)| {
            let mut meta = Meta::default();
            meta.format = names.0;
            meta.type_name = names.1.map(Into::into);
            meta.size = sizes.0;
            let extras = meta.extras_mut();
            extras.mark = names.2.map(Into::into);
            (extras.max_msg_size, extras.max_obj_size) = (sizes.1, sizes.2);
            extras.version = values.0.map(Into::into);
            extras.next_nonce = values.1.map(Data::text);
            extras.emi.extend(values.2);
            meta
        })
        .boxed()
}

fn location() -> BoxedStrategy<Location<'static>> {
    (text(), prop::option::of(text()))
        .prop_map(|(uri, name)| {
            let location = Location::new(uri);
            match name {
                Some(name) => location.named(name),
                None => location,
            }
        })
        .boxed()
}

fn item(binary: Binary) -> BoxedStrategy<Item<'static>> {
    let places = (prop::option::of(location()), prop::option::of(location()));
    let parents = (prop::option::of(text()), prop::option::of(text()));
    (places, parents, prop::option::of(meta(binary)), prop::option::of(data(binary)), any::<bool>())
        .prop_map(|((target, source), (source_parent, target_parent), meta, data, more_data)| {
            let mut item = Item::default();
            (item.target, item.source, item.meta, item.data, item.more_data) = (target, source, meta, data, more_data);
            item.parents_mut().source = source_parent.map(Into::into);
            item.parents_mut().target = target_parent.map(Into::into);
            item
        })
        .boxed()
}

fn items(binary: Binary) -> impl Strategy<Value = Vec<Item<'static>>> {
    prop::collection::vec(item(binary), 0..3)
}

fn cmd_id() -> impl Strategy<Value = CmdId<'static>> {
    prop_oneof![
        8 => any::<u32>().prop_map(CmdId::Number),
        1 => "[a-f0-9]{4}-[a-f0-9]{4}".prop_map(|text| CmdId::Text(text.into())),
        1 => Just(CmdId::Absent),
    ]
}

fn tree_command(binary: Binary) -> BoxedStrategy<Command<'static>> {
    let verbs = prop::sample::select(vec![Verb::Add, Verb::Replace, Verb::Copy, Verb::Delete, Verb::Get, Verb::Exec]);
    (verbs, cmd_id(), any::<bool>(), prop::option::of(meta(binary)), prop::option::of(text()), items(binary))
        .prop_map(|(verb, cmd_id, no_resp, meta, correlator, items)| {
            let mut command = TreeCommand::new(verb, cmd_id, items);
            (command.no_resp, command.meta, command.correlator) = (no_resp, meta, correlator.map(Into::into));
            Command::Tree(command)
        })
        .boxed()
}

fn alert(binary: Binary) -> BoxedStrategy<Command<'static>> {
    (cmd_id(), prop::option::of(any::<u16>()), prop::option::of(text()), items(binary))
        .prop_map(|(cmd_id, code, correlator, items)| {
            let mut alert = Alert::new(cmd_id, AlertCode::from_u16(0), items);
            (alert.code, alert.correlator) = (code.map(AlertCode::from_u16), correlator.map(Into::into));
            Command::Alert(alert)
        })
        .boxed()
}

fn cred(binary: Binary) -> BoxedStrategy<Cred<'static>> {
    (prop::option::of(meta(binary)), data(binary)).prop_map(|(meta, data)| Cred::new(meta, data)).boxed()
}

fn status(binary: Binary) -> BoxedStrategy<Command<'static>> {
    let refs = || prop::collection::vec(text().prop_map(Into::into), 0..3);
    let answered = (cmd_id(), prop::option::of(any::<u32>()), cmd_id(), word(), any::<u16>());
    let chal = prop::option::of(meta(binary).prop_map(Chal::new));
    (answered, refs(), refs(), prop::option::of(cred(binary)), chal, items(binary))
        .prop_map(|((cmd_id, msg_ref, cmd_ref, cmd, code), targets, sources, cred, chal, items)| {
            let mut status = Status::new(cmd_id, MsgId::new(0), cmd_ref, cmd, StatusCode::from_u16(code));
            status.msg_ref = msg_ref.map(MsgId::new);
            (status.target_refs, status.items) = (targets.into(), items);
            let extras = status.extras_mut();
            (extras.source_refs, extras.chal, extras.cred) = (sources, chal, cred);
            Command::Status(status)
        })
        .boxed()
}

fn results(binary: Binary) -> BoxedStrategy<Command<'static>> {
    let refs = (prop::option::of(text()), prop::option::of(text()));
    (cmd_id(), prop::option::of(any::<u32>()), cmd_id(), prop::option::of(meta(binary)), refs, items(binary))
        .prop_map(|(cmd_id, msg_ref, cmd_ref, meta, (target, source), items)| {
            let mut results = Results::new(cmd_id, MsgId::new(0), cmd_ref, items);
            (results.msg_ref, results.meta) = (msg_ref.map(MsgId::new), meta);
            (results.refs_mut().target, results.refs_mut().source) = (target.map(Into::into), source.map(Into::into));
            Command::Results(results)
        })
        .boxed()
}

/// The Data of an unknown command has no Format that could tell base64, so it is always text.
fn unknown() -> BoxedStrategy<Command<'static>> {
    let names = prop::sample::select(vec!["Map", "Put", "Search", "Sync", "Move", "unknown_7_05"]);
    let leaf = (prop::sample::select(vec![syncml::DATA, syncml::LANG, metinf::TYPE]), text());
    (names, cmd_id(), prop::collection::vec(leaf, 0..3))
        .prop_map(|(name, cmd_id, leaves)| {
            let mut command = UnknownCommand::new(name, cmd_id);
            command.content.push(Piece::Start(syncml::ITEM.into()));
            for (tag, text) in leaves {
                command.content.push_leaf(tag, Data::text(text));
            }
            command.content.push(Piece::End);
            Command::Unknown(command)
        })
        .boxed()
}

fn command(binary: Binary) -> BoxedStrategy<Command<'static>> {
    let simple = prop_oneof![4 => tree_command(binary), 1 => alert(binary), 2 => status(binary), 1 => results(binary), 1 => unknown()];
    simple
        .prop_recursive(2, 8, 3, move |inner| {
            (any::<bool>(), cmd_id(), prop::option::of(meta(binary)), prop::collection::vec(inner, 0..3)).prop_map(
                |(atomic, cmd_id, meta, commands)| {
                    let mut content = Container::new(cmd_id, commands);
                    content.meta = meta;
                    if atomic { Command::Atomic(content) } else { Command::Sequence(content) }
                },
            )
        })
        .boxed()
}

fn header(binary: Binary) -> BoxedStrategy<SyncHdr<'static>> {
    let versions = prop::sample::select(vec![DmVersion::V1_1, DmVersion::V1_2, DmVersion::V1_3]);
    let optional =
        (prop::option::of(word()), prop::option::of(cred(binary)), prop::option::of(meta(binary)), any::<bool>());
    (versions, word(), any::<u32>(), location(), location(), optional)
        .prop_map(|(version, session_id, msg_id, target, source, (resp_uri, cred, meta, no_resp))| {
            let mut header = SyncHdr::new(version, session_id, MsgId::new(msg_id), target, source);
            (header.resp_uri, header.cred, header.meta, header.no_resp) =
                (resp_uri.map(Into::into), cred, meta, no_resp);
            header
        })
        .boxed()
}

/// A message of up to four commands.
pub(crate) fn message(binary: Binary) -> impl Strategy<Value = Message<'static>> {
    (header(binary), prop::collection::vec(command(binary), 0..4), any::<bool>()).prop_map(
        |(header, commands, is_final)| {
            let mut message = Message::new(header);
            (message.commands, message.is_final) = (commands, is_final);
            message
        },
    )
}
