//! `tree show`.

use super::{HEATING, ROOM};
use crate::run::{MESSAGE, in_folder, syncml, wbxml};

#[test]
fn a_description_is_shown_as_a_tree() {
    let run = syncml(&["tree", "show", "-"], HEATING.as_bytes());
    assert_eq!(
        run.exits(0).text(),
        "\
standard input: description in XML, VerDTD 1.2, Man Acme, Mod T1: 8 nodes
  ./Vendor/Heating   node   Get                     1      permanent  urn:acme:heating:1.0
  ├─ Mode            chr    Get Replace             1      permanent  text/plain  default \"eco\"
  ├─ Limit           int    Add Delete Get Replace  0..1   dynamic    text/plain
  ├─ Restart         null   Exec                    1      permanent  text/plain
  └─ Room            node   Add Get                 1      permanent
     └─ <x>          node   Add Delete Get          0..2   dynamic
        ├─ Target    int    Get Replace             1      permanent  text/plain  default \"20\"
        └─ Password  chr    Add Replace             0..1   dynamic    text/plain  default (secret)
"
    );
}

#[test]
fn a_serialized_tree_is_shown_with_acls_and_values() {
    let run = syncml(&["tree", "show", "-"], ROOM.as_bytes());
    assert_eq!(
        run.exits(0).text(),
        "\
standard input: serialized tree in XML: 3 nodes
  Kitchen      node   ACL Get=*&Replace=nrem
  ├─ Target    int    text/plain  = \"21\"
  └─ Password  chr    text/plain  = (secret)
"
    );
}

#[test]
fn secrets_are_shown_on_request() {
    let run = syncml(&["tree", "show", "--show-secrets", "-"], ROOM.as_bytes());
    run.exits(0).has_line("  └─ Password  chr    text/plain  = \"s3cret\"");
}

#[test]
fn wbxml_is_shown_as_xml_is() {
    for document in [HEATING, ROOM] {
        let xml = syncml(&["tree", "show", "-"], document.as_bytes());
        let binary = syncml(&["tree", "show", "-"], &wbxml(document));
        assert_eq!(binary.exits(0).text(), xml.text().replace("in XML", "in WBXML"));
    }
}

#[test]
fn json_has_what_the_document_says_and_no_more() {
    let run = syncml(&["tree", "show", "--json", "-"], HEATING.as_bytes());
    let document = &run.exits(0).json()[0];
    assert_eq!(document["kind"], "description");
    assert_eq!(document["man"], "Acme");
    let nodes = document["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 8);
    assert_eq!(
        nodes[2],
        serde_json::json!({
            "uri": "./Vendor/Heating/Limit", "level": 1, "interior": false, "format": "int",
            "access": ["Add", "Delete", "Get", "Replace"], "occurrence": "ZeroOrOne", "scope": "Dynamic",
            "mime": ["text/plain"], "description": "The highest temperature.",
        })
    );
    assert_eq!(nodes[5]["uri"], "./Vendor/Heating/Room/<x>");
    assert_eq!((&nodes[5]["occurrence"], &nodes[5]["most"]), (&"ZeroOrN".into(), &2.into()));
    assert_eq!((&nodes[7]["default"], nodes[7].get("scope")), (&serde_json::json!({ "secret": true }), None));
}

#[test]
fn what_is_forgiven_is_counted_and_refused_by_strict() {
    let strange = HEATING.replace("<ZeroOrN>2</ZeroOrN>", "<ZeroOrN>1</ZeroOrN>");
    let run = syncml(&["tree", "show", "-"], strange.as_bytes());
    assert!(run.exits(0).text().lines().next().unwrap().ends_with(": 8 nodes, 1 deviation"), "{}", run.text());
    let json = syncml(&["tree", "show", "--json", "-"], strange.as_bytes());
    assert_eq!(json.json()[0]["deviations"][0]["line"], 62);
    let strict = syncml(&["tree", "show", "--strict", "-"], strange.as_bytes());
    assert!(
        strict.exits(1).errors.contains("(line 62, column 43): ZeroOrN does not hold a valid value"),
        "{}",
        strict.errors
    );
}

#[test]
fn what_is_no_tree_is_refused_with_its_place() {
    let run = syncml(&["tree", "show", "-"], MESSAGE.as_bytes());
    assert!(
        run.exits(1).errors.contains("byte 38 (line 1, column 39): the root element is not MgmtTree"),
        "{}",
        run.errors
    );
    let cut = &HEATING[..HEATING.find("<Mod>").unwrap()];
    let run = syncml(&["tree", "show", "-"], cut.as_bytes());
    assert!(run.exits(1).errors.contains("(line 5, column 3): the document ends too early"), "{}", run.errors);
}

#[test]
fn folders_are_read_and_every_document_is_told() {
    let (folder, _) = in_folder("a.ddf", HEATING.as_bytes());
    std::fs::write(folder.path().join("b.xml"), "<MgmtTree>").unwrap();
    std::fs::write(folder.path().join("notes.txt"), "no document").unwrap();
    let run = syncml(&["tree", "show", folder.path().to_str().unwrap()], b"");
    assert!(run.exits(1).text().contains("a.ddf: description in XML"), "{}", run.text());
    assert!(run.errors.contains("b.xml: byte 10"), "{}", run.errors);
}

#[test]
fn allowed_values_of_windows_are_shown() {
    let allowed = "<MSFT:AllowedValues xmlns:MSFT=\"http://schemas.microsoft.com/MobileDevice/DM\" ValueType=\"Range\">\
        <MSFT:Value>[5-30]</MSFT:Value></MSFT:AllowedValues></DFProperties>";
    let at = HEATING.find("<NodeName>Target").unwrap();
    let (before, after) = HEATING.split_at(at);
    let document = format!("{before}{}", after.replacen("</DFProperties>", allowed, 1));
    let run = syncml(&["tree", "show", "-"], document.as_bytes());
    assert!(run.exits(0).text().contains("default \"20\"  takes [5-30]\n"), "{}", run.text());
}

#[test]
fn a_serialized_tree_that_is_wrong_is_refused_with_place_and_reason() {
    let twins = ROOM.replace("<NodeName>Password</NodeName>", "<NodeName>Target</NodeName>");
    let run = syncml(&["tree", "show", "-"], twins.as_bytes());
    let at = ROOM.find("<Node><NodeName>Password").unwrap();
    let expected = format!("byte {at} (line 5, column 1): a second Node of the same name below the same Node");
    assert!(run.exits(1).errors.contains(&expected), "{}", run.errors);
}

#[test]
fn binary_values_are_shown_in_hexadecimal() {
    let binary = ROOM.replace("<chr/>", "<bin/>").replace("Password", "Key").replace("s3cret", "AAH+/w==");
    let run = syncml(&["tree", "show", "-"], binary.as_bytes());
    run.exits(0).has_line("  └─ Key     bin    text/plain  = 4 bytes 0001feff");
    let json = syncml(&["tree", "show", "--json", "-"], binary.as_bytes());
    assert_eq!(json.json()[0]["nodes"][2]["value"]["hex"], "0001feff");
}
