//! Switching collection on devices on and off \[mission-matrix N1c, mo 9.4\].

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use omadm_proto::message::Format;

use crate::task::{CommandSpec, Write};

/// How a performance function is to collect.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Activation {
    /// Where the function is in the tree, such as `./DiagMon/memory`.
    pub function: String,
    /// Seconds between samples.
    pub period: u32,
    /// Seconds between uploads; 0: none by itself.
    pub upload: Option<u32>,
    /// Samples that the device holds.
    pub keep: Option<u32>,
}

impl Activation {
    /// A sample of `function` every `period` seconds; uploads and buffer stay as the device has them.
    #[must_use]
    pub fn new(function: impl Into<String>, period: u32) -> Self {
        Self { function: function.into(), period, upload: None, keep: None }
    }

    /// The same with an upload every `seconds`.
    #[must_use]
    pub const fn upload_every(mut self, seconds: u32) -> Self {
        self.upload = Some(seconds);
        self
    }

    /// The same holding `samples` samples.
    #[must_use]
    pub const fn keeping(mut self, samples: u32) -> Self {
        self.keep = Some(samples);
        self
    }
}

/// The commands that switch a function on; the values are set first, so that the first sample already keeps to them.
#[must_use]
pub fn activate(activation: &Activation) -> Vec<CommandSpec> {
    let function = &activation.function;
    let set = |name: &str, value: u32| {
        CommandSpec::Replace(Write::text(format!("{function}/{name}"), format!("{value}")).with_format(Format::Int))
    };
    let mut commands = vec![set("Period", activation.period)];
    commands.extend(activation.upload.map(|seconds| set("Upload", seconds)));
    commands.extend(activation.keep.map(|samples| set("Keep", samples)));
    commands.push(CommandSpec::exec(format!("{function}/Operations/Start")));
    commands
}

/// The commands that switch `function` off.
#[must_use]
pub fn deactivate(function: &str) -> Vec<CommandSpec> {
    vec![CommandSpec::exec(format!("{function}/Operations/Stop"))]
}
