//! `tree convert`.

use super::{HEATING, ROOM};
use crate::run::{MESSAGE, Ran, in_folder, syncml};

/// What `document` becomes, as `tree show` shows it, without the first line.
fn converted(arguments: &[&str], document: &str) -> String {
    let run = syncml(&[&["tree", "convert"], arguments, &["-"]].concat(), document.as_bytes());
    shown(run.exits(0))
}

fn shown(run: &Ran) -> String {
    let shown = syncml(&["tree", "show", "--strict", "-"], &run.bytes);
    shown.exits(0).text().lines().skip(1).map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_description_becomes_what_has_to_be_there_with_its_defaults() {
    assert_eq!(
        converted(&[], HEATING),
        "  ./Vendor/Heating  node   urn:acme:heating:1.0
  ├─ Mode           chr    text/plain  = \"eco\"
  ├─ Restart        null   text/plain
  └─ Room           node
"
    );
}

#[test]
fn names_make_instances_of_what_is_unnamed() {
    let expected = "  ./Vendor/Heating   node   urn:acme:heating:1.0
  ├─ Mode            chr    text/plain  = \"eco\"
  ├─ Restart         null   text/plain
  └─ Room            node
     ├─ Kitchen      node
     │  ├─ Target    int    text/plain  = \"20\"
     │  └─ Password  chr    text/plain  = (secret)
     └─ Bath         node
        ├─ Target    int    text/plain  = \"20\"
        └─ Password  chr    text/plain  = (secret)
";
    assert_eq!(converted(&["--name", "Kitchen", "--name", "Bath"], HEATING), expected);
    let room = ["--name", "./Vendor/Heating/Room=Kitchen", "--name", "./Vendor/Heating/Room=Bath", "--name", "other"];
    assert_eq!(converted(&room, HEATING), expected);
}

#[test]
fn all_named_nodes_are_taken_on_request() {
    let all = converted(&["--all"], HEATING);
    assert!(all.contains("  ├─ Limit          int    text/plain\n"), "{all}");
    assert!(!all.contains("<x>"), "{all}");
}

#[test]
fn a_serialized_tree_becomes_a_description_without_its_values() {
    assert_eq!(
        converted(&[], ROOM),
        "  Kitchen      node   Get          1      dynamic
  ├─ Target    int    Get Replace  1      dynamic    text/plain
  └─ Password  chr    Get Replace  1      dynamic    text/plain
"
    );
}

#[test]
fn values_become_defaults_on_request_but_secrets_never() {
    let run = syncml(&["tree", "convert", "--defaults", "-"], ROOM.as_bytes());
    assert!(run.exits(0).text().contains("<DefaultValue>21</DefaultValue>"), "{}", run.text());
    assert!(!run.text().contains("s3cret"), "{}", run.text());
}

#[test]
fn wbxml_is_written_on_request() {
    let xml = syncml(&["tree", "convert", "-"], HEATING.as_bytes());
    let binary = syncml(&["tree", "convert", "--wbxml", "-"], HEATING.as_bytes());
    assert_eq!(binary.bytes[0], 0x02);
    assert_eq!(shown(&binary), shown(&xml));
}

#[test]
fn a_folder_gets_one_file_a_document() {
    let (folder, _) = in_folder("a.ddf", HEATING.as_bytes());
    std::fs::write(folder.path().join("b.ddf"), HEATING).unwrap();
    let path = folder.path().to_str().unwrap();
    let out = format!("{path}/out/");
    syncml(&["tree", "convert", "--wbxml", path, "-o", &out], b"").exits(0);
    let names = ["a.wbxml", "b.wbxml"].map(|name| std::fs::read(format!("{out}{name}")).unwrap()[0]);
    assert_eq!(names, [0x02, 0x02]);
    let run = syncml(&["tree", "convert", "--wbxml", path], b"");
    assert!(run.exits(2).errors.contains("several WBXML documents need a folder"), "{}", run.errors);
}

#[test]
fn what_cannot_be_converted_is_told() {
    let run = syncml(&["tree", "convert", "-"], MESSAGE.as_bytes());
    assert!(run.exits(1).errors.contains("standard input: byte 38"), "{}", run.errors);
    let run = syncml(&["tree", "convert", "--name", "a/b", "-"], HEATING.as_bytes());
    assert!(run.exits(2).errors.contains("--name a/b: \"a/b\" is no name of a node"), "{}", run.errors);
    let optional = HEATING.replace("<One/>", "<ZeroOrOne/>").replace("<Permanent/>", "<Dynamic/>");
    let run = syncml(&["tree", "convert", "-"], optional.as_bytes());
    assert!(run.exits(1).errors.contains("nothing in it has to be there; --all takes every node"), "{}", run.errors);
}
