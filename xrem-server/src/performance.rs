//! Performance data: what nodes measure, kept so that applications can ask for it and are told by themselves
//! \[mission-matrix N1c, N2a, N2b; mo 9.4\].
//!
//! ```text
//! upload alert, Get of Data --Collected--> Record::Samples --> PmStore (each sample once)
//!                                              |                  |
//!                                          touched nodes     page, summarize        <- applications ask
//!                                              |
//!                                            round --Notice--> subscribers          <- applications are told
//! ```
//!
//! The server collects by [`activate`]. Documents become [`Collected`] in [`crate::nrem`] and are committed with the step they
//! came in. Reading goes through [`page`] and [`summarize`], page by page. A [`Subscription`] gets numbered [`Notice`]s that
//! [`round`] makes and stores, so a subscriber that reads on from the number it knows misses nothing. [`trim`] ends what is
//! older than [`Retention`] allows.
//!
//! Times are the devices' own \[mo 9.4\]: the `now` of [`round`] and [`trim`] must count from 1970 as well.

mod activation;
mod desk;
pub(crate) mod memory;
mod query;
mod retention;
mod sample;
mod store;
mod subscription;
mod summary;
mod watch;

pub use activation::{Activation, activate, deactivate};
pub use desk::{Round, may_read, next_due, round};
pub use query::{Cursor, CursorError, Page, Query, page};
pub use retention::{Retention, Trimming, trim};
pub use sample::{Collected, Measured, Origin, Sample, SeriesKey, Span, later};
pub use store::{Change, Extent, KEPT_NOTICES, Loss, MAX_SERIES, PmStore, Series, Touched};
pub use subscription::{
    Direction, MetricSummary, News, Notice, Policy, Position, Selection, SubscribeError, Subscription, SubscriptionId,
};
pub use summary::{IntervalSummary, Statistics, Tally, interval, summarize};
pub use watch::Watch;
