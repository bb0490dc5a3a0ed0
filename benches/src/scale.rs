//! The table of a bench at scale: a figure of ours, that of a peer in the same run, and the bar.

use std::fmt::Write as _;

use serde_json::{Value, json};

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Nanoseconds of processor time; the median of several runs.
    Nanoseconds,
    /// Bytes that an allocator was asked for, or of a record.
    Bytes,
    /// Allocations and reallocations.
    Allocations,
}

/// One line of the table.
#[derive(Debug, Clone)]
pub struct Row {
    /// What was measured.
    pub what: &'static str,
    /// What the figures count.
    pub unit: Unit,
    /// Our figure.
    pub ours: f64,
    /// The name and the figure of the peer.
    pub peer: Option<(&'static str, f64)>,
    /// The most that our figure may be.
    pub bar: Option<f64>,
}

impl Row {
    /// A line without a peer and without a bar.
    #[must_use]
    pub const fn new(what: &'static str, unit: Unit, ours: f64) -> Self {
        Self { what, unit, ours, peer: None, bar: None }
    }

    /// The same beside a peer.
    #[must_use]
    pub const fn beside(mut self, peer: &'static str, figure: f64) -> Self {
        self.peer = Some((peer, figure));
        self
    }

    /// The same with a bar.
    #[must_use]
    pub const fn at_most(mut self, bar: f64) -> Self {
        self.bar = Some(bar);
        self
    }

    fn met(&self) -> Option<bool> {
        self.bar.map(|bar| self.ours <= bar)
    }

    fn cells(&self) -> [String; 5] {
        let show = |figure| show(self.unit, figure);
        let peer = self.peer.map_or_else(String::new, |(name, figure)| format!("{name}: {}", show(figure)));
        let ratio = self.peer.map_or_else(String::new, |(_, figure)| format!("{:.2}", self.ours / figure));
        let bar = self.bar.map_or_else(String::new, |bar| {
            format!("<= {}: {}", show(bar), if self.ours <= bar { "met" } else { "NOT MET" })
        });
        [self.what.to_string(), show(self.ours), peer, ratio, bar]
    }
}

fn show(unit: Unit, figure: f64) -> String {
    match unit {
        Unit::Bytes => format!("{figure:.0} B"),
        Unit::Allocations => format!("{figure:.0}"),
        Unit::Nanoseconds if figure < 1e3 => format!("{figure:.1} ns"),
        Unit::Nanoseconds if figure < 1e6 => format!("{:.2} us", figure / 1e3),
        Unit::Nanoseconds => format!("{:.2} ms", figure / 1e6),
    }
}

/// How many bars are met, and how many there are.
#[must_use]
pub fn score(rows: &[Row]) -> (usize, usize) {
    let verdicts = rows.iter().filter_map(Row::met);
    verdicts.fold((0, 0), |(met, all), verdict| (met + usize::from(verdict), all + 1))
}

/// The table as Markdown that is aligned for a terminal, too.
#[must_use]
pub fn markdown(rows: &[Row]) -> String {
    let head = ["what", "ours", "peer", "ours / peer", "bar"].map(str::to_string);
    let lines: Vec<[String; 5]> = std::iter::once(head).chain(rows.iter().map(Row::cells)).collect();
    let width = |column: usize| lines.iter().map(|line| line[column].len()).max().unwrap_or(0);
    let widths: [usize; 5] = std::array::from_fn(width);
    let mut out = String::new();
    for (number, line) in lines.iter().enumerate() {
        for (column, (text, width)) in line.iter().zip(widths).enumerate() {
            let cell = if column == 0 { format!("| {text:<width$} |") } else { format!(" {text:>width$} |") };
            out.push_str(&cell);
        }
        out.push('\n');
        if number == 0 {
            for (column, width) in widths.into_iter().enumerate() {
                let rule = "-".repeat(width + 1);
                write!(out, "{}{rule}{}", if column == 0 { "|-" } else { "" }, if column == 0 { "|" } else { ":|" })
                    .expect("a String takes everything");
            }
            out.push('\n');
        }
    }
    out
}

/// The same as JSON.
#[must_use]
pub fn json(rows: &[Row]) -> Value {
    let (met, bars) = score(rows);
    let rows = rows.iter().map(|row| {
        json!({
            "what": row.what,
            "unit": match row.unit {
                Unit::Nanoseconds => "nanoseconds, median",
                Unit::Bytes => "bytes",
                Unit::Allocations => "allocations",
            },
            "ours": row.ours,
            "peer": row.peer.map(|(name, figure)| json!({ "name": name, "figure": figure })),
            "bar": row.bar,
            "met": row.met(),
        })
    });
    json!({ "bars": bars, "met": met, "rows": rows.collect::<Vec<_>>() })
}
