//! A device made of descriptions, which executes the commands of messages \[dm 4\].

use omadm_proto::ids::ServerId;
use omadm_proto::message::{Command, Container, Item, Message, Meta, TreeCommand, Verb};
use omadm_proto::status::StatusCode;
use omadm_tree::{Actor, LeafValue, NewNode, NewValue, NodeUri, Refusal, TargetUri, Tree};

use super::described::Described;
use super::reason;
use crate::document::Document;
use crate::places;

/// What is assumed of nodes that need not be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    Present,
    Absent,
}

/// The device.
pub(super) struct Device {
    tree: Tree,
    described: Described,
    server: ServerId,
    unknown: Unknown,
    /// What commands deleted, which is not taken to be there.
    deleted: Vec<NodeUri>,
    /// The chunks of a large object so far: its target, and the bytes.
    chunks: Option<(String, Vec<u8>)>,
}

/// What the device answers to an Item of a command, or to a command without.
pub(super) struct Answer {
    pub(super) depth: usize,
    pub(super) name: String,
    pub(super) cmd_id: String,
    pub(super) offset: Option<usize>,
    pub(super) uri: Option<String>,
    pub(super) code: StatusCode,
    /// Why it refuses.
    pub(super) reason: Option<String>,
    /// The node that is taken to be there.
    pub(super) assumed: Option<NodeUri>,
}

impl Answer {
    pub(super) fn is_refused(&self) -> bool {
        !self.code.is_good()
    }
}

/// What became of an Item.
struct Outcome {
    code: StatusCode,
    reason: Option<String>,
    assumed: Option<NodeUri>,
}

impl From<StatusCode> for Outcome {
    fn from(code: StatusCode) -> Self {
        let reason = (!code.is_good()).then(|| reason::in_general(code));
        Self { code, reason, assumed: None }
    }
}

impl Device {
    pub(super) fn new(described: Described, server: &str, unknown: Unknown) -> Result<Self, String> {
        let builder = described.ddfs.iter().fold(Tree::builder(), |builder, ddf| builder.ddf(ddf));
        let tree =
            builder.managed_by(server).build().map_err(|error| format!("the descriptions make no tree: {error}"))?;
        Ok(Self { tree, described, server: server.into(), unknown, deleted: Vec::new(), chunks: None })
    }

    /// The answers to the commands of `message`, which `document` holds.
    pub(super) fn answers(&mut self, document: &Document, message: &Message<'_>) -> Vec<Answer> {
        let places = places::of_commands(document, message);
        let mut run = Run { device: self, places: places.into_iter(), answers: Vec::new() };
        for command in &message.commands {
            run.command(command, 0, &mut None);
        }
        run.answers
    }

    /// Executes an Item.
    fn item(&mut self, command: &TreeCommand<'_>, item: &Item<'_>) -> Outcome {
        let Some(uri) = item.target_uri().filter(|uri| !uri.is_empty()) else {
            return StatusCode::BAD_REQUEST.into();
        };
        let target = match TargetUri::parse(uri) {
            Ok(target) => target,
            Err(error) => {
                return Outcome { code: error.status(), reason: Some(error.to_string()), assumed: None };
            }
        };
        if item.more_data {
            return self.keep_chunk(uri, item);
        }
        let first = self.chunks.take().filter(|(of, _)| of == uri).map(|(_, bytes)| bytes);
        let mut executed = self.execute(command, item, &target, first.as_deref());
        let mut assumed = None;
        if let Err(refusal) = &executed
            && let Some(missing) = self.missing(command, item, &target)
        {
            self.tree.begin();
            let again = self.assume(&missing).map(|()| self.execute(command, item, &target, first.as_deref()));
            match again {
                Some(Ok(())) => self.tree.commit(),
                _ => self.tree.rollback(),
            }
            // What is refused in either case needs no assumption.
            if let Some(again) = again.filter(|again| again.as_ref().err() != Some(refusal)) {
                executed = again;
                assumed = Some(missing);
            }
        }
        match executed {
            Ok(()) => {
                if command.verb == Verb::Delete {
                    self.deleted.push(target.node().clone());
                }
                Outcome { code: StatusCode::OK, reason: None, assumed }
            }
            Err(refusal) => {
                let asked = reason::Asked { command, item, target: &target };
                let node = refusal.at.as_ref().unwrap_or(target.node());
                let reason = reason::of(refusal.status, &asked, node, &self.described, &self.tree);
                Outcome { code: refusal.status, reason: Some(reason), assumed }
            }
        }
    }

