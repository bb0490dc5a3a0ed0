//! What applications ask for: samples of some nodes, page by page.

use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;
use core::time::Duration;

use omadm_proto::ids::DevId;
use omadm_tree::mo::diag_mon::DiagTime;

use super::sample::later;
use super::{PmStore, Sample, Selection, Series, SeriesKey, Span};

/// Which samples are wanted.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Query {
    /// Of these nodes, in this order.
    pub nodes: Vec<DevId>,
    /// Of these series of theirs.
    pub selection: Selection,
    /// Of this time.
    pub span: Span,
    /// At most so many in one page.
    pub limit: usize,
    /// Behind the end of an earlier page.
    pub after: Option<Cursor>,
}

impl Query {
    /// All samples of `nodes`, in pages of 1000.
    #[must_use]
    pub fn new(nodes: impl IntoIterator<Item = DevId>) -> Self {
        let nodes = nodes.into_iter().collect();
        Self { nodes, selection: Selection::default(), span: Span::ALL, limit: 1000, after: None }
    }

    /// The same of some series only.
    #[must_use]
    pub fn of(mut self, selection: Selection) -> Self {
        self.selection = selection;
        self
    }

    /// The same within `span` only.
    #[must_use]
    pub const fn within(mut self, span: Span) -> Self {
        self.span = span;
        self
    }

    /// The same with pages of at most `limit` samples.
    #[must_use]
    pub const fn pages_of(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// The page behind `cursor`.
    #[must_use]
    pub fn after(mut self, cursor: Option<Cursor>) -> Self {
        self.after = cursor;
        self
    }
}

/// Where a page ends: the last sample on it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cursor {
    series: SeriesKey,
    time: DiagTime,
}

/// The text is none that [`Cursor`] writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no cursor of an earlier page")]
#[non_exhaustive]
pub struct CursorError;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The time comes first and holds no separator; the lengths tell the names apart.
        let SeriesKey { node, function, metric } = &self.series;
        let (node, time) = (node.as_str(), self.time.as_unix_millis());
        write!(f, "{time}.{}.{}.{node}{function}{metric}", node.len(), function.len())
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let mut parts = text.splitn(4, '.');
        let mut part = || parts.next().ok_or(CursorError);
        let time = part()?.parse().map_err(|_| CursorError)?;
        let node: usize = part()?.parse().map_err(|_| CursorError)?;
        let function: usize = part()?.parse().map_err(|_| CursorError)?;
        let names = part()?;
        let (node, names) = names.split_at_checked(node).ok_or(CursorError)?;
        let (function, metric) = names.split_at_checked(function).ok_or(CursorError)?;
        let series = SeriesKey::new(DevId::new(node), function, metric);
        Ok(Self { series, time: DiagTime::from_unix_millis(time) })
    }
}

/// One page of an answer.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Page {
    /// The series that have samples on it.
    pub series: Vec<(Series, Vec<Sample>)>,
    /// Where the next page goes on; `None` when this is the last.
    pub next: Option<Cursor>,
}

/// The next page of what `query` wants. A node that `visible` does not grant gives nothing, as if it had never measured.
///
/// # Errors
/// The store cannot be read.
pub fn page<S: PmStore>(store: &S, query: &Query, mut visible: impl FnMut(&DevId) -> bool) -> Result<Page, S::Error> {
    let mut page = Page::default();
    let mut room = query.limit.max(1);
    let first = query.after.as_ref().map(|cursor| &cursor.series);
    // An earlier page ended at this node; one that is not among them any more was the last.
    let begin = first.map_or(0, |first| query.nodes.iter().position(|node| *node == first.node).unwrap_or(usize::MAX));
    for node in query.nodes.iter().skip(begin).filter(|node| visible(node)) {
        for series in store.series(node)? {
            let mut span = query.span;
            match &query.after {
                Some(cursor) if cursor.series == series.key => {
                    span = span.since(later(cursor.time, Duration::from_millis(1)));
                }
                Some(cursor) if cursor.series.node == *node && series.key < cursor.series => continue,
                _ => {}
            }
            if !query.selection.covers(&series.key) || span.is_empty() {
                continue;
            }
            // One more than there is room for tells whether the page has a next one.
            let mut samples = store.samples(&series.key, span, room.saturating_add(1))?;
            let more = samples.len() > room;
            samples.truncate(room);
            room -= samples.len();
            if more {
                let last = samples.last().copied().or_else(|| last_of(&page));
                let key = if samples.is_empty() { last_series(&page) } else { Some(series.key.clone()) };
                page.next = key.zip(last).map(|(series, last)| Cursor { series, time: last.time });
            }
            if !samples.is_empty() {
                page.series.push((series, samples));
            }
            if page.next.is_some() {
                return Ok(page);
            }
        }
    }
    Ok(page)
}

fn last_of(page: &Page) -> Option<Sample> {
    page.series.last()?.1.last().copied()
}

fn last_series(page: &Page) -> Option<SeriesKey> {
    Some(page.series.last()?.0.key.clone())
}
