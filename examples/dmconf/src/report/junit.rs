//! JUnit XML, as continuous integration reads it: a suite a group, a case a row and syntax.

use std::fmt::Write as _;

use super::{Entry, Report, syntax_name};
use crate::row::Verdict;

/// The reports as one document.
pub fn junit<'r>(reports: impl IntoIterator<Item = &'r Report>) -> String {
    let mut suites = String::new();
    let (mut tests, mut failures, mut skipped) = (0, 0, 0);
    for report in reports {
        for group in groups(report) {
            let counts = Report { peer: String::new(), entries: group.iter().copied().cloned().collect() }.counts();
            let seconds: f64 = group.iter().map(|entry| entry.took.as_secs_f64()).sum();
            let name = group.first().map_or("", |entry| entry.group);
            // Writing to a String cannot fail.
            let _ = writeln!(
                suites,
                "  <testsuite name=\"{name}: {}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" time=\"{seconds:.3}\">",
                escape(&report.peer),
                group.len(),
                counts.failed,
                counts.skipped,
            );
            for entry in &group {
                case(&mut suites, entry);
            }
            suites.push_str("  </testsuite>\n");
            tests += group.len();
            failures += counts.failed;
            skipped += counts.skipped;
        }
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites name=\"dmconf\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\">\n{suites}</testsuites>\n"
    )
}

/// The entries by their groups, both in their order.
fn groups(report: &Report) -> Vec<Vec<&Entry>> {
    let mut groups: Vec<Vec<&Entry>> = Vec::new();
    for entry in &report.entries {
        match groups.iter_mut().find(|group| group.first().is_some_and(|first| first.group == entry.group)) {
            Some(group) => group.push(entry),
            None => groups.push(vec![entry]),
        }
    }
    groups
}

fn case(out: &mut String, entry: &Entry) {
    let _ = write!(
        out,
        "    <testcase classname=\"dmconf.{}.{}\" name=\"{} {}\" time=\"{:.3}\"",
        entry.group,
        syntax_name(entry.syntax),
        entry.id,
        escape(entry.title),
        entry.took.as_secs_f64(),
    );
    let _ = match &entry.verdict {
        Verdict::Passed => writeln!(out, "/>"),
        Verdict::Skipped(reason) => writeln!(out, "><skipped message=\"{}\"/></testcase>", escape(reason)),
        Verdict::Failed(finding) => writeln!(
            out,
            ">\n      <failure message=\"{}\" type=\"{}\">rule: {}\nexpected: {}\nseen: {}\nwhere: {}</failure>\n    </testcase>",
            escape(&finding.to_string()),
            entry.level.letter(),
            escape(entry.rule),
            escape(&finding.expected),
            escape(&finding.seen),
            escape(&finding.place),
        ),
    };
}

/// Text as it may stand in an attribute or an element; what XML cannot hold is spelled out.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(' '),
            '\u{FFFE}' | '\u{FFFF}' => escaped.extend(character.escape_default()),
            control if control.is_control() => escaped.extend(control.escape_default()),
            other => escaped.push(other),
        }
    }
    escaped
}
