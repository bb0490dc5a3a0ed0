//! The shortest way to a finding.

use crate::row::Stop;

/// Nothing if `holds`, else the finding that `expected` was demanded and `seen` came, at `place`.
pub(crate) fn expect(holds: bool, expected: &str, seen: impl Into<String>, place: &str) -> Result<(), Stop> {
    if holds { Ok(()) } else { Err(Stop::failed(expected, seen).at(place)) }
}
