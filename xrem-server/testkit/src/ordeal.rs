//! Ordeals: a device and a server work through tasks and alerts while everything goes wrong that can, all decided by one seed.
//!
//! A seed decides the syntax, the authentication, the sizes of messages, the tasks, the alerts, the faults of the link and the
//! moments at which the power of either side fails, between any two things that it does. Then the faults end, the world
//! comes to rest, and [`Ordeal::run`] looks whether
//!
//! - every session and every task came to an end, none after more than [`LONGEST_SESSION`];
//! - what the application of the server was told is true: commands that succeeded are in the tree and nothing else is, values
//!   are those that were there, an Exec that succeeded ran, and none ran twice;
//! - nothing was executed twice that the server did not mark as repeated;
//! - no alert was lost, and none came twice without a session that broke off.

mod verdict;
mod work;

use core::fmt;
use core::time::Duration;

use omadm_proto::auth::Scheme;
use omadm_proto::exchange::Syntax;
use xrem_client::GenericAlert;
use xrem_server::task::{Target, TaskId};

use self::work::{Author, Model, Planned};
use crate::dice::Dice;
use crate::network::{Faults, Struck};
use crate::node::Node;
use crate::plan::Plan;
use crate::world::{Sessions, World};

/// No session of an ordeal takes longer.
pub const LONGEST_SESSION: Duration = Duration::from_secs(3600);
/// How long a device is left alone before it comes by itself.
const POLL: Duration = Duration::from_secs(900);
/// How long the server waits for the alert of an accepted command.
const PATIENCE: Duration = Duration::from_secs(7200);
/// Until then everything has come to rest after the faults ended.
const REST: Duration = Duration::from_secs(5 * 86_400);
/// The device of the ordeal.
const DEVICE: u32 = 1;

/// What went on in one ordeal that was passed.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Passed {
    /// The sessions of the device.
    pub sessions: Sessions,
    /// The faults.
    pub struck: Struck,
    /// The commands of all tasks.
    pub commands: u32,
    /// The alerts that the application of the device raised by itself.
    pub alerts: u32,
    /// A number that stands for the whole trace.
    pub fingerprint: (u64, u64),
}

/// An ordeal that was not passed.
#[derive(Clone)]
#[non_exhaustive]
pub struct Failed {
    /// The seed.
    pub seed: u64,
    /// What is wrong.
    pub wrong: Vec<String>,
    /// The plan, the faults and the trace.
    pub story: String,
}

/// One ordeal.
#[derive(Debug)]
pub struct Ordeal {
    seed: u64,
    dice: Dice,
    world: World,
    tasks: Vec<(TaskId, Vec<Planned>)>,
    alerts: u32,
    model: Model,
}

impl Ordeal {
    /// Goes through the ordeal of `seed`.
    ///
    /// # Errors
    /// [`Failed`] when something is wrong at its end.
    pub fn run(seed: u64) -> Result<Passed, Box<Failed>> {
        let mut dice = Dice::new(seed ^ 0x5EED_5EED_5EED_5EED);
        let plan = plan(&mut dice, seed);
        let failed = |wrong: String| Box::new(Failed { seed, wrong: vec![wrong], story: format!("{plan:?}") });
        let world = World::new(plan).map_err(|error| failed(error.to_string()))?;
        let mut ordeal = Self { seed, dice, world, tasks: Vec::new(), alerts: 0, model: Model::new() };
        let wrong = match ordeal.suffer() {
            Ok(()) => ordeal.judge(),
            Err(trouble) => vec![trouble],
        };
        if wrong.is_empty() { Ok(ordeal.passed()) } else { Err(Box::new(ordeal.failed(wrong))) }
    }

