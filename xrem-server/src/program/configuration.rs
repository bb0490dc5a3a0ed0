//! The commands of a configuration file \[mission-matrix N1d\].
//!
//! The object is ours ([`omadm_tree::mo::ConfigFile`]): the standards have none. A node that is reached directly gets the
//! file as a large object in `Data`. A device behind a gateway gets an address in `SrcURL`, and fetches it from the gateway,
//! which fetched it once as an image of kind 3 \[gwmo 3.5\]. The Exec is answered 202 and finished by an alert.

use alloc::borrow::Cow;
use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use omadm_proto::message::{Command, Data, Format, Item, Meta, TreeCommand, Verb};

use crate::task::{CommandSpec, FileData, ImageFile, TaskCommand};

const SRC_URL: &str = "/SrcURL";

/// Delivers `file` to the object at `root` and has it applied. The address stands for the file, however it is delivered.
#[must_use]
pub fn commands(root: &str, file: &ImageFile) -> Vec<TaskCommand> {
    let set = |leaf: &str, value: &str| TaskCommand::new(CommandSpec::replace(format!("{root}/{leaf}"), value));
    vec![
        set("Name", &file.name),
        set("Version", file.version.as_deref().unwrap_or_default()),
        set("Sha256", &file.sha256),
        TaskCommand::new(CommandSpec::replace(format!("{root}{SRC_URL}"), format!("{{$img:{}:url}}", file.name))),
        TaskCommand::new(CommandSpec::exec(format!("{root}/Operations/Apply"))),
    ]
}

/// `spec` for a node that is reached directly, if it is the one that delivers the file.
pub(super) fn deliver<'a>(spec: &CommandSpec, root: &str, data: &'a FileData) -> Option<Command<'a>> {
    let CommandSpec::Replace(write) = spec else { return None };
    let delivers = write.uri.strip_prefix(root) == Some(SRC_URL);
    let item = || {
        Item::target(format!("{root}/Data"))
            .with_meta(Meta::with_format(Format::Bin))
            .with_data(Data::Opaque(Cow::Borrowed(data.as_bytes())))
    };
    delivers.then(|| Command::Tree(TreeCommand::new(Verb::Replace, 1, vec![item()])))
}
