//! The commands of a firmware upgrade \[mo 5.6 (c), 5.7\].

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use omadm_proto::status::StatusCode;

use crate::task::{CommandSpec, ImageFile, TaskCommand};

/// A client that has not the node, or does not let servers write it, is upgraded without it.
const OPTIONAL: [StatusCode; 2] = [StatusCode::NOT_FOUND, StatusCode::COMMAND_NOT_ALLOWED];

/// Installs `image` by the FUMO object at `fumo`: address, version and digest, then the Exec that is answered 202 and
/// finished by an alert.
#[must_use]
pub fn commands(fumo: &str, image: &ImageFile) -> Vec<TaskCommand> {
    let url = format!("{{$img:{}:url}}", image.name);
    let mut commands = vec![TaskCommand::new(CommandSpec::replace(format!("{fumo}/DownloadAndUpdate/PkgURL"), url))];
    let mut optional = |path: &str, value: &str| {
        let spec = CommandSpec::replace(format!("{fumo}/{path}"), value);
        commands.push(TaskCommand { spec, tolerated: OPTIONAL.to_vec() });
    };
    if let Some(version) = &image.version {
        optional("PkgVersion", version);
    }
    optional("Ext/XRem/Sha256", &image.sha256);
    commands.push(TaskCommand::new(CommandSpec::exec(format!("{fumo}/DownloadAndUpdate"))));
    commands
}
