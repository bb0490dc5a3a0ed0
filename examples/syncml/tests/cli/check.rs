//! `check`.

use crate::run::{MESSAGE, in_folder, syncml, vector, wbxml};
use crate::tree::HEATING;

#[test]
fn worked_messages_are_clean() {
    for name in ["A3_c2s_pkg1_cred.xml", "B2_c2s_atomic_failed.xml", "D3_c2s_pkg1_alert1226.xml"] {
        let run = syncml(&["check", &vector(name)], b"");
        assert!(run.exits(0).text().ends_with(": clean\n"), "{}", run.text());
        let xml = std::fs::read_to_string(vector(name)).unwrap();
        syncml(&["check", "-"], &wbxml(&xml)).exits(0);
    }
}

#[test]
fn a_document_that_no_reader_takes_is_status_2() {
    let run = syncml(&["check", "-"], b"<SyncML>\n a & b</SyncML>");
    run.exits(2)
        .has_line("  byte 12 (line 2, column 4): XML is not well-formed: an ampersand that begins no reference")
        .has_line("      strict and lenient refuse")
        .has_line("      every XML parser refuses it; a server answers 400 in HTTP or ends the session");
}

#[test]
fn damage_in_wbxml_is_told_with_what_libwbxml_does() {
    // STR_I with a byte that is no UTF-8.
    let run = syncml(&["check", "-"], b"\x02\xA4\x01\x6A\x00\x6D\x03\xFF\x00\x01");
    run.exits(2)
        .has_line("  byte 6: text is not valid UTF-8")
        .has_line("      libwbxml: accepts, and writes XML that no parser takes");
}

#[test]
fn a_message_for_a_small_recipient_is_measured() {
    let len = MESSAGE.len();
    syncml(&["check", "--max-msg-size", &len.to_string(), "-"], MESSAGE.as_bytes()).exits(0);
    let run = syncml(&["check", "--max-msg-size", "100", "-"], MESSAGE.as_bytes());
    run.exits(1);
    assert!(run.text().contains(&format!("the message has {len} bytes, the recipient's MaxMsgSize is 100")));
}

#[test]
fn many_documents_end_in_a_summary() {
    let (folder, _) = in_folder("good.xml", MESSAGE.as_bytes());
    std::fs::write(folder.path().join("bad.xml"), "<SyncML>").unwrap();
    std::fs::write(folder.path().join("README"), "no document").unwrap();
    let path = folder.path().to_str().unwrap();
    let summary = "2 documents: 1 clean, 1 refused; 1 file skipped, which look like no document";
    let run = syncml(&["check", path], b"");
    run.exits(2).has_line(summary);
    assert!(run.text().contains("good.xml: message in XML"));
    let quiet = syncml(&["check", "--quiet", path], b"");
    assert!(!quiet.exits(2).text().contains("good.xml"));
}

#[test]
fn the_report_is_available_as_json() {
    let run = syncml(&["check", "--json", "-"], b"<SyncML xmlns=\"SYNCML:SYNCML1.2\">\n<SyncBody/></SyncML>");
    run.exits(2);
    let report = &run.json()[0];
    assert_eq!(report["file"], "standard input");
    assert_eq!(report["verdict"], "refused");
    assert_eq!(report["findings"][0]["text"], "SyncML without SyncHdr");
    assert_eq!(report["findings"][0]["line"], 2);
}

#[test]
fn other_documents_are_checked_by_their_elements() {
    let devinf = b"<DevInf xmlns=\"syncml:devinf\"><VerDTD>1.2</VerDTD></DevInf>";
    let run = syncml(&["check", "-"], devinf);
    run.exits(0).has_line("standard input: DevInf in XML, 59 bytes: clean");
    syncml(&["check", "-"], &devinf[..40]).exits(2);
}

