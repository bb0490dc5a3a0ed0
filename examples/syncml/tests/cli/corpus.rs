//! Every shared document through every subcommand: no crash, and a clear exit status.

use std::path::PathBuf;

use crate::run::syncml;

/// The shared documents, or `None` after a message when they are missing on a developer's machine.
fn data() -> Option<PathBuf> {
    let workspace = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let shared = std::env::var_os("OMADM_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let data = workspace.join(shared).join("data");
    if !data.is_dir() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "the shared data is missing: {}", data.display());
        eprintln!("skipped: no shared data at {}", data.display());
        return None;
    }
    Some(data)
}

/// The folders with messages.
fn folders() -> Option<[String; 3]> {
    let data = data()?;
    Some(["messages", "wbxml", "vectors"].map(|folder| data.join(folder).to_str().unwrap().to_string()))
}

fn survives(subcommand: &[&str]) {
    let Some(folders) = folders() else { return };
    let [messages, wbxml, vectors] = &folders;
    let run = syncml(&[subcommand, &[messages, wbxml, vectors]].concat(), b"");
    assert!((0..=2).contains(&run.code), "status {}: {}", run.code, run.errors);
    assert!(!run.errors.contains("panicked"), "{}", run.errors);
    assert!(!run.bytes.is_empty());
}

#[test]
fn check_survives_the_corpus() {
    survives(&["check"]);
    survives(&["check", "--json"]);
}

#[test]
fn decode_survives_the_corpus() {
    survives(&["decode"]);
    survives(&["decode", "--json"]);
}

#[test]
fn explain_survives_the_corpus() {
    survives(&["explain"]);
    survives(&["explain", "--json"]);
}

#[test]
fn hex_survives_the_corpus() {
    survives(&["hex"]);
    survives(&["hex", "--json"]);
}

/// A row of the oracle beside the node that should be equal: address, level, Format, AccessType, Occurrence, Scope.
fn columns(node: &serde_json::Value) -> String {
    let text = |key: &str| node[key].as_str().unwrap_or("-").to_string();
    let access = node["access"].as_array().map_or_else(
        || "-".to_string(),
        |list| list.iter().map(|name| name.as_str().unwrap()).collect::<Vec<_>>().join(","),
    );
    let most = node.get("most").map(|most| format!("={most}")).unwrap_or_default();
    let level = node["level"].as_u64().unwrap() + 1;
    let occurrence = text("occurrence") + &most;
    [text("uri"), level.to_string(), text("format"), access, occurrence, text("scope")].join("\t")
}

#[test]
fn tree_show_has_every_node_of_the_shared_descriptions() {
    let Some(data) = data() else { return };
    let run = syncml(&["tree", "show", "--json", data.join("ddf").to_str().unwrap()], b"");
    let mut read = 0;
    for shown in run.json() {
        let path = PathBuf::from(shown["file"].as_str().unwrap());
        let relative = path.strip_prefix(data.join("ddf")).unwrap();
        let oracle = std::fs::read_to_string(data.join("ddf/expected").join(format!("{}.tsv", relative.display())));
        let oracle = oracle.unwrap();
        let expected: Vec<_> = oracle
            .lines()
            .skip(1)
            .map(|line| {
                let columns: Vec<_> = line.split('\t').collect();
                // What stands in RTProperties is marked.
                let format = columns[3].trim_start_matches("rt:");
                [columns[0], columns[1], format, columns[4], columns[5], columns[6]].join("\t")
            })
            .collect();
        let nodes: Vec<_> = shown["nodes"].as_array().unwrap().iter().map(columns).collect();
        assert_eq!(nodes, expected, "{}", relative.display());
        read += 1;
    }
    // What is left are the serialized trees that are wrong on purpose, and the DTD.
    assert_eq!(read + run.errors.lines().count(), 43, "{}", run.errors);
}

#[test]
fn tree_convert_leaves_out_no_node_of_the_shared_descriptions() {
    let Some(data) = data() else { return };
    let folder = tempfile::tempdir().unwrap();
    let out = format!("{}/", folder.path().display());
    let group = data.join("ddf/ms-csp");
    syncml(&["tree", "convert", "--all", "--name", "x1", group.to_str().unwrap(), "-o", &out], b"").exits(0);
    let run = syncml(&["tree", "show", "--json", &out], b"");
    for shown in run.exits(0).json() {
        let name = PathBuf::from(shown["file"].as_str().unwrap()).file_name().unwrap().to_str().unwrap().to_string();
        let oracle = std::fs::read_to_string(data.join(format!("ddf/expected/ms-csp/{name}.tsv"))).unwrap();
        assert_eq!(shown["kind"], "serialized", "{name}");
        assert_eq!(shown["nodes"].as_array().unwrap().len(), oracle.lines().count() - 1, "{name}");
    }
}

#[test]
fn tree_check_survives_the_corpus() {
    let Some(data) = data() else { return };
    let descriptions = data.join("ddf/ms-csp");
    let tree_check = ["tree", "check", "--ddf", descriptions.to_str().unwrap()];
    survives(&tree_check);
    survives(&[&tree_check[..], &["--json", "--new-device"]].concat());
}
