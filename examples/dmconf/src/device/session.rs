//! A session of the scripted server with the client: who has proven what, and whose turn it is.

mod draft;
mod envelope;

use omadm_proto::auth::mac::MacHeader;
use omadm_proto::auth::{Nonce, Scheme};
use omadm_proto::message::{Command, Status};

pub use self::draft::{Draft, Sent};

use super::answer::Answer;
use super::bench::Bench;
use super::command::{Cmd, alert, raw};
use super::fixture::Account;
use super::{Received, Reply, Server, credential};
use crate::row::Stop;

/// The most messages of one package.
const MOST_MESSAGES: usize = 400;

/// A session in which it is the server's turn: `last` waits for an answer.
pub struct Session<'b> {
    /// The bench, for what goes on beside the session.
    pub bench: &'b mut Bench,
    /// Who the server is.
    pub server: Server,
    /// The account.
    pub account: Account,
    /// The client's message that is to be answered.
    pub last: Received,
    session: String,
    msg_id: u32,
    /// What was sent so far.
    pub sent: Vec<Sent>,
    client_proven: Proof,
    server_proven: Proof,
    /// Where the server says it is.
    pub source: String,
}

/// Whether a side has proven itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proof {
    /// It has not, or has to do so in each message.
    Owed,
    /// It has, and the other side has not heard so yet.
    Given,
    /// It has, for the session.
    Done,
}

impl<'b> Session<'b> {
    /// A session of `server` that begins with `package_1`.
    ///
    /// # Errors
    /// Skipped: there is no such server. Failed: the message is malformed.
    pub fn new(bench: &'b mut Bench, server: Server, package_1: Received) -> Result<Self, Stop> {
        let account = bench.account(server)?;
        let session = package_1.message.header.session_id.to_string();
        envelope::check(&package_1.message, &session, 0)?;
        let source = account.url.clone();
        Ok(Self {
            bench,
            server,
            account,
            last: package_1,
            session,
            msg_id: 0,
            sent: Vec::new(),
            client_proven: Proof::Owed,
            server_proven: Proof::Owed,
            source,
        })
    }

    /// The SessionID.
    pub fn id(&self) -> &str {
        &self.session
    }

    /// Where a finding in the last message is.
    pub fn place(&self) -> String {
        envelope::place(&self.last.message)
    }

    /// The scheme by which the last message proves the client, if it does.
    pub fn proof(&mut self) -> Option<Scheme> {
        let nonce = self.bench.memory(self.server).client_nonce.clone().unwrap_or(Nonce::EMPTY);
        if let Some(mac) = &self.last.mac {
            let header = MacHeader::parse(mac).ok()?;
            return header.verify(&self.account.client, &nonce, &self.last.bytes).then_some(Scheme::Mac);
        }
        credential::proves(self.last.message.header.cred.as_ref()?, &self.account.client, &nonce)
    }

    /// Challenges the client until it has proven itself.
    ///
    /// # Errors
    /// It does not.
    pub fn authenticate_client(&mut self) -> Result<(), Stop> {
        let Some(scheme) = self.bench.client_scheme() else { return Ok(()) };
        for _ in 0..2 {
            if self.proof().is_some_and(|proven| proven >= scheme) {
                self.client_proven = Proof::Given;
                return Ok(());
            }
            self.challenge_client(scheme)?;
        }
        if self.proof().is_some_and(|proven| proven >= scheme) {
            self.client_proven = Proof::Given;
            return Ok(());
        }
        Err(Stop::failed(
            format!("credentials of {} that prove the client, after a challenge", scheme.type_name()),
            "none, or wrong ones, twice",
        )
        .at(self.place()))
    }

    /// The client has proven itself by the last message.
    pub fn accept_client(&mut self) {
        self.client_proven = Proof::Given;
    }

    /// Refuses the last message with a challenge; the next one is expected to be package 1 again.
    ///
    /// # Errors
    /// The client goes away instead.
    pub fn challenge_client(&mut self, scheme: Scheme) -> Result<(), Stop> {
        let has_cred = self.last.message.header.cred.is_some() || self.last.mac.is_some();
        let nonce = (scheme != Scheme::Basic).then(|| self.bench.fresh_nonce());
        let code = if has_cred { 401 } else { 407 };
        let draft = self.draft();
        // In place of the one that an accepting answer would have carried.
        self.bench.memory(self.server).client_nonce.clone_from(&nonce);
        let draft = draft.cred("").refusing(code, credential::chal(scheme, nonce.as_ref()));
        self.exchange_or(draft, "package 1 again, with credentials, after a challenge")?;
        Ok(())
    }

