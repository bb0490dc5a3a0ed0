//! The JSON of tasks, to the letter of what applications rely on.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(feature = "serde")]

use serde_json::{Value, from_value, json, to_value};
use xrem_server::directory::NodeId;
use xrem_server::task::{CommandSpec, Commands, Correlator, Payload, Reported, Target};

fn parse(commands: Value) -> Result<Vec<CommandSpec>, String> {
    let commands = from_value::<Commands>(commands).map_err(|error| error.to_string())?.0;
    for (position, command) in commands.iter().enumerate() {
        command.check(position).map_err(|error| error.to_string())?;
    }
    Ok(commands)
}

#[test]
fn every_command_of_dm_can_be_written_and_comes_back_the_same() {
    let commands = json!([
        {"cmd": "get", "uri": "./DevInfo/Man"},
        {"cmd": "add", "uri": "./A/B", "format": "int", "type": "text/plain", "data": "1"},
        {"cmd": "replace", "uri": "./A/B", "data_b64": "AAEC"},
        {"cmd": "delete", "uri": "./A/B"},
        {"cmd": "copy", "source": "./A", "uri": "./B"},
        {"cmd": "exec", "uri": "./X", "correlator": "c1", "data": "go"},
        {"cmd": "exec", "uri": "./X", "correlator": null},
        {"cmd": "alert", "code": 1101, "items": ["MINDT=10", "Update now?"]},
        {"cmd": "atomic", "commands": [{"cmd": "add", "uri": "./C", "data": "x"}]},
        {"cmd": "sequence", "commands": [{"cmd": "get", "uri": "./C?prop=ACL"}]},
    ]);
    let parsed = parse(commands.clone()).unwrap();
    assert_eq!(to_value(Commands(parsed.clone())).unwrap(), commands);
    let CommandSpec::Replace(write) = &parsed[2] else { panic!() };
    assert_eq!(write.payload, Some(Payload::Bytes(vec![0, 1, 2])));
    let CommandSpec::Exec(exec) = &parsed[6] else { panic!() };
    assert_eq!(exec.correlator, Correlator::None);
}

#[test]
fn an_unknown_field_is_refused_with_the_position_and_the_name() {
    let error = parse(json!([{"cmd": "get", "uri": "./A"}, {"cmd": "get", "uri": "./A", "urri": "./B"}])).unwrap_err();
    assert!(error.starts_with("command 1: unknown field `urri`"), "{error}");
    let error = parse(json!([{"cmd": "add", "uri": "./A", "dat": "1"}])).unwrap_err();
    assert!(error.starts_with("command 0: unknown field `dat`"), "{error}");
    let error = parse(json!([{"cmd": "atomic", "commands": [{"cmd": "exec", "url": "./A"}]}])).unwrap_err();
    assert!(error.starts_with("command 0: command 0: unknown field `url`"), "{error}");
}

#[test]
fn an_unknown_verb_a_missing_field_and_contradicting_fields_are_refused_with_the_position() {
    let error = parse(json!([{"cmd": "put", "uri": "./A"}])).unwrap_err();
    assert!(error.starts_with("command 0: unknown variant `put`"), "{error}");
    let error = parse(json!([{"cmd": "get"}])).unwrap_err();
    assert!(error.starts_with("command 0: missing field `uri`"), "{error}");
    let error = parse(json!([{"cmd": "add", "uri": "./A", "data": "1", "data_b64": "AA=="}])).unwrap_err();
    assert_eq!(error, "command 0: data and data_b64 exclude each other");
    let error = parse(json!([{"cmd": "add", "uri": "./A", "data_b64": "?"}])).unwrap_err();
    assert_eq!(error, "command 0: data_b64 is not valid base64");
}

#[test]
fn a_uri_that_is_none_is_refused_with_the_position_and_the_reason() {
    let error =
        parse(json!([{"cmd": "get", "uri": "./A"}, {"cmd": "sequence", "commands": [{"cmd": "get", "uri": "/A"}]}]));
    assert!(
        error.unwrap_err().starts_with("command 1.0: uri \"/A\" is not a URI of the tree: the URI starts with \"/\"")
    );
}

#[test]
fn targets_are_written_as_one_field_each() {
    assert_eq!(
        from_value::<Target>(json!({"device": "urn:d1"})).unwrap(),
        Target::Device(NodeId::parse("urn:d1").unwrap())
    );
    assert_eq!(
        from_value::<Target>(json!({"behind": "urn:g1"})).unwrap(),
        Target::Behind(NodeId::parse("urn:g1").unwrap())
    );
    assert!(from_value::<Target>(json!({"all": "devices"})).is_ok());
    assert!(from_value::<Target>(json!({"all": "cars"})).is_err());
}

#[test]
fn a_command_without_outcome_is_reported_as_it_was_given() {
    let command = json!({"cmd": "get", "uri": "./DevInfo/Man"});
    let spec: CommandSpec = from_value(command.clone()).unwrap();
    assert_eq!(to_value(Reported { spec: &spec, outcome: None }).unwrap(), command);
}

#[test]
fn numbers_and_bools_are_taken_as_the_text_that_dm_writes() {
    let commands: Commands = from_value(json!([
        {"cmd": "replace", "uri": "./App/Interval", "format": "int", "data": 300},
        {"cmd": "replace", "uri": "./App/On", "format": "bool", "data": true}]))
    .unwrap();
    assert_eq!(
        to_value(&commands).unwrap(),
        json!([
            {"cmd": "replace", "uri": "./App/Interval", "format": "int", "data": "300"},
            {"cmd": "replace", "uri": "./App/On", "format": "bool", "data": "true"}])
    );
    let error = from_value::<Commands>(json!([{"cmd": "replace", "uri": "./A", "data": [1]}])).unwrap_err();
    assert_eq!(error.to_string(), "command 0: data is text, a number or a bool");
}

#[test]
fn the_items_of_an_alert_are_texts_or_objects_with_data() {
    let commands: Commands =
        from_value(json!([{"cmd": "alert", "code": 1100, "items": [{}, {"data": "hello"}]}])).unwrap();
    assert_eq!(to_value(&commands).unwrap(), json!([{"cmd": "alert", "code": 1100, "items": ["", "hello"]}]));
    let error = from_value::<Commands>(json!([{"cmd": "alert", "code": 1100, "items": [1]}])).unwrap_err();
    assert_eq!(error.to_string(), "command 0: items is an array of texts, or of objects with a text as data");
}
