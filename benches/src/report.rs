//! The tables: figures, ratios and bars, for a terminal, for a file and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::allocation::Allocations;
use crate::bars::{Figures, Verdict, allocations, bars};
use crate::contest::{Cell, Contestant, Operation};

/// What the figures are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Medians of a run, in nanoseconds.
    Nanoseconds,
    /// Instructions of one execution.
    Instructions,
}

/// What our operations allocate.
pub type Taken = std::collections::BTreeMap<(Operation, &'static str), Allocations>;

/// One document of one operation.
struct Row {
    operation: Operation,
    document: &'static str,
    figures: Vec<Option<f64>>,
    verdicts: Vec<Verdict>,
    taken: Option<Allocations>,
    /// The allocations allowed.
    allowed: Option<usize>,
}

impl Row {
    fn allocates_too_much(&self) -> bool {
        matches!((self.taken, self.allowed), (Some(taken), Some(allowed)) if taken.count > allowed)
    }

    fn judgements(&self) -> String {
        let mut parts: Vec<String> = self.verdicts.iter().map(ToString::to_string).collect();
        if let Some(taken) = self.taken {
            let mut part = format!("{} allocations, {} B", taken.count, taken.peak);
            if let Some(allowed) = self.allowed {
                let met = if self.allocates_too_much() { "NOT MET" } else { "met" };
                write!(part, " (<= {allowed}: {met})").expect("a String takes everything");
            }
            parts.push(part);
        }
        parts.join("; ")
    }
}

/// Figures of one run, and what they are held to.
pub struct Report<'f> {
    unit: Unit,
    rows: Vec<Row>,
    figures: &'f Figures,
}

impl<'f> Report<'f> {
    /// The report of `figures`.
    #[must_use]
    pub fn new(unit: Unit, figures: &'f Figures, taken: &Taken) -> Self {
        let mut rows: Vec<Row> = Vec::new();
        for cell in figures.keys() {
            let &Cell { operation, document, .. } = cell;
            if rows.iter().any(|row| (row.operation, row.document) == (operation, document)) {
                continue;
            }
            let figure = |&contestant| figures.get(&Cell { operation, document, contestant }).copied();
            let held_to = bars(operation, document).into_iter();
            let held_to = held_to.filter(|bar| unit == Unit::Nanoseconds || bar.is_ratio());
            rows.push(Row {
                operation,
                document,
                figures: operation.contestants().iter().map(figure).collect(),
                verdicts: held_to.filter_map(|bar| bar.judge(figures, operation, document)).collect(),
                taken: taken.get(&(operation, document)).copied(),
                allowed: allocations(operation, document),
            });
        }
        let place = |name| crate::inputs::NAMES.iter().position(|known| *known == name);
        rows.sort_by_key(|row| (row.operation, place(row.document)));
        Self { unit, rows, figures }
    }

    /// How many bars are met, and how many there are.
    #[must_use]
    pub fn score(&self) -> (usize, usize) {
        let verdicts = self.rows.iter().flat_map(|row| &row.verdicts);
        let (met, all) = verdicts.fold((0, 0), |(met, all), verdict| (met + usize::from(verdict.met), all + 1));
        let limited = self.rows.iter().filter(|row| row.taken.is_some() && row.allowed.is_some());
        limited.fold((met, all), |(met, all), row| (met + usize::from(!row.allocates_too_much()), all + 1))
    }

    fn show(&self, figure: f64) -> String {
        match self.unit {
            Unit::Instructions => format!("{figure:.0}"),
            Unit::Nanoseconds if figure < 1e3 => format!("{figure:.0} ns"),
            Unit::Nanoseconds if figure < 1e6 => format!("{:.2} us", figure / 1e3),
            Unit::Nanoseconds => format!("{:.2} ms", figure / 1e6),
        }
    }

    /// The tables as Markdown that is aligned for a terminal, too.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut out = String::new();
        for operation in Operation::ALL {
            let rows: Vec<&Row> = self.rows.iter().filter(|row| row.operation == operation).collect();
            if rows.is_empty() {
                continue;
            }
            let names = operation.contestants().iter().map(|contestant| contestant.name().to_string());
            let mut lines = vec![std::iter::once("input".to_string()).chain(names).collect::<Vec<_>>()];
            lines.extend(rows.iter().map(|row| {
                let figures = row.figures.iter().map(|figure| figure.map_or("-".to_string(), |it| self.show(it)));
                std::iter::once(row.document.to_string()).chain(figures).collect()
            }));
            writeln!(out, "### {}\n", operation.title()).expect("a String takes everything");
            let judgements =
                std::iter::once("ours beside them".to_string()).chain(rows.iter().map(|row| row.judgements()));
            table(&mut out, &lines, judgements);
            out.push('\n');
        }
        out
    }

    /// The same as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let rows = self.rows.iter().map(|row| {
            let contestants = row.operation.contestants().iter();
            let cell = |&contestant| Cell { operation: row.operation, document: row.document, contestant };
            let figures = contestants.map(|contestant: &Contestant| {
                (contestant.name().to_string(), json!(self.figures.get(&cell(contestant))))
            });
            let verdicts = row
                .verdicts
                .iter()
                .map(|verdict| json!({ "bar": verdict.bar.to_string(), "value": verdict.value, "met": verdict.met }));
            json!({
                "operation": row.operation.name(),
                "input": row.document,
                "figures": figures.collect::<serde_json::Map<_, _>>(),
                "bars": verdicts.collect::<Vec<_>>(),
                "allocations": row.taken.map(|taken| json!({
                    "count": taken.count,
                    "peak_bytes": taken.peak,
                    "allowed": row.allowed,
                    "met": !row.allocates_too_much(),
                })),
            })
        });
        let unit = match self.unit {
            Unit::Nanoseconds => "nanoseconds, median",
            Unit::Instructions => "instructions",
        };
        let (met, all) = self.score();
        json!({ "unit": unit, "bars": all, "met": met, "rows": rows.collect::<Vec<_>>() })
    }
}

/// Writes aligned columns; the last one, `notes`, is as long as it is.
fn table(out: &mut String, lines: &[Vec<String>], notes: impl Iterator<Item = String>) {
    let width = |column: usize| lines.iter().map(|line| line[column].len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..lines[0].len()).map(width).collect();
    for (number, (line, note)) in lines.iter().zip(notes).enumerate() {
        out.push('|');
        for (column, (text, width)) in line.iter().zip(&widths).enumerate() {
            let padding = " ".repeat(width - text.len());
            match column {
                0 => out.extend([" ", text, &padding, " |"]),
                _ => out.extend([" ", &padding, text, " |"]),
            }
        }
        out.extend([" ", &note, " |\n"]);
        if number == 0 {
            let rules = widths
                .iter()
                .enumerate()
                .map(|(column, width)| format!("{}{}|", "-".repeat(width + 1), if column == 0 { "-" } else { ":" }));
            out.push('|');
            out.extend(rules);
            out.push_str("---|\n");
        }
    }
}
