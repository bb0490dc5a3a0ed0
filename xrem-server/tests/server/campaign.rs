//! Campaigns over nodes whose tasks end as the test says: waves, thresholds, windows, rates, second tries \[N6b\].

use core::time::Duration;
use std::collections::BTreeMap;

use omadm_proto::auth::{Credentials, Scheme};
use omadm_proto::ids::DevId;
use omadm_proto::status::StatusCode;
use omadm_proto::time::Instant;
use xrem_server::campaign::{
    Campaign, CampaignId, CampaignRequest, CampaignState, CampaignStore as _, Counts, News, Plan, Rate, Reason,
    Release, Standing, StateError, Window, load,
};
use xrem_server::directory::{NodeId, NodeKind, Registration, routes};
use xrem_server::nrem::{Event, Nrem};
use xrem_server::session::Value;
use xrem_server::store::{ClientAccount, MemoryStore, Record, Store as _};
use xrem_server::task::{
    AlertReport, CommandState, ImageFile, Job, JobState, Outcome, Progress, Purpose, Target, Task, TaskId,
};

const OLD: &str = "0101010101010101010101010101010101010101010101010101010101010101";
const ODD: &str = "0202020202020202020202020202020202020202020202020202020202020202";
const HOUR: Duration = Duration::from_secs(3600);
const SECOND: Duration = Duration::from_secs(1);

/// How a simulated node takes a firmware task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Good,
    /// Every image ends with this result code.
    Fails(u16),
    /// A delta ends with this result code; the whole image is fine.
    NoDelta(u16),
    /// It says it succeeded and runs what it ran.
    Lies,
    /// It never comes.
    Silent,
}

#[derive(Debug, Clone)]
struct Device {
    version: String,
    sha256: &'static str,
    manner: Manner,
    /// Images it was told to install, in order.
    told: Vec<String>,
}

/// A server, its store, and nodes that do their jobs when the test lets them.
struct Bench {
    nrem: Nrem,
    store: MemoryStore,
    devices: BTreeMap<DevId, Device>,
    tasks: u64,
    /// The first task whose jobs are not all over.
    first_open: u64,
    now: Instant,
    news: Vec<News>,
}

fn image(name: &str) -> ImageFile {
    ImageFile::new(name, 1, "f".repeat(64), format!("http://nrem/images/{name}")).unwrap()
}

/// A way from the image that nodes run to that of the release.
fn delta() -> ImageFile {
    image("delta").with_delta(OLD, "f".repeat(64)).unwrap()
}

fn release() -> Release {
    Release::new("2.1", image("full"))
}

fn account() -> ClientAccount {
    let (client, server) = (Credentials::new("dev", "a"), Credentials::new("nrem", "b"));
    ClientAccount::new("nrem".into(), client, server).with_scheme(Scheme::Md5)
}

fn id(number: usize) -> DevId {
    DevId::from(format!("dev{number:05}").as_str())
}

impl Bench {
    /// `number` devices that run 1.0 and do as told.
    fn new(number: usize) -> Self {
        let mut store = MemoryStore::new();
        let mut devices = BTreeMap::new();
        for number in 1..=number {
            let mut registration = Registration::new(id(number), NodeKind::Device);
            registration.account = Some(account());
            let (node, _) = registration.accept(Instant::ZERO).unwrap();
            store.commit(&[Record::Node(node)]).unwrap();
            let device = Device { version: "1.0".to_string(), sha256: OLD, manner: Manner::Good, told: Vec::new() };
            devices.insert(id(number), device);
        }
        let (now, news) = (Instant::from_secs(86_400), Vec::new());
        Self { nrem: Nrem::default(), store, devices, tasks: 0, first_open: 1, now, news }
    }

    fn with(mut self, numbers: impl IntoIterator<Item = usize>, manner: Manner) -> Self {
        for number in numbers {
            self.devices.get_mut(&id(number)).unwrap().manner = manner;
        }
        self
    }

