//! Whether two messages mean the same, however they spell it \[dm 2.3\].
//!
//! XML cannot carry bytes, so the same value is Format `bin` with bytes in one message and Format `b64` with base64 text in
//! the other; a nonce likewise. Defaults may be spelt out or left out: Format `chr`, Type `text/plain`.

use super::{
    Alert, Chal, Command, Container, Content, Cred, Data, Format, Item, Message, Meta, MetaExtras, MetaFormat, Piece,
    Results, Status, SyncHdr, TreeCommand,
};
use crate::auth::decode_base64;

impl Message<'_> {
    /// Whether `other` says the same: binary values and nonces may be bytes in one and base64 in the other, Format and Type may
    /// stand on the command or on its Items, and their defaults may be left out. The order of commands is part of it.
    #[must_use]
    pub fn same_meaning(&self, other: &Message<'_>) -> bool {
        header(&self.header, &other.header)
            && self.is_final == other.is_final
            && all(&self.commands, &other.commands, Command::same_meaning)
    }
}

impl Command<'_> {
    /// Whether `other` says the same; see [`Message::same_meaning`].
    #[must_use]
    pub fn same_meaning(&self, other: &Command<'_>) -> bool {
        match (self, other) {
            (Self::Tree(one), Command::Tree(other)) => tree(one, other),
            (Self::Alert(one), Command::Alert(other)) => alert(one, other),
            (Self::Atomic(one), Command::Atomic(other)) | (Self::Sequence(one), Command::Sequence(other)) => {
                container(one, other)
            }
            (Self::Status(one), Command::Status(other)) => status(one, other),
            (Self::Results(one), Command::Results(other)) => results(one, other),
            (Self::Unknown(one), Command::Unknown(other)) => {
                one.name == other.name && one.cmd_id == other.cmd_id && content(&one.content, &other.content)
            }
            (
                Self::Tree(_)
                | Self::Alert(_)
                | Self::Atomic(_)
                | Self::Sequence(_)
                | Self::Status(_)
                | Self::Results(_)
                | Self::Unknown(_),
                _,
            ) => false,
        }
    }
}

fn all<A, B>(one: &[A], other: &[B], same: impl Fn(&A, &B) -> bool) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
}

fn both<A, B>(one: Option<&A>, other: Option<&B>, same: impl Fn(&A, &B) -> bool) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => same(one, other),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

fn header(one: &SyncHdr<'_>, other: &SyncHdr<'_>) -> bool {
    (&one.ver_dtd, &one.ver_proto, &one.session_id) == (&other.ver_dtd, &other.ver_proto, &other.session_id)
        && one.msg_id == other.msg_id
        && (&one.target, &one.source, &one.resp_uri) == (&other.target, &other.source, &other.resp_uri)
        && one.no_resp == other.no_resp
        && both(one.cred.as_ref(), other.cred.as_ref(), cred)
        && meta(one.meta.as_ref(), other.meta.as_ref())
}

fn cred(one: &Cred<'_>, other: &Cred<'_>) -> bool {
    rest_of_meta(one.meta.as_ref(), other.meta.as_ref())
        && type_name(one.meta.as_ref()) == type_name(other.meta.as_ref())
        && value((&one.data, format(one.meta.as_ref())), (&other.data, format(other.meta.as_ref())))
}

fn chal(one: &Chal<'_>, other: &Chal<'_>) -> bool {
    meta(Some(&one.meta), Some(&other.meta))
}

fn tree(one: &TreeCommand<'_>, other: &TreeCommand<'_>) -> bool {
    one.verb == other.verb
        && (&one.cmd_id, one.no_resp, &one.correlator) == (&other.cmd_id, other.no_resp, &other.correlator)
        && rest_of_meta(one.meta.as_ref(), other.meta.as_ref())
        && items((&one.items, one.meta.as_ref()), (&other.items, other.meta.as_ref()))
}

fn alert(one: &Alert<'_>, other: &Alert<'_>) -> bool {
    (&one.cmd_id, one.no_resp, one.code) == (&other.cmd_id, other.no_resp, other.code)
        && one.correlator == other.correlator
        && items((&one.items, None), (&other.items, None))
}

fn container(one: &Container<'_>, other: &Container<'_>) -> bool {
    (&one.cmd_id, one.no_resp) == (&other.cmd_id, other.no_resp)
        && meta(one.meta.as_ref(), other.meta.as_ref())
        && all(&one.commands, &other.commands, Command::same_meaning)
}

fn status(one: &Status<'_>, other: &Status<'_>) -> bool {
    (&one.cmd_id, one.msg_ref, &one.cmd_ref, &one.cmd) == (&other.cmd_id, other.msg_ref, &other.cmd_ref, &other.cmd)
        && one.target_refs == other.target_refs
        && one.source_refs() == other.source_refs()
        && both(one.cred(), other.cred(), cred)
        && both(one.chal(), other.chal(), chal)
        && (one.code, one.original_error()) == (other.code, other.original_error())
        && items((&one.items, None), (&other.items, None))
}

fn results(one: &Results<'_>, other: &Results<'_>) -> bool {
    (&one.cmd_id, one.msg_ref, &one.cmd_ref) == (&other.cmd_id, other.msg_ref, &other.cmd_ref)
        && one.refs() == other.refs()
        && rest_of_meta(one.meta.as_ref(), other.meta.as_ref())
        && items((&one.items, one.meta.as_ref()), (&other.items, other.meta.as_ref()))
}

