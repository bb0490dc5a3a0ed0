//! Reading a filter: recursive descent, limited in length and depth.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Condition, MAX_BYTES, MAX_NESTING, Operator};

/// Why a text is no filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FilterError {
    /// Too long.
    #[error("the filter is longer than {MAX_BYTES} bytes")]
    TooLong,
    /// Too deep.
    #[error("the filter is nested more than {MAX_NESTING} levels deep")]
    TooDeep,
    /// Something else was expected.
    #[error("at byte {at} of the filter {expected} is expected")]
    Expected {
        /// Where, from 0.
        at: usize,
        /// What.
        expected: &'static str,
    },
    /// There is no such fact.
    #[error("the filter asks for {0:?}, which is no fact of a device")]
    Key(String),
}

/// The operators, longer ones before their beginnings.
const OPERATORS: [(&str, Operator); 7] = [
    ("!=", Operator::NotEqual),
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("=", Operator::Equal),
    ("~", Operator::Prefix),
    ("<", Operator::Below),
    (">", Operator::Above),
];

/// The condition in `text`.
pub(super) fn condition(text: &str) -> Result<Condition, FilterError> {
    if text.len() > MAX_BYTES {
        return Err(FilterError::TooLong);
    }
    let mut reader = Reader { text, rest: text };
    let condition = reader.any(0)?;
    reader.skip_space();
    if reader.rest.is_empty() { Ok(condition) } else { Err(reader.expected("& or | or the end")) }
}

struct Reader<'t> {
    text: &'t str,
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn any(&mut self, depth: usize) -> Result<Condition, FilterError> {
        let mut parts = alloc::vec![self.all(depth)?];
        while self.take("|") {
            parts.push(self.all(depth)?);
        }
        Ok(one_or(parts, Condition::Any))
    }

    fn all(&mut self, depth: usize) -> Result<Condition, FilterError> {
        let mut parts = alloc::vec![self.not(depth)?];
        while self.take("&") {
            parts.push(self.not(depth)?);
        }
        Ok(one_or(parts, Condition::All))
    }

    fn not(&mut self, depth: usize) -> Result<Condition, FilterError> {
        if depth > MAX_NESTING {
            return Err(FilterError::TooDeep);
        }
        if self.take("!") {
            return Ok(Condition::Not(Box::new(self.primary(depth + 1)?)));
        }
        self.primary(depth)
    }

    fn primary(&mut self, depth: usize) -> Result<Condition, FilterError> {
        if self.take("(") {
            let inner = self.any(depth + 1)?;
            return if self.take(")") { Ok(inner) } else { Err(self.expected("a closing bracket")) };
        }
        let key = self.token(|letter| letter.is_ascii_lowercase());
        if key.is_empty() {
            return Err(self.expected("a key, ! or an opening bracket"));
        }
        let found = OPERATORS.iter().find(|(sign, _)| self.take(sign));
        let Some((_, operator)) = found else { return Err(self.expected("one of = != < <= > >= ~")) };
        Ok(Condition::Is { key: key.into(), operator: *operator, value: self.value()?.into() })
    }

    fn value(&mut self) -> Result<&'t str, FilterError> {
        if self.take("'") {
            let Some((value, rest)) = self.rest.split_once('\'') else {
                return Err(self.expected("a value and its closing quote"));
            };
            self.rest = rest;
            return Ok(value);
        }
        let bare = |letter: char| !letter.is_whitespace() && !matches!(letter, '&' | '|' | '(' | ')' | '!' | '\'');
        let value = self.token(bare);
        if value.is_empty() {
            Err(self.expected("a value, in single quotes if it is empty or has spaces"))
        } else {
            Ok(value)
        }
    }

    fn token(&mut self, belongs: impl Fn(char) -> bool) -> &'t str {
        self.skip_space();
        let end = self.rest.find(|letter| !belongs(letter)).unwrap_or(self.rest.len());
        let (token, rest) = self.rest.split_at(end);
        self.rest = rest;
        token
    }

    fn take(&mut self, sign: &str) -> bool {
        self.skip_space();
        let rest = self.rest.strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    const fn expected(&self, expected: &'static str) -> FilterError {
        FilterError::Expected { at: self.text.len() - self.rest.len(), expected }
    }
}

fn one_or(mut parts: Vec<Condition>, many: impl FnOnce(Vec<Condition>) -> Condition) -> Condition {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => {
            parts.extend(last);
            many(parts)
        }
    }
}
