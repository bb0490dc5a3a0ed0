//! Writing the gateway's state into its tree, so that a server can Get it \[gwmo 3\].
//!
//! The machines own the truth; these nodes are copies that are refreshed before a server looks, and after a restart. A copy that
//! does not fit the tree (its limits) is left out: the reports carry the results anyway.

use alloc::string::{String, ToString as _};
use omadm_proto::message::Format;
use omadm_tree::{AccessType, LeafValue, NodeSpec, Tree};

use crate::code::{ImageState, JobState, ResultCode};
use crate::fanout::{Job, Run};
use crate::image::ImageInventory;
use crate::inventory::{Device, Inventory};
use crate::mo;
use crate::names::{Mo, Name, NodeNames};
use crate::report;

/// Writes the record of `device`.
pub fn device(tree: &mut Tree, names: &NodeNames, device: &Device) {
    let record = device.record_name().to_string();
    let base = names.record(&record, &[]);
    if tree.find(&base).is_none() {
        let access = AccessType::DELETE | AccessType::EXEC | AccessType::GET;
        put(tree, &base, NodeSpec::interior().access(access));
    }
    let facts = &device.facts;
    for (name, value) in [
        (Name::DeviceId, Some(device.id.to_string())),
        (Name::ComponentType, Some("0".to_string())),
        (Name::Mode, Some(device.mode.number().to_string())),
        (Name::Protocol, Some(device.protocol.clone())),
        (Name::Man, facts.man.clone()),
        (Name::Mod, facts.model.clone()),
        (Name::DevTyp, facts.dev_type.clone()),
        (Name::FwV, facts.fwv.clone()),
        (Name::SwV, facts.swv.clone()),
        (Name::HwV, facts.hwv.clone()),
        (Name::State, Some(device.presence.number().to_string())),
        (Name::LastSeen, device.last_seen.map(|seen| seen.to_string())),
    ] {
        let uri = names.record(&record, &[name]);
        if let Some(value) = value.filter(|value| tree.text(&uri) != Some(value.as_str()))
            && let Some(row) = mo::record_row(name)
        {
            put(tree, &uri, row.spec(Some(&value)));
        }
    }
}

/// Writes Count and Revision of the inventory.
pub fn inventory(tree: &mut Tree, names: &NodeNames, inventory: &Inventory) {
    set(tree, &names.uri(Mo::DeviceInventory, &[Name::Count]), &inventory.len());
    set(tree, &names.uri(Mo::DeviceInventory, &[Name::Revision]), &inventory.head().revision);
}

/// Makes what a started job asks for read-only \[gwmo 3\].
pub fn freeze_job(tree: &mut Tree, names: &NodeNames, node: &str) {
    for name in [Name::JobId, Name::Target, Name::Command, Name::Policy, Name::Report] {
        freeze(tree, &names.job(node, &[name]));
    }
    // Values of arguments may be secrets: nobody reads them back.
    let args = names.job(node, &[Name::Target, Name::Args]);
    let values: alloc::vec::Vec<String> =
        tree.children(&args).map(|arg| arg.uri().child(names.text(Name::Value)).to_string()).collect();
    for value in values {
        let hidden = tree.set_access(&value, AccessType::NONE);
        debug_assert!(hidden.is_ok() || tree.find(&value).is_none(), "{value}");
    }
}

/// Makes what an image is read-only.
pub fn freeze_image(tree: &mut Tree, names: &NodeNames, node: &str) {
    for name in [Name::ImageId, Name::Kind, Name::Hash, Name::SrcUrl, Name::Size, Name::Type, Name::Version] {
        freeze(tree, &names.image(node, &[name]));
    }
}

/// Lets a server change an image whose download or verification failed.
pub fn thaw_image(tree: &mut Tree, names: &NodeNames, node: &str) {
    for name in [Name::ImageId, Name::Kind, Name::Hash, Name::SrcUrl, Name::Size, Name::Type, Name::Version] {
        let uri = names.image(node, &[name]);
        if tree.find(&uri).is_some() {
            access(tree, &uri, AccessType::ADD | AccessType::GET_REPLACE);
        }
    }
}

/// Writes State, ResultCode and Progress of a job.
pub fn job(tree: &mut Tree, names: &NodeNames, job: &Job) {
    let record = job.record();
    let node = job.node();
    outcome(tree, names, node, record.state, record.code);
    let progress = job.progress();
    for (name, count) in [
        (Name::Total, progress.total),
        (Name::Waiting, progress.waiting),
        (Name::Running, progress.running),
        (Name::Ok, progress.ok),
        (Name::Failed, progress.failed),
        (Name::Skipped, progress.untouched()),
    ] {
        set(tree, &names.job(node, &[Name::Progress, name]), &count);
    }
}

