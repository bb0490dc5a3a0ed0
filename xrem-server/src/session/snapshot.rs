//! A session between two messages, as another process takes it over.
//!
//! A session is stored with each message, so it is kept small: lists without field names, codes instead of words, and no
//! address that stands in the kept answer anyway. What is rare is stored with names. The first element is the version of the
//! layout: what this code does not understand it refuses, and never guesses at. Called by serde alone.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use bytes::Bytes;
use omadm_proto::auth::{Nonce, Scheme};
use omadm_proto::dialect::Dialect;
use omadm_proto::exchange::Syntax;
use omadm_proto::ids::{CmdId, MsgId, SessionId};
use omadm_proto::large_object::Reassembly;
use omadm_proto::status::StatusCode;
use omadm_proto::time::Instant;
use omadm_proto::version::DmVersion;
use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};

use super::Session;
use super::auth::{Challenges, ClientAuth, ServerAuth};
use super::awaited::{Awaited, Brought, Sent};
use super::conversation::{Conversation, Download, Gathered};
use super::owed::{Answer, Owed};
use super::turn::{CommandAnswer, ReceivedAlert, Value};

/// The layout that is written, and the only one that is read.
const LAYOUT: u8 = 1;
/// Stands for credentials that were accepted where else the number of refusals stands.
const ACCEPTED: u8 = u8::MAX;

const VERSIONS: [DmVersion; 3] = [DmVersion::V1_1, DmVersion::V1_2, DmVersion::V1_3];
const SYNTAXES: [Syntax; 2] = [Syntax::Xml, Syntax::Wbxml];

const OWES_REST: u8 = 1;
const HAD_TURN: u8 = 2;
const ABORTED: u8 = 4;
const CLOSED: u8 = 8;
const SHOWED_CREDENTIALS: u8 = 16;
const OWN_NONCE_IS_SPENT: u8 = 32;
const BY_TRANSPORT: u8 = 64;
const FLAGS: u8 = 127;

/// Why stored bytes are no session.
#[derive(Debug, Clone, Copy, thiserror::Error)]
enum Unreadable {
    #[error("the session is stored in layout {0}, and only layout {LAYOUT} is understood; end it and start a new one")]
    Layout(u8),
    #[error("the stored session has a code that is not understood")]
    Code,
    #[error("the stored session refers to an address that is not in its answer")]
    Address,
}

impl Serialize for Session {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let stored = |conversation: &Option<Box<Conversation>>| conversation.as_deref().map(Stored::of);
        let challenges: Vec<Bytes> = self.challenges.0.iter().map(octets).collect();
        (LAYOUT, stored(&self.open), stored(&self.greeting), challenges).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Session {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (Layout, open, greeting, challenges) =
            <(Layout, Option<Stored>, Option<Stored>, Vec<Bytes>)>::deserialize(deserializer)?;
        let restored = |stored: Option<Stored>| stored.map(Stored::restore).transpose().map_err(D::Error::custom);
        let challenges = Challenges(challenges.iter().map(|nonce| Nonce::new(&nonce[..])).collect());
        Ok(Self { open: restored(open)?, greeting: restored(greeting)?, challenges })
    }
}

/// Read before anything else, so that another layout is named as the reason.
struct Layout;

impl<'de> Deserialize<'de> for Layout {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u8::deserialize(deserializer)? {
            LAYOUT => Ok(Self),
            other => Err(D::Error::custom(Unreadable::Layout(other))),
        }
    }
}

/// One conversation.
#[derive(serde::Serialize, serde::Deserialize)]
struct Stored(
    Basics,
    (Bytes, Option<Box<str>>),
    (Address, Address),
    Proofs,
    (Option<u64>, Option<u64>),
    Vec<StoredOwed>,
    (Vec<u32>, Vec<(usize, SentExtras)>),
    Option<Box<Download>>,
    Option<Box<Reassembly>>,
    Option<StoredGathered>,
);

/// SessionID, version, syntax, flags; `MsgID`s received and sent; when the last message came; its digest, and that of the first
/// one where it is another.
#[derive(serde::Serialize, serde::Deserialize)]
struct Basics(SessionId, u8, u8, u8, MsgId, Option<MsgId>, Instant, Bytes, Option<Bytes>);

/// An address: its place in the answer, or else itself.
#[derive(serde::Serialize, serde::Deserialize)]
struct Address(usize, usize, Option<Box<str>>);

/// The client's scheme or [`None`], its failed attempts, its nonce; how often it refused us, the scheme it wants of us, the
/// changes of our credentials.
#[derive(serde::Serialize, serde::Deserialize)]
struct Proofs(Option<u8>, u8, Option<Bytes>, u8, Option<u8>, usize);

/// MsgRef, CmdRef, Cmd; the kind of answer and its code.
#[derive(serde::Serialize, serde::Deserialize)]
struct StoredOwed(MsgId, String, String, u8, StatusCode);

