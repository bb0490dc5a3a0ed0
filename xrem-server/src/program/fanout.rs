//! The program of a gateway: images first, then one fan-out job \[gwmo 3.4, 3.5, 5.1\].
//!
//! Every command may meet traces of itself, because a session can break off after it was executed: an Add finds its node
//! (418), a Replace finds the job started (405). Both are fine, since names are unique to the job and the content is the same;
//! if they were not, the Exec at the end would be refused.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec;
use alloc::vec::Vec;

use omadm_gwmo::names::{Name, NodeNames};
use omadm_proto::encode::{Finality, MessageWriter};
use omadm_proto::exchange::Syntax;
use omadm_proto::ids::MsgId;
use omadm_proto::message::{Command, Data, Format, Item, Location, Meta, SyncHdr, TreeCommand, Verb};
use omadm_proto::status::StatusCode;
use omadm_proto::version::DmVersion;

use super::{Planned, Step, Tolerance, placeholder};
use crate::directory::at_gateway;
use crate::task::{ImageFile, Job, JobFault, Purpose, Task};

/// What writes of a program may meet when they are repeated.
const TRACES: &[StatusCode] = &[StatusCode::ALREADY_EXISTS, StatusCode::COMMAND_NOT_ALLOWED];
/// DeviceIDs in one Add: few enough for the smallest usual message.
const IDS_PER_COMMAND: usize = 20;

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
    if let Purpose::Configuration { .. } = purpose { "3" } else { "1" }
}

/// Add the image, describe it, have it fetched.
fn fetch_image<'a>(names: &NodeNames, (job, number): (&Job, u32), image: &ImageFile, kind: &str) -> Vec<Planned<'a>> {
    let id = image.id();
    let leaf = |name: Name, value: String| (names.image(&id, &[name]), value);
    let mut optional = vec![leaf(Name::Size, image.size.to_string()), leaf(Name::SrcUrl, image.url.clone())];
    optional.extend(image.version.clone().map(|version| leaf(Name::Version, version)));
    let mandatory = vec![leaf(Name::Kind, kind.into()), leaf(Name::Hash, format!("sha256:{}", image.sha256))];
    let mut commands = vec![Planned::tolerating(add_node(names.image(&id, &[])), TRACES)];
    commands.extend(mandatory.into_iter().map(|(uri, value)| write(names, Verb::Replace, uri, value)));
    commands.extend(optional.into_iter().map(|(uri, value)| write(names, Verb::Add, uri, value)));
    let download = names.image(&id, &[Name::Operations, Name::Download]);
    commands.push(Planned::new(exec(download, format!("{}-img{number}", job.id))));
    commands
}

/// Create the job, fill it in, start it.
fn start_job<'a>(names: &NodeNames, task: &Task, job: &Job) -> Result<Vec<Planned<'a>>, JobFault> {
    let node = job.id.to_string();
    let mut commands = vec![Planned::tolerating(add_node(names.job(&node, &[])), TRACES)];
    let body = names.job(&node, &[Name::Command, Name::Body]);
    let item = Item::target(body).with_meta(Meta::with_format(Format::Xml)).with_data(Data::text(template(task)?));
    commands.push(Planned::tolerating(tree(Verb::Replace, vec![item]), TRACES));
    let ids: Vec<&str> = if job.all { vec!["*"] } else { job.devices.iter().map(at_gateway).collect() };
    let list = names.job(&node, &[Name::Target, Name::DeviceIds]);
    commands.extend(entries(&list, &ids));
    let image_ids: Vec<String> = task.images.iter().map(ImageFile::id).collect();
    let image_ids: Vec<&str> = image_ids.iter().map(String::as_str).collect();
    commands.extend(entries(&names.job(&node, &[Name::Command, Name::Images]), &image_ids));
    if task.retry_unknown {
        let item = Item::target(names.job(&node, &[Name::Policy, Name::RetryUnknown]))
            .with_meta(Meta::with_format(Format::Bool))
            .with_data(Data::text("true"));
        commands.push(Planned::tolerating(tree(Verb::Replace, vec![item]), TRACES));
    }
    let start = names.job(&node, &[Name::Operations, Name::Start]);
    commands.push(Planned::new(exec(start, format!("{}-start", job.id))));
    Ok(commands)
}

/// The reports are in: the gateway need not keep the job.
fn remove_job<'a>(names: &NodeNames, job: &Job) -> Vec<Planned<'a>> {
    let item = Item::target(names.job(&job.id.to_string(), &[]));
    vec![Planned { command: tree(Verb::Delete, vec![item]), tolerance: Tolerance::Anything }]
}

/// Numbered children of `list` holding `values`, several in one command.
fn entries<'a>(list: &str, values: &[&str]) -> Vec<Planned<'a>> {
    let numbered: Vec<(usize, &str)> = (1..).zip(values.iter().copied()).collect();
    let item = |(number, value): &(usize, &str)| {
        Item::target(format!("{list}/{number}")).with_data(Data::text((*value).to_string()))
    };
    let chunks = numbered.chunks(IDS_PER_COMMAND);
    chunks.map(|chunk| Planned::tolerating(tree(Verb::Add, chunk.iter().map(item).collect()), TRACES)).collect()
}

fn write<'a>(names: &NodeNames, verb: Verb, uri: String, value: String) -> Planned<'a> {
    let is_number = [Name::Kind, Name::Size].iter().any(|name| uri.rsplit('/').next() == Some(names.text(*name)));
    let mut item = Item::target(uri).with_data(Data::text(value));
    if is_number {
        item = item.with_meta(Meta::with_format(Format::Int));
    }
    Planned::tolerating(tree(verb, vec![item]), TRACES)
}

fn add_node<'a>(uri: String) -> Command<'a> {
    tree(Verb::Add, vec![Item::target(uri).with_meta(Meta::with_format(Format::Node))])
}

fn exec<'a>(uri: String, correlator: String) -> Command<'a> {
    let mut command = TreeCommand::new(Verb::Exec, 0, vec![Item::target(uri)]);
    command.correlator = Some(Cow::Owned(correlator));
    Command::Tree(command)
}

fn tree<'a>(verb: Verb, items: Vec<Item<'a>>) -> Command<'a> {
    Command::Tree(TreeCommand::new(verb, 0, items))
}

/// The commands of the task as a `<SyncBody>` document with the CmdIDs 1, 2, 3 … in document order.
fn template(task: &Task) -> Result<String, JobFault> {
    // A message around the commands, of which only the body is kept: what the encoder writes for them is what a device will
    // be sent.
    let header = SyncHdr::new(DmVersion::V1_2, "1", MsgId::FIRST, Location::new("."), Location::new("."));
    let mut writer = MessageWriter::begin(Syntax::Xml, &header).map_err(|_| JobFault::Template)?;
    let start = writer.written_len();
    let mut next = 1;
    for command in &task.commands {
        let spec = placeholder::fill(&command.spec, &task.images, &placeholder::of_gateway);
        writer.command(&spec.to_command(&mut next)).map_err(|_| JobFault::Template)?;
    }
    let end = writer.written_len();
    let bytes = writer.finish(Finality::More);
    let body = bytes.get(start..end).and_then(|body| core::str::from_utf8(body).ok()).ok_or(JobFault::Template)?;
    Ok(format!("<SyncBody>{body}</SyncBody>"))
}
