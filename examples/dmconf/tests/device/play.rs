//! Playing one row against the client in this process.

use dmconf::device::bench::Bench;
use dmconf::device::lab::Lab;
use dmconf::row::{Row, Verdict};
use dmconf::rows::device::rows;
use omadm_proto::auth::nonce::Seed;
use omadm_proto::exchange::Syntax;

/// Rows that are skipped, with a word of the reason.
const SKIPPED: &[(&str, &str)] =
    &[("X-SES-22", "DM/1.2 from the beginning"), ("X-STA-11", "cannot be written in WBXML")];

/// The row that a test is named by.
pub(super) fn row(test: &str) -> &'static Row<Bench> {
    let id = test.to_uppercase().replace('_', "-");
    rows().find(|row| row.id == id).unwrap_or_else(|| panic!("there is no row {id}"))
}

/// What the row comes to against the client as it is.
pub(super) fn play_row(row: &Row<Bench>, syntax: Syntax) -> Verdict {
    row.play(&mut Bench::new(Box::new(Lab::new(syntax)), Seed::new([3; 32])))
}

/// Plays the row, which has to pass, or to be skipped for the known reason.
pub(super) fn play(test: &str, syntax: Syntax) {
    let row = row(test);
    match play_row(row, syntax) {
        Verdict::Passed => {}
        Verdict::Failed(finding) => panic!("{} {syntax:?}: {finding}\n{}", row.id, row.rule),
        Verdict::Skipped(reason) => {
            let known = SKIPPED.iter().any(|(id, word)| *id == row.id && reason.contains(word));
            assert!(known, "{} was skipped: {reason}", row.id);
        }
    }
}