    /// The answer to the last message, accepting everything, with what the scheme of the session demands.
    pub fn draft(&mut self) -> Draft {
        self.msg_id += 1;
        let mut draft = Draft::answering(&self.last, self.msg_id, (&self.source, &self.account.server.name));
        let mac = self.bench.client_scheme() == Some(Scheme::Mac);
        if self.client_proven == Proof::Given || mac {
            let (code, scheme) = if mac { (200, Scheme::Mac) } else { (212, self.last_scheme()) };
            let chal = if scheme == Scheme::Basic {
                String::new()
            } else {
                let nonce = self.bench.fresh_nonce();
                let chal = credential::chal(scheme, Some(&nonce));
                self.bench.memory(self.server).client_nonce = Some(nonce);
                chal
            };
            draft = draft.header_status(code, chal);
        }
        if !mac && self.bench.server_proves() && self.server_proven != Proof::Done {
            draft = draft.cred(self.server_cred());
        }
        draft
    }

    fn last_scheme(&self) -> Scheme {
        let type_name =
            self.last.message.header.cred.as_ref().and_then(|cred| cred.meta.as_ref()?.type_name.as_deref());
        type_name.and_then(Scheme::from_type_name).unwrap_or(Scheme::Basic)
    }

    /// The server's Cred for the nonce it has.
    pub fn server_cred(&mut self) -> String {
        let nonce = self.bench.memory(self.server).server_nonce.clone().unwrap_or(Nonce::EMPTY);
        credential::cred(Scheme::Md5, &self.account.server, &nonce)
    }

    /// Sends `draft` and takes what comes of it; `None` when the client has nothing more to say.
    ///
    /// # Errors
    /// The client's message breaks a rule that holds for all of them.
    pub fn exchange(&mut self, draft: Draft) -> Result<Option<(Sent, Status<'static>)>, Stop> {
        let sent = self.transmit(&draft)?;
        Ok(self.taken(&draft, sent.clone())?.map(|status| (sent, status)))
    }

