//! One thread of devices: each is a task that waits for its turn, has a session, and waits again.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use dm_binding::post::{MAX_MESSAGE, Poster};
use http::Uri;
use omadm_proto::auth::nonce::{NonceSource, Seed};
use omadm_proto::exchange::Syntax;
use tokio::sync::Semaphore;
use tokio::task::LocalSet;

use super::device::{Deeds, Kind, Simulated};
use super::link::Link;
use super::site::{Api, Feeder, Identity};
use super::{Args, Rate, Run};
use crate::error::Error;

/// How long sessions that run are waited for in the end.
const DRAINING: Duration = Duration::from_secs(60);
/// The longest answer of the API.
const MAX_ANSWER: usize = 1 << 30;

/// What came of the devices of one thread.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) devices: Vec<(String, Deeds)>,
    pub(crate) tasks: Vec<u64>,
}

/// What the devices of one thread share.
struct Shop {
    kind: Kind,
    link: Rc<Link>,
    feeder: Feeder,
    pace: Pace,
    /// When sessions that run are given up.
    give_up: Cell<Option<Instant>>,
}

/// Whose turn it is.
struct Pace {
    at_once: Semaphore,
    interval: Option<Duration>,
    next: Cell<Instant>,
}

impl Pace {
    /// Waits for a turn; `None` when there are none any more.
    async fn turn(&self) -> Option<tokio::sync::SemaphorePermit<'_>> {
        let permit = self.at_once.acquire().await.ok()?;
        if let Some(interval) = self.interval {
            let at = self.next.get().max(Instant::now());
            self.next.set(at + interval);
            tokio::time::sleep_until(at.into()).await;
        }
        (!self.at_once.is_closed()).then_some(permit)
    }
}

/// Registers the devices of thread `number`, waits for the word to begin, and runs them until the run is stopped.
pub(crate) fn work(
    run: &Run,
    number: usize,
    ready: &Sender<Result<(), Error>>,
    begin: &Receiver<()>,
) -> Result<Report, Error> {
    let system = |error: std::io::Error| Error::new(format!("cannot start: {error}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(system)?;
    LocalSet::new().block_on(&runtime, async {
        let prepared = prepare(&run.args, number).await;
        let (shop, api, devices) = match prepared {
            Ok(prepared) => prepared,
            Err(error) => {
                let _ = ready.send(Err(error));
                return Err(Error::new("the devices could not be registered"));
            }
        };
        let _ = ready.send(Ok(()));
        // Another thread could not begin.
        if begin.recv().is_err() {
            return Err(Error::new("stopped"));
        }
        Ok(go(run, shop, &api, devices).await)
    })
}

async fn prepare(args: &Args, number: usize) -> Result<(Shop, Api, Vec<Simulated>), Error> {
    let base = args.server.trim_end_matches('/');
    let authority = base
        .strip_prefix("http://")
        .filter(|rest| !rest.contains('/'))
        .ok_or_else(|| Error::new(format!("--server {base:?} is not of the form http://host:port")))?;
    let bad_host = || Error::new(format!("--server {base:?} names no host"));
    let share = |count: usize| (count / args.threads + usize::from(number < count % args.threads)).max(1);
    let connections = share(args.connections);
    let kind = Kind {
        server_id: args.server_id.clone(),
        path: Uri::from_static("/dm"),
        syntax: if args.wbxml { Syntax::Wbxml } else { Syntax::Xml },
        poster: Poster::new(concat!("drem-load/", env!("CARGO_PKG_VERSION"))),
    };
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| Error::new(format!("no random numbers: {error}")))?;
    let mut source = NonceSource::from_parts(Seed::new(seed), 0);
    let first =
        (0..number).map(|before| args.devices / args.threads + usize::from(before < args.devices % args.threads));
    let first: usize = first.sum();
    let own = args.devices / args.threads + usize::from(number < args.devices % args.threads);
    let prefix = args.prefix.as_deref().unwrap_or("urn:load");
    let identities: Vec<Identity> = (first..first + own).map(|at| identity(prefix, at, &mut source)).collect();
    let api_link = Link::new(authority, 4, MAX_ANSWER).ok_or_else(bad_host)?;
    let api = Api::new(api_link, args.api_token.as_deref())?;
    api.register(&args.server_id, &identities).await?;
    let mut devices = Vec::with_capacity(identities.len());
    for identity in identities {
        getrandom::fill(&mut seed).map_err(|error| Error::new(format!("no random numbers: {error}")))?;
        devices.push(Simulated::new(&kind, identity, Seed::new(seed))?);
    }
    let interval = match args.sessions_per_second {
        Rate::Max => None,
        #[allow(clippy::cast_precision_loss, reason = "threads are few")]
        Rate::PerSecond(rate) => Some(Duration::from_secs_f64(args.threads as f64 / rate)),
    };
    let at_once = Semaphore::new(share(args.at_once.unwrap_or(args.connections)));
    let pace = Pace { at_once, interval, next: Cell::new(Instant::now()) };
    let link = Link::new(authority, connections, MAX_MESSAGE).ok_or_else(bad_host)?;
    Ok((Shop { kind, link, feeder: Feeder::default(), pace, give_up: Cell::new(None) }, api, devices))
}

/// Device `at` of the run: secrets and first nonces that no other has.
fn identity(prefix: &str, at: usize, source: &mut NonceSource) -> Identity {
    let mut secret = || source.next().to_base64();
    let (own, server) = (secret(), secret());
    Identity {
        id: format!("{prefix}-{at}"),
        name: format!("device-{at}"),
        secret: own,
        server_secret: server,
        client_nonce: source.next(),
        server_nonce: source.next(),
    }
}

async fn go(run: &Run, shop: Shop, api: &Api, devices: Vec<Simulated>) -> Report {
    let lives = devices.into_iter().map(|device| live(run, &shop, device));
    let lives = futures_util::future::join_all(lives);
    let ends = async {
        while !run.stop.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        shop.give_up.set(Some(Instant::now() + DRAINING));
        shop.pace.at_once.close();
        shop.feeder.close();
    };
    let feeding = shop.feeder.run(api, &run.tally);
    let lived = tokio::select! {
        (lived, ()) = async { tokio::join!(lives, ends) } => lived,
        () = feeding => Vec::new(),
    };
    let devices = lived.into_iter().map(|device| (device.identity.id, device.deeds)).collect();
    Report { devices, tasks: shop.feeder.tasks.take() }
}

/// The life of one device.
async fn live(run: &Run, shop: &Shop, mut device: Simulated) -> Simulated {
    loop {
        let fed = run.args.no_tasks || shop.feeder.ask(&device.identity.id).await;
        if !fed || run.stop.load(Ordering::Relaxed) {
            return device;
        }
        let Some(_turn) = shop.pace.turn().await else { return device };
        device.session(&shop.kind, &shop.link, &run.tally, &shop.give_up).await;
    }
}
