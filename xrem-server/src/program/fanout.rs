//! The program of a gateway: images first, then one fan-out job \[gwmo 3.4, 3.5, 5.1\].
//!
//! Every command may meet traces of itself, because a session can break off after it was executed: an Add finds its node
//! (418), a Replace finds the job started (405). Both are fine, since names are unique to the job and the content is the same;
//! if they were not, the Exec at the end would be refused.
//!
//! Few commands with several Items each, because every command and every Status costs: a client that does not tell the Items
//! apart answers them with one Status. A template that is long goes as WBXML, a third of the text; the node for it is optional,
//! and a gateway that refuses it gets the text after all ([`refuses_wbxml`]).

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec;
use alloc::vec::Vec;

use omadm_gwmo::names::{Name, NodeNames};
use omadm_proto::encode::{Finality, MessageWriter, encode_commands};
use omadm_proto::error::EncodeError;
use omadm_proto::exchange::Syntax;
use omadm_proto::ids::MsgId;
use omadm_proto::message::{Command, Data, Format, Item, Location, Meta, SyncHdr, TreeCommand, Verb};
use omadm_proto::status::StatusCode;
use omadm_proto::version::DmVersion;

use super::{Planned, Step, Tolerance, placeholder};
use crate::directory::at_gateway;
use crate::task::{CommandSpec, ImageFile, Job, JobFault, Progress, Purpose, Task};

/// What writes of a program may meet when they are repeated.
const TRACES: &[StatusCode] = &[StatusCode::ALREADY_EXISTS, StatusCode::COMMAND_NOT_ALLOWED];
/// Items in one Add: few enough for the smallest usual message.
const ITEMS_PER_COMMAND: usize = 20;
/// A template of no more bytes goes as text, which every gateway takes.
const SHORT_TEMPLATE: usize = 512;
/// Kind 1 \[gwmo 3.5\].
const FIRMWARE: &str = "1";

/// Step `number` of the gateway's program.
pub(super) fn step<'a>(
    names: &NodeNames,
    task: &'a Task,
    job: &Job,
    number: u32,
) -> Result<Option<Step<'a>>, JobFault> {
    let images = u32::try_from(task.images.len()).unwrap_or(u32::MAX);
    let commands = match usize::try_from(number).ok().and_then(|number| task.images.get(number)) {
        Some(image) => fetch_image(names, (job, number), image, kind(&task.purpose)),
        None if number == images => start_job(names, task, job)?,
        None if number == images.saturating_add(1) => remove_job(names, job),
        None => return Ok(None),
    };
    Ok(Some(Step { commands }))
}

/// The Kind of the images of a task: 3 for a configuration file, else 1, firmware or whatever a device fetches by the address in
/// the commands \[gwmo 3.5\].
const fn kind(purpose: &Purpose) -> &'static str {
    if let Purpose::Configuration { .. } = purpose { "3" } else { FIRMWARE }
}

/// Add the image, describe it, have it fetched.
fn fetch_image<'a>(names: &NodeNames, (job, number): (&Job, u32), image: &ImageFile, kind: &str) -> Vec<Planned<'a>> {
    let id = image.id();
    let leaf = |name: Name, value: String| Item::target(names.image(&id, &[name])).with_data(Data::text(value));
    let number_leaf = |name: Name, value: String| leaf(name, value).with_meta(Meta::with_format(Format::Int));
    let mut added = vec![
        node(names.image(&id, &[])),
        number_leaf(Name::Size, image.size.to_string()),
        leaf(Name::SrcUrl, image.url.clone()),
    ];
    // Gateways compare versions of firmware; that of a file stands in the commands.
    let version = image.version.clone().filter(|_| kind == FIRMWARE);
    added.extend(version.map(|version| leaf(Name::Version, version)));
    // These are there as soon as the image is.
    let replaced = vec![number_leaf(Name::Kind, kind.into()), leaf(Name::Hash, format!("sha256:{}", image.sha256))];
    let download = names.image(&id, &[Name::Operations, Name::Download]);
    vec![
        Planned::tolerating(tree(Verb::Add, added), TRACES),
        Planned::tolerating(tree(Verb::Replace, replaced), TRACES),
        Planned::new(exec(download, format!("{}-img{number}", job.id))),
    ]
}

/// Create the job, fill it in, start it.
fn start_job<'a>(names: &NodeNames, task: &Task, job: &Job) -> Result<Vec<Planned<'a>>, JobFault> {
    let name = job.id.to_string();
    let mut added = vec![node(names.job(&name, &[]))];
    let list = names.job(&name, &[Name::Target, Name::DeviceIds]);
    if job.all {
        added.extend(entries(&list, ["*"]));
    } else {
        added.extend(entries(&list, job.devices.iter().map(at_gateway)));
    }
    let images = task.images.iter().map(ImageFile::id);
    added.extend(entries(&names.job(&name, &[Name::Command, Name::Images]), images));
    let mut commands = Vec::new();
    let mut added = added.into_iter().peekable();
    while added.peek().is_some() {
        let items = added.by_ref().take(ITEMS_PER_COMMAND).collect();
        commands.push(Planned::tolerating(tree(Verb::Add, items), TRACES));
    }
    commands.push(write_template(names, task, job)?);
    let all = |is: fn(&CommandSpec) -> bool| task.commands.iter().all(|command| is(&command.spec));
    if task.retry_unknown || (all(may_repeat) && !all(reads)) {
        let item = Item::target(names.job(&name, &[Name::Policy, Name::RetryUnknown]))
            .with_meta(Meta::with_format(Format::Bool))
            .with_data(Data::text("true"));
        commands.push(Planned::tolerating(tree(Verb::Replace, vec![item]), TRACES));
    }
    let start = names.job(&name, &[Name::Operations, Name::Start]);
    commands.push(Planned::new(exec(start, format!("{}-start", job.id))));
    Ok(commands)
}

