//! A bar on the standard error, as long as something runs.

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

/// How far a task is, device by device. Shown on a terminal only.
#[derive(Debug)]
pub(super) struct TaskBar(ProgressBar);

impl TaskBar {
    /// The bar of task `id`.
    pub(super) fn new(id: &Value) -> Self {
        let bar = ProgressBar::new(0);
        let style = ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len} {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_prefix(format!("task {id}"));
        Self(bar)
    }

    /// Shows the counts of `task`, as the API tells them.
    pub(super) fn update(&self, task: &Value) {
        let count = |name: &str| task["counts"][name].as_u64().unwrap_or_default();
        self.0.set_length(count("total"));
        self.0.set_position(count("total") - count("pending").min(count("total")));
        let failed = count("failed");
        self.0.set_message(if failed == 0 { String::new() } else { format!("{failed} failed") });
    }
}

impl Drop for TaskBar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
