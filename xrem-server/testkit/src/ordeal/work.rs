//! What applications want of the device in one ordeal: tasks drawn by the dice, and the simple model of what they make of it.
//!
//! Commands are drawn against the model, so that it is known of each whether it must succeed. What a server repeats after a
//! lost session must be harmless, so no task copies a leaf that it changes later, and none has an Atomic about leaves that
//! other commands of it are about.

use alloc::collections::{BTreeMap, BTreeSet};

use xrem_server::task::{CommandSpec, Correlator};

use crate::dice::Dice;

/// The leaves below `./App` and their values.
pub(super) type Model = BTreeMap<String, String>;

/// A command and what must come of it.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    pub(super) spec: CommandSpec,
    pub(super) expected: Expected,
}

/// What must come of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expected {
    /// It succeeds.
    Good,
    /// It succeeds and returns this, unless it was repeated.
    Value(String),
    /// It fails.
    Bad,
    /// It succeeds, or nobody knows whether it did, and runs at most once.
    Exec { uri: &'static str, correlator: String },
    /// The user is asked.
    User,
}

/// Draws tasks.
pub(super) struct Author<'d> {
    pub(super) dice: &'d mut Dice,
    pub(super) model: Model,
    names: u32,
    correlators: u32,
    /// Leaves that the task that is drawn may not touch any more.
    frozen: BTreeSet<String>,
    /// Leaves that it has touched.
    touched: BTreeSet<String>,
}