#[test]
fn descriptions_are_checked_by_the_dtd() {
    syncml(&["check", "-"], HEATING.as_bytes()).exits(0);
    let swapped = HEATING.replacen("<AccessType><Get/></AccessType>", "", 1);
    let offset = swapped.find("</DFProperties>").unwrap();
    let run = syncml(&["check", "-"], swapped.as_bytes());
    run.exits(1)
        .has_line(&format!("  byte {offset} (line 15, column 5): DFProperties without AccessType"))
        .has_line("      strict refuses, lenient takes it");
}

#[test]
fn a_fragment_is_no_message_but_can_be_shown() {
    let run = syncml(&["check", "-"], b"<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncBody/></SyncML>");
    run.exits(2).has_line("      strict and lenient refuse it as a message; its elements can be read (syncml decode)");
}

#[test]
fn utf_16_is_read_too() {
    let mut bytes = vec![0xFF, 0xFE];
    bytes.extend(MESSAGE.replace("UTF-8", "UTF-16").encode_utf16().flat_map(u16::to_le_bytes));
    syncml(&["check", "-"], &bytes).exits(0);
    syncml(&["decode", "-"], &bytes).exits(0).has_line("        <Data> 5 </Data>");
}

#[test]
fn what_windows_asks_of_a_message_is_checked_on_request() {
    let get = "<Atomic><CmdID>2</CmdID><Get><CmdID>3</CmdID><Item><Target><LocURI>./A</LocURI></Target></Item></Get></Atomic>";
    let message = MESSAGE.replace("<Replace>", &format!("\n{get}<Replace>"));
    syncml(&["check", "-"], message.as_bytes()).exits(0);
    let run = syncml(&["check", "--dialect", "windows", "-"], message.as_bytes());
    let place = format!("byte {} (line 2, column 25)", message.find("<Get>").unwrap());
    run.exits(1).has_line(&format!("  {place}: command 1 (CmdID 3): it may not stand in an Atomic [W8]"));
    assert!(run.text().contains("      Windows: "), "{}", run.text());
    let rows: Vec<_> =
        syncml(&["check", "--json", "--dialect", "windows", "-"], message.as_bytes()).json()[0]["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|finding| finding["row"].as_str().unwrap().to_string())
            .collect();
    assert!(rows.contains(&"W8".to_string()), "{rows:?}");
}

#[test]
fn deviations_are_told_with_their_place_row_and_peers() {
    let strange = MESSAGE
        .replace("<Format xmlns=\"syncml:metinf\">int</Format>", "<Format>int</Format>")
        .replace("<Final/>", "\n<Get><CmdID>1</CmdID><Item><Target><LocURI>./B</LocURI></Target></Item></Get><Final/>");
    let run = syncml(&["check", "-"], strange.as_bytes());
    let format = strange.find("<Format>").unwrap();
    run.exits(1)
        .has_line(&format!(
            "  byte {format} (line 1, column {}): Format is not in the namespace syncml:metinf [L4]",
            format + 1
        ))
        .has_line("      strict refuses, lenient takes it")
        .has_line("      Windows: send it with xmlns=\"syncml:metinf\" (W6)");
    assert!(run.text().contains("(line 2, column 14): two commands have the same CmdID [L24]"), "{}", run.text());
    let json = syncml(&["check", "--json", "-"], strange.as_bytes());
    assert_eq!(json.json()[0]["verdict"], "deviates");
    assert_eq!(json.json()[0]["findings"][0]["row"], "L4");
}

#[test]
fn deviations_of_wbxml_are_told_too() {
    let mut document = wbxml(MESSAGE);
    let len = document.len();
    document.push(0x0A);
    syncml(&["check", "-"], &document)
        .exits(1)
        .has_line(&format!("  byte {len}: bytes follow the end of the root element"))
        .has_line("      libwbxml: accepts");
}

#[test]
fn remarks_do_not_count() {
    let cdata = MESSAGE.replace(" 5 ", "<![CDATA[5]]>");
    let run = syncml(&["check", "-"], cdata.as_bytes());
    assert!(run.exits(0).text().contains("clean, 1 remark"), "{}", run.text());
    assert_eq!(syncml(&["check", "--quiet", "-"], cdata.as_bytes()).exits(0).text(), "");
}
