//! HTTP statuses as what a machine does next \[dm 13.1\].
//!
//! | status | what the client machine is told |
//! |---|---|
//! | 2xx | the message that came with it; an empty body is a protocol error, which the machine finds by itself |
//! | 3xx | nothing: the driver follows, for this message |
//! | 429, 503 | [`SendFailure::RetryAfter`] with the pause asked for; without one like 5xx |
//! | 408, 5xx | [`SendFailure::Network`]: the same bytes again, with growing pauses |
//! | other 4xx | [`SendFailure::Refused`]: a repetition would be refused too; the session has failed |

use std::time::{Duration, SystemTime};

use http::StatusCode;
use http::header::{HeaderMap, RETRY_AFTER};
use omadm_proto::exchange::SendFailure;

/// What the status of a response means for the message that it answers; `None` when there is an answer to read.
#[must_use]
pub fn failure(status: StatusCode, headers: &HeaderMap, now: SystemTime) -> Option<SendFailure> {
    match status {
        _ if status.is_success() => None,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            Some(retry_after(headers, now).map_or(SendFailure::Network, SendFailure::RetryAfter))
        }
        StatusCode::REQUEST_TIMEOUT => Some(SendFailure::Network),
        _ if status.is_client_error() || status.is_redirection() => Some(SendFailure::Refused),
        _ => Some(SendFailure::Network),
    }
}

/// The pause that Retry-After asks for, in seconds or as a date; a date that has passed asks for none.
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if value.bytes().all(|byte| byte.is_ascii_digit()) {
        return value.parse().ok().map(Duration::from_secs);
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    /// 2015-10-21 07:28:00 UTC.
    const NOW: u64 = 1_445_412_480;

    fn told(status: u16, asked: Option<&'static str>) -> Option<SendFailure> {
        let headers = asked.map(|asked| (RETRY_AFTER, HeaderValue::from_static(asked))).into_iter().collect();
        failure(StatusCode::from_u16(status).unwrap(), &headers, SystemTime::UNIX_EPOCH + Duration::from_secs(NOW))
    }

    #[test]
    fn a_busy_server_says_when_to_come_back_in_seconds_or_as_a_date() {
        assert_eq!(told(503, Some("120")), Some(SendFailure::RetryAfter(Duration::from_secs(120))));
        assert_eq!(told(429, Some(" 7 ")), Some(SendFailure::RetryAfter(Duration::from_secs(7))));
        let date = Some("Wed, 21 Oct 2015 07:28:30 GMT");
        assert_eq!(told(503, date), Some(SendFailure::RetryAfter(Duration::from_secs(30))));
        let past = Some("Wed, 21 Oct 2015 07:27:30 GMT");
        assert_eq!(told(503, past), Some(SendFailure::RetryAfter(Duration::ZERO)));
        assert_eq!(told(503, None), Some(SendFailure::Network));
        assert_eq!(told(503, Some("soon")), Some(SendFailure::Network));
        assert_eq!(told(503, Some("99999999999999999999")), Some(SendFailure::Network));
    }

    #[test]
    fn refusals_end_the_session_and_failures_are_tried_again() {
        assert_eq!(told(200, None), None);
        for status in [400, 401, 403, 404, 405, 407, 413, 415, 304] {
            assert_eq!(told(status, None), Some(SendFailure::Refused), "{status}");
        }
        for status in [408, 500, 502, 504] {
            assert_eq!(told(status, None), Some(SendFailure::Network), "{status}");
        }
    }
}
