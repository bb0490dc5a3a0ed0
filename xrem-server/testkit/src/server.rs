//! The network server: the NREM on a store in memory, driven as its contract says: commit, then speak.

use alloc::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use omadm_proto::auth::nonce::NonceSource;
use omadm_proto::exchange::Inbound;
use omadm_proto::ids::{DevId, ExchangeId};
use omadm_proto::time::Instant;
use omadm_tree::mo::diag_mon::DiagTime;
use xrem_server::campaign::{CampaignId, CampaignStore as _, load};
use xrem_server::nrem::{Event, Nrem, Step};
use xrem_server::performance;
use xrem_server::session::Settings;
use xrem_server::store::{MemoryStore, Record, Store as _};
use xrem_server::task::TaskId;
use xrem_server::wakeup::Notify;

use crate::device::seed_of;
use crate::node::Node;
use crate::plan::Plan;
use crate::station::{BootError, CallId, Effect, Reply, Request, Station, Ticket, block};

/// The numbers of tasks of the server's own begin behind this one.
const OWN_TASKS: u64 = 1 << 32;
/// Nodes that are looked after at once.
const AT_ONCE: usize = 64;

pub(crate) struct ServerNode {
    pub(crate) nrem: Nrem,
    /// The database; it survives everything.
    pub(crate) store: MemoryStore,
    nonces: NonceSource,
    seed: u64,
    /// How often something was stored.
    pub(crate) commits: u64,
    /// Tasks of its own; their numbers survive everything, as those of a program do.
    own_tasks: u64,
    queue: VecDeque<Todo>,
    pub(crate) images: BTreeMap<String, Bytes>,
    /// When campaigns are to be looked at.
    pub(crate) campaigns: BTreeMap<CampaignId, Instant>,
    /// What it told so far: the log survives everything, and gets what belongs to a commit with it.
    pub(crate) events: Vec<Event>,
}

/// What is left to do of a step.
enum Todo {
    Commit(Vec<Record>, Vec<Event>),
    Tell(Effect),
    NotNotified(Notify),
}

impl ServerNode {
    pub(crate) fn new(plan: &Plan) -> Self {
        let mut settings = Settings::default();
        settings.max_msg_size = plan.server_message.unwrap_or(settings.max_msg_size);
        Self {
            nrem: Nrem::new(settings).with_async_timeout(plan.patience),
            store: MemoryStore::new(),
            nonces: NonceSource::new(seed_of(plan.seed, Node::Server)),
            seed: plan.seed,
            commits: 0,
            own_tasks: 0,
            queue: VecDeque::new(),
            images: BTreeMap::new(),
            campaigns: BTreeMap::new(),
            events: Vec::new(),
        }
    }

    /// Stores `records`, at once: an application is told that its task is accepted when it is safe.
    pub(crate) fn commit(&mut self, records: &[Record]) {
        let Ok(()) = self.store.commit(records);
        self.commits += 1;
    }

    /// Queues what `step` asks for, in its order; `caller` gets the reply.
    fn follow(&mut self, step: Step, caller: Option<(Node, CallId)>) {
        let told = step.events.iter().map(|event| Effect::Told(format!("nrem: {event}"))).collect::<Vec<_>>();
        self.queue.push_back(Todo::Commit(step.persist, step.events));
        if let Some((to, call)) = caller {
            let reply = step.reply.map_or(Reply::Refused, Reply::from);
            self.queue.push_back(Todo::Tell(Effect::Answer { to, call, reply }));
        }
        for notify in step.notify {
            self.queue.push_back(match Node::parse(&notify.to) {
                Some(to) => Todo::Tell(Effect::Datagram { to, bytes: notify.datagram.into() }),
                None => Todo::NotNotified(notify),
            });
        }
        self.queue.extend(told.into_iter().map(Todo::Tell));
    }

    fn take_message(&mut self, now: Instant, inbound: Inbound<'_>, from: Node, call: CallId) {
        let Ok(incoming) = self.nrem.identify(ExchangeId::new(call), inbound) else {
            self.queue.push_back(Todo::Tell(Effect::Answer { to: from, call, reply: Reply::Refused }));
            return;
        };
        let Ok(mut records) = self.store.load(&incoming.dev_id());
        let mut step = self.nrem.handle_message(now, &mut records, &mut self.nonces, &incoming);
        self.settle(now, &mut step);
        self.follow(step, Some((from, call)));
    }

    /// The name of the next task of an application.
    pub(crate) fn next_task(&self) -> TaskId {
        let Ok(tasks) = self.store.tasks();
        let last = tasks.iter().map(|task| task.id.get()).filter(|id| *id <= OWN_TASKS).max();
        TaskId::new(last.unwrap_or(0) + 1)
    }

