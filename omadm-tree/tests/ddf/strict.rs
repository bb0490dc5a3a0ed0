//! The strict profile says what xmllint says by the DTD, but for the rows that give a reason.

use omadm_proto::exchange::Syntax;
use omadm_tree::ddf::{Ddf, STRICT};

use crate::shared::documents;

#[test]
fn strict_takes_what_xmllint_takes_by_the_dtd() {
    let table: Vec<Vec<&str>> = include_str!("verdicts.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split('\t').collect())
        .collect();
    let documents = documents();
    for (name, document) in documents.iter().filter(|(name, _)| !name.starts_with("aosp-tnds/")) {
        let row = table.iter().find(|row| row[0] == name).unwrap_or_else(|| panic!("{name} is not in the table"));
        let strict = Ddf::parse(Syntax::Xml, document, &STRICT);
        let verdict = if strict.is_ok() { "valid" } else { "invalid" };
        match row[..] {
            [_, xmllint] => assert_eq!(verdict, xmllint, "{name}: {strict:?}"),
            [_, xmllint, ours, reason] => {
                assert_eq!(verdict, ours, "{name}: {strict:?}");
                assert!(xmllint != ours && !reason.is_empty(), "{name}: a difference has a reason");
            }
            _ => panic!("{name}: the row has two or four columns"),
        }
    }
    assert!(documents.is_empty() || table.len() == 38);
}
