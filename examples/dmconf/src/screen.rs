//! Where the program writes: coloured text on the standard output, progress and complaints on the standard error.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use dmconf::report::{Entry, Report, table};
use dmconf::row::Verdict;
use indicatif::{ProgressBar, ProgressStyle};

/// The rows could not be played.
pub(crate) const TROUBLE: u8 = 2;
const FOUND: u8 = 1;
const BAD: Style = AnsiColor::Red.on_default().bold();

/// When colours are used.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum When {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always, even into a file.
    Always,
    /// Never.
    Never,
}

/// The standard output and the standard error.
pub(crate) struct Screen {
    text: AutoStream<io::Stdout>,
    errors: ColorChoice,
    bar: ProgressBar,
}

impl Screen {
    pub(crate) fn new(when: When) -> Self {
        let choose = |automatic| match when {
            When::Auto => automatic,
            When::Always => ColorChoice::Always,
            When::Never => ColorChoice::Never,
        };
        let choice = choose(AutoStream::choice(&io::stdout()));
        Self {
            text: AutoStream::new(io::stdout(), choice),
            errors: choose(AutoStream::choice(&io::stderr())),
            bar: ProgressBar::hidden(),
        }
    }

    /// Writes text that may hold colours. A reader who went away has seen enough.
    pub(crate) fn print(&mut self, text: &str) {
        let text_out = &mut self.text;
        self.bar.suspend(|| {
            if text_out.write_all(text.as_bytes()).and_then(|()| text_out.flush()).is_err() {
                std::process::exit(0);
            }
        });
    }

    /// Begins to show how far a run of `rows` rows is.
    pub(crate) fn begin(&mut self, rows: usize) {
        // With the lines on the same terminal a bar would only flicker.
        if io::stderr().is_terminal() && !io::stdout().is_terminal() {
            self.bar = ProgressBar::new(rows as u64);
            let style = ProgressStyle::with_template("{pos}/{len} {wide_bar} {msg}");
            self.bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        }
    }

    /// Shows an entry as it comes; with `quietly` only what did not pass.
    pub(crate) fn entry(&mut self, entry: &Entry, quietly: bool) {
        self.bar.set_message(entry.id);
        self.bar.inc(1);
        if !(quietly && entry.verdict == Verdict::Passed) {
            self.print(&table::line(entry));
        }
    }

    /// The end of a run: what it came to.
    pub(crate) fn end(&mut self, reports: &[Report]) -> ExitCode {
        self.bar.finish_and_clear();
        for report in reports {
            self.print(&table::summary(report));
        }
        if reports.iter().any(|report| report.counts().failed > 0) { FOUND.into() } else { ExitCode::SUCCESS }
    }

    /// Tells on the standard error what went wrong.
    pub(crate) fn complain(&mut self, text: &str) {
        self.bar.finish_and_clear();
        let mut errors = AutoStream::new(io::stderr(), self.errors);
        // Nobody can be told that the standard error is closed.
        let _ = writeln!(errors, "{BAD}dmconf{BAD:#}: {text}");
    }
}
