//! `tree check`.

use super::HEATING;
use crate::run::{MESSAGE, Ran, in_folder, syncml};

/// A message with `commands` behind a line break.
fn message(commands: &str) -> String {
    let (begin, rest) = MESSAGE.split_once("<Replace>").unwrap();
    let (_, end) = rest.split_once("</Replace>").unwrap();
    format!("{begin}\n{commands}{end}")
}

/// A command with CmdID `id` on `uri`, and what `rest` says of its Item.
fn command(verb: &str, id: u32, uri: &str, rest: &str) -> String {
    format!("<{verb}><CmdID>{id}</CmdID><Item><Target><LocURI>{uri}</LocURI></Target>{rest}</Item></{verb}>")
}

fn value(format: &str, data: &str) -> String {
    format!("<Meta><Format xmlns=\"syncml:metinf\">{format}</Format></Meta><Data>{data}</Data>")
}

const INTERIOR: &str = "<Meta><Format xmlns=\"syncml:metinf\">node</Format></Meta>";

/// What the thermostat answers to `message`.
fn check(arguments: &[&str], message: &str) -> Ran {
    let (_folder, path) = in_folder("heating.ddf", HEATING.as_bytes());
    let path = path.to_str().unwrap();
    syncml(&[&["tree", "check", "--ddf", path], arguments, &["-"]].concat(), message.as_bytes())
}

/// The one line about the only command, and the reason.
fn refused(command: &str) -> (String, String) {
    let run = check(&["--json"], &message(command));
    let answer = &run.exits(1).json()[0]["commands"][0];
    (answer["code"].to_string(), answer["reason"].as_str().unwrap().to_string())
}

#[test]
fn commands_that_the_device_executes_pass() {
    let commands = [
        command("Replace", 1, "./Vendor/Heating/Mode", &value("chr", "comfort")),
        command("Get", 2, "./Vendor/Heating", ""),
        command("Add", 3, "./Vendor/Heating/Limit", &value("int", "25")),
        command("Exec", 4, "./Vendor/Heating/Restart", ""),
        command("Add", 5, "./Vendor/Heating/Room/Kitchen", INTERIOR),
        command("Replace", 6, "./Vendor/Heating/Room/Kitchen/Target", &value("int", "21")),
        command("Delete", 7, "./Vendor/Heating/Room/Kitchen", ""),
    ];
    let run = check(&["--new-device"], &message(&commands.concat()));
    assert_eq!(
        run.exits(0).text(),
        "\
standard input: 7 commands, all executed
  Replace 1 ./Vendor/Heating/Mode: 200 OK
  Get 2 ./Vendor/Heating: 200 OK
  Add 3 ./Vendor/Heating/Limit: 200 OK
  Exec 4 ./Vendor/Heating/Restart: 200 OK
  Add 5 ./Vendor/Heating/Room/Kitchen: 200 OK
  Replace 6 ./Vendor/Heating/Room/Kitchen/Target: 200 OK
  Delete 7 ./Vendor/Heating/Room/Kitchen: 200 OK
"
    );
}

#[test]
fn a_refusal_is_told_with_status_place_and_reason() {
    let run = check(&[], &message(&command("Get", 1, "./Vendor/Heating/Restart", "")));
    let offset = message("").find('\n').unwrap() + 1;
    run.exits(1)
        .has_line("standard input: 1 command, 1 refused")
        .has_line("  Get 1 ./Vendor/Heating/Restart: 405 Command not allowed")
        .has_line(&format!("      byte {offset} (line 2, column 1): AccessType is Exec, without Get"));
}

#[test]
fn each_rule_of_a_description_has_its_status_and_reason() {
    let cases = [
        (command("Replace", 1, "./Vendor/Heating/Mode", &value("int", "1")), "415", "Format is chr, not int"),
        (
            command("Replace", 1, "./Vendor/Heating/Room", &value("chr", "1")),
            "405",
            "AccessType is Add Get, without Replace",
        ),
        (command("Replace", 1, "./Vendor/Heating/Limit", &value("int", "warm")), "415", "the value is no int"),
        (command("Get", 1, "./Vendor/Heating/Colour", ""), "404", "no description has this node"),
        (
            command("Add", 1, "./Vendor/Heating/Mode", &value("chr", "eco")),
            "418",
            "the node is there already; Replace sets its value",
        ),
        (command("Delete", 1, "./Vendor/Heating/Mode", ""), "405", "AccessType is Get Replace, without Delete"),
        (command("Get", 1, "./Vendor//Mode", ""), "400", "the URI has an empty name (\"//\" or a \"/\" at the end)"),
        (
            command("Replace", 1, "./Vendor/Heating/Mode?prop=Format", "<Data>chr</Data>"),
            "405",
            "Replace cannot change the property Format",
        ),
    ];
    for (command, code, reason) in cases {
        assert_eq!(refused(&command), (code.to_string(), reason.to_string()), "{command}");
    }
}