    /// Takes what comes of `draft`, which was sent already.
    ///
    /// # Errors
    /// The client's message breaks a rule that holds for all of them.
    pub fn taken(&mut self, draft: &Draft, sent: Sent) -> Result<Option<Status<'static>>, Stop> {
        let Some(received) = self.bench.receive()? else { return Ok(None) };
        let before = self.last.message.header.msg_id.get();
        envelope::check(&received.message, &self.session, before)?;
        self.sent.push(sent.clone());
        envelope::check_refs(&received.message, &self.sent)?;
        let status = envelope::header_status(&received.message, &sent)?.clone();
        self.last = received;
        self.learn(draft, &status);
        Ok(Some(status))
    }

    /// The same when the client has to say something; `what` says what.
    ///
    /// # Errors
    /// It does not, or breaks a rule.
    pub fn exchange_or(&mut self, draft: Draft, what: &str) -> Result<(Sent, Status<'static>), Stop> {
        let place = self.place();
        self.exchange(draft)?
            .ok_or_else(|| Stop::failed(what, "nothing: the client ended the session").at(format!("after {place}")))
    }

    /// Sends `draft` without waiting for anything.
    ///
    /// # Errors
    /// The client is gone.
    pub fn transmit(&mut self, draft: &Draft) -> Result<Sent, Stop> {
        let (body, sent) = self.encoded(draft)?;
        self.transmit_bytes(body)?;
        Ok(sent)
    }

    /// The bytes of a draft, and what is in it.
    ///
    /// # Errors
    /// Skipped: the syntax of the run cannot say it.
    pub fn encoded(&self, draft: &Draft) -> Result<(Vec<u8>, Sent), Stop> {
        let (text, sent) = draft.text(|text| self.bench.fixture().translated(text));
        Ok((draft::encode(&text, self.bench.syntax())?, sent))
    }

    /// Sends these bytes, with the MAC of the session if it has one.
    ///
    /// # Errors
    /// The client is gone.
    pub fn transmit_bytes(&mut self, body: Vec<u8>) -> Result<(), Stop> {
        let mac = (self.bench.client_scheme() == Some(Scheme::Mac) && self.bench.server_proves()).then(|| {
            let nonce = self.bench.memory(self.server).server_nonce.clone().unwrap_or(Nonce::EMPTY);
            MacHeader::new(&self.account.server, &nonce, &body).to_string()
        });
        self.bench.answer(Reply { syntax: self.bench.syntax(), body, mac })
    }

    /// What the client's Status for our SyncHdr says about nonces and proofs.
    fn learn(&mut self, draft: &Draft, status: &Status<'static>) {
        if let Some((_, Some(nonce))) = status.chal().and_then(credential::challenge) {
            self.bench.memory(self.server).server_nonce = Some(nonce);
        }
        if status.code.as_u16() == 212 && draft.has_cred() {
            self.server_proven = Proof::Done;
        }
        if self.client_proven == Proof::Given && !draft.refuses() && !matches!(status.code.as_u16(), 401 | 407) {
            self.client_proven = Proof::Done;
        }
    }

    /// Sends commands as one package and takes the whole package that answers them. When the client challenges the server
    /// first, they are sent once more with credentials.
    ///
    /// # Errors
    /// The answer breaks a rule that holds for all answers: a Status is missing, stands twice, or answers nothing.
    pub fn send(&mut self, commands: impl IntoIterator<Item = Cmd>) -> Result<Answer, Stop> {
        let answer = self.send_loosely(commands)?;
        answer.complete()?;
        Ok(answer)
    }

    /// The same without the demand that everything is answered.
    ///
    /// # Errors
    /// A message of the answer breaks a rule that holds for all messages.
    pub fn send_loosely(&mut self, commands: impl IntoIterator<Item = Cmd>) -> Result<Answer, Stop> {
        let commands: Vec<Cmd> = commands.into_iter().collect();
        for uri in commands.iter().flat_map(|command| &command.targets) {
            self.bench.fixture().demand(uri)?;
        }
        for attempt in 0.. {
            let draft = self.draft().commands(commands.iter().cloned());
            let (sent, status) = self.exchange_or(draft, "an answer to commands")?;
            let refused = matches!(status.code.as_u16(), 401 | 407);
            if refused && attempt < 2 && self.server_proven != Proof::Done && status.chal().is_some() {
                continue;
            }
            if !matches!(status.code.as_u16(), 200 | 212) {
                return Err(Stop::failed("200 or 212 for the SyncHdr", status.code.to_string()).at(self.place()));
            }
            let mut answer = Answer::new(sent, self.last.clone(), self.bench.fixture().clone());
            self.collect(&mut answer)?;
            return Ok(answer);
        }
        Err(Stop::failed("a server with good credentials is accepted", "it was challenged again and again")
            .at(self.place()))
    }

    /// Sends `draft`, which holds commands, and takes the whole package that answers it.
    ///
    /// # Errors
    /// A message of the answer breaks a rule that holds for all messages.
    pub fn send_draft(&mut self, draft: Draft) -> Result<Answer, Stop> {
        let (sent, _) = self.exchange_or(draft, "an answer to commands")?;
        let mut answer = Answer::new(sent, self.last.clone(), self.bench.fixture().clone());
        self.collect(&mut answer)?;
        Ok(answer)
    }

    /// Sends `draft`, which holds commands, and takes the one message that answers it.
    ///
    /// # Errors
    /// It breaks a rule that holds for all messages.
    pub fn ask(&mut self, draft: Draft) -> Result<Answer, Stop> {
        let (sent, _) = self.exchange_or(draft, "an answer to commands")?;
        Ok(Answer::new(sent, self.last.clone(), self.bench.fixture().clone()))
    }

    /// Asks for the rest of the client's package.
    fn collect(&mut self, answer: &mut Answer) -> Result<(), Stop> {
        while !self.last.message.is_final {
            if answer.messages.len() > MOST_MESSAGES {
                return Err(Stop::failed("a package that ends", "400 messages without Final").at(self.place()));
            }
            let draft = self.draft().commands([next_message()]).more();
            self.exchange_or(draft, "the next message of a package without Final")?;
            answer.messages.push(self.last.clone());
        }
        Ok(())
    }

    /// Sends one command and gives the answer to it.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub fn one(&mut self, command: Cmd) -> Result<Answer, Stop> {
        self.send([command])
    }

    /// Sends one command that has to be answered with one of `codes`.
    ///
    /// # Errors
    /// It is answered otherwise.
    pub fn expect(&mut self, command: Cmd, codes: &[u16]) -> Result<Answer, Stop> {
        let answer = self.one(command)?;
        answer.is(0, codes)?;
        Ok(answer)
    }

    /// The node has this value.
    ///
    /// # Errors
    /// It has not.
    pub fn holds(&mut self, uri: &str, value: &str) -> Result<(), Stop> {
        let answer = self.expect(super::command::get(uri), &[200])?;
        answer.value(0, value)
    }

    /// The node's own ACL says this, in any order.
    ///
    /// # Errors
    /// It does not.
    pub fn has_acl(&mut self, uri: &str, acl: &str) -> Result<(), Stop> {
        let answer = self.expect(super::command::get(&format!("{uri}?prop=ACL")), &[200])?;
        let (expected, seen) = (self.bench.fixture().translated(acl), answer.text(0)?);
        if sorted(&expected) == sorted(&seen) {
            return Ok(());
        }
        Err(Stop::failed(format!("the ACL \"{expected}\" of {uri}"), format!("\"{seen}\"")).at(self.place()))
    }

    /// The node is not there.
    ///
    /// # Errors
    /// It is.
    pub fn lacks(&mut self, uri: &str) -> Result<(), Stop> {
        self.expect(super::command::get(uri), &[404]).map(drop)
    }

    /// The names of the children of a node, sorted.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn children(&mut self, uri: &str) -> Result<Vec<String>, Stop> {
        let answer = self.expect(super::command::get(uri), &[200])?;
        let text = answer.text(0)?;
        let mut names: Vec<String> = text.split('/').filter(|name| !name.is_empty()).map(str::to_string).collect();
        names.sort();
        Ok(names)
    }

    /// Ends the session: everything is accepted, nothing is commanded, and the client has to be silent.
    ///
    /// # Errors
    /// It is not.
    pub fn close(mut self) -> Result<(), Stop> {
        let place = self.place();
        let draft = self.draft();
        match self.exchange(draft)? {
            None => Ok(()),
            Some((_, status)) if self.server_proven != Proof::Done && matches!(status.code.as_u16(), 401 | 407) => {
                let draft = self.draft();
                match self.exchange(draft)? {
                    None => Ok(()),
                    Some(_) => Err(self.not_over(&place)),
                }
            }
            Some(_) => Err(self.not_over(&place)),
        }
    }

    fn not_over(&self, place: &str) -> Stop {
        Stop::failed("the end of the session after a package without commands", "another message")
            .at(format!("after {place}"))
    }

    /// The Alerts of the last message.
    pub fn alerts(&self) -> Vec<u16> {
        alerts(&self.last)
    }
}

/// The parts of an ACL, whose order means nothing.
fn sorted(acl: &str) -> Vec<Vec<&str>> {
    let mut parts: Vec<Vec<&str>> = acl
        .split('&')
        .map(|part| {
            let mut words: Vec<&str> = part.split(['=', '+']).collect();
            words.get_mut(1..).unwrap_or_default().sort_unstable();
            words
        })
        .collect();
    parts.sort();
    parts
}

/// The codes of the Alerts in a message.
pub fn alerts(received: &Received) -> Vec<u16> {
    received
        .message
        .commands()
        .filter_map(|command| match command {
            Command::Alert(alert) => alert.code.map(|code| code.as_u16()),
            _ => None,
        })
        .collect()
}

/// Alert 1222.
pub fn next_message() -> Cmd {
    alert(1222, &[])
}

/// Alert 1223.
pub fn session_abort() -> Cmd {
    raw("<Alert><CmdID>#</CmdID><Data>1223</Data></Alert>", &["Alert"])
}