    fn keep_chunk(&mut self, uri: &str, item: &Item<'_>) -> Outcome {
        let bytes = item.data.as_ref().map_or(&[][..], |data| data.as_bytes());
        match &mut self.chunks {
            Some((of, kept)) if of == uri => kept.extend_from_slice(bytes),
            chunks => *chunks = Some((uri.to_string(), bytes.to_vec())),
        }
        StatusCode::CHUNKED_ITEM_ACCEPTED.into()
    }

    fn execute(
        &mut self,
        command: &TreeCommand<'_>,
        item: &Item<'_>,
        target: &TargetUri,
        first: Option<&[u8]>,
    ) -> Result<(), Refusal> {
        let actor = Actor::Server(&self.server);
        let meta: Option<&Meta<'_>> = command.meta.as_ref();
        let whole = |value: Option<Vec<u8>>| match first {
            Some(first) => Some([first, &value.unwrap_or_default()].concat()),
            None => value,
        };
        match command.verb {
            Verb::Get => self.tree.get(actor, target).map(|_| ()),
            Verb::Exec => self.tree.exec(actor, target).map(|_| ()),
            Verb::Delete => self.tree.delete(actor, target),
            Verb::Add => {
                let mut new = NewNode::from_item(item, meta)?;
                new.value = whole(new.value);
                self.tree.add(actor, target, new)
            }
            Verb::Replace => {
                let mut new = NewValue::from_item(item, meta)?;
                new.value = whole(new.value);
                self.tree.replace(actor, target, new)
            }
            Verb::Copy => {
                let source = item.source_uri().ok_or(StatusCode::INCOMPLETE_COMMAND)?;
                let source = TargetUri::parse(source).map_err(|error| error.status())?;
                self.tree.copy(actor, &source, target)
            }
        }
    }

    /// What `command` needs and the device need not have: what it addresses, or for an Add the node around that.
    fn missing(&self, command: &TreeCommand<'_>, item: &Item<'_>, target: &TargetUri) -> Option<NodeUri> {
        let wanted = match command.verb {
            Verb::Add => target.node().parent()?,
            Verb::Copy => NodeUri::parse(item.source_uri()?).ok()?,
            Verb::Get | Verb::Exec | Verb::Delete | Verb::Replace => target.node().clone(),
        };
        let is_gone = self.deleted.iter().any(|gone| wanted.starts_with(gone));
        let may_be = self.unknown == Unknown::Present && !is_gone && self.tree.node_at(&wanted).is_none();
        (may_be && self.described.at(&wanted).is_some()).then_some(wanted)
    }

    /// Takes the node at `uri` to be there, with what is around it.
    fn assume(&mut self, uri: &NodeUri) -> Option<()> {
        let entry = self.described.at(uri)?;
        let new = if entry.is_interior {
            NewNode::interior()
        } else {
            let format = entry.format.unwrap_or_default();
            NewNode::leaf(format, LeafValue::neutral(format).into_bytes())
        };
        let target = TargetUri::from(uri.clone());
        self.tree.add(Actor::Device, &target, new).ok()
    }
}

/// How deep a command stands in others, and where it begins.
type Place = (usize, Option<usize>);

/// The commands of one message on their way through the device.
struct Run<'d> {
    device: &'d mut Device,
    places: std::vec::IntoIter<usize>,
    answers: Vec<Answer>,
}

/// Whether the commands of an Atomic still run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Atomic {
    Running,
    Failed,
}