    fn begin(&mut self, request: CampaignRequest) -> CampaignId {
        let target = Target::Devices(self.devices.keys().map(NodeId::of).collect());
        let permit = routes(&self.store, &target).unwrap().into();
        let campaign = Campaign::new(self.now, CampaignId::new(1), request, &permit).unwrap();
        self.store.commit(&[Record::Campaign(Box::new(campaign))]).unwrap();
        CampaignId::new(1)
    }

    /// Looks at the campaign once. What it keeps is what it stored: every look is one after a restart.
    fn look(&mut self) -> Option<Instant> {
        let mut records = load(&self.store, CampaignId::new(1)).unwrap().unwrap();
        let mut ids = (self.tasks + 1..).map(TaskId::new);
        let step = self.nrem.advance_campaign(self.now, &self.store, &mut records, &mut ids).unwrap();
        self.tasks = ids.next().unwrap().get() - 1;
        self.store.commit(&step.persist).unwrap();
        for task in step.cancel {
            for mut job in self.store.jobs(task).unwrap() {
                if job.cancel_unbegun() {
                    self.store.commit(&[Record::Job(job)]).unwrap();
                }
            }
        }
        for event in step.events {
            if let Event::Campaign { news, .. } = event {
                self.news.push(news);
            }
        }
        records.campaign.due
    }

    /// All nodes do what they were told.
    fn work(&mut self) {
        for number in self.first_open..=self.tasks {
            let task = self.store.task(TaskId::new(number)).unwrap().unwrap();
            for job in self.store.jobs(task.id).unwrap().into_iter().filter(Job::is_active) {
                if let Some(job) = self.done(&task, job) {
                    self.store.commit(&[Record::Job(job)]).unwrap();
                }
            }
        }
    }

    fn done(&mut self, task: &Task, mut job: Job) -> Option<Job> {
        let device = self.devices.get_mut(&job.node).unwrap();
        if device.manner == Manner::Silent {
            return None;
        }
        job.progress = match &task.purpose {
            Purpose::Firmware { image, .. } => {
                device.told.push(image.name.clone());
                let code = match device.manner {
                    Manner::Fails(code) => code,
                    Manner::NoDelta(code) if image.name != "full" => code,
                    Manner::Good | Manner::NoDelta(_) | Manner::Lies | Manner::Silent => 200,
                };
                if code == 200 && device.manner != Manner::Lies {
                    device.version = "2.1".to_string();
                }
                vec![finished(code)]
            }
            _ => vec![answered(&device.version), answered(device.sha256)],
        };
        job.state = JobState::Finished;
        Some(job)
    }

    /// Lets the nodes work and the campaign be looked at when it is due, until nothing is or until `end`.
    fn run(&mut self, end: Instant) {
        while let Some(due) = self.look() {
            self.work();
            if due >= end {
                break;
            }
            self.now = self.now.max(due);
        }
    }

    fn campaign(&self) -> Campaign {
        self.store.campaign(CampaignId::new(1)).unwrap().unwrap()
    }

    fn counts(&self) -> Counts {
        let open = load(&self.store, CampaignId::new(1)).unwrap().unwrap().waves;
        self.campaign().totals(&open)
    }

    fn told(&self, number: usize) -> &[String] {
        &self.devices[&id(number)].told
    }

    fn sizes_of_waves(&self) -> Vec<usize> {
        let size = |news: &News| if let News::WaveBegan { nodes, .. } = news { Some(*nodes) } else { None };
        self.news.iter().filter_map(size).collect()
    }

    /// Everybody who was told to install something.
    fn begun(&self) -> usize {
        self.devices.values().filter(|device| !device.told.is_empty()).count()
    }
}

fn progress(outcome: Outcome) -> Progress {
    let mut progress = Progress::default();
    progress.outcome = outcome;
    progress.state = CommandState::Done;
    progress
}

/// A firmware update that ended with `code`.
fn finished(code: u16) -> Progress {
    let mut outcome = Outcome::default();
    outcome.status = Some(StatusCode::ACCEPTED_FOR_PROCESSING);
    let mut report = AlertReport::default();
    report.data = code.to_string().into_bytes();
    outcome.alert = Some(report);
    progress(outcome)
}