/// What gateways repeat anyway.
const fn reads(command: &CommandSpec) -> bool {
    matches!(command, CommandSpec::Get { .. })
}

/// Whether a gateway may send it twice when the Status of the first time is lost: what only reads or sets values, and an Add,
/// whose 418 is as good as 200 then, in an Atomic too \[gwmo 5.4\].
fn may_repeat(command: &CommandSpec) -> bool {
    match command {
        CommandSpec::Atomic { commands } | CommandSpec::Sequence { commands } => commands.iter().all(may_repeat),
        CommandSpec::Get { .. } | CommandSpec::Walk { .. } | CommandSpec::Add(_) | CommandSpec::Replace(_) => true,
        CommandSpec::Delete { .. } | CommandSpec::Copy { .. } | CommandSpec::Exec(_) | CommandSpec::Alert { .. } => {
            false
        }
    }
}

/// The reports are in: the gateway need not keep the job.
fn remove_job<'a>(names: &NodeNames, job: &Job) -> Vec<Planned<'a>> {
    let item = Item::target(names.job(&job.id.to_string(), &[]));
    vec![Planned { command: tree(Verb::Delete, vec![item]), tolerance: Tolerance::Anything }]
}

/// Numbered children of `list` holding `values`.
fn entries<'a>(list: &str, values: impl IntoIterator<Item = impl Into<String>>) -> Vec<Item<'a>> {
    let values = values.into_iter().map(|value| -> String { value.into() });
    let item = |(number, value)| Item::target(format!("{list}/{number}")).with_data(Data::text(value));
    (1_usize..).zip(values).map(item).collect()
}

fn node<'a>(uri: String) -> Item<'a> {
    Item::target(uri).with_meta(Meta::with_format(Format::Node))
}

fn exec<'a>(uri: String, correlator: String) -> Command<'a> {
    let mut command = TreeCommand::new(Verb::Exec, 0, vec![Item::target(uri)]);
    command.correlator = Some(Cow::Owned(correlator));
    Command::Tree(command)
}

fn tree<'a>(verb: Verb, items: Vec<Item<'a>>) -> Command<'a> {
    Command::Tree(TreeCommand::new(verb, 0, items))
}

/// Puts the template of `job` in its place.
fn write_template<'a>(names: &NodeNames, task: &Task, job: &Job) -> Result<Planned<'a>, JobFault> {
    let place = |leaf: Name| Item::target(names.job(&job.id.to_string(), &[Name::Command, leaf]));
    let text = template(task)?;
    let wbxml = if job.text_only || text.len() <= SHORT_TEMPLATE { None } else { compact(task) };
    Ok(match wbxml {
        Some(bytes) => {
            let item = place(Name::Bin).with_meta(Meta::with_format(Format::Bin)).with_data(Data::Opaque(bytes.into()));
            // Answered 405 it is not a trace: the gateway has no such node.
            Planned::tolerating(tree(Verb::Add, vec![item]), &[StatusCode::ALREADY_EXISTS])
        }
        None => {
            let item = place(Name::Body).with_meta(Meta::with_format(Format::Xml)).with_data(Data::text(text));
            Planned::tolerating(tree(Verb::Replace, vec![item]), TRACES)
        }
    })
}

/// Whether the step of `job` failed because its gateway takes no template in WBXML.
pub(crate) fn refuses_wbxml(names: &NodeNames, task: &Task, job: &Job) -> bool {
    let Ok(Some(step)) = step(names, task, job, job.step) else { return false };
    let place = names.job(&job.id.to_string(), &[Name::Command, Name::Bin]);
    step.commands.iter().zip(&job.progress).any(|(planned, Progress { outcome, .. })| {
        let Command::Tree(command) = &planned.command else { return false };
        let writes = command.items.iter().any(|item| item.target_uri() == Some(&place));
        writes && outcome.fault.is_none() && !outcome.is_good()
    })
}

/// The commands of the task as a `<SyncBody>` document with the CmdIDs 1, 2, 3 … in document order.
fn template(task: &Task) -> Result<String, JobFault> {
    // A message around the commands, of which only the body is kept: what the encoder writes for them is what a device will
    // be sent.
    let header = SyncHdr::new(DmVersion::V1_2, "1", MsgId::FIRST, Location::new("."), Location::new("."));
    let mut writer = MessageWriter::begin(Syntax::Xml, &header).map_err(|_| JobFault::Template)?;
    let start = writer.written_len();
    for_each_command(task, |command| writer.command(command)).map_err(|_| JobFault::Template)?;
    let end = writer.written_len();
    let bytes = writer.finish(Finality::More);
    let body = bytes.get(start..end).and_then(|body| core::str::from_utf8(body).ok()).ok_or(JobFault::Template)?;
    Ok(format!("<SyncBody>{body}</SyncBody>"))
}

/// The same in WBXML, if that can be written.
fn compact(task: &Task) -> Option<Vec<u8>> {
    let mut commands = Vec::new();
    for_each_command(task, |command| {
        commands.push(command.clone().into_owned());
        Ok(())
    })
    .ok()?;
    encode_commands(Syntax::Wbxml, &commands).ok()
}

fn for_each_command(
    task: &Task,
    mut each: impl FnMut(&Command<'_>) -> Result<(), EncodeError>,
) -> Result<(), EncodeError> {
    let mut next = 1;
    task.commands.iter().try_for_each(|command| {
        let spec = placeholder::fill(&command.spec, &task.images, &placeholder::of_gateway);
        each(&spec.to_command(&mut next))
    })
}
