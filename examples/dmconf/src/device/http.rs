//! The port to a client that speaks HTTP: dmconf listens, the client posts.
//!
//! Connections have their own threads; the script meets them at a rendezvous, one request at a time. A session counts as over
//! when the client says nothing for a while, when what the trigger started has ended, or when it begins another session.

mod listener;
pub mod settings;
mod trigger;

use std::collections::VecDeque;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use omadm_proto::exchange::Syntax;
use omadm_proto::limits::Limits;
use omadm_proto::message::Message;

use self::listener::{Outcome, Posted};
use self::settings::Settings;
use self::trigger::Trigger;
use super::fixture::Fixture;
use super::{Deed, Incoming, Nonces, Observed, Port, Received, Reply, Setup, Start};
use crate::row::Stop;

/// How often a wait looks around.
const LOOK: Duration = Duration::from_millis(20);

/// How the port waits and wakes.
#[derive(Debug, Clone)]
pub struct Ways {
    /// A shell command that makes the client start a session.
    pub trigger: Option<String>,
    /// A shell command that makes the client factory-fresh.
    pub reset: Option<String>,
    /// Where the client takes notifications.
    pub notify: Option<SocketAddr>,
    /// How long a message is waited for.
    pub timeout: Duration,
    /// How long a silent client counts as being in its session.
    pub quiet: Duration,
    /// Set when the run shall end.
    pub stop: Arc<AtomicBool>,
}

/// A client somewhere.
pub struct Http {
    fixture: Fixture,
    settings: Settings,
    ways: Ways,
    incoming: Receiver<Posted>,
    later: VecDeque<Posted>,
    /// The request that waits for its answer.
    pending: Option<Posted>,
    /// The SessionID of the present session.
    session: Option<String>,
    /// Whether the next message is the first of a session.
    starting: bool,
    syntax: Syntax,
    trigger: Trigger,
}

impl Http {
    /// A port on `listener`. `base` is the address that clients reach it by.
    ///
    /// # Errors
    /// The listener cannot be used.
    pub fn new(
        listener: TcpListener,
        base: &str,
        settings: Settings,
        ways: Ways,
        syntax: Syntax,
    ) -> std::io::Result<Self> {
        let incoming = listener::listen(listener, ways.timeout)?;
        Ok(Self {
            fixture: settings.fixture(base),
            settings,
            ways,
            incoming,
            later: VecDeque::new(),
            pending: None,
            session: None,
            starting: false,
            syntax,
            trigger: Trigger::default(),
        })
    }

    /// Sends away whoever waits.
    fn clear(&mut self) {
        // Dropping a request closes its connection; a client that waits for the answer would not end before.
        self.pending = None;
        self.later.clear();
        while self.incoming.try_recv().is_ok() {}
        self.trigger.end();
        while self.incoming.try_recv().is_ok() {}
        self.session = None;
        self.starting = false;
    }

    /// The next request, if one comes in time.
    fn next(&mut self) -> Option<Posted> {
        if let Some(posted) = self.later.pop_front() {
            return Some(posted);
        }
        let begun = Instant::now();
        let patience = if self.starting { self.ways.timeout } else { self.ways.quiet };
        let mut gone = None;
        loop {
            match self.incoming.recv_timeout(LOOK) {
                Ok(posted) => return Some(posted),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => {}
            }
            if begun.elapsed() > patience || self.ways.stop.load(Ordering::Relaxed) {
                return None;
            }
            // What the client sent before it ended is here by now, or after one more look.
            if self.trigger.has_ended() && !self.starting && gone.replace(()).is_some() {
                return None;
            }
        }
    }
}

impl Port for Http {
    fn syntax(&self) -> Syntax {
        self.syntax
    }

    fn fixture(&self) -> &Fixture {
        &self.fixture
    }

    fn prepare(&mut self, setup: &Setup) -> Result<Setup, Stop> {
        let setup = self.settings.admit(setup)?;
        self.clear();
        if let Some(command) = &self.ways.reset {
            trigger::run(command, &self.fixture.a.url)?;
        }
        let stale = setup.nonces == Nonces::Stale;
        self.fixture = self.settings.fixture_like(&self.fixture, stale);
        Ok(setup)
    }

    fn start(&mut self, start: Start) -> Result<(), Stop> {
        self.session = None;
        self.pending = None;
        self.starting = true;
        match start {
            Start::Client(server) => {
                let url = self.fixture.account(server)?.url.clone();
                match &self.ways.trigger {
                    Some(command) => self.trigger.start(command, &url, server.alias(), self.ways.timeout),
                    None => {
                        eprintln!("dmconf: waiting for the client to start a session with {url}");
                        Ok(())
                    }
                }
            }
            Start::Notification(bytes) => {
                let Some(address) = self.ways.notify else {
                    return Err(Stop::skipped("no way to send a notification (--notify ADDR:PORT)"));
                };
                UdpSocket::bind("0.0.0.0:0")
                    .and_then(|socket| socket.send_to(&bytes, address))
                    .map(drop)
                    .map_err(|error| Stop::skipped(format!("the notification cannot be sent to {address}: {error}")))
            }
        }
    }

    fn receive(&mut self) -> Result<Incoming, Stop> {
        let Some(posted) = self.next() else {
            self.session = None;
            self.starting = false;
            return Ok(Incoming::Ended);
        };
        let syntax = posted
            .content_type
            .as_deref()
            .and_then(Syntax::from_media_type)
            .unwrap_or_else(|| Syntax::sniff(&posted.body));
        let decoded = Message::decode_as(syntax, &posted.body, &Limits::DEFAULT).map(Message::into_owned);
        let message = match decoded {
            Ok(message) => message,
            Err(error) => {
                self.starting = false;
                return Err(Stop::failed(
                    "a SyncML message",
                    format!("{} octets that are none: {error}", posted.body.len()),
                ));
            }
        };
        let session = message.header.session_id.to_string();
        if self.session.as_ref().is_some_and(|present| *present != session) && !self.starting {
            self.later.push_back(posted);
            self.session = None;
            return Ok(Incoming::Ended);
        }
        self.session = Some(session);
        self.starting = false;
        self.syntax = syntax;
        let received = Received {
            message,
            bytes: posted.body.clone(),
            syntax,
            mac: posted.mac.clone(),
            destination: self.fixture.a.url.split('/').take(3).collect::<Vec<_>>().join("/") + &posted.path,
        };
        self.pending = Some(posted);
        Ok(Incoming::Message(Box::new(received)))
    }

    fn answer(&mut self, reply: Reply) -> Result<(), Stop> {
        let Some(posted) = self.pending.take() else {
            return Err(Stop::failed("a message to answer", "the client waits for no answer"));
        };
        let outcome = Outcome { content_type: reply.syntax.media_type(), mac: reply.mac, body: reply.body };
        // Whoever went away meanwhile will not send another message, and that is seen.
        let _ = posted.answer.send(outcome);
        Ok(())
    }

    fn hang_up(&mut self) -> Result<(), Stop> {
        self.pending = None;
        Ok(())
    }

    fn act(&mut self, _: Deed) -> Result<(), Stop> {
        Err(Stop::skipped("nothing can be made to happen at a device that is reached by HTTP alone"))
    }

    fn observe(&mut self) -> Result<Observed, Stop> {
        Err(Stop::skipped("nobody can look at a device that is reached by HTTP alone"))
    }
}

impl Drop for Http {
    fn drop(&mut self) {
        self.clear();
    }
}
