//! Content-Encoding of a message: deflate and gzip, bounded \[dm 13.1\].
//!
//! Invariant: decoding never yields more bytes than its limit, whatever the input promises. The MAC of a message is that of
//! the bytes after decoding \[dm 7.2\].

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use flate2::write::{GzEncoder, ZlibEncoder};
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderName, HeaderValue};

/// Bytes below which a message is not worth compressing.
pub const WORTH_IT: usize = 512;

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// `deflate`: a zlib stream. What is received may be a bare deflate stream too, as some peers send it.
    Deflate,
    /// `gzip`.
    Gzip,
}

/// Why a body cannot be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodingError {
    /// A coding that is not known, or several on top of each other.
    #[error("its Content-Encoding is not known; use deflate, gzip or none")]
    Unknown,
    /// More bytes than are accepted.
    #[error("it is longer than what is accepted when decoded")]
    TooLong,
    /// No stream of its coding.
    #[error("it is no stream of its Content-Encoding")]
    Broken,
}

impl Coding {
    /// Its name in headers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deflate => "deflate",
            Self::Gzip => "gzip",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        if is("deflate") {
            Some(Self::Deflate)
        } else if is("gzip") || is("x-gzip") {
            Some(Self::Gzip)
        } else {
            None
        }
    }

    /// The coding of a body by its Content-Encoding; `None` when it is not compressed.
    ///
    /// # Errors
    /// [`CodingError::Unknown`].
    pub fn of(headers: &HeaderMap) -> Result<Option<Self>, CodingError> {
        let mut coding = None;
        for name in tokens(headers, &CONTENT_ENCODING).filter(|name| !name.eq_ignore_ascii_case("identity")) {
            let named = Self::from_name(name).ok_or(CodingError::Unknown)?;
            if coding.replace(named).is_some() {
                return Err(CodingError::Unknown);
            }
        }
        Ok(coding)
    }

    /// The coding that Accept-Encoding asks for: the first that is known and not ruled out by `q=0`.
    #[must_use]
    pub fn accepted(headers: &HeaderMap) -> Option<Self> {
        tokens(headers, &ACCEPT_ENCODING).find_map(|token| {
            let (name, weight) = token.split_once(';').unwrap_or((token, ""));
            let weight = weight.trim().strip_prefix("q=").unwrap_or("1");
            let ruled_out = weight.parse::<f32>().is_ok_and(|weight| weight <= 0.0);
            Self::from_name(name.trim()).filter(|_| !ruled_out)
        })
    }

    /// `body`, compressed.
    #[must_use]
    pub fn encode(self, body: &[u8]) -> Vec<u8> {
        // Writing into memory cannot fail.
        let encoded = match self {
            Self::Deflate => {
                let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(body).and_then(|()| encoder.finish())
            }
            Self::Gzip => {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(body).and_then(|()| encoder.finish())
            }
        };
        encoded.unwrap_or_default()
    }

    /// `body`, decompressed to at most `limit` bytes.
    ///
    /// # Errors
    /// [`CodingError::TooLong`] and [`CodingError::Broken`].
    pub fn decode(self, body: &[u8], limit: usize) -> Result<Vec<u8>, CodingError> {
        let mut decoded = Vec::new();
        let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
        let read = match self {
            Self::Gzip => MultiGzDecoder::new(body).take(most).read_to_end(&mut decoded),
            Self::Deflate if is_zlib(body) => ZlibDecoder::new(body).take(most).read_to_end(&mut decoded),
            Self::Deflate => DeflateDecoder::new(body).take(most).read_to_end(&mut decoded),
        };
        if decoded.len() > limit {
            return Err(CodingError::TooLong);
        }
        read.map_err(|_| CodingError::Broken)?;
        Ok(decoded)
    }

    pub(crate) const fn value(self) -> HeaderValue {
        HeaderValue::from_static(self.name())
    }
}

/// The members of a list header, over all its lines.
fn tokens<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h str> {
    let lines = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim).filter(|token| !token.is_empty())
}

/// Whether `body` begins with the header of a zlib stream.
fn is_zlib(body: &[u8]) -> bool {
    let &[method, flags, ..] = body else { return false };
    method & 0x0F == 8 && u16::from_be_bytes([method, flags]) % 31 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    /// "hello hello hello" as zlib and as a bare deflate stream, by another implementation (Python's zlib).
    const ZLIB: &[u8] =
        &[0x78, 0x9C, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0x57, 0xC8, 0x40, 0x90, 0x00, 0x3A, 0x2E, 0x06, 0x7D];

    #[test]
    fn zlib_and_bare_deflate_streams_are_both_deflate() {
        assert_eq!(Coding::Deflate.decode(ZLIB, 17).unwrap(), b"hello hello hello");
        assert_eq!(Coding::Deflate.decode(&ZLIB[2..ZLIB.len() - 4], 17).unwrap(), b"hello hello hello");
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let bomb = Coding::Gzip.encode(&vec![0; 64 << 20]);
        assert!(bomb.len() < 1 << 20);
        assert_eq!(Coding::Gzip.decode(&bomb, 1 << 20), Err(CodingError::TooLong));
        assert_eq!(Coding::Deflate.decode(&Coding::Deflate.encode(&[7; 100]), 99), Err(CodingError::TooLong));
    }

    #[test]
    fn a_stream_that_is_cut_or_garbled_is_broken() {
        let whole = Coding::Deflate.encode(b"a message that is long enough to be cut");
        for end in 0..whole.len() {
            assert_eq!(Coding::Deflate.decode(&whole[..end], 1000), Err(CodingError::Broken), "cut at {end}");
        }
        assert_eq!(Coding::Gzip.decode(b"no gzip at all", 1000), Err(CodingError::Broken));
    }

    #[test]
    fn the_coding_of_a_body_is_one_that_is_known() {
        let of = |value| Coding::of(&headers(CONTENT_ENCODING, value));
        assert_eq!(of("deflate"), Ok(Some(Coding::Deflate)));
        assert_eq!(of("X-GZIP"), Ok(Some(Coding::Gzip)));
        assert_eq!(of("identity"), Ok(None));
        assert_eq!(of("br"), Err(CodingError::Unknown));
        assert_eq!(of("gzip, deflate"), Err(CodingError::Unknown));
    }

    #[test]
    fn the_first_accepted_coding_that_is_known_is_taken() {
        let accepted = |value| Coding::accepted(&headers(ACCEPT_ENCODING, value));
        assert_eq!(accepted("br, gzip;q=0.5, deflate"), Some(Coding::Gzip));
        assert_eq!(accepted("gzip;q=0, deflate"), Some(Coding::Deflate));
        assert_eq!(accepted("identity"), None);
    }
}
