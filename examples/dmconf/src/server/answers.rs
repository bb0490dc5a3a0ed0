//! How the scripted client answers the commands of a server, from its toy tree.

use std::collections::BTreeSet;

use omadm_proto::alert::AlertCode;
use omadm_proto::auth::{self, Nonce, Scheme};
use omadm_proto::message::{
    Command, Data, Format, Item, Message, Meta, MetaFormat, Results, Status, SyncHdr, TreeCommand, Verb,
};
use omadm_proto::status::StatusCode;

use super::client::{Client, Leaf, ServerProof, header_status};
use super::seen::Seen;

impl Client {
    /// What the client answers to `seen`: a Status for the SyncHdr and each command, Results, and Alert 1222 for a chunk.
    pub fn answer(&mut self, seen: &Seen) -> Message<'static> {
        let (code, nonce) = self.judge(seen);
        let mut message = self.message();
        let header = &seen.message.header;
        let challenge = nonce.as_ref().map(|nonce| (self.challenge_scheme(), nonce));
        message.commands.push(Command::Status(header_status(header, code, challenge)));
        let commands: Vec<Command<'static>> = seen.commands().cloned().collect();
        let refused = matches!(code.as_u16(), 401 | 407);
        let mut more = false;
        for command in &commands {
            if refused {
                refuse(header, command, code, &mut message.commands);
            } else {
                more |= self.execute(header, command, &mut message.commands);
            }
        }
        if more {
            message.commands.push(Self::session_alert(AlertCode::NEXT_MESSAGE));
        }
        // A Next Message response leaves the turn with us, and there is nothing more to say.
        let asked = seen.has_alert(AlertCode::NEXT_MESSAGE);
        message.is_final = !more && (seen.message.is_final || refused || asked);
        message
    }

    /// A message with 200 for the SyncHdr of `seen` and `code` for each of its commands, those in containers included.
    #[must_use]
    pub fn statuses(&self, seen: &Seen, code: StatusCode) -> Message<'static> {
        let mut message = self.message();
        let header = &seen.message.header;
        message.commands.push(Command::Status(header_status(header, StatusCode::OK, None)));
        seen.commands().for_each(|command| refuse(header, command, code, &mut message.commands));
        message
    }

    fn challenge_scheme(&self) -> Scheme {
        if self.account.scheme == Scheme::Basic { Scheme::Basic } else { self.account.scheme }
    }

    /// What the client says of the server's credentials, and the nonce of its challenge.
    fn judge(&mut self, seen: &Seen) -> (StatusCode, Option<Nonce>) {
        if self.account.scheme == Scheme::Mac {
            return self.judge_mac(seen);
        }
        let asks = seen.commands().next().is_some();
        let verdict = match &seen.message.header.cred {
            Some(cred) => match auth::verify(cred, &self.account.server, &self.server_nonce) {
                Ok(_) => StatusCode::AUTHENTICATION_ACCEPTED,
                Err(_) => StatusCode::INVALID_CREDENTIALS,
            },
            None if self.server_proof == ServerProof::Demanded && !self.server_accepted && asks => {
                StatusCode::MISSING_CREDENTIALS
            }
            None => return (StatusCode::OK, None),
        };
        self.server_accepted |= verdict == StatusCode::AUTHENTICATION_ACCEPTED;
        self.server_nonce = self.fresh_nonce();
        (verdict, Some(self.server_nonce.clone()))
    }

    fn judge_mac(&mut self, seen: &Seen) -> (StatusCode, Option<Nonce>) {
        let header = seen.mac.as_deref().map(auth::mac::MacHeader::parse);
        let verdict = match header {
            Some(Ok(mac)) if mac.verify(&self.account.server, &self.server_nonce, &seen.bytes) => StatusCode::OK,
            Some(_) => StatusCode::INVALID_CREDENTIALS,
            None => StatusCode::MISSING_CREDENTIALS,
        };
        self.server_nonce = self.fresh_nonce();
        (verdict, Some(self.server_nonce.clone()))
    }

    /// A nonce that this client has not issued yet.
    fn fresh_nonce(&mut self) -> Nonce {
        self.issued += 1;
        Nonce::new(format!("dmconf-{:04}-{}", self.issued, self.session).into_bytes())
    }

    /// Executes `command`; whether it was a chunk, with more to come.
    fn execute(&mut self, header: &SyncHdr<'_>, command: &Command<'_>, out: &mut Vec<Command<'static>>) -> bool {
        match command {
            Command::Tree(tree) => return self.execute_tree(header, command, tree, out),
            Command::Atomic(container) | Command::Sequence(container) => {
                let code = self.code_of(command.name(), "").unwrap_or(StatusCode::OK);
                out.push(Command::Status(status(header, command, code)));
                for child in &container.commands {
                    self.execute(header, child, out);
                }
            }
            Command::Alert(alert) => {
                let text = alert.code.map(|code| code.as_u16().to_string()).unwrap_or_default();
                let code = self.code_of(&text, "").unwrap_or(StatusCode::OK);
                out.push(Command::Status(status(header, command, code)));
            }
            other => {
                let code = StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED;
                out.push(Command::Status(status(header, other, code)));
            }
        }
        false
    }

    fn code_of(&self, name: &str, uri: &str) -> Option<StatusCode> {
        let code = self.codes.get(uri).or_else(|| self.codes.get(name)).copied();
        code.map(StatusCode::from_u16)
    }

    fn execute_tree(
        &mut self,
        header: &SyncHdr<'_>,
        command: &Command<'_>,
        tree: &TreeCommand<'_>,
        out: &mut Vec<Command<'static>>,
    ) -> bool {
        let (mut codes, mut results, mut more) = (Vec::new(), Vec::new(), false);
        for item in &tree.items {
            let uri = item.target_uri().unwrap_or_default().to_owned();
            let Some(value) = self.whole_value(&uri, item) else {
                codes.push(StatusCode::CHUNKED_ITEM_ACCEPTED);
                more = true;
                continue;
            };
            let code = match self.code_of(tree.verb.as_str(), &uri) {
                Some(code) => code,
                None => self.apply(tree, item, &uri, value),
            };
            if tree.verb == Verb::Get && code.is_good() {
                results.extend(self.read(&uri));
            }
            codes.push(code);
        }
        let same = codes.windows(2).all(|pair| pair.first() == pair.get(1));
        if same {
            out.push(Command::Status(status(header, command, codes.first().copied().unwrap_or(StatusCode::OK))));
        } else {
            for (item, code) in tree.items.iter().zip(&codes) {
                let mut status = status(header, command, *code);
                status.target_refs.push(item.target_uri().unwrap_or_default().to_owned());
                out.push(Command::Status(status));
            }
        }
        if !results.is_empty() {
            out.push(Command::Results(Results::new(0, header.msg_id, command.cmd_id().clone().into_owned(), results)));
        }
        more
    }

    /// The value of `item` once all its chunks are there.
    fn whole_value(&mut self, uri: &str, item: &Item<'_>) -> Option<Vec<u8>> {
        let bytes = item.data.as_ref().map(Data::as_bytes).unwrap_or_default();
        if item.more_data {
            self.objects.entry(uri.to_owned()).or_default().extend_from_slice(bytes);
            return None;
        }
        let mut value = self.objects.remove(uri).unwrap_or_default();
        value.extend_from_slice(bytes);
        Some(value)
    }

    fn apply(&mut self, tree: &TreeCommand<'_>, item: &Item<'_>, uri: &str, value: Vec<u8>) -> StatusCode {
        let exists = self.leaves.contains_key(uri);
        match tree.verb {
            Verb::Get if exists || !self.children(uri).is_empty() => StatusCode::OK,
            Verb::Add if exists => StatusCode::ALREADY_EXISTS,
            Verb::Get | Verb::Replace | Verb::Delete if !exists => StatusCode::NOT_FOUND,
            Verb::Add | Verb::Replace => {
                let mut meta = item.meta.clone().or_else(|| tree.meta.clone()).map(Meta::into_owned);
                if let Some(meta) = &mut meta {
                    meta.size = None;
                }
                let meta = meta.filter(|meta| *meta != Meta::default());
                self.leaves.insert(uri.to_owned(), Leaf { meta, value });
                StatusCode::OK
            }
            Verb::Delete => {
                self.leaves.remove(uri);
                StatusCode::OK
            }
            Verb::Copy => StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED,
            Verb::Get | Verb::Exec => StatusCode::OK,
        }
    }

    /// The Item that a Get of `uri` returns.
    fn read(&self, uri: &str) -> Option<Item<'static>> {
        if let Some(leaf) = self.leaves.get(uri) {
            let is_bin =
                leaf.meta.as_ref().and_then(|meta| meta.format.as_ref()) == Some(&MetaFormat::Known(Format::Bin));
            let data =
                if is_bin { Data::Opaque(leaf.value.clone().into()) } else { Data::from_bytes(leaf.value.clone()) };
            let mut item = Item::source(uri.to_owned()).with_data(data);
            item.meta.clone_from(&leaf.meta);
            return Some(item);
        }
        let names: Vec<String> = self.children(uri).into_iter().collect();
        let item = Item::source(uri.to_owned()).with_data(Data::text(names.join("/")));
        (!names.is_empty()).then(|| item.with_meta(Meta::with_format(Format::Node)))
    }

    /// The names of the children of an interior node.
    fn children(&self, uri: &str) -> BTreeSet<String> {
        let prefix = format!("{uri}/");
        let below = self.leaves.keys().filter_map(|leaf| leaf.strip_prefix(&prefix));
        below.filter_map(|rest| rest.split('/').next()).map(str::to_owned).collect()
    }
}

/// The Status `code` for `command` of the message with `header`.
pub(crate) fn status(header: &SyncHdr<'_>, command: &Command<'_>, code: StatusCode) -> Status<'static> {
    Status::new(0, header.msg_id, command.cmd_id().clone().into_owned(), command.name().to_owned(), code)
}

/// `code` for `command` and those inside it.
fn refuse(header: &SyncHdr<'_>, command: &Command<'_>, code: StatusCode, out: &mut Vec<Command<'static>>) {
    out.push(Command::Status(status(header, command, code)));
    if let Command::Atomic(container) | Command::Sequence(container) = command {
        container.commands.iter().for_each(|child| refuse(header, child, code, out));
    }
}
