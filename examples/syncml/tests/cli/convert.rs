//! `decode` and `encode`.

use crate::run::{MESSAGE, in_folder, syncml, wbxml};

#[test]
fn encode_and_decode_are_inverse() {
    let wbxml = syncml(&["encode", "-"], MESSAGE.as_bytes());
    assert!(wbxml.code == 0);
    assert!(wbxml.bytes.starts_with(b"\x02\xA4\x01\x6A\x00\x6D\x6C\x71\x031.2\x00\x01"));
    let xml = syncml(&["decode", "-"], &wbxml.bytes);
    let lines: Vec<_> = std::str::from_utf8(&xml.bytes).unwrap().lines().collect();
    assert_eq!(lines[1], "<SyncML xmlns=\"SYNCML:SYNCML1.2\">");
    assert!(lines.contains(&"          <Format xmlns=\"syncml:metinf\">int</Format>"), "{lines:?}");
    assert!(lines.contains(&"        <Data> 5 </Data>"), "{lines:?}");
    let again = syncml(&["encode", "-"], &xml.bytes);
    assert_eq!(again.bytes, wbxml.bytes);
}

#[test]
fn files_are_read_and_written() {
    let (folder, input) = in_folder("in.xml", MESSAGE.as_bytes());
    let output = folder.path().join("out.wbxml");
    let run = syncml(&["encode", input.to_str().unwrap(), "-o", output.to_str().unwrap()], b"");
    assert!(run.code == 0 && run.bytes.is_empty());
    assert!(std::fs::read(&output).unwrap().starts_with(b"\x02\xA4\x01\x6A\x00"));
    let run = syncml(&["decode", output.to_str().unwrap()], b"");
    assert!(run.text().contains("<LocURI>./A</LocURI>"));
}

#[test]
fn json_shows_the_typed_message() {
    let run = syncml(&["decode", "--json", "-"], MESSAGE.as_bytes());
    let json: serde_json::Value = serde_json::from_slice(&run.bytes).unwrap();
    assert_eq!(json["header"]["sessionId"], "A7");
    assert_eq!(json["header"]["target"]["uri"], "device");
    assert_eq!(json["commands"][0]["cmd"], "Replace");
    assert_eq!(json["commands"][0]["items"][0]["meta"]["format"], "int");
    assert_eq!(json["commands"][0]["items"][0]["data"], " 5 ");
    assert_eq!(json["final"], true);
}

#[test]
fn binary_values_become_base64_with_its_format() {
    let mut wbxml = syncml(&["encode", "-"], MESSAGE.as_bytes()).bytes;
    let at = wbxml.windows(5).position(|window| window == b"\x03 5 \x00").unwrap();
    wbxml.splice(at..at + 5, *b"\xC3\x04\x00\x01\xFE\xFF");
    let run = syncml(&["decode", "-"], &wbxml);
    let xml = run.text();
    assert!(xml.contains("<Format xmlns=\"syncml:metinf\">b64</Format>"), "{xml}");
    assert!(xml.contains("<Data>AAH+/w==</Data>"), "{xml}");
    let json: serde_json::Value = serde_json::from_slice(&syncml(&["decode", "--json", "-"], &wbxml).bytes).unwrap();
    assert_eq!(json["commands"][0]["items"][0]["data"]["hex"], "0001feff");
}

#[test]
fn a_binary_value_without_format_gets_one() {
    let plain = MESSAGE.replace("<Meta><Format xmlns=\"syncml:metinf\">int</Format></Meta>", "");
    let mut wbxml = syncml(&["encode", "-"], plain.as_bytes()).bytes;
    let at = wbxml.windows(5).position(|window| window == b"\x03 5 \x00").unwrap();
    wbxml.splice(at..at + 5, *b"\xC3\x01\x00");
    let xml = syncml(&["decode", "-"], &wbxml).text().to_string();
    assert!(xml.contains("<Format xmlns=\"syncml:metinf\">b64</Format>"), "{xml}");
    assert!(xml.contains("<Data>AA==</Data>"), "{xml}");
}

#[test]
fn element_content_of_data_becomes_text() {
    let inline = MESSAGE.replace(" 5 ", "x&amp;<enabled/><data id=\"a\"/>");
    let wbxml = syncml(&["encode", "-"], inline.as_bytes()).bytes;
    let value = b"\x4F\x03x&amp;<enabled/><data id=\"a\"/>\x00\x01";
    assert!(wbxml.windows(value.len()).any(|window| window == value));
}