/// A Get that brought `text`.
fn answered(text: &str) -> Progress {
    let mut outcome = Outcome::default();
    outcome.status = Some(StatusCode::OK);
    let mut value = Value::default();
    value.data = text.as_bytes().to_vec();
    outcome.results.push(value);
    progress(outcome)
}

fn counts(upgraded: usize, failed: usize) -> Counts {
    let mut counts = Counts::default();
    counts.upgraded = upgraded;
    counts.failed = failed;
    counts
}

const END: Instant = Instant::from_secs(86_400 * 30);

#[test]
fn n6b_five_thousand_nodes_of_which_every_fiftieth_fails_end_with_exact_counts() {
    let mut bench = Bench::new(5000).with((50..=5000).step_by(50), Manner::Fails(410));
    bench.begin(CampaignRequest::new("all", release()).canary(5).waves(500).abort_above(30));
    bench.run(END);
    let campaign = bench.campaign();
    assert_eq!((campaign.state, campaign.counts), (CampaignState::Finished, counts(4900, 100)));
    assert_eq!(bench.sizes_of_waves(), [5, 500, 500, 500, 500, 500, 500, 500, 500, 500, 495]);
    assert!(bench.devices.values().all(|device| device.told == ["full"]), "each was told once");
    let waves = bench.store.waves(CampaignId::new(1)).unwrap();
    let failed =
        waves.iter().flat_map(|wave| &wave.nodes).filter(|(_, it)| it.standing == Standing::Failed(Reason::Fumo(410)));
    let failed: Vec<DevId> = failed.map(|(node, _)| node.clone()).collect();
    assert_eq!(failed, (50..=5000).step_by(50).map(id).collect::<Vec<_>>());
    assert_eq!(bench.news.last(), Some(&News::Ended(counts(4900, 100))));
}

#[test]
fn n6b_a_bad_image_stops_after_the_canary() {
    let mut bench = Bench::new(320).with(1..=320, Manner::Fails(410));
    bench.begin(CampaignRequest::new("bad", release()).canary(5).waves(100));
    bench.run(END);
    assert_eq!((bench.campaign().state, bench.campaign().counts), (CampaignState::Aborted, counts(0, 5)));
    assert_eq!(bench.begun(), 5);
}

#[test]
fn n6b_a_wave_is_stopped_as_soon_as_too_many_of_those_that_have_begun_failed() {
    // 105 have begun; 5 % of them are five. Nodes 6 to 13 fail at once, the rest have not come yet.
    let mut bench = Bench::new(320).with(6..=13, Manner::Fails(410)).with(14..=320, Manner::Silent);
    bench.begin(CampaignRequest::new("late", release()).canary(5).waves(100).abort_above(50));
    bench.run(Instant::from_secs(86_400 + 3600));
    let campaign = bench.campaign();
    assert_eq!(campaign.state, CampaignState::Aborted);
    assert!(bench.news.contains(&News::Aborted { failed: 8, begun: 105 }));
    let mut expected = counts(5, 8);
    expected.cancelled = 92;
    assert_eq!(campaign.counts, expected);
    // A node that comes now finds nothing to do.
    assert!(bench.store.load(&id(20)).unwrap().jobs.is_empty());
}

#[test]
fn n6b_a_node_whose_delta_failed_gets_the_whole_image() {
    let mut bench =
        Bench::new(4).with([2], Manner::NoDelta(402)).with([3], Manner::Fails(402)).with([4], Manner::Fails(401));
    bench.begin(CampaignRequest::new("delta", release().with_delta(delta())).abort_above(1000));
    bench.run(END);
    assert_eq!(bench.told(1), ["delta"]);
    assert_eq!(bench.told(2), ["delta", "full"]);
    assert_eq!(bench.told(3), ["delta", "full"]);
    assert_eq!(bench.told(4), ["delta"], "its user declined");
    let mut expected = counts(2, 2);
    expected.retried = 2;
    assert_eq!(bench.campaign().counts, expected);
}