/// What most commands do not have: depth, whether it is a chunk, status and the error behind it, values.
#[derive(serde::Serialize, serde::Deserialize)]
struct SentExtras(u8, bool, Option<StatusCode>, Option<String>, Vec<Value>);

/// Answers, alerts, device information; bytes counted; whether to repeat.
#[derive(serde::Serialize, serde::Deserialize)]
struct StoredGathered(Vec<CommandAnswer>, Vec<ReceivedAlert>, Vec<Value>, u64, bool);

impl Stored {
    fn of(it: &Conversation) -> Self {
        let flags = [
            (it.owes_rest, OWES_REST),
            (it.had_turn, HAD_TURN),
            (it.aborted, ABORTED),
            (it.closed, CLOSED),
            (it.showed_credentials, SHOWED_CREDENTIALS),
            (it.own_nonce_is_spent, OWN_NONCE_IS_SPENT),
            (it.client_auth == ClientAuth::ByTransport, BY_TRANSPORT),
        ];
        let flags = flags.into_iter().filter(|(set, _)| *set).map(|(_, flag)| flag).sum();
        let (version, syntax) = (code(&VERSIONS, &it.version), code(&SYNTAXES, &it.syntax));
        Self(
            Basics(
                it.id.clone(),
                version,
                syntax,
                flags,
                it.received,
                it.sent,
                it.last_message,
                Bytes::copy_from_slice(&it.digest),
                Some(it.opening).filter(|opening| *opening != it.digest).map(|it| Bytes::copy_from_slice(&it)),
            ),
            (it.answer.clone(), it.answer_mac.clone()),
            (Address::of(&it.client_uri, &it.answer), Address::of(&it.server_uri, &it.answer)),
            Proofs::of(it),
            (it.max_msg_size, it.max_obj_size),
            it.owed.iter().map(StoredOwed::of).collect(),
            stored_commands(&it.awaited),
            it.download.clone(),
            it.upload.clone(),
            it.gathered.as_deref().cloned().map(StoredGathered::of),
        )
    }

    fn restore(self) -> Result<Box<Conversation>, Unreadable> {
        let Self(basics, (answer, answer_mac), addresses, proofs, sizes, owed, awaited, download, upload, gathered) =
            self;
        let Basics(id, version, syntax, flags, received, sent, last_message, digest, opening) = basics;
        let digest = half_digest(&digest)?;
        let has = |flag| flags & flag != 0;
        let by_transport = has(BY_TRANSPORT);
        let Proofs(scheme, attempts, nonce, refusals, own_scheme, server_changes) = proofs;
        let client_auth = match scheme {
            _ if by_transport => ClientAuth::ByTransport,
            None => ClientAuth::Open { attempts },
            Some(scheme) => {
                let nonce = nonce.map(|nonce| Nonce::new(&nonce[..])).unwrap_or_default();
                ClientAuth::Proved { scheme: decoded(&Scheme::ALL, scheme)?, nonce }
            }
        };
        if flags & !FLAGS != 0 {
            return Err(Unreadable::Code);
        }
        Ok(Box::new(Conversation {
            id,
            version: decoded(&VERSIONS, version)?,
            client_uri: addresses.0.restore(&answer)?,
            server_uri: addresses.1.restore(&answer)?,
            received,
            last_message,
            opening: opening.map_or(Ok(digest), |opening| half_digest(&opening))?,
            digest,
            syntax: decoded(&SYNTAXES, syntax)?,
            // Told by the account.
            dialect: Dialect::Oma,
            answer,
            answer_mac,
            sent,
            client_auth,
            accepted_now: None,
            server_auth: if refusals == ACCEPTED { ServerAuth::Accepted } else { ServerAuth::Needed { refusals } },
            own_scheme: own_scheme.map(|scheme| decoded(&Scheme::ALL, scheme)).transpose()?,
            showed_credentials: has(SHOWED_CREDENTIALS),
            server_changes,
            own_nonce_is_spent: has(OWN_NONCE_IS_SPENT),
            max_msg_size: sizes.0,
            max_obj_size: sizes.1,
            owed: owed.into_iter().map(StoredOwed::restore).collect::<Result<_, _>>()?,
            awaited: restored_commands(&awaited.0, awaited.1)?,
            download,
            upload,
            owes_rest: has(OWES_REST),
            gathered: gathered.map(|gathered| Box::new(gathered.restore())),
            had_turn: has(HAD_TURN),
            aborted: has(ABORTED),
            closed: has(CLOSED),
        }))
    }
}

impl Address {
    fn of(uri: &str, answer: &[u8]) -> Self {
        let place = answer.windows(uri.len().max(1)).position(|window| window == uri.as_bytes());
        match place {
            Some(start) => Self(start, uri.len(), None),
            None => Self(0, 0, Some(uri.into())),
        }
    }

    fn restore(self, answer: &[u8]) -> Result<Box<str>, Unreadable> {
        let Self(start, len, own) = self;
        let place = || answer.get(start..start.checked_add(len)?).and_then(|bytes| core::str::from_utf8(bytes).ok());
        own.or_else(|| place().map(Box::from)).ok_or(Unreadable::Address)
    }
}