/// The Items of two commands, each with the Meta of its command.
fn items(one: (&[Item<'_>], Option<&Meta<'_>>), other: (&[Item<'_>], Option<&Meta<'_>>)) -> bool {
    all(one.0, other.0, |one_item, other_item| item((one_item, one.1), (other_item, other.1)))
}

fn item<'m>(one: (&'m Item<'m>, Option<&'m Meta<'m>>), other: (&'m Item<'m>, Option<&'m Meta<'m>>)) -> bool {
    let format_of = |(item, meta): (&'m Item<'m>, Option<&'m Meta<'m>>)| {
        item.meta.as_ref().and_then(|meta| meta.format.as_ref()).or_else(|| meta.and_then(|meta| meta.format.as_ref()))
    };
    let type_of = |(item, meta): (&'m Item<'m>, Option<&'m Meta<'m>>)| match &item.meta {
        Some(own) if own.type_name.is_some() => type_name(Some(own)),
        _ => type_name(meta),
    };
    let same_value = match (&one.0.data, &other.0.data) {
        (Some(data), Some(other_data)) => value((data, format_of(one)), (other_data, format_of(other))),
        (None, None) => same_format(format_of(one), format_of(other)),
        (Some(_), None) | (None, Some(_)) => false,
    };
    let (one_item, other_item) = (one.0, other.0);
    same_value
        && (&one_item.target, &one_item.source) == (&other_item.target, &other_item.source)
        && one_item.parents() == other_item.parents()
        && one_item.more_data == other_item.more_data
        && type_of(one) == type_of(other)
        && rest_of_meta(one_item.meta.as_ref(), other_item.meta.as_ref())
}

fn format<'m>(meta: Option<&'m Meta<'_>>) -> Option<&'m MetaFormat<'m>> {
    meta.and_then(|meta| meta.format.as_ref())
}

fn type_name<'m>(meta: Option<&'m Meta<'_>>) -> &'m str {
    meta.and_then(|meta| meta.type_name.as_deref()).unwrap_or("text/plain")
}

const CHR: MetaFormat<'static> = MetaFormat::Known(Format::Chr);

fn same_format(one: Option<&MetaFormat<'_>>, other: Option<&MetaFormat<'_>>) -> bool {
    one.unwrap_or(&CHR) == other.unwrap_or(&CHR)
}

/// Two Metas that speak about no Data.
fn meta(one: Option<&Meta<'_>>, other: Option<&Meta<'_>>) -> bool {
    let nonce = |meta: Option<&Meta<'_>>| meta.is_some_and(|meta| meta.next_nonce().is_some());
    rest_of_meta(one, other)
        && type_name(one) == type_name(other)
        && (nonce(one) || same_format(format(one), format(other)))
}

/// All of two Metas but Format and Type.
fn rest_of_meta(one: Option<&Meta<'_>>, other: Option<&Meta<'_>>) -> bool {
    let empty = Meta::default();
    let (one, other) = (one.unwrap_or(&empty), other.unwrap_or(&empty));
    one.size == other.size
        && match (&one.extras, &other.extras) {
            (None, None) => true,
            (Some(_), _) | (_, Some(_)) => extras(one.extras(), other.extras()),
        }
        && both(one.next_nonce(), other.next_nonce(), |nonce, other_nonce| {
            let raw = |data: &Data<'_>, meta: &Meta<'_>| match data {
                Data::Opaque(bytes) => Some(bytes.to_vec()),
                Data::Text(_) | Data::Xml(_) if meta.known_format() == Some(Format::Bin) => {
                    Some(data.as_bytes().to_vec())
                }
                Data::Text(text) | Data::Xml(text) => decode_base64(text),
            };
            nonce == other_nonce || raw(nonce, one).is_some_and(|bytes| raw(other_nonce, other) == Some(bytes))
        })
}

fn extras(one: &MetaExtras<'_>, other: &MetaExtras<'_>) -> bool {
    (&one.mark, &one.version) == (&other.mark, &other.version)
        && (one.max_msg_size, one.max_obj_size) == (other.max_msg_size, other.max_obj_size)
        && all(&one.emi, &other.emi, untyped)
        && content(&one.unused, &other.unused)
}

/// Two values with their Formats.
fn value(one: (&Data<'_>, Option<&MetaFormat<'_>>), other: (&Data<'_>, Option<&MetaFormat<'_>>)) -> bool {
    let is = |value: (&Data<'_>, Option<&MetaFormat<'_>>), format| value.1 == Some(&MetaFormat::Known(format));
    match (is(one, Format::B64), is(other, Format::B64)) {
        (true, true) => one.0 == other.0 || base64(one.0).is_some_and(|bytes| base64(other.0) == Some(bytes)),
        (false, false) => one.0 == other.0 && same_format(one.1, other.1),
        (true, false) => value(other, one),
        // What was written as base64 because XML does not carry it.
        (false, true) => {
            let inexpressible = is(one, Format::Bin) || one.0.as_str().is_none();
            inexpressible && base64(other.0).is_some_and(|bytes| bytes == one.0.as_bytes())
        }
    }
}

fn base64(data: &Data<'_>) -> Option<alloc::vec::Vec<u8>> {
    decode_base64(data.as_str()?)
}

/// Two values of which no Format tells whether they are base64.
fn untyped(one: &Data<'_>, other: &Data<'_>) -> bool {
    let spelt = |bytes: &Data<'_>, text: &Data<'_>| {
        bytes.as_str().is_none() && base64(text).is_some_and(|text| text == bytes.as_bytes())
    };
    one == other || spelt(one, other) || spelt(other, one)
}

fn content(one: &Content<'_>, other: &Content<'_>) -> bool {
    all(one.pieces(), other.pieces(), |one, other| match (one, other) {
        (Piece::Value(one), Piece::Value(other)) => untyped(one, other),
        _ => one == other,
    })
}
