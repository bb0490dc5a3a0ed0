//! `hex`.

use crate::run::{MESSAGE, syncml, wbxml};

#[test]
fn header_tags_and_text_are_told_apart() {
    syncml(&["hex", "-"], &wbxml(MESSAGE))
        .exits(0)
        .has_line("000000  02                       version WBXML 1.2")
        .has_line("000001  A4 01                    public id 0x1201, -//SYNCML//DTD SyncML 1.2//EN")
        .has_line("000003  6A                       charset 106, UTF-8")
        .has_line("000005  6D                       <SyncML>")
        .has_line("000008  03 31 2E 32 00                 STR_I \"1.2\"")
        .has_line("00000d  01                           END </VerDTD>");
}

#[test]
fn pages_and_strings_of_the_table_are_shown() {
    // A table with one string; SyncML with Meta, page 1, Type holding STR_T 0.
    let document = b"\x02\xA4\x01\x6A\x05abcd\0\x6D\x5A\x00\x01\x53\x83\x00\x01\x01\x01";
    syncml(&["hex", "-"], document)
        .exits(0)
        .has_line("000004  05                       string table 5 bytes")
        .has_line("000005  61 62 63 64 00           string 0: \"abcd\"")
        .has_line("00000c  00 01                        SWITCH_PAGE code page 1")
        .has_line("00000e  53                           <Type>")
        .has_line("00000f  83 00                          STR_T \"abcd\"");
}

#[test]
fn a_document_inside_opaque_data_is_opened() {
    let inner = b"\x02\xA4\x03\x6A\x00\x4A\x65\x031.2\x00\x01\x01";
    let mut document = b"\x02\xA4\x01\x6A\x00\x6D\x4F\xC3".to_vec();
    document.push(u8::try_from(inner.len()).unwrap());
    document.extend_from_slice(inner);
    document.extend_from_slice(b"\x01\x01");
    syncml(&["hex", "-"], &document)
        .exits(0)
        .has_line("000007  C3 0E                        OPAQUE 14 bytes: a WBXML document")
        .has_line("00000a  A4 03                          public id 0x1203, -//SYNCML//DTD DevInf 1.2//EN")
        .has_line("00000e  4A                             <DevInf>")
        .has_line("000018  01                       END </SyncML>");
}

#[test]
fn attributes_of_a_provisioning_document_are_shown() {
    // wap-provisioningdoc version="1.0" with an empty characteristic type=NAPDEF.
    let document = b"\x03\x0B\x6A\x00\xC5\x46\x01\x86\x55\x01\x01";
    syncml(&["hex", "-"], document)
        .exits(0)
        .has_line("000004  C5                       <wap-provisioningdoc …>")
        .has_line("000005  46                         version=\"1.0\"")
        .has_line("000006  01                         END end of the attributes")
        .has_line("000008  55                           type=\"NAPDEF\"");
}

#[test]
fn damage_is_shown_where_it_is() {
    let whole = wbxml(MESSAGE);
    let run = syncml(&["hex", "-"], &whole[..10]);
    run.exits(1)
        .has_line("000007  71                           <VerDTD>")
        .has_line("000008  error at byte 8: the document ends too early")
        .has_line("000008  03 31                    not read");
    assert_eq!(
        run.errors,
        "syncml: standard input: byte 8: the document ends too early; see whether the file is complete\n"
    );
    let header = syncml(&["hex", "-"], &whole[..2]);
    header.exits(1).has_line("000000  02                       version WBXML 1.2");
}

#[test]
fn every_byte_is_shown_once() {
    for document in [wbxml(MESSAGE), wbxml(MESSAGE)[..40].to_vec(), b"\x02".to_vec()] {
        let run = syncml(&["hex", "--json", "-"], &document);
        let report = &run.json()[0];
        let shown: String =
            report["rows"].as_array().unwrap().iter().map(|row| row["bytes"].as_str().unwrap()).collect();
        assert_eq!(shown, document.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    }
}

#[test]
fn xml_has_no_tokens() {
    let run = syncml(&["hex", "-"], MESSAGE.as_bytes());
    assert!(run.exits(1).errors.contains("this is no WBXML document"), "{}", run.errors);
}