impl Proofs {
    fn of(it: &Conversation) -> Self {
        let (scheme, attempts, nonce) = match &it.client_auth {
            ClientAuth::Open { attempts } => (None, *attempts, None),
            ClientAuth::Proved { scheme, nonce } => (Some(code(&Scheme::ALL, scheme)), 0, Some(octets(nonce))),
            ClientAuth::ByTransport => (None, 0, None),
        };
        let refusals = match it.server_auth {
            ServerAuth::Needed { refusals } => refusals.min(ACCEPTED - 1),
            ServerAuth::Accepted => ACCEPTED,
        };
        let own_scheme = it.own_scheme.as_ref().map(|scheme| code(&Scheme::ALL, scheme));
        Self(scheme, attempts, nonce, refusals, own_scheme, it.server_changes)
    }
}

impl StoredOwed {
    fn of(owed: &Owed) -> Self {
        let (kind, code) = match owed.code {
            Answer::Code(code) => (0, code),
            Answer::Verdict => (1, StatusCode::OK),
            Answer::Chunk(code) => (2, code),
        };
        Self(owed.msg_ref, owed.cmd_ref.to_string(), owed.cmd.to_string(), kind, code)
    }

    fn restore(self) -> Result<Owed, Unreadable> {
        let Self(msg_ref, cmd_ref, cmd, kind, code) = self;
        let code = match kind {
            0 => Answer::Code(code),
            1 => Answer::Verdict,
            2 => Answer::Chunk(code),
            _ => return Err(Unreadable::Code),
        };
        Ok(Owed { msg_ref, cmd_ref: CmdId::parse(Cow::Owned(cmd_ref)), cmd: Cow::Owned(cmd), code })
    }
}

/// Four numbers for each command, the last one odd for a Get, and what few of them have.
fn stored_commands(awaited: &Awaited) -> (Vec<u32>, Vec<(usize, SentExtras)>) {
    let commands = &awaited.commands;
    let target = |sent: &Sent| sent.target | u32::from(sent.is_get);
    let numbers = commands.iter().flat_map(|sent| [sent.msg.get(), sent.cmd, sent.key, target(sent)]).collect();
    let is_plain = |sent: &Sent| sent.depth == 0 && !sent.is_chunk && sent.status.is_none() && sent.brought.is_none();
    let others = commands.iter().enumerate().filter(|(_, sent)| !is_plain(sent));
    let extras = |it: &Sent| {
        let brought = it.brought.as_deref().cloned().unwrap_or_default();
        SentExtras(it.depth, it.is_chunk, it.status, brought.original_error, brought.values)
    };
    (numbers, others.map(|(place, sent)| (place, extras(sent))).collect())
}

fn restored_commands(numbers: &[u32], extras: Vec<(usize, SentExtras)>) -> Result<Awaited, Unreadable> {
    let (numbers, []) = numbers.as_chunks::<4>() else { return Err(Unreadable::Code) };
    let plain = |[msg, cmd, key, target]: &[u32; 4]| {
        let (msg, cmd, key, is_get, target) = (MsgId::new(*msg), *cmd, *key, *target & 1 == 1, *target & !1);
        Sent { msg, cmd, key, target, depth: 0, is_chunk: false, is_get, status: None, brought: None }
    };
    let mut commands: Vec<Sent> = numbers.iter().map(plain).collect();
    for (place, SentExtras(depth, is_chunk, status, original_error, values)) in extras {
        let sent = commands.get_mut(place).ok_or(Unreadable::Code)?;
        (sent.depth, sent.is_chunk, sent.status) = (depth, is_chunk, status);
        let has_brought = original_error.is_some() || !values.is_empty();
        sent.brought = has_brought.then(|| Box::new(Brought { values, original_error }));
    }
    Ok(Awaited::restore(commands))
}

impl StoredGathered {
    fn of(it: Gathered) -> Self {
        Self(it.answers, it.alerts, it.dev_info, it.bytes, it.repeat)
    }

    fn restore(self) -> Gathered {
        let Self(answers, alerts, dev_info, bytes, repeat) = self;
        Gathered { answers, alerts, dev_info, bytes, repeat }
    }
}

fn octets(nonce: &Nonce) -> Bytes {
    Bytes::copy_from_slice(nonce.as_bytes())
}

fn half_digest(bytes: &[u8]) -> Result<[u8; 16], Unreadable> {
    bytes.try_into().map_err(|_| Unreadable::Code)
}

/// The place of `value` among `all`.
fn code<T: PartialEq>(all: &[T], value: &T) -> u8 {
    (0..).zip(all).find(|(_, known)| *known == value).map_or(u8::MAX, |(code, _)| code)
}

fn decoded<T: Copy>(all: &[T], code: u8) -> Result<T, Unreadable> {
    all.get(usize::from(code)).copied().ok_or(Unreadable::Code)
}
