//! The table of rows against the catalogue and against the list of tests.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use dmconf::rows::device::rows;

use super::list::NAMES;

/// The groups that are played against a client.
const GROUPS: [&str; 19] = [
    "SES", "AUT", "GET", "ADD", "RPL", "DEL", "CPY", "EXE", "LST", "ACL", "ATM", "LOB", "MSG", "UIA", "GAL", "NTF",
    "BOO", "ABO", "STA",
];

#[test]
fn there_is_a_test_for_each_row_and_a_row_for_each_test() {
    let tests: BTreeSet<String> = NAMES.iter().map(|name| name.to_uppercase().replace('_', "-")).collect();
    let table: BTreeSet<String> = rows().map(|row| row.id.to_string()).collect();
    assert_eq!(tests, table);
    assert_eq!(NAMES.len(), table.len(), "a test stands twice");
}

#[test]
fn every_row_says_what_must_be_seen() {
    for row in rows() {
        assert!(!row.title.is_empty() && !row.rule.is_empty(), "{}", row.id);
        assert!(GROUPS.contains(&row.group()), "{}", row.id);
    }
}

/// The catalogue, or `None` after a message when it is missing on a developer's machine.
fn catalogue() -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let shared = std::env::var_os("OMADM_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let path = root.join(shared).join("conformance/catalogue.tsv");
    if !path.is_file() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "there is no catalogue at {}", path.display());
        println!("skipped: there is no catalogue at {}", path.display());
        return None;
    }
    Some(std::fs::read_to_string(path).unwrap())
}

#[test]
fn every_mandatory_row_of_the_catalogue_for_clients_is_there() {
    let Some(catalogue) = catalogue() else { return };
    let mut missing = Vec::new();
    for line in catalogue.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let (id, group, side, level) = (columns[0], columns[1], columns[2], columns[4]);
        let for_clients = side == "I" || side.split('/').any(|one| one == "C");
        if !GROUPS.contains(&group) || !for_clients {
            continue;
        }
        match rows().find(|row| row.id == id) {
            Some(row) => assert_eq!(row.level.letter(), level, "{id}"),
            None if level == "M" => missing.push(id),
            None => {}
        }
    }
    assert!(missing.is_empty(), "rows without a script: {missing:?}");
}
