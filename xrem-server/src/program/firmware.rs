//! The commands of a firmware upgrade \[mo 5.6 (c), 5.7\].

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use omadm_proto::message::Format;
use omadm_proto::status::StatusCode;

use crate::task::{CommandSpec, ImageFile, Payload, TaskCommand, Write};

/// A client that has not the node, or does not let servers write it, is upgraded without it.
const OPTIONAL: [StatusCode; 2] = [StatusCode::NOT_FOUND, StatusCode::COMMAND_NOT_ALLOWED];

/// Installs `image` by the FUMO object at `fumo`: address, version, digests and signature, then the Exec that is answered 202
/// and finished by an alert. That it is no delta is written too,
/// because an earlier one may have been.
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
    optional("Ext/XRem/TargetSha256", image.target_sha256());
    optional("Ext/XRem/DeltaFrom", image.delta.as_ref().map_or("", |delta| delta.from.as_str()));
    if image.delta.is_some() {
        optional("Ext/XRem/DeltaFormat", "bsdiff4");
    }
    if let Some(signature) = &image.signature {
        let spec = CommandSpec::Replace(Write {
            uri: format!("{fumo}/Ext/XRem/Signature"),
            format: Some(Format::Bin),
            type_name: None,
            payload: Some(Payload::Bytes(signature.clone())),
        });
        commands.push(TaskCommand { spec, tolerated: OPTIONAL.to_vec() });
    }
    commands.push(TaskCommand::new(CommandSpec::exec(format!("{fumo}/DownloadAndUpdate"))));
    commands
}