    fn suffer(&mut self) -> Result<(), String> {
        let nodes = self.world.nodes();
        for node in &nodes {
            self.world.restore(*node).map_err(|trouble| trouble.to_string())?;
        }
        let mut author_dice = Dice::new(self.dice.roll());
        let mut author = Author::new(&mut author_dice);
        // Cuts in 10 000 steps.
        let cuts = self.dice.pick(&[0, 0, 20, 60, 150]);
        for _ in 0..=self.dice.below(4) {
            if self.dice.chance(80) {
                let task = author.task();
                let specs = task.iter().map(|planned| planned.spec.clone()).collect();
                let target = Target::Device(Node::Device(DEVICE).dev_id().into());
                let id = self.world.submit(target, specs).map_err(|refused| refused.to_string())?;
                self.tasks.push((id, task));
            }
            if self.dice.chance(40) {
                self.alerts += 1;
                let alert =
                    GenericAlert::new("urn:x-xrem:at:ordeal", "x").source(format!("./App/alert{}", self.alerts));
                self.world.raise(DEVICE, alert);
            }
            for _ in 0..self.dice.below(250) {
                if self.dice.below(10_000) < cuts {
                    let node = if self.dice.chance(60) { Node::Device(DEVICE) } else { Node::Server };
                    self.world.restart(node);
                }
                if self.world.is_at_rest() || !self.world.step().map_err(|trouble| trouble.to_string())? {
                    break;
                }
            }
        }
        self.model = author.model;
        self.world.set_faults(Faults::default(), Faults::default());
        self.world.run_until(REST, World::is_at_rest).map_err(|trouble| trouble.to_string())
    }

    fn passed(&self) -> Passed {
        Passed {
            sessions: self.world.sessions(DEVICE),
            struck: self.world.struck(),
            commands: self.tasks.iter().map(|(_, task)| u32::try_from(task.len()).unwrap_or(u32::MAX)).sum(),
            alerts: self.alerts,
            fingerprint: self.world.trace().fingerprint(),
        }
    }

    fn failed(&self, wrong: Vec<String>) -> Failed {
        let tasks: String = self
            .tasks
            .iter()
            .flat_map(|(id, task)| task.iter().enumerate().map(move |(at, it)| format!("task {id} {at}: {it:?}\n")))
            .collect();
        let (plan, struck, sessions) = (self.world.plan(), self.world.struck(), self.world.sessions(DEVICE));
        let story = format!("{plan:?}\n{struck:?}\n{sessions:?}\n{tasks}{}", self.world.trace());
        Failed { seed: self.seed, wrong, story }
    }
}

/// What the world of `seed` is made of.
fn plan(dice: &mut Dice, seed: u64) -> Plan {
    let mut pick = |of: &[u64]| dice.pick(of);
    let percent = |of: u64| u8::try_from(of).unwrap_or(0);
    let faults = Faults {
        loss: percent(pick(&[0, 0, 3, 10, 25])),
        duplication: percent(pick(&[0, 5, 20])),
        late: percent(pick(&[0, 0, 3, 10])),
        damage: percent(pick(&[0, 0, 0, 2, 6])),
        jitter: Duration::from_millis(pick(&[0, 50, 400])),
        ..Faults::default()
    };
    let syntax = if pick(&[0, 1]) == 0 { Syntax::Xml } else { Syntax::Wbxml };
    let mut plan = Plan::new(syntax).direct(1).seed(seed).faults(faults, Faults::default());
    plan.poll = Some(POLL);
    plan.patience = PATIENCE;
    plan.scheme = match pick(&[0, 0, 1, 2]) {
        0 => Scheme::Md5,
        1 => Scheme::Mac,
        _ => Scheme::Basic,
    };
    plan.device_message = usize::try_from(pick(&[0, 0, 2500, 4000])).ok().filter(|bytes| *bytes > 0);
    plan.server_message = Some(pick(&[0, 0, 2000, 3500])).filter(|bytes| *bytes > 0);
    plan
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\nOMADM_SEED={}: {}", self.story, self.seed, self.wrong.join("\n  "))
    }
}

impl fmt::Debug for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