    /// Moves a campaign on, and stores what that brings at once.
    fn advance_campaign(&mut self, now: Instant, id: CampaignId) {
        self.campaigns.remove(&id);
        let Ok(Some(mut records)) = load(&self.store, id) else { return };
        let mut ids = (self.next_task().get()..).map(TaskId::new);
        let step = match self.nrem.advance_campaign(now, &self.store, &mut records, &mut ids) {
            Ok(step) => step,
            Err(error) => {
                self.queue.push_back(Todo::Tell(Effect::Told(format!("nrem: campaign {id}: {error}"))));
                return;
            }
        };
        if !step.persist.is_empty() {
            self.commit(&step.persist);
        }
        for task in step.cancel {
            let Ok(jobs) = self.store.jobs(task);
            for mut job in jobs {
                if job.cancel_unbegun() {
                    self.commit(&[Record::Job(job)]);
                }
            }
        }
        self.campaigns.extend(records.campaign.due.map(|due| (id, due)));
        self.queue.extend(step.events.iter().map(|event| Todo::Tell(Effect::Told(format!("nrem: {event}")))));
        self.events.extend(step.events);
    }

    fn look_after(&mut self, now: Instant, node: &DevId) {
        let Ok(mut records) = self.store.load(node);
        let mut step = self.nrem.handle_timeout(now, node, &mut records);
        self.settle(now, &mut step);
        self.follow(step, None);
    }

    fn settle(&mut self, now: Instant, step: &mut Step) {
        let own = &mut self.own_tasks;
        let Ok(()) = self.nrem.settle(now, &self.store, step, &mut || {
            *own += 1;
            TaskId::new(OWN_TASKS + *own)
        });
    }
}

impl ServerNode {
    /// Makes the news of samples that are due. The clock of a world counts from 1970, for devices too.
    fn tell_news(&mut self, now: Instant) {
        let now = DiagTime::from_unix_millis(now.as_millis());
        let Ok(due) = performance::next_due(&self.store);
        if due.is_none_or(|due| due > now) {
            return;
        }
        let Ok(round) = performance::round(&self.store, now);
        self.queue.push_back(Todo::Commit(round.persist, Vec::new()));
        let told = |notice: &performance::Notice| {
            Effect::Told(format!("nrem: subscription {}: news {}", notice.subscription, notice.number))
        };
        self.queue.extend(round.notices.iter().map(told).map(Todo::Tell));
    }
}

impl Station for ServerNode {
    fn step(&mut self, now: Instant) -> Option<Effect> {
        Some(match self.queue.pop_front()? {
            Todo::Commit(records, events) => {
                self.commit(&records);
                self.events.extend(events);
                Effect::Told(format!("nrem: commits {} records", records.len()))
            }
            Todo::Tell(effect) => effect,
            Todo::NotNotified(notify) => {
                let Ok(mut records) = self.store.load(&notify.node);
                let step = self.nrem.handle_notify_failure(now, &notify.node, &mut records, &notify.to);
                self.follow(step, None);
                Effect::Told(format!("nrem: no such bearer: {}", notify.to))
            }
        })
    }

    fn request(&mut self, now: Instant, from: Node, call: CallId, request: &Request) {
        match request {
            Request::Message { syntax, mac, body } => {
                self.take_message(now, Inbound::new(*syntax, body).with_mac(mac.as_deref()), from, call);
            }
            Request::Fetch { path, offset, max_len } => {
                let image = path.strip_prefix("images/").and_then(|name| self.images.get(name));
                let reply = image.map_or(Reply::NotFound, |image| {
                    let (data, end) = block(image, *offset, *max_len);
                    Reply::Block { data, end }
                });
                self.queue.push_back(Todo::Tell(Effect::Answer { to: from, call, reply }));
            }
        }
    }

    fn reply(&mut self, _: Instant, _: Ticket, _: Option<Reply>) {}

    fn datagram(&mut self, _: Instant, _: &[u8]) {}

    fn timeout(&mut self, now: Instant) {
        let Ok(due) = self.store.due(now, AT_ONCE);
        for node in due {
            self.look_after(now, &node);
        }
        self.tell_news(now);
        // What is queued may be about jobs that a campaign wants to cancel.
        while self.queue.is_empty()
            && let Some(id) = self.campaigns.iter().find(|(_, due)| **due <= now).map(|(id, _)| *id)
        {
            self.advance_campaign(now, id);
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let Ok(due) = self.store.next_due();
        let Ok(news) = performance::next_due(&self.store);
        let news = news.map(|news| Instant::from_millis(news.as_unix_millis()));
        due.into_iter().chain(news).chain(self.campaigns.values().copied()).min()
    }

    fn come(&mut self, _: Instant) {}

    fn cut(&mut self, _: Instant) {
        self.queue.clear();
    }

    fn boot(&mut self, _: Instant) -> Result<(), BootError> {
        self.seed = self.seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        self.nonces = NonceSource::new(seed_of(self.seed, Node::Server));
        let Ok(campaigns) = self.store.campaigns();
        self.campaigns = campaigns.into_iter().filter_map(|it| Some((it.id, it.due?))).collect();
        Ok(())
    }
}