#[test]
fn no_more_nodes_are_added_than_occurrence_allows() {
    let add = |id, name: &str| command("Add", id, &format!("./Vendor/Heating/Room/{name}"), INTERIOR);
    let run = check(&["--quiet"], &message(&[add(1, "a"), add(2, "b"), add(3, "c")].concat()));
    run.exits(1).has_line("  Add 3 ./Vendor/Heating/Room/c: 405 Command not allowed");
    assert!(run.text().contains("Occurrence allows 2 such nodes, and as many are there"), "{}", run.text());
    assert!(!run.text().contains("Add 1"), "{}", run.text());
}

#[test]
fn nodes_that_need_not_be_there_are_taken_to_be_unless_the_device_is_new() {
    let get = message(&command("Get", 1, "./Vendor/Heating/Room/Attic/Target", ""));
    let run = check(&[], &get);
    run.exits(0)
        .has_line("  Get 1 ./Vendor/Heating/Room/Attic/Target: 200 OK")
        .has_line("      if ./Vendor/Heating/Room/Attic/Target is there");
    let new = check(&["--new-device"], &get);
    assert!(new.exits(1).text().contains("the node is not there; it need not be"), "{}", new.text());
}

#[test]
fn what_a_command_deleted_is_gone_in_later_messages() {
    let (folder, ddf) = in_folder("heating.ddf", HEATING.as_bytes());
    let limit = "./Vendor/Heating/Limit";
    std::fs::write(folder.path().join("1.xml"), message(&command("Delete", 1, limit, ""))).unwrap();
    std::fs::write(folder.path().join("2.xml"), message(&command("Get", 1, limit, ""))).unwrap();
    let pattern = folder.path().join("*.xml");
    let arguments = ["tree", "check", "--json", "--ddf", ddf.to_str().unwrap(), pattern.to_str().unwrap()];
    let run = syncml(&arguments, b"");
    let codes: Vec<_> = run.exits(1).json().iter().map(|message| message["commands"][0]["code"].clone()).collect();
    assert_eq!(codes, [200, 404]);
}

#[test]
fn an_atomic_is_undone_when_one_of_its_commands_fails() {
    let mode = "./Vendor/Heating/Mode";
    let inside = [
        command("Add", 2, "./Vendor/Heating/Limit", &value("int", "25")),
        command("Replace", 3, mode, &value("int", "1")),
        command("Replace", 4, mode, &value("chr", "eco")),
    ];
    let atomic = format!("<Atomic><CmdID>1</CmdID>{}</Atomic>", inside.concat());
    let after = command("Add", 5, "./Vendor/Heating/Limit", &value("int", "25"));
    let run = check(&["--json"], &message(&(atomic + &after)));
    let json = run.exits(1).json();
    let codes: Vec<_> = json[0]["commands"].as_array().unwrap().iter().map(|answer| answer["code"].clone()).collect();
    assert_eq!(codes, [507, 216, 415, 215, 200]);
    assert_eq!(json[0]["commands"][1]["depth"], 1);
    assert_eq!(json[0]["refused"], 4);
}

#[test]
fn nothing_but_changes_may_stand_in_an_atomic() {
    let atomic = format!("<Atomic><CmdID>1</CmdID>{}</Atomic>", command("Get", 2, "./Vendor/Heating/Mode", ""));
    let json = check(&["--json"], &message(&atomic)).json();
    let codes: Vec<_> = json[0]["commands"].as_array().unwrap().iter().map(|answer| answer["code"].clone()).collect();
    assert_eq!(codes, [507, 500]);
}

#[test]
fn an_acl_that_a_message_sets_holds_for_what_follows() {
    let mode = "./Vendor/Heating/Mode";
    let commands = [
        command("Replace", 1, &format!("{mode}?prop=ACL"), "<Data>Get=*&amp;Replace=other</Data>"),
        command("Replace", 2, mode, &value("chr", "eco")),
    ];
    let run = check(&["--quiet"], &message(&commands.concat()));
    run.exits(1).has_line("  Replace 2 ./Vendor/Heating/Mode: 425 Permission denied");
    let other = check(&["--server", "other"], &message(&commands.concat()));
    other.exits(0);
}

#[test]
fn chunks_of_a_large_object_are_put_together() {
    let mode = "./Vendor/Heating/Room/Attic/Target";
    let chunk = |id, data: &str, more: &str| command("Replace", id, mode, &format!("{}{more}", value("int", data)));
    let commands = [chunk(1, "2", "<MoreData/>"), chunk(2, "1", "")];
    let json = check(&["--json"], &message(&commands.concat())).json();
    let codes: Vec<_> = json[0]["commands"].as_array().unwrap().iter().map(|answer| answer["code"].clone()).collect();
    assert_eq!(codes, [213, 200]);
}

#[test]
fn a_file_that_is_no_description_or_no_message_is_status_2() {
    let (_folder, path) = in_folder("message.xml", MESSAGE.as_bytes());
    let run = syncml(&["tree", "check", "--ddf", path.to_str().unwrap(), "-"], MESSAGE.as_bytes());
    assert!(run.exits(2).errors.contains("message.xml: byte 38"), "{}", run.errors);
    let run = check(&[], HEATING);
    assert!(
        run.exits(2).errors.contains("only messages can be checked (the root element is MgmtTree)"),
        "{}",
        run.errors
    );
    syncml(&["tree", "check", "-"], MESSAGE.as_bytes()).exits(2);
}
