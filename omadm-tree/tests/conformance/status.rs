//! The numbers that commands are answered with.

use omadm_proto::status::{StatusClass, StatusCode};

/// The codes that DM uses, with the names that [dm 5] gives them.
const USED: [(u16, &str); 36] = [
    (200, "OK"),
    (202, "Accepted for processing"),
    (212, "Authentication accepted"),
    (213, "Chunked item accepted and buffered"),
    (214, "Operation cancelled"),
    (215, "Not executed"),
    (216, "Atomic roll back OK"),
    (304, "Not modified"),
    (400, "Bad request"),
    (401, "Invalid credentials"),
    (403, "Forbidden"),
    (404, "Not found"),
    (405, "Command not allowed"),
    (406, "Optional feature not supported"),
    (407, "Missing credentials"),
    (408, "Request timeout"),
    (411, "Size required"),
    (412, "Incomplete command"),
    (413, "Request entity too large"),
    (414, "URI too long"),
    (415, "Unsupported media type or format"),
    (416, "Requested size too big"),
    (418, "Already exists"),
    (420, "Device full"),
    (424, "Size mismatch"),
    (425, "Permission denied"),
    (500, "Command failed"),
    (503, "Service unavailable"),
    (505, "DTD version not supported"),
    (506, "Processing error"),
    (507, "Atomic failed"),
    (510, "Data store failure"),
    (511, "Server failure"),
    (513, "Protocol version not supported"),
    (516, "Atomic roll back failed"),
    (517, "Atomic response too large to fit"),
];

#[test]
fn x_sta_17_every_code_has_its_number_its_name_and_the_class_of_its_first_digit() {
    for (number, name) in USED {
        let code = StatusCode::from_u16(number);
        assert_eq!((code.as_u16(), code.to_string()), (number, format!("{number} {name}")));
        let class = match number / 100 {
            2 => StatusClass::Success,
            3 => StatusClass::Redirection,
            4 => StatusClass::OriginatorError,
            _ => StatusClass::RecipientError,
        };
        assert_eq!(code.class(), class, "{number}");
    }
}

#[test]
fn x_sta_17_unknown_codes_are_kept_as_numbers() {
    for number in [0, 299, 599, 699, 1410, 65535] {
        assert_eq!(StatusCode::from_u16(number).as_u16(), number);
        assert_eq!(StatusCode::from_u16(number).to_string(), number.to_string());
    }
    assert_eq!(StatusCode::from_u16(699).class(), StatusClass::Unknown);
}
