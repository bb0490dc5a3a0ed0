//! Where the program writes: coloured text and plain bytes on the standard output, complaints on the standard error.

use std::fmt::Display;
use std::io::{self, StdoutLock, Write as _};
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};

/// The exit status; a worse one wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Exit(u8);

impl Exit {
    /// All is well.
    pub(crate) const CLEAN: Self = Self(0);
    /// A document did not pass.
    pub(crate) const FOUND: Self = Self(1);
    /// The question could not be answered.
    pub(crate) const TROUBLE: Self = Self(2);
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.0)
    }
}

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

pub(crate) const STRONG: Style = Style::new().bold();
pub(crate) const FAINT: Style = Style::new().dimmed();
pub(crate) const NAME: Style = AnsiColor::Cyan.on_default();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const DOUBTFUL: Style = AnsiColor::Yellow.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();

/// `text` in `style`.
pub(crate) fn paint(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Text from a document, fit for a terminal: control characters are spelled out, and a long text is cut.
pub(crate) fn printable(text: &str, max: usize) -> String {
    let mut shown = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == max {
            shown.push('…');
            break;
        }
        // Marks that turn the direction of writing could make a line look like another one.
        let turns = matches!(character, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
        if character.is_control() || turns {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// `1 file`, `2 files`.
pub(crate) fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// The standard output and the standard error.
pub(crate) struct Screen {
    text: AutoStream<StdoutLock<'static>>,
    errors: ColorChoice,
}

impl Screen {
    pub(crate) fn new(when: When) -> Self {
        let choose = |automatic| match when {
            When::Auto => automatic,
            When::Always => ColorChoice::Always,
            When::Never => ColorChoice::Never,
        };
        let choice = choose(AutoStream::choice(&io::stdout()));
        Self { text: AutoStream::new(io::stdout().lock(), choice), errors: choose(AutoStream::choice(&io::stderr())) }
    }

    /// Writes text that may hold colours.
    pub(crate) fn print(&mut self, text: &str) -> io::Result<()> {
        self.text.write_all(text.as_bytes())
    }

    /// Writes bytes as they are.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.text.flush()?;
        let mut out = io::stdout();
        out.write_all(bytes)?;
        out.flush()
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.text.flush()
    }

    /// Tells on the standard error what went wrong.
    pub(crate) fn complain(&mut self, text: &str) {
        // What was printed before belongs before it; and nobody can be told that the standard error is closed.
        let _ = self.text.flush();
        let mut errors = AutoStream::new(io::stderr(), self.errors);
        let _ = writeln!(errors, "{}: {text}", paint(BAD, "syncml"));
    }
}