#[test]
fn errors_name_the_file_the_place_and_the_cause() {
    let cases: [(&str, &[u8], &str); 4] = [
        ("cut.xml", b"<SyncML>\n<SyncHdr>", "cut.xml: byte 18 (line 2, column 10): the document ends too early"),
        ("amp.xml", b"<SyncML>\n a & b</SyncML>", "an ampersand that begins no reference"),
        ("cut.wbxml", b"\x02\xA4\x01\x6A\x00\x6D\x03x", "cut.wbxml: byte 6: the document ends too early"),
        ("empty", b"", "empty: byte 0 (line 1, column 1): the document ends too early"),
    ];
    for (name, content, expected) in cases {
        let (_folder, path) = in_folder(name, content);
        let run = syncml(&["decode", path.to_str().unwrap()], b"");
        assert_eq!(run.code, 1, "{name}");
        assert!(run.bytes.is_empty());
        assert!(run.errors.contains(expected), "{}", run.errors);
    }
}

#[test]
fn every_file_that_fails_is_reported_and_the_others_are_shown() {
    let (folder, good) = in_folder("good.xml", MESSAGE.as_bytes());
    let bad = folder.path().join("bad.xml");
    std::fs::write(&bad, "<SyncML>").unwrap();
    let absent = folder.path().join("absent.xml");
    let paths = [&bad, &good, &absent].map(|path| path.to_str().unwrap().to_string());
    let run = syncml(&["decode", &paths[0], &paths[1], &paths[2]], b"");
    assert_eq!(run.code, 1);
    assert!(run.text().contains("<LocURI>./A</LocURI>"));
    let errors = run.errors;
    assert!(errors.contains("bad.xml: byte 8") && errors.contains("absent.xml: "), "{errors}");
}

#[test]
fn what_wbxml_cannot_say_is_told() {
    let run = syncml(&["encode", "-"], b"<SyncML><Mine/></SyncML>");
    assert_eq!(run.code, 1);
    let expected = "standard input: byte 8 (line 1, column 9): WBXML has no token for the element name";
    assert!(run.errors.contains(expected), "{}", run.errors);
    let run = syncml(&["encode", "-"], b"<SyncML a='b'/>");
    assert!(run.code == 0);
    assert!(run.errors.contains("WBXML has no token for the attribute; such attributes are left out"));
}

#[test]
fn an_incomplete_message_is_shown_as_xml_and_its_elements_as_json() {
    let fragment = b"<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncBody><Final/></SyncBody></SyncML>";
    syncml(&["decode", "-"], fragment).exits(0);
    let run = syncml(&["decode", "--json", "-"], fragment);
    run.exits(0);
    assert!(run.errors.contains("SyncML without SyncHdr; its elements are shown"), "{}", run.errors);
    assert_eq!(run.json()[0]["root"]["children"][0]["children"][0]["name"], "Final");
}

#[test]
fn documents_that_are_no_messages_are_shown_too() {
    let devinf = b"\x02\xA4\x03\x6A\x00\x4A\x65\x031.2\x00\x01\x51\x03Example\x00\x01\x01";
    let xml = syncml(&["decode", "-"], devinf);
    xml.exits(0).has_line("  <Man>Example</Man>");
    let json = syncml(&["decode", "--json", "-"], devinf);
    assert_eq!(json.errors, "");
    assert_eq!(json.json()[0]["root"]["name"], "DevInf");
    assert_eq!(json.json()[0]["root"]["children"][1]["text"], "Example");
}

#[test]
fn the_indentation_can_be_chosen() {
    assert_eq!(syncml(&["decode", "--indent", "0", "-"], MESSAGE.as_bytes()).text().lines().count(), 1);
    syncml(&["decode", "--indent", "4", "-"], MESSAGE.as_bytes()).has_line("    <SyncHdr>");
    syncml(&["decode", "--json", "--indent", "1", "-"], MESSAGE.as_bytes()).has_line("  \"sessionId\": \"A7\",");
    syncml(&["decode", "--indent", "99", "-"], MESSAGE.as_bytes()).exits(2);
}

#[test]
fn a_folder_gets_one_file_a_document() {
    let (folder, _) = in_folder("one.xml", MESSAGE.as_bytes());
    std::fs::create_dir(folder.path().join("deep")).unwrap();
    std::fs::write(folder.path().join("deep/two.xml"), MESSAGE.replace("A7", "B8")).unwrap();
    std::fs::write(folder.path().join("notes.txt"), "no document").unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    syncml(&["encode", &path(""), "-o", &path("out/")], b"").exits(0);
    assert_eq!(std::fs::read(path("out/one.wbxml")).unwrap(), wbxml(MESSAGE));
    let back = syncml(&["decode", "--json", &path("out/deep/two.wbxml")], b"");
    assert_eq!(back.json()[0]["header"]["sessionId"], "B8");
    assert!(!std::path::Path::new(&path("out/notes.wbxml")).exists());
}