/// Writes State and ResultCode of a job that may not have started.
pub fn outcome(tree: &mut Tree, names: &NodeNames, node: &str, state: JobState, code: ResultCode) {
    set(tree, &names.job(node, &[Name::State]), &state.number());
    set(tree, &names.job(node, &[Name::ResultCode]), &code.as_u16());
}

/// Writes the result of one device of a job. Devices without record are named `x` and their position.
pub fn run(tree: &mut Tree, names: &NodeNames, job: &Job, index: usize) {
    let Some(run) = job.runs().get(index) else { return };
    let name = run.record.map_or_else(|| alloc::format!("x{}", index + 1), |record| alloc::format!("r{record}"));
    let base = alloc::format!("{}/{name}", names.job(job.node(), &[Name::Results]));
    let leaf = |format, value: String| NodeSpec::leaf(format, LeafValue::new(format, value)).access(AccessType::GET);
    for (name, spec) in [
        (Name::DeviceId, leaf(Format::Chr, run.device.to_string())),
        (Name::State, leaf(Format::Int, run.state.number().to_string())),
        (Name::ResultCode, leaf(Format::Int, run.code.as_u16().to_string())),
        (Name::Attempts, leaf(Format::Int, run.attempts.to_string())),
    ] {
        put(tree, &names.below(base.clone(), &[name]), spec);
    }
    access(tree, &base, AccessType::GET);
    if let Some(ended) = run.ended {
        put(tree, &names.below(base.clone(), &[Name::Ended]), leaf(Format::Chr, ended.to_string()));
        put(tree, &names.below(base, &[Name::Data]), leaf(Format::Xml, data_of(run)));
    }
}

/// Removes the results of a job.
pub fn drop_results(tree: &mut Tree, names: &NodeNames, node: &str) {
    let results = names.job(node, &[Name::Results]);
    let children: alloc::vec::Vec<String> = tree.children(&results).map(|child| child.uri().to_string()).collect();
    for child in children {
        let removed = tree.remove(&child);
        debug_assert!(removed.is_ok(), "{child} was there");
    }
}

/// Writes State, ResultCode, Have, LocalURL, `RefCount` and Served of the image `node`, and what is free in the store.
pub fn image(tree: &mut Tree, names: &NodeNames, images: &ImageInventory, node: &str, references: usize) {
    let Some(record) = images.record(node) else { return };
    let blob = images.blob(record.spec.hash);
    let (state, code, have) =
        blob.map_or((ImageState::Empty, ResultCode::NONE, 0), |blob| (blob.state, blob.code, blob.have));
    image_outcome(tree, names, node, state, code);
    set(tree, &names.image(node, &[Name::Have]), &have);
    set(tree, &names.image(node, &[Name::RefCount]), &references);
    set(tree, &names.image(node, &[Name::Served]), &record.served);
    let url = images.ready_node(node).map_or("", |ready| ready.url.as_str());
    set(tree, &names.image(node, &[Name::LocalUrl]), &url);
    set(tree, &names.uri(Mo::ImageInventory, &[Name::Free]), &(images.free() >> 10));
}

/// Writes State and ResultCode of an image that may not be known yet.
pub fn image_outcome(tree: &mut Tree, names: &NodeNames, node: &str, state: ImageState, code: ResultCode) {
    set(tree, &names.image(node, &[Name::State]), &state.number());
    set(tree, &names.image(node, &[Name::ResultCode]), &code.as_u16());
}

fn data_of(run: &Run) -> String {
    report::single(run).to_xml()
}

/// Writes a leaf when it is there and holds something else.
fn set(tree: &mut Tree, uri: &str, value: &dyn core::fmt::Display) {
    let value = value.to_string();
    if tree.text(uri).is_some_and(|present| present != value) {
        let written = tree.set(uri, LeafValue::new(Format::Chr, value));
        debug_assert!(written.is_ok(), "{uri}: {written:?}");
    }
}

/// A node that does not fit is left out, see above.
fn put(tree: &mut Tree, uri: &str, spec: NodeSpec) {
    let _ = tree.put(uri, spec);
}

fn freeze(tree: &mut Tree, uri: &str) {
    if tree.find(uri).is_some() {
        access(tree, uri, AccessType::GET);
    }
}

fn access(tree: &mut Tree, uri: &str, access: AccessType) {
    let changed = tree.set_access(uri, access);
    debug_assert!(changed.is_ok() || tree.find(uri).is_none(), "{uri}: {changed:?}");
}
