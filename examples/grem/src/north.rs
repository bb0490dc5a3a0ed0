//! The network side of the driver: DM messages to the NREM and image downloads, each on a thread of its own.
//!
//! The machine's thread never waits for the network: it hands work in and gets a [`NorthEvent`] back through the closure it
//! gave.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use bytes::Bytes;
use dm_binding::client::Client;
use dm_binding::download::FetchFailure;
use dm_binding::post::Reply;
use omadm_gwmo::image::ImageFailure;
use omadm_proto::exchange::{SendFailure, Transmit};
use omadm_proto::ids::ExchangeId;

/// What came of the work on the network side.
#[derive(Debug)]
pub enum NorthEvent {
    /// The answer to a message, or why there is none.
    Answer {
        /// Of which exchange.
        exchange: ExchangeId,
        /// The answer.
        result: Result<Reply, SendFailure>,
    },
    /// A block of an image, or why there is none.
    Fetched {
        /// The number given with the work.
        ticket: u64,
        /// The bytes, and whether nothing follows them.
        result: Result<(Bytes, bool), ImageFailure>,
    },
}

/// A block to fetch.
#[derive(Debug)]
pub struct Fetch {
    /// Comes back with the bytes.
    pub ticket: u64,
    /// Where.
    pub url: String,
    /// The first byte wanted.
    pub offset: u64,
    /// The most bytes wanted.
    pub max_len: u32,
}

/// The two threads; they end when this is dropped and their work is done.
#[derive(Debug)]
pub struct North {
    messages: Sender<Transmit>,
    fetches: Sender<Fetch>,
}

impl North {
    /// Starts the threads; `deliver` takes what came of the work.
    ///
    /// # Errors
    /// The proxy URL is malformed, or a thread cannot be started.
    pub fn start(proxy: Option<&str>, deliver: impl Fn(NorthEvent) + Clone + Send + 'static) -> std::io::Result<Self> {
        let client = Client::new(proxy, concat!("grem/", env!("CARGO_PKG_VERSION"))).map_err(std::io::Error::other)?;
        let (messages, inbox) = channel();
        let (post_client, post_deliver) = (client.clone(), deliver.clone());
        thread::Builder::new()
            .name("grem-messages".into())
            .spawn(move || post_all(&post_client, &inbox, post_deliver))?;
        let (fetches, inbox) = channel();
        thread::Builder::new().name("grem-images".into()).spawn(move || fetch_all(&client, &inbox, deliver))?;
        Ok(Self { messages, fetches })
    }

    /// Sends a message; its answer comes as [`NorthEvent::Answer`].
    pub fn post(&self, message: Transmit) {
        // The threads live as long as this value: a closed channel means that the process is ending.
        let _ = self.messages.send(message);
    }

    /// Fetches a block; it comes as [`NorthEvent::Fetched`].
    pub fn fetch(&self, fetch: Fetch) {
        let _ = self.fetches.send(fetch);
    }
}

fn post_all(client: &Client, inbox: &Receiver<Transmit>, deliver: impl Fn(NorthEvent)) {
    for message in inbox {
        deliver(NorthEvent::Answer { exchange: message.exchange, result: client.post(&message) });
    }
}

fn fetch_all(client: &Client, inbox: &Receiver<Fetch>, deliver: impl Fn(NorthEvent)) {
    let mut downloads = client.downloads();
    for fetch in inbox {
        let result = downloads.block(&fetch.url, fetch.offset, fetch.max_len).map_err(failure);
        deliver(NorthEvent::Fetched { ticket: fetch.ticket, result });
    }
}

fn failure(failure: FetchFailure) -> ImageFailure {
    match failure {
        FetchFailure::BadUrl => ImageFailure::BadUrl,
        FetchFailure::Unauthorized => ImageFailure::Unauthorized,
        FetchFailure::Timeout | FetchFailure::Unavailable | FetchFailure::Server | FetchFailure::Network => {
            ImageFailure::Temporary
        }
    }
}
