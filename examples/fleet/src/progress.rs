//! What a person sees while the job runs: a line per finished step on stderr, a bar per running one.

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// The terminal, or a log when stderr is none: then the lines appear and the bars do not.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    bars: MultiProgress,
}

impl Progress {
    /// A line of plain words.
    pub(crate) fn say(&self, line: impl AsRef<str>) {
        let line = line.as_ref();
        self.bars.suspend(|| eprintln!("{line}"));
    }

    /// A bar towards `total`.
    pub(crate) fn bar(&self, name: &str, total: usize) -> ProgressBar {
        let bar = self.bars.add(ProgressBar::new(total as u64));
        if let Ok(style) = ProgressStyle::with_template("  {prefix:<18} [{bar:32}] {pos}/{len}  {elapsed}") {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_prefix(name.to_owned());
        bar
    }
}
