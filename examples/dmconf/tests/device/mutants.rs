//! Every row can fail: for each group there are lies, and each row of the group notices at least one of them.

use dmconf::device::bench::Bench;
use dmconf::row::{Row, Verdict};
use dmconf::rows::device::rows;
use omadm_proto::auth::nonce::Seed;
use omadm_proto::exchange::Syntax;

use super::lies::{Liar, Lie};
use super::play::play_row;

/// What the rows of a group must notice. Lies about the frame of messages (Final, ids, references) stand only where the
/// rows are about it.
const LIES: &[(&str, &[Lie])] = &[
    ("SES", &[Lie::SessionId, Lie::DevInfo, Lie::Talkative, Lie::MsgRef, Lie::Alerts]),
    ("AUT", &[Lie::Digest, Lie::HeaderStatus, Lie::Codes, Lie::Values, Lie::Talkative]),
    ("GET", &[Lie::Codes, Lie::Values]),
    ("ADD", &[Lie::Codes, Lie::Values]),
    ("RPL", &[Lie::Codes, Lie::Values]),
    ("DEL", &[Lie::Codes, Lie::Values]),
    ("CPY", &[Lie::Codes, Lie::Values]),
    ("EXE", &[Lie::Codes, Lie::Alerts]),
    ("LST", &[Lie::Codes, Lie::Values]),
    ("ACL", &[Lie::Codes, Lie::Values]),
    ("ATM", &[Lie::Codes, Lie::Values]),
    ("LOB", &[Lie::Codes, Lie::Values, Lie::Alerts]),
    ("MSG", &[Lie::Codes, Lie::MissingStatus, Lie::Final]),
    ("UIA", &[Lie::Codes, Lie::Values]),
    ("GAL", &[Lie::Codes, Lie::Alerts, Lie::Values]),
    ("NTF", &[Lie::Alerts, Lie::Talkative]),
    ("BOO", &[Lie::Deaf, Lie::Credulous, Lie::Codes, Lie::Values]),
    ("ABO", &[Lie::Talkative, Lie::Alerts, Lie::Values, Lie::Codes]),
    ("STA", &[Lie::Codes, Lie::Order, Lie::MissingStatus, Lie::StatusForStatus, Lie::Values]),
];

/// Every lie that there is.
const ALL: [Lie; 17] = [
    Lie::Codes,
    Lie::Values,
    Lie::Alerts,
    Lie::DevInfo,
    Lie::MissingStatus,
    Lie::MsgRef,
    Lie::Order,
    Lie::Final,
    Lie::SessionId,
    Lie::Digest,
    Lie::HeaderStatus,
    Lie::Talkative,
    Lie::Silent,
    Lie::Results,
    Lie::StatusForStatus,
    Lie::Deaf,
    Lie::Credulous,
];

fn lies_of(row: &Row<Bench>) -> &'static [Lie] {
    LIES.iter().find(|(group, _)| *group == row.group()).unwrap_or_else(|| panic!("no lies for {}", row.group())).1
}

fn notices(row: &Row<Bench>, lie: Lie, syntax: Syntax) -> bool {
    let mut bench = Bench::new(Box::new(Liar::new(syntax, lie)), Seed::new([3; 32]));
    matches!(row.play(&mut bench), Verdict::Failed(_))
}

fn every_row_notices(syntax: Syntax) {
    let mut blind = Vec::new();
    for row in rows() {
        // What is skipped cannot notice anything.
        if play_row(row, syntax) != Verdict::Passed {
            continue;
        }
        if !lies_of(row).iter().any(|lie| notices(row, *lie, syntax)) {
            blind.push(row.id);
        }
    }
    assert!(blind.is_empty(), "rows that notice no lie: {blind:?}");
}

#[test]
fn every_row_fails_on_a_client_that_lies_in_xml() {
    every_row_notices(Syntax::Xml);
}

#[test]
fn every_row_fails_on_a_client_that_lies_in_wbxml() {
    every_row_notices(Syntax::Wbxml);
}

#[test]
fn every_lie_is_noticed_by_more_than_one_row() {
    for lie in ALL {
        let noticed = rows().filter(|row| notices(row, lie, Syntax::Xml)).take(2).count();
        assert_eq!(noticed, 2, "{lie:?} is noticed by {noticed} rows");
    }
}

#[test]
fn rows_about_bootstrap_notice_a_client_that_takes_no_document_and_one_that_takes_any() {
    let noticed_by = |lie: Lie| -> Vec<&str> {
        let rows = rows().filter(|row| row.group() == "BOO");
        rows.filter(|row| notices(row, lie, Syntax::Wbxml)).map(|row| row.id).collect()
    };
    let deaf = ["01", "02", "03", "05", "06", "07", "08", "15", "17", "18", "21", "27"].map(|id| format!("X-BOO-{id}"));
    assert_eq!(noticed_by(Lie::Deaf), deaf);
    assert_eq!(noticed_by(Lie::Credulous), ["X-BOO-07", "X-BOO-09", "X-BOO-12"]);
}
