//! Response codes of the Status command \[dm 5\]: an open number with named constants, so that unknown codes survive.

use crate::wire_codes;

/// The hundreds of a code \[dm 5\].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StatusClass {
    /// 1xx: the final status follows.
    InProgress,
    /// 2xx: done, accepted, or deliberately not executed (215, 216 and 214 are here as well).
    Success,
    /// 3xx: redirection; 304 is the "No" of a user.
    Redirection,
    /// 4xx: the sender of the command is at fault.
    OriginatorError,
    /// 5xx: the recipient is at fault.
    RecipientError,
    /// Anything else.
    Unknown,
}

wire_codes! {
    /// A response code, 3 digits on the wire. Codes of 1000 and above belong to alert data, not here, but are kept if they come.
    StatusCode;
    101 IN_PROGRESS "In progress",
    200 OK "OK",
    201 ITEM_ADDED "Item added",
    202 ACCEPTED_FOR_PROCESSING "Accepted for processing",
    203 NON_AUTHORITATIVE "Non-authoritative response",
    204 NO_CONTENT "No content",
    205 RESET_CONTENT "Reset content",
    206 PARTIAL_CONTENT "Partial content",
    207 CONFLICT_RESOLVED_WITH_MERGE "Conflict resolved with merge",
    208 CONFLICT_RESOLVED_CLIENT_WINS "Conflict resolved with client's command winning",
    209 CONFLICT_RESOLVED_WITH_DUPLICATE "Conflict resolved with duplicate",
    210 DELETE_WITHOUT_ARCHIVE "Delete without archive",
    211 ITEM_NOT_DELETED "Item not deleted",
    212 AUTHENTICATION_ACCEPTED "Authentication accepted",
    213 CHUNKED_ITEM_ACCEPTED "Chunked item accepted and buffered",
    214 OPERATION_CANCELLED "Operation cancelled",
    215 NOT_EXECUTED "Not executed",
    216 ATOMIC_ROLL_BACK_OK "Atomic roll back OK",
    300 MULTIPLE_CHOICES "Multiple choices",
    301 MOVED_PERMANENTLY "Moved permanently",
    302 FOUND "Found",
    303 SEE_OTHER "See other",
    304 NOT_MODIFIED "Not modified",
    305 USE_PROXY "Use proxy",
    400 BAD_REQUEST "Bad request",
    401 INVALID_CREDENTIALS "Invalid credentials",
    402 PAYMENT_NEEDED "Payment needed",
    403 FORBIDDEN "Forbidden",
    404 NOT_FOUND "Not found",
    405 COMMAND_NOT_ALLOWED "Command not allowed",
    406 OPTIONAL_FEATURE_NOT_SUPPORTED "Optional feature not supported",
    407 MISSING_CREDENTIALS "Missing credentials",
    408 REQUEST_TIMEOUT "Request timeout",
    409 CONFLICT "Conflict",
    410 GONE "Gone",
    411 SIZE_REQUIRED "Size required",
    412 INCOMPLETE_COMMAND "Incomplete command",
    413 REQUEST_ENTITY_TOO_LARGE "Request entity too large",
    414 URI_TOO_LONG "URI too long",
    415 UNSUPPORTED_MEDIA_TYPE_OR_FORMAT "Unsupported media type or format",
    416 REQUESTED_SIZE_TOO_BIG "Requested size too big",
    417 RETRY_LATER "Retry later",
    418 ALREADY_EXISTS "Already exists",
    419 CONFLICT_RESOLVED_WITH_SERVER_DATA "Conflict resolved with server data",
    420 DEVICE_FULL "Device full",
    421 UNKNOWN_SEARCH_GRAMMAR "Unknown search grammar",
    422 BAD_CGI_SCRIPT "Bad CGI script",
    423 SOFT_DELETE_CONFLICT "Soft-delete conflict",
    424 SIZE_MISMATCH "Size mismatch",
    425 PERMISSION_DENIED "Permission denied",
    426 PARTIAL_ITEM_NOT_ACCEPTED "Partial item not accepted",
    427 ITEM_NOT_EMPTY "Item not empty",
    428 MOVE_FAILED "Move failed",
    500 COMMAND_FAILED "Command failed",
    501 COMMAND_NOT_IMPLEMENTED "Command not implemented",
    502 BAD_GATEWAY "Bad gateway",
    503 SERVICE_UNAVAILABLE "Service unavailable",
    504 GATEWAY_TIMEOUT "Gateway timeout",
    505 DTD_VERSION_NOT_SUPPORTED "DTD version not supported",
    506 PROCESSING_ERROR "Processing error",
    507 ATOMIC_FAILED "Atomic failed",
    508 REFRESH_REQUIRED "Refresh required",
    510 DATA_STORE_FAILURE "Data store failure",
    511 SERVER_FAILURE "Server failure",
    512 SYNCHRONIZATION_FAILED "Synchronization failed",
    513 PROTOCOL_VERSION_NOT_SUPPORTED "Protocol version not supported",
    514 OPERATION_CANCELLED_BY_SERVER "Operation cancelled by the server",
    516 ATOMIC_ROLL_BACK_FAILED "Atomic roll back failed",
    517 ATOMIC_RESPONSE_TOO_LARGE "Atomic response too large to fit",
}

impl StatusCode {
    /// The class that the hundreds name.
    #[must_use]
    pub const fn class(self) -> StatusClass {
        match self.0 {
            100..=199 => StatusClass::InProgress,
            200..=299 => StatusClass::Success,
            300..=399 => StatusClass::Redirection,
            400..=499 => StatusClass::OriginatorError,
            500..=599 => StatusClass::RecipientError,
            _ => StatusClass::Unknown,
        }
    }

    /// The command did what it was asked for, or was accepted for later (202): 200 to 206 and 213 \[gwmo 5.4\].
    #[must_use]
    pub const fn is_good(self) -> bool {
        matches!(self.0, 200..=206 | 213)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn unknown_codes_survive_and_print_as_numbers() {
        assert_eq!(StatusCode::from_u16(699).to_string(), "699");
        assert_eq!(StatusCode::from_u16(699).class(), StatusClass::Unknown);
        assert_eq!(StatusCode::NOT_FOUND.to_string(), "404 Not found");
    }

    #[test]
    fn rolled_back_and_not_executed_are_not_good() {
        assert!(StatusCode::ACCEPTED_FOR_PROCESSING.is_good());
        assert!(!StatusCode::ATOMIC_ROLL_BACK_OK.is_good());
        assert!(!StatusCode::NOT_EXECUTED.is_good());
    }
}
