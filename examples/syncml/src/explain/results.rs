//! The result codes that management objects send as data of alerts \[mo 5.4, 6, 7.4, 8.1\].

use super::codes::{Explained, Kind};

/// The codes of one object.
struct Object {
    name: &'static str,
    codes: &'static [(u16, &'static str)],
    ranges: &'static [(u16, u16, &'static str)],
}

static OBJECTS: [Object; 4] = [
    Object {
        name: "FUMO",
        codes: &[
            (200, "success"),
            (400, "management client error (user or device behaviour)"),
            (401, "user cancelled or declined"),
            (402, "package corrupted, not stored correctly"),
            (403, "package does not match the device"),
            (404, "package signature not positively validated"),
            (405, "package not acceptable"),
            (406, "alternate download: authentication failed"),
            (407, "alternate download: request timed out"),
            (408, "not implemented"),
            (409, "undefined error"),
            (410, "update failed in the device"),
            (411, "malformed or bad URL"),
            (412, "alternate download server unavailable"),
            (500, "alternate download server error"),
            (501, "download failed, out of memory"),
            (502, "update failed, out of memory"),
            (503, "download failed, network or transport"),
        ],
        ranges: &[
            (250, 299, "success, vendor specific"),
            (450, 499, "client error, vendor specific"),
            (550, 599, "download server error, vendor specific"),
        ],
    },
    Object {
        name: "SCOMO",
        codes: &[
            (1200, "success"),
            (1400, "client error"),
            (1401, "user cancelled"),
            (1402, "download failed"),
            (1403, "alternate download authentication failure"),
            (1404, "download failed, out of memory"),
            (1405, "install failed"),
            (1406, "install failed, out of memory"),
            (1407, "package validation (signature) failed"),
            (1408, "remove failed"),
            (1409, "activate failed"),
            (1410, "deactivate failed"),
            (1411, "not implemented"),
            (1412, "undefined error"),
            (1413, "rejected, target environment type not supported"),
            (1500, "alternate download server error"),
            (1501, "alternate download server unavailable"),
        ],
        ranges: &[
            (1250, 1299, "success, vendor specific"),
            (1450, 1499, "client error, vendor specific"),
            (1550, 1599, "server error, vendor specific"),
        ],
    },
    Object {
        name: "LAWMO",
        codes: &[
            (1200, "operation successful"),
            (1201, "wipe data successful"),
            (1202, "wipe of data and list items successful"),
            (1400, "client error"),
            (1401, "user cancelled"),
            (1402, "fully lock failed"),
            (1403, "partially lock failed"),
            (1404, "unlock failed"),
            (1405, "wipe failed"),
            (1406, "wipe not performed"),
        ],
        ranges: &[],
    },
    Object {
        name: "DLOTA install notification",
        codes: &[
            (900, "Success: installed, or ready to install"),
            (901, "Insufficient memory"),
            (902, "User Cancelled"),
            (903, "Loss of Service: the network was lost"),
            (905, "Attribute mismatch: the object differs from the descriptor"),
            (906, "Invalid descriptor"),
            (951, "Invalid DDVersion"),
            (952, "Device Aborted"),
            (953, "Non-Acceptable Content: the type is not supported"),
            (954, "Loader Error: the object cannot be fetched"),
        ],
        ranges: &[],
    },
];

/// What `number` means as the result of each object that has it.
pub(super) fn explain(number: u16) -> Vec<Explained> {
    let mut found = Vec::new();
    for object in &OBJECTS {
        let exact = object.codes.iter().find(|(code, _)| *code == number).map(|(_, text)| *text);
        let range =
            || object.ranges.iter().find(|(from, to, _)| (*from..=*to).contains(&number)).map(|(_, _, text)| *text);
        if let Some(meaning) = exact.or_else(range) {
            found.push(explained(number, true, format!("{number} in {}", object.name), meaning));
        }
    }
    if found.is_empty() {
        let meaning = match number {
            200..=299 | 1200..=1299 => "no object has it; by its range success",
            400..=499 | 1400..=1499 => "no object has it; by its range an error of the client",
            500..=599 | 1500..=1599 => "no object has it; by its range an error of the download server",
            _ => "no result code of a known object",
        };
        found.push(explained(number, false, number.to_string(), meaning));
    }
    found
}

fn explained(number: u16, known: bool, title: String, meaning: &str) -> Explained {
    let advice = "It stands in the Data of an alert (DLOTA: in a POST), never in a Status; do not mix the two.";
    Explained { kind: Kind::Result, number, known, title, meaning: meaning.to_string(), advice: advice.to_string() }
}
