//! How answers are shown: tables for people, JSON for programs.

use std::io::{self, IsTerminal as _, Write as _};

use anstream::{AutoStream, ColorChoice};
use clap::{Args, ValueEnum};
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{Attribute, Cell, Color, ContentArrangement, Table};
use serde_json::Value;

/// How an answer is shown.
#[derive(Debug, Args)]
pub(super) struct Output {
    /// How the answer is shown [default: table on a terminal, else json].
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Table,
    /// For programs: what the API answered.
    Json,
}

impl Output {
    /// Shows `answer`: as `table` makes it, or as it is.
    pub(super) fn show(&self, answer: &Value, table: impl FnOnce(&Value) -> Table) {
        let automatic = if io::stdout().is_terminal() { Format::Table } else { Format::Json };
        match self.format.unwrap_or(automatic) {
            Format::Json => print(&format!("{answer:#}\n")),
            Format::Table => print(&format!("{}\n", table(answer))),
        }
    }
}

/// Writes `text`. A reader who went away has seen enough.
pub(super) fn print(text: &str) {
    let mut out = io::stdout().lock();
    if out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_err() {
        std::process::exit(0);
    }
}

/// A table as wide as the terminal, with these heads.
pub(super) fn table<const N: usize>(heads: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(
        heads.map(|head| if coloured() { Cell::new(head).add_attribute(Attribute::Bold) } else { head.into() }),
    );
    table
}

/// A value of an answer as text: nothing for null.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => printable(text),
        other => printable(&other.to_string()),
    }
}

/// The state of something, in the colour of its kind.
pub(super) fn state(value: &Value) -> Cell {
    let word = text(value);
    let colour = match word.as_str() {
        "ok" | "done" | "cleared" | "active" => Color::Green,
        "failed" | "aborted" | "critical" | "major" => Color::Red,
        "cancelled" | "skipped" | "paused" | "minor" | "warning" => Color::Yellow,
        "running" => Color::Cyan,
        _ => return Cell::new(word),
    };
    if coloured() { Cell::new(word).fg(colour) } else { Cell::new(word) }
}

/// Whether the standard output takes colours; NO_COLOR is heeded.
fn coloured() -> bool {
    !matches!(AutoStream::choice(&io::stdout()), ColorChoice::Never)
}

/// Text from a device, fit for a terminal.
fn printable(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { '\u{FFFD}' } else { character }).collect()
}