impl<'d> Author<'d> {
    pub(super) fn new(dice: &'d mut Dice) -> Self {
        let model = [("Interval", "900"), ("Name", "dev1")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self { dice, model: model.into(), names: 0, correlators: 0, frozen: BTreeSet::new(), touched: BTreeSet::new() }
    }

    pub(super) fn task(&mut self) -> Vec<Planned> {
        self.frozen.clear();
        self.touched.clear();
        (0..=self.dice.below(5)).map(|_| self.command()).collect()
    }

    fn command(&mut self) -> Planned {
        match self.dice.below(16) {
            0..=3 => self.simple(),
            4 | 5 => self.get(),
            6 => self.exec("./App/Run"),
            7 => self.exec("./App/Later"),
            8 => self.copy(),
            9 => self.atomic(),
            10 => self.sequence(),
            11 => self.big(),
            12 => self.failing(),
            13 => self.user(),
            14 => planned(CommandSpec::get("./App/Heat"), Expected::Value("21".to_owned())),
            _ => planned(CommandSpec::get("./App?list=StructData"), Expected::Good),
        }
    }

    /// A change of the tree that succeeds.
    fn simple(&mut self) -> Planned {
        let kind = self.dice.below(4);
        let known = match kind {
            0 => None,
            1 => self.known(|name| name.starts_with('n')),
            _ => self.known(|name| name != "Interval"),
        };
        let spec = match known {
            Some(name) if kind == 1 => {
                self.model.remove(&name);
                CommandSpec::Delete { uri: uri(&name) }
            }
            Some(name) => {
                let value = self.value();
                self.model.insert(name.clone(), value.clone());
                CommandSpec::replace(uri(&name), value)
            }
            None => {
                let (name, value) = (self.fresh(), self.value());
                self.model.insert(name.clone(), value.clone());
                CommandSpec::add(uri(&name), value)
            }
        };
        planned(spec, Expected::Good)
    }

    fn get(&mut self) -> Planned {
        let index = self.dice.below(self.model.len() as u64);
        let found = self.model.iter().nth(usize::try_from(index).unwrap_or(0));
        let (name, value) = found.map(|(name, value)| (name.clone(), value.clone())).unwrap_or_default();
        planned(CommandSpec::get(uri(&name)), Expected::Value(value))
    }

    fn exec(&mut self, uri: &'static str) -> Planned {
        self.correlators += 1;
        let correlator = format!("c{}", self.correlators);
        let mut spec = CommandSpec::exec(uri);
        if let CommandSpec::Exec(exec) = &mut spec {
            exec.correlator = Correlator::Given(correlator.clone());
        }
        planned(spec, Expected::Exec { uri, correlator })
    }

    fn copy(&mut self) -> Planned {
        // A copy of a number would be a number.
        let Some(source) = self.known(|name| name != "Interval") else { return self.get() };
        let value = self.model.get(&source).cloned().unwrap_or_default();
        let target = self.fresh();
        let spec = CommandSpec::Copy { source: uri(&source), uri: uri(&target) };
        self.model.insert(target, value);
        self.frozen.insert(source);
        planned(spec, Expected::Good)
    }

    /// All of it, or with a command that fails nothing.
    fn atomic(&mut self) -> Planned {
        let before = self.model.clone();
        self.frozen.extend(core::mem::take(&mut self.touched));
        let mut commands: Vec<CommandSpec> = (0..=self.dice.below(3)).map(|_| self.simple().spec).collect();
        let mut expected = Expected::Good;
        if self.dice.chance(25) {
            self.model = before;
            expected = Expected::Bad;
            let at = self.dice.below(commands.len() as u64 + 1);
            commands.insert(usize::try_from(at).unwrap_or(0), CommandSpec::replace("./App/none/none", "x"));
        }
        self.frozen.extend(core::mem::take(&mut self.touched));
        planned(CommandSpec::Atomic { commands }, expected)
    }

    fn sequence(&mut self) -> Planned {
        let commands = (0..=self.dice.below(3)).map(|_| self.simple().spec).collect();
        planned(CommandSpec::Sequence { commands }, Expected::Good)
    }

    /// A value that may be larger than a message.
    fn big(&mut self) -> Planned {
        if let Some(value) = self.model.get("Big").filter(|_| self.dice.chance(50)) {
            return planned(CommandSpec::get("./App/Big"), Expected::Value(value.clone()));
        }
        let len = usize::try_from(500 + self.dice.below(9000)).unwrap_or(500);
        let value: String = self.value().chars().cycle().take(len).collect();
        let known = self.model.insert("Big".to_owned(), value.clone()).is_some();
        let spec = if known { CommandSpec::replace("./App/Big", value) } else { CommandSpec::add("./App/Big", value) };
        planned(spec, Expected::Good)
    }

    fn failing(&mut self) -> Planned {
        let spec = match self.dice.below(4) {
            0 => CommandSpec::get("./App/none"),
            1 => CommandSpec::replace("./App/none/none", "x"),
            2 => CommandSpec::replace("./App/Interval", "no number"),
            _ => CommandSpec::exec("./App/none"),
        };
        planned(spec, Expected::Bad)
    }

    fn user(&mut self) -> Planned {
        let code = 1100 + u16::try_from(self.dice.below(5)).unwrap_or(0);
        let items = ["", "Go on?", "one", "two"].map(str::to_owned);
        let used = if code >= 1103 { 4 } else { 2 };
        let items = items.into_iter().take(used).collect();
        planned(CommandSpec::Alert { code, items }, Expected::User)
    }

    fn known(&mut self, wanted: impl Fn(&str) -> bool) -> Option<String> {
        let fits = |name: &&String| wanted(name) && !self.frozen.contains(*name) && *name != "Big";
        let names: Vec<&String> = self.model.keys().filter(fits).collect();
        let at = usize::try_from(self.dice.below(names.len() as u64)).ok()?;
        let name = names.get(at).map(|name| (*name).clone());
        self.touched.extend(name.clone());
        name
    }

    fn fresh(&mut self) -> String {
        self.names += 1;
        let name = format!("n{}", self.names);
        self.touched.insert(name.clone());
        name
    }

    fn value(&mut self) -> String {
        let extra = ["", " & <b>", " \"q\"", " \u{e9}\u{1f600}", "]]>"];
        let at = usize::try_from(self.dice.below(extra.len() as u64)).unwrap_or(0);
        format!("v{}{}", self.dice.below(1_000_000), extra.get(at).copied().unwrap_or_default())
    }
}

fn uri(name: &str) -> String {
    format!("./App/{name}")
}

const fn planned(spec: CommandSpec, expected: Expected) -> Planned {
    Planned { spec, expected }
}
