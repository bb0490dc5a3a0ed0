//! `explain`.

use crate::run::{syncml, vector};

#[test]
fn codes_are_put_into_words() {
    syncml(&["explain", "418"], b"")
        .exits(0)
        .has_line("status 418 Already exists")
        .has_line("    The target of an Add, or the new name, already exists.");
    syncml(&["explain", "alert", "1226"], b"")
        .exits(0)
        .has_line("alert 1226 Generic alert (from the client, never a server)");
    syncml(&["explain", "status", "212", "401"], b"")
        .exits(0)
        .has_line("status 212 Authentication accepted")
        .has_line("status 401 Invalid credentials");
    syncml(&["explain", "result", "1404"], b"")
        .exits(0)
        .has_line("result 1404 in SCOMO")
        .has_line("    download failed, out of memory");
}

#[test]
fn a_number_alone_is_everything_it_can_be() {
    let run = syncml(&["explain", "--json", "406"], b"");
    let titles: Vec<_> = run.exits(0).json().iter().map(|one| one["title"].as_str().unwrap().to_string()).collect();
    assert_eq!(titles, ["406 Optional feature not supported", "406 in FUMO"]);
}

#[test]
fn an_unknown_code_is_explained_by_its_class() {
    syncml(&["explain", "status", "499"], b"").exits(1).has_line("    Treat it as 400, the first of its class.");
    syncml(&["explain", "alert", "1300"], b"").exits(1);
    let run = syncml(&["explain", "status", "many"], b"");
    assert!(run.exits(2).errors.contains("many: not a code"));
}

#[test]
fn a_message_is_told_without_its_secrets() {
    let run = syncml(&["explain", &vector("A4_s2c_pkg2.xml")], b"");
    run.exits(0)
        .has_line("    message 2 of session A7")
        .has_line("    Cred with syncml:auth-md5, 24 bytes: a digest of the user, the secret and the last nonce")
        .has_line("    Chal asks for syncml:auth-md5 with a nonce of 16 bytes")
        .has_line("    Status 2: Alert 2 of message 2 got 200 OK")
        .has_line("    Sequence 4: do 2 commands in this order")
        .has_line("      Get 5: read ./DevDetail/FwV, read the subtree of ./DevDetail as Struct")
        .has_line("      Replace 6: set ./Vendor/Example/Interval to 3 bytes (int, text/plain)");
    for secret in ["6Z2q", "bmV4", "next-client"] {
        assert!(!run.text().contains(secret), "{secret}");
    }
}

#[test]
fn the_sizes_of_a_message_are_told() {
    let path = vector("D3_c2s_pkg1_alert1226.xml");
    syncml(&["explain", "--max-msg-size", "1000", &path], b"")
        .exits(0)
        .has_line("    is too large for the recipient's MaxMsgSize of 1000 bytes")
        .has_line("    the sender takes messages of up to 16384 bytes (MaxMsgSize): this binds the answers");
    let run = syncml(&["explain", "--json", &path], b"");
    let story = &run.json()[0];
    assert_eq!(story["sizes"]["messageBytes"], 1486);
    assert_eq!(story["sizes"]["maxObjSize"], 1_048_576);
    assert_eq!(story["commands"][2]["cmd"], "Alert");
    let xml = std::fs::read_to_string(&path).unwrap();
    assert_eq!(story["commands"][1]["offset"], xml.find("<Replace>").unwrap());
}

#[test]
fn what_is_no_message_is_named() {
    let run = syncml(&["explain", "-"], b"<DevInf xmlns=\"syncml:devinf\"/>");
    assert!(
        run.exits(1).errors.contains("only messages can be explained (the root element is DevInf)"),
        "{}",
        run.errors
    );
}