#[test]
fn n6b_every_node_gets_the_image_that_fits_what_it_runs() {
    let mut bench = Bench::new(3);
    bench.devices.get_mut(&id(2)).unwrap().sha256 = ODD;
    bench.devices.get_mut(&id(3)).unwrap().version = "2.1".to_string();
    bench.begin(CampaignRequest::new("mixed", release().with_delta(delta())));
    bench.run(END);
    assert_eq!((bench.told(1), bench.told(2)), (&["delta".to_string()][..], &["full".to_string()][..]));
    assert_eq!(bench.told(3), [""; 0], "it runs it already");
    let mut expected = counts(2, 0);
    expected.already = 1;
    assert_eq!(bench.campaign().counts, expected);
}

#[test]
fn n6b_success_is_what_the_node_runs_afterwards() {
    let mut bench = Bench::new(1).with([1], Manner::Lies);
    bench.begin(CampaignRequest::new("lies", release()).abort_above(1000));
    bench.run(END);
    let waves = bench.store.waves(CampaignId::new(1)).unwrap();
    assert_eq!(waves[0].nodes[&id(1)].standing, Standing::Failed(Reason::Version("1.0".to_string())));
}

#[test]
fn n6b_a_node_that_does_not_come_is_not_reached_and_does_not_stop_the_others() {
    let mut bench = Bench::new(20).with([7], Manner::Silent);
    bench.begin(CampaignRequest::new("silent", release()).canary(0).waves(10).abort_above(0));
    bench.run(END);
    let mut expected = counts(19, 0);
    expected.unreached = 1;
    assert_eq!((bench.campaign().state, bench.campaign().counts), (CampaignState::Finished, expected));
    // It waited a day for it.
    assert!(bench.now >= Instant::from_secs(2 * 86_400));
}

#[test]
fn n6b_the_next_wave_need_not_wait_for_the_last_node() {
    let mut request = CampaignRequest::new("on", release()).canary(0).waves(10);
    request.plan.proceed_at = 900;
    let mut bench = Bench::new(20).with([7], Manner::Silent);
    bench.begin(request);
    bench.run(Instant::from_secs(86_400 + 600));
    assert_eq!(bench.counts().upgraded, 19);
    assert_eq!(bench.campaign().open, [1]);
}

#[test]
fn n6b_nodes_begin_only_in_the_window_and_those_that_have_not_begun_are_put_back() {
    // The clock of the bench starts at midnight.
    let window = Window { start: 2 * HOUR, length: HOUR };
    let mut bench = Bench::new(30).with(11..=20, Manner::Silent);
    bench.begin(CampaignRequest::new("night", release()).canary(0).waves(10).window(window));
    assert_eq!(bench.look(), Some(Instant::from_secs(86_400 + 2 * 3600)));
    assert_eq!(bench.tasks, 0);
    bench.run(Instant::from_secs(86_400 + 4 * 3600));
    assert_eq!((bench.counts().upgraded, bench.campaign().waiting()), (10, 20));
    // The next night they come.
    bench = bench.with(11..=20, Manner::Good);
    bench.run(END);
    let began = Instant::from_secs(2 * 86_400 + 2 * 3600);
    assert!(bench.now >= began && bench.now < began + HOUR, "{:?}", bench.now);
    assert_eq!((bench.campaign().state, bench.campaign().counts), (CampaignState::Finished, counts(30, 0)));
    assert!(bench.devices.values().all(|device| device.told == ["full"]));
}

#[test]
fn a_window_may_last_over_midnight() {
    let window = Window { start: 23 * HOUR, length: 2 * HOUR };
    let at = |hours: u64| Instant::from_secs(86_400 * 3 + hours * 3600);
    let open: Vec<u64> = (0..24).filter(|hour| window.is_open(at(*hour))).collect();
    assert_eq!(open, [0, 23]);
    assert_eq!((window.next_change(at(0)), window.next_change(at(5))), (at(1), at(23)));
}

#[test]
fn n6b_no_more_nodes_begin_in_an_hour_than_the_rate_says() {
    let mut bench = Bench::new(50);
    bench.begin(CampaignRequest::new("slow", release()).canary(5).waves(40).rate(Rate { nodes: 20, per: HOUR }));
    bench.run(Instant::from_secs(86_400 + 3599));
    assert_eq!(bench.begun(), 5);
    bench.run(Instant::from_secs(86_400 + 7199));
    assert_eq!(bench.begun(), 25);
    bench.run(END);
    assert_eq!(bench.sizes_of_waves(), [5, 20, 20, 5]);
}

