//! Reports as a Markdown document that stays the same as long as the verdicts do: no times in it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use omadm_proto::exchange::Syntax;

use super::{Counts, Entry, Report, syntax_name};
use crate::row::Verdict;

/// The reports, one a chapter, below `title` and `introduction`.
pub fn markdown(title: &str, introduction: &str, reports: &[Report]) -> String {
    let mut text = format!("# {title}\n\n{introduction}\n");
    for report in reports {
        chapter(&mut text, report);
    }
    text
}

fn chapter(text: &mut String, report: &Report) {
    let Counts { passed, failed, skipped } = report.counts();
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "\n## {}\n\nRows are counted once a syntax. Passed: {passed}. Failed: {failed}. Skipped: {skipped}.\n\n\
         | row | level | XML | WBXML | what it is about |\n|---|---|---|---|---|\n",
        report.peer,
    );
    let mut rows: Vec<&str> = Vec::new();
    let mut entries: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in &report.entries {
        let known = entries.entry(entry.id).or_default();
        if known.is_empty() {
            rows.push(entry.id);
        }
        known.push(entry);
    }
    let mut notes = String::new();
    for id in rows {
        let Some(played) = entries.get(id) else { continue };
        let Some(first) = played.first() else { continue };
        let word = |syntax: Syntax| {
            played.iter().find(|entry| entry.syntax == syntax).map_or("", |entry| entry.verdict.word())
        };
        let level = first.level.letter();
        let _ = writeln!(
            text,
            "| {id} | {level} | {} | {} | {} |",
            word(Syntax::Xml),
            word(Syntax::Wbxml),
            cell(first.title),
        );
        for (entry, reason) in played.iter().filter_map(|entry| reason(entry).map(|reason| (entry, reason))) {
            let _ = writeln!(notes, "- {id} ({}): {}", syntax_name(entry.syntax), cell(&reason));
        }
    }
    if !notes.is_empty() {
        let _ = write!(text, "\nWhat did not pass, and why:\n\n{notes}");
    }
}

fn reason(entry: &Entry) -> Option<String> {
    match &entry.verdict {
        Verdict::Passed => None,
        Verdict::Failed(finding) => Some(finding.to_string()),
        Verdict::Skipped(reason) => Some(format!("skipped, {reason}")),
    }
}

/// Text as it may stand in a cell or behind a dash.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace('\n', " ")
}