impl Run<'_> {
    fn command(&mut self, command: &Command<'_>, depth: usize, atomic: &mut Option<Atomic>) {
        let offset = self.places.next();
        match command {
            Command::Tree(content) => self.tree_command(content, (depth, offset), atomic),
            Command::Atomic(container) => self.atomic(command, container, (depth, offset), atomic),
            Command::Sequence(container) => {
                let outcome = self.container(atomic);
                self.tell(command, (depth, offset), outcome);
                for inner in &container.commands {
                    self.command(inner, depth + 1, atomic);
                }
            }
            // Alerts concern the session and the user; the others come from the device.
            _ => {}
        }
    }

    fn tree_command(&mut self, command: &TreeCommand<'_>, place: Place, atomic: &mut Option<Atomic>) {
        let reports = command.verb == Verb::Replace && command.items.iter().all(|item| item.target.is_none());
        if reports && !command.items.is_empty() {
            return;
        }
        if command.items.is_empty() {
            self.tell(&Command::Tree(command.clone()), place, StatusCode::BAD_REQUEST.into());
        }
        for item in &command.items {
            let illegal = atomic.is_some() && (matches!(command.verb, Verb::Get | Verb::Exec) || item.more_data);
            let outcome = match atomic {
                Some(Atomic::Failed) => StatusCode::NOT_EXECUTED.into(),
                Some(Atomic::Running) if illegal => StatusCode::COMMAND_FAILED.into(),
                _ => self.device.item(command, item),
            };
            if let Some(state) = atomic
                && !outcome.code.is_good()
            {
                *state = Atomic::Failed;
            }
            self.answers.push(Answer {
                depth: place.0,
                name: command.verb.to_string(),
                cmd_id: command.cmd_id.to_string(),
                offset: place.1,
                uri: item.target_uri().map(str::to_string),
                code: outcome.code,
                reason: outcome.reason,
                assumed: outcome.assumed,
            });
        }
    }

    /// The answer to a container: none may stand in an Atomic.
    fn container(&self, atomic: &mut Option<Atomic>) -> Outcome {
        match atomic.replace(Atomic::Failed) {
            None => {
                *atomic = None;
                StatusCode::OK.into()
            }
            Some(Atomic::Failed) => StatusCode::NOT_EXECUTED.into(),
            Some(Atomic::Running) => Outcome {
                code: StatusCode::COMMAND_FAILED,
                reason: Some("no Atomic or Sequence may stand in an Atomic".to_string()),
                assumed: None,
            },
        }
    }

    fn atomic(&mut self, command: &Command<'_>, container: &Container<'_>, place: Place, around: &mut Option<Atomic>) {
        let own = self.answers.len();
        let outcome = self.container(around);
        self.tell(command, place, outcome);
        let mut state = Some(around.unwrap_or(Atomic::Running));
        let deleted = self.device.deleted.len();
        self.device.tree.begin();
        for inner in &container.commands {
            self.command(inner, place.0 + 1, &mut state);
        }
        if state == Some(Atomic::Running) {
            self.device.tree.commit();
            return;
        }
        self.device.tree.rollback();
        self.device.deleted.truncate(deleted);
        // One inside another one is answered for itself.
        let outer = if around.is_none() { own } else { usize::MAX };
        for (at, answer) in self.answers.iter_mut().enumerate().skip(own) {
            if at == outer {
                answer.code = StatusCode::ATOMIC_FAILED;
                answer.reason = Some("one of its commands fails".to_string());
            } else if answer.code.is_good() {
                answer.code = StatusCode::ATOMIC_ROLL_BACK_OK;
                answer.reason = Some("undone, as another command of the Atomic fails".to_string());
            }
        }
    }

    /// The answer to a command that has no Item.
    fn tell(&mut self, command: &Command<'_>, (depth, offset): Place, outcome: Outcome) {
        self.answers.push(Answer {
            depth,
            name: command.name().to_string(),
            cmd_id: command.cmd_id().to_string(),
            offset,
            uri: None,
            code: outcome.code,
            reason: outcome.reason,
            assumed: outcome.assumed,
        });
    }
}
