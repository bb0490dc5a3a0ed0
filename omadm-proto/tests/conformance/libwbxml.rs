//! WBXML documents as libwbxml's tool writes them in XML: the same meaning as our events, except for the differences that
//! `libwbxml-differences.md` explains one by one.

use alloc::collections::BTreeSet;

use omadm_proto::reading::Reading;
use omadm_proto::wbxml;

use crate::node::{self, Content, Node};
use crate::shared::{data_dir, documents};

/// The table: document, difference, reason.
const EXPLAINED: &str = include_str!("../libwbxml-differences.md");

/// The rows of the table: (document, difference). Every row must have a reason.
fn explained() -> BTreeSet<(String, String)> {
    let rows = EXPLAINED.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| {
        let (document, rest) = row.split_once("` | `").expect("a document in back-quotes");
        let (difference, reason) = rest.split_once("` | ").expect("a difference in back-quotes");
        assert!(reason.trim_end_matches('|').trim().len() > 10, "{document}: {difference}: no reason");
        (document.to_string(), difference.to_string())
    })
    .collect()
}

/// Replaces opaque bytes that are a WBXML document of its own by its elements, as libwbxml shows them.
fn open_embedded(node: &mut Node) {
    for content in &mut node.content {
        match content {
            Content::Element(inner) => open_embedded(inner),
            Content::Bytes(bytes) if bytes.starts_with(b"\x02") || bytes.starts_with(b"\x03") => {
                let reader = wbxml::Reader::with(bytes, &Reading::LENIENT).unwrap();
                *content = Content::Element(node::from_events(reader).unwrap());
            }
            Content::Bytes(_) => {}
        }
    }
}

/// A line of a tree without its value if that is long: paths and sizes are enough to explain a difference, and the
/// documents are not ours to copy.
fn brief(line: &str) -> String {
    match line.split_once(" = ") {
        Some((path, value)) if value.len() > 48 => format!("{path} = ({} characters)", value.chars().count()),
        _ => line.to_string(),
    }
}

#[test]
fn the_xml_of_libwbxml_means_what_our_events_mean_except_where_the_table_says_why() {
    let Some(data) = data_dir() else { return };
    let explained = explained();
    let (mut found, mut compared) = (BTreeSet::new(), 0);
    for document in documents().iter().filter(|document| !document.xml) {
        let stem = document.path.trim_end_matches(".wbxml");
        let companion = [format!("{}.libwbxml.xml", document.path), format!("{stem}.decoded.xml")];
        let Some(xml) = companion.iter().find_map(|path| std::fs::read_to_string(data.join(path)).ok()) else {
            continue;
        };
        compared += 1;
        let theirs = node::from_xml(&xml).unwrap_or_else(|error| {
            found.insert((document.path.clone(), format!("+ no well-formed XML: {error}")));
            // As our side shows the character that XML does not have.
            node::from_xml(&xml.replace('\0', "\\u{0}")).unwrap()
        });
        let reader = wbxml::Reader::with(&document.bytes, &Reading::LENIENT).unwrap();
        let mut ours = node::from_events(reader).unwrap_or_else(|error| panic!("{}: {error}", document.path));
        open_embedded(&mut ours);
        let (ours, theirs) = (ours.without_layout().lines(), theirs.without_layout().lines());
        for difference in node::differences(&ours, &theirs) {
            found.insert((document.path.clone(), brief(&difference)));
        }
    }
    let show = |rows: Vec<&(String, String)>| {
        rows.iter()
            .map(|(document, difference)| format!("| `{document}` | `{difference}` | "))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let unexplained = show(found.difference(&explained).collect());
    assert!(unexplained.is_empty(), "not explained:\n{unexplained}");
    let obsolete = show(explained.difference(&found).collect());
    assert!(obsolete.is_empty(), "no difference any more:\n{obsolete}");
    assert_eq!(compared, 33);
}
