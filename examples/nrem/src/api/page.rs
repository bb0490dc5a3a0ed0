//! Lists in pages: `limit`, and `after` with the `next` of the page before.

use std::fmt::Display;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use utoipa::IntoParams;

use super::ApiError;

/// Entries of a page, unless the request says otherwise.
const USUAL: usize = 1000;
/// Entries of the longest page, and rows that are looked at for a page of few.
const MOST: usize = 10_000;

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Page {
    /// Entries of a page, 1 to 10 000; by default 1000.
    #[param(minimum = 1, maximum = 10000)]
    limit: Option<usize>,
    /// The `next` of the page before; absent for the first one.
    after: Option<String>,
}

impl Page {
    /// Entries of this page.
    pub(crate) fn limit(&self) -> Result<usize, ApiError> {
        let limit = self.limit.unwrap_or(USUAL);
        if (1..=MOST).contains(&limit) {
            return Ok(limit);
        }
        Err(ApiError::bad(format!("limit is {limit}; it is 1 to {MOST}")))
    }

    /// The key of the entry that the page comes after.
    pub(crate) fn after<K: FromStr>(&self) -> Result<Option<K>, ApiError> {
        let Some(cursor) = &self.after else { return Ok(None) };
        let key = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let key = key.and_then(|text| text.parse().ok());
        key.map(Some).ok_or_else(|| ApiError::bad("after is not the next of a page"))
    }

    /// What `after` is for the page behind the entry with this key.
    pub(crate) fn next(key: &impl Display) -> String {
        URL_SAFE_NO_PAD.encode(key.to_string())
    }

    /// The page of `entries`, which come in the order of their keys from after [`Self::after`] on; and the `next` of it, if
    /// there are more.
    pub(crate) fn cut<K: Display, T>(
        &self,
        entries: impl IntoIterator<Item = Result<(K, T), ApiError>>,
    ) -> Result<(Vec<T>, Option<String>), ApiError> {
        self.cut_within(entries.into_iter().map(|entry| entry.map(|(key, entry)| (key, Some(entry)))), usize::MAX)
    }

    /// The same of `rows` of which only some are wanted, perhaps hardly any: a page is short then, or empty, and has a `next`
    /// all the same.
    pub(crate) fn cut_wanted<K: Display, T>(
        &self,
        rows: impl IntoIterator<Item = Result<(K, Option<T>), ApiError>>,
    ) -> Result<(Vec<T>, Option<String>), ApiError> {
        self.cut_within(rows, MOST)
    }

    fn cut_within<K: Display, T>(
        &self,
        rows: impl IntoIterator<Item = Result<(K, Option<T>), ApiError>>,
        most: usize,
    ) -> Result<(Vec<T>, Option<String>), ApiError> {
        let limit = self.limit()?;
        let (mut page, mut last) = (Vec::new(), None);
        for (looked_at, row) in rows.into_iter().enumerate() {
            if page.len() == limit || looked_at == most {
                return Ok((page, last.map(|key: K| Self::next(&key))));
            }
            let (key, entry) = row?;
            last = Some(key);
            page.extend(entry);
        }
        Ok((page, None))
    }
}
