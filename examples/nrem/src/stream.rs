//! One stream of events: what was before, what is now, and what comes, each once and in order.
//!
//! ```text
//! listen  ->  current alarms, if wanted  ->  the log behind the last number  ->  what is told from now on
//!                                                    ^--- the listener fell behind ---'
//! ```
//!
//! Nobody waits for a slow reader: what it has not taken when the short queue of live events is full, it reads from the log
//! later. It is told when the log does not go back so far, and when it may have missed events that are not kept.

use std::collections::BTreeSet;
use std::sync::Arc;

use omadm_proto::ids::DevId;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc::Sender;
use xrem_server::fault::{Alarm, Filter};
use xrem_server::nrem::EventKind;
use xrem_server::requester::{Ability, Requester};
use xrem_server::store::Store as _;

use crate::app::App;
use crate::store::StoreError;
use crate::told::Told;

/// Events that are read from the log at once.
const PAGE: usize = 256;
/// Alarms that the list at the beginning has at most.
const MOST_ALARMS: usize = 10_000;

/// What a subscriber wants to hear of, and may.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// Events of these kinds; empty: of all.
    pub(crate) kinds: BTreeSet<EventKind>,
    /// About these nodes; faults as it says.
    pub(crate) faults: Filter,
    /// About nodes of this group.
    pub(crate) group: Option<String>,
    pub(crate) reader: Arc<Requester>,
}

/// Where a stream begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beginning {
    /// Now.
    Now,
    /// With the alarms of now.
    Current,
    /// Behind this number.
    After(u64),
}

/// What a subscriber is sent.
#[derive(Debug)]
pub(crate) enum Message {
    /// A raised alarm of the list at the beginning.
    Alarm(Box<Alarm>),
    /// The list is complete; the stream goes on behind this number.
    Ready(u64),
    /// An event.
    Told(Arc<Told>),
    /// Numbered events between these two are not kept any more; faults are.
    Dropped { after: u64, before: u64 },
    /// So many live events came too fast; those with numbers follow from the log.
    Behind(u64),
}

/// The subscriber is gone.
struct Gone;

/// Why a stream ends.
enum End {
    Gone,
    Store(StoreError),
}

impl From<Gone> for End {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

impl From<StoreError> for End {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Wanted {
    /// Whether the subscriber wants and may hear of `node`.
    pub(crate) fn node(&self, app: &App, node: &DevId) -> Result<bool, StoreError> {
        if self.faults.nodes.as_ref().is_some_and(|nodes| !nodes.contains(node)) {
            return Ok(false);
        }
        if self.group.is_none() && self.reader.may_everywhere(Ability::Read) {
            return Ok(true);
        }
        let record = app.database.node(node)?;
        let in_group = |group: &String| record.as_ref().is_some_and(|record| record.groups.contains(group));
        let may = match &record {
            Some(record) => self.reader.may(Ability::Read, record),
            None => self.reader.may_unregistered(Ability::Read, node),
        };
        Ok(may && self.group.as_ref().is_none_or(in_group))
    }

    fn wants(&self, app: &App, told: &Told) -> Result<bool, StoreError> {
        if !self.kinds.is_empty() && !self.kinds.contains(&told.kind) {
            return Ok(false);
        }
        if told.fault.as_ref().is_some_and(|fault| !self.faults.wants_event(fault)) {
            return Ok(false);
        }
        // What is done on somebody's behalf is told to that requester.
        if told.task.is_some() || matches!(told.kind, EventKind::Performance | EventKind::Campaign) {
            let own = told.requester.as_ref() == Some(&self.reader.name);
            if !own && !self.reader.may_everywhere(Ability::Administer) {
                return Ok(false);
            }
        }
        let device = match (&told.fault, &told.node) {
            (Some(fault), _) => Some(fault.transition.alarm.device.clone()),
            // A stranger is nobody yet: only those see it who see everything.
            (None, Some(name)) => app.database.node_by_name(name)?,
            (None, None) => None,
        };
        match device {
            Some(device) => self.node(app, &device),
            None if told.node.is_some() && !self.reader.may_everywhere(Ability::Read) => Ok(false),
            None => Ok(self.group.is_none() && self.faults.nodes.is_none()),
        }
    }
}

/// Sends what `wanted` asks for until the subscriber is gone or the server ends.
pub(crate) async fn run(app: App, wanted: Wanted, beginning: Beginning, out: Sender<Message>) {
    let mut stopping = app.stopping.clone();
    let feed = feed(&app, &wanted, beginning, &out);
    tokio::select! {
        ended = feed => if let Err(End::Store(error)) = ended {
            tracing::error!(%error, "a stream of events ended");
        },
        _ = stopping.wait_for(|stopping| *stopping) => {}
        () = out.closed() => {}
    }
}

async fn feed(app: &App, wanted: &Wanted, beginning: Beginning, out: &Sender<Message>) -> Result<(), End> {
    let mut live = app.hub.listen();
    let mut last = begin(app, wanted, beginning, out).await?;
    loop {
        catch_up(app, wanted, &mut last, out).await?;
        loop {
            match live.recv().await {
                Ok(told) if told.number != 0 && told.number <= last => {}
                Ok(told) => {
                    last = last.max(told.number);
                    if wanted.wants(app, &told)? {
                        send(out, Message::Told(told)).await?;
                    }
                }
                Err(RecvError::Lagged(events)) => {
                    send(out, Message::Behind(events)).await?;
                    break;
                }
                Err(RecvError::Closed) => return Ok(()),
            }
        }
    }
}

/// Sends the list, if it is wanted; gives the number behind which the stream goes on.
async fn begin(app: &App, wanted: &Wanted, beginning: Beginning, out: &Sender<Message>) -> Result<u64, End> {
    let (alarms, last) = app.database.current_alarms(&wanted.faults, MOST_ALARMS)?;
    match beginning {
        Beginning::After(number) => return Ok(number),
        Beginning::Now => {}
        Beginning::Current => {
            for alarm in alarms {
                if wanted.node(app, &alarm.newest.alarm.device)? {
                    send(out, Message::Alarm(Box::new(alarm))).await?;
                }
            }
        }
    }
    send(out, Message::Ready(last)).await?;
    Ok(last)
}

async fn catch_up(app: &App, wanted: &Wanted, last: &mut u64, out: &Sender<Message>) -> Result<(), End> {
    loop {
        let replay = app.database.told(*last, PAGE)?;
        if *last + 1 < replay.complete_from {
            send(out, Message::Dropped { after: *last, before: replay.complete_from }).await?;
        }
        if replay.told.is_empty() {
            return Ok(());
        }
        for told in replay.told {
            *last = told.number;
            if wanted.wants(app, &told)? {
                send(out, Message::Told(Arc::new(told))).await?;
            }
        }
    }
}

async fn send(out: &Sender<Message>, message: Message) -> Result<(), Gone> {
    out.send(message).await.map_err(|_| Gone)
}
