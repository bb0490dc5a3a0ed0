//! Ranges of numbers, as `[0-23]`, `[(-1)-100]` or `[6,17]`.

use alloc::vec::Vec;
use core::fmt;
use core::ops::RangeInclusive;

/// Numbers that are allowed. Unspecified what a comma means; chosen: "or", because TCP and UDP are `[6,17]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranges {
    spans: Vec<RangeInclusive<i64>>,
}

impl Ranges {
    /// The numbers of all `spans`.
    #[must_use]
    pub const fn new(spans: Vec<RangeInclusive<i64>>) -> Self {
        Self { spans }
    }

    /// The ranges written as `text`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let inner = text.trim().strip_prefix('[')?.strip_suffix(']')?;
        let spans = inner.split([',']).map(|part| span(part.trim().trim_matches(['[', ']']))).collect::<Option<_>>()?;
        Some(Self { spans })
    }

    /// Whether `number` is allowed.
    #[must_use]
    pub fn contains(&self, number: i64) -> bool {
        self.spans.iter().any(|span| span.contains(&number))
    }
}

/// `a-b`, or `a` alone.
fn span(text: &str) -> Option<RangeInclusive<i64>> {
    let (first, rest) = number(text)?;
    match rest.trim_start().strip_prefix('-') {
        None if rest.trim().is_empty() => Some(first..=first),
        None => None,
        Some(rest) => {
            let (last, rest) = number(rest.trim_start())?;
            rest.trim().is_empty().then_some(first..=last)
        }
    }
}

/// A number at the start of `text`, a negative one with or without parentheses, and what follows.
fn number(text: &str) -> Option<(i64, &str)> {
    if let Some(inner) = text.strip_prefix('(') {
        let (inner, rest) = inner.split_once(')')?;
        return Some((inner.trim().parse().ok()?, rest));
    }
    let sign = usize::from(text.starts_with('-'));
    let digits = text.get(sign..)?.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at_checked(sign + digits)?;
    Some((number.parse().ok()?, rest))
}

impl fmt::Display for Ranges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (at, span) in self.spans.iter().enumerate() {
            if at > 0 {
                f.write_str(",")?;
            }
            one(f, *span.start())?;
            if span.start() != span.end() {
                f.write_str("-")?;
                one(f, *span.end())?;
            }
        }
        f.write_str("]")
    }
}

fn one(f: &mut fmt::Formatter<'_>, number: i64) -> fmt::Result {
    if number < 0 { write!(f, "({number})") } else { write!(f, "{number}") }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::Ranges;

    #[test]
    fn ranges_are_read_in_the_spellings_of_real_descriptions() {
        let all = Ranges::parse("[(-1)-4294967295]").unwrap();
        assert!(all.contains(-1) && all.contains(4_294_967_295) && !all.contains(-2));
        let protocols = Ranges::parse("[6,17]").unwrap();
        assert!(protocols.contains(6) && protocols.contains(17) && !protocols.contains(7));
        let negative = Ranges::parse("[-100--1]").unwrap();
        assert!(negative.contains(-50) && !negative.contains(0));
        let two = Ranges::parse("[0-5],[10-20]").unwrap();
        assert!(two.contains(5) && !two.contains(6) && two.contains(20));
        for other in ["", "0-5", "[a-b]", "[1-]", "[]", "[1-2-3]", "[99999999999999999999]"] {
            assert_eq!(Ranges::parse(other), None, "{other}");
        }
    }

    #[test]
    fn ranges_are_written_as_they_are_read() {
        for text in ["[(-1)-4294967295]", "[6,17]", "[0-23]"] {
            assert_eq!(Ranges::parse(text).unwrap().to_string(), text);
        }
    }
}