#[test]
fn n6b_a_paused_campaign_begins_nothing_until_it_is_resumed() {
    let mut bench = Bench::new(20);
    bench.begin(CampaignRequest::new("pause", release()).canary(5).waves(5));
    bench.look();
    bench.work();
    let mut campaign = bench.campaign();
    campaign.pause().unwrap();
    bench.store.commit(&[Record::Campaign(Box::new(campaign))]).unwrap();
    bench.run(Instant::from_secs(86_400 + 600));
    assert_eq!(bench.begun(), 0);
    let mut campaign = bench.campaign();
    campaign.resume(bench.now).unwrap();
    bench.store.commit(&[Record::Campaign(Box::new(campaign))]).unwrap();
    bench.run(END);
    assert_eq!(bench.campaign().counts, counts(20, 0));
    assert_eq!(bench.campaign().pause(), Err(StateError::Over));
}

#[test]
fn n6b_a_cancelled_campaign_lets_those_go_on_that_have_begun() {
    let mut bench = Bench::new(20).with(6..=20, Manner::Silent);
    bench.begin(CampaignRequest::new("cancel", release()).canary(0).waves(10));
    bench.look();
    bench.work();
    bench.now = bench.now + SECOND;
    bench.look();
    // Five install, five were never reached. Now it is cancelled.
    let mut campaign = bench.campaign();
    campaign.cancel(bench.now).unwrap();
    bench.store.commit(&[Record::Campaign(Box::new(campaign))]).unwrap();
    bench.run(END);
    let counts = bench.campaign().counts;
    assert_eq!(
        (bench.campaign().state, counts.cancelled + counts.upgraded, counts.failed),
        (CampaignState::Cancelled, 10, 0)
    );
    assert!(bench.store.load(&id(6)).unwrap().jobs.is_empty());
}

#[test]
fn n6b_a_node_that_nobody_knows_any_more_fails_alone() {
    let mut bench = Bench::new(3);
    bench.begin(CampaignRequest::new("gone", release()).abort_above(1000));
    bench.store.commit(&[Record::NodeRemoved(id(2))]).unwrap();
    bench.run(END);
    assert_eq!(bench.campaign().counts, counts(2, 1));
    let waves = bench.store.waves(CampaignId::new(1)).unwrap();
    assert_eq!(waves[0].nodes[&id(2)].standing, Standing::Failed(Reason::Unknown));
}

#[test]
fn a_campaign_that_cannot_be_is_refused_with_the_reason() {
    let bench = Bench::new(1);
    let permit = routes(&bench.store, &Target::Device(NodeId::of(&id(1)))).unwrap().into();
    let refusal = |change: &dyn Fn(&mut CampaignRequest)| {
        let mut request = CampaignRequest::new("bad", release());
        change(&mut request);
        Campaign::new(bench.now, CampaignId::new(1), request, &permit).unwrap_err().to_string()
    };
    assert!(refusal(&|it| it.plan.wave = 0).contains("wave is 0"));
    assert!(refusal(&|it| it.plan.proceed_at = 0).contains("per mille"));
    assert!(refusal(&|it| it.plan.rate = Some(Rate { nodes: 0, per: HOUR })).contains("rate"));
    assert!(refusal(&|it| it.plan.window = Some(Window { start: 24 * HOUR, length: HOUR })).contains("window"));
    assert!(refusal(&|it| it.plan.patience = Duration::ZERO).contains("patience is 0"));
    assert!(refusal(&|it| it.name = "x".repeat(257)).contains("more than 256 bytes"));
    assert!(refusal(&|it| it.release.version.clear()).contains("version"));
    assert!(refusal(&|it| it.release.deltas.push(image("d"))).contains("which image it applies to"));
    let other = || image("d").with_delta(OLD, "e".repeat(64)).unwrap();
    assert!(refusal(&|it| it.release.deltas.push(other())).contains("makes another one"));
    assert_eq!(Plan::default().canary, 5);
}