#[test]
fn several_wbxml_documents_do_not_run_together() {
    let (_folder, path) = in_folder("in.xml", MESSAGE.as_bytes());
    let path = path.to_str().unwrap();
    let run = syncml(&["encode", path, path], b"");
    assert!(run.exits(2).errors.contains("several WBXML documents need a folder: -o FOLDER/"));
}

#[test]
fn help_is_complete_and_a_wrong_command_line_is_status_2() {
    let help = syncml(&["--help"], b"");
    let subcommands = ["decode", "encode", "check", "diff", "explain", "hex", "tree"];
    for subcommand in subcommands {
        assert!(help.text().contains(&format!("  {subcommand}  ")), "{}", help.text());
        let help = syncml(&[subcommand, "--help"], b"");
        assert!(help.exits(0).text().contains("Exit status: 0 when"), "{}", help.text());
        assert!(help.text().contains("Examples:\n  ") && help.text().contains("--color <WHEN>"), "{}", help.text());
        syncml(&[subcommand], b"").exits(2);
    }
    assert!(help.text().contains("Exit status: 0 when all is well"));
    syncml(&["frobnicate"], b"").exits(2);
}

#[test]
fn a_strict_reader_refuses_what_a_lenient_one_takes() {
    let undeclared = MESSAGE.replace("<Format xmlns=\"syncml:metinf\">int</Format>", "<A:Format>int</A:Format>");
    syncml(&["decode", "--lenient", "-"], undeclared.as_bytes()).exits(0);
    let run = syncml(&["decode", "--strict", "-"], undeclared.as_bytes());
    assert!(
        run.exits(1).errors.contains("a prefix is not declared, which the strict profile refuses"),
        "{}",
        run.errors
    );
    syncml(&["decode", "--strict", "--lenient", "-"], b"").exits(2);
}

#[test]
fn what_two_known_senders_do_wrong_is_repaired_on_request() {
    let raw = MESSAGE.replace(" 5 ", "MAXDT=20&DR=2\0");
    let run = syncml(&["decode", "-"], raw.as_bytes());
    assert!(run.exits(1).errors.ends_with("or read with --repair\n"), "{}", run.errors);
    syncml(&["decode", "--repair", "-"], raw.as_bytes()).exits(0).has_line("        <Data>MAXDT=20&amp;DR=2</Data>");
}

#[test]
fn documents_of_other_kinds_are_written_too() {
    let devinf = b"<DevInf xmlns=\"syncml:devinf\"><VerDTD>1.2</VerDTD></DevInf>";
    let run = syncml(&["encode", "-"], devinf);
    assert_eq!(run.exits(0).bytes, b"\x02\xA4\x03\x6A\x00\x4A\x65\x031.2\x00\x01\x01");
    let provisioning = b"<wap-provisioningdoc version=\"1.0\"><characteristic type=\"NAPDEF\"/></wap-provisioningdoc>";
    let run = syncml(&["encode", "-"], provisioning);
    assert!(run.exits(0).bytes.ends_with(b"\x6A\x00\xC5\x46\x01\x86\x55\x01\x01"), "{:02X?}", run.bytes);
    syncml(&["decode", "-"], &run.bytes).exits(0).has_line("  <characteristic type=\"NAPDEF\"/>");
}

#[test]
fn documents_inside_data_are_converted_on_request() {
    let devinf = "<DevInf xmlns=\"syncml:devinf\"><VerDTD>1.2</VerDTD></DevInf>";
    let message = MESSAGE
        .replace(
            "<Format xmlns=\"syncml:metinf\">int</Format>",
            "<Type xmlns=\"syncml:metinf\">application/vnd.syncml-devinf+xml</Type>",
        )
        .replace(" 5 ", devinf);
    let embedded = syncml(&["encode", "--embedded", "-"], message.as_bytes());
    let opaque = b"\xC3\x0E\x02\xA4\x03\x6A\x00\x4A\x65\x031.2\x00\x01\x01";
    assert!(embedded.exits(0).bytes.windows(opaque.len()).any(|window| window == opaque), "{:02X?}", embedded.bytes);
    let back = syncml(&["decode", "--embedded", "--indent", "0", "-"], &embedded.bytes);
    assert!(back.exits(0).text().contains(devinf), "{}", back.text());
}
