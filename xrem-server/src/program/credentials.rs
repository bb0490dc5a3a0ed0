//! The commands of a change of credentials \[dm 7.3, 11.3\].

use alloc::borrow::Cow;
use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use omadm_proto::auth::Secret;

use crate::task::{CommandSpec, Payload, TaskCommand};

/// Stands for the secret wherever a task can be looked at.
const PLACEHOLDER: &str = "{$secret}";

/// Changes AAuthSecret, and AAuthName if there is a new one, of the AppAuth node `node`: both or neither.
#[must_use]
pub fn commands(node: &str, name: Option<&str>) -> Vec<TaskCommand> {
    let secret = CommandSpec::replace(format!("{node}/AAuthSecret"), PLACEHOLDER);
    let command = match name {
        Some(name) => {
            let commands = vec![CommandSpec::replace(format!("{node}/AAuthName"), name), secret];
            CommandSpec::Atomic { commands }
        }
        None => secret,
    };
    vec![TaskCommand::new(command)]
}

/// `spec` with `secret` in it, for the message and nothing else.
pub(super) fn with_secret<'a>(spec: &'a CommandSpec, secret: &Secret) -> Cow<'a, CommandSpec> {
    let mut spec = spec.clone();
    fill_in(&mut spec, secret);
    Cow::Owned(spec)
}

fn fill_in(spec: &mut CommandSpec, secret: &Secret) {
    for inner in spec.inner_mut() {
        fill_in(inner, secret);
    }
    if let Some(Payload::Text(text)) = spec.payload_mut()
        && text == PLACEHOLDER
    {
        *text = secret.expose().into();
    }
}
