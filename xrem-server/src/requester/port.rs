//! What a database offers about requesters.

use alloc::vec::Vec;

use super::{AuditEntry, AuditQuery, KeptAnswer, Requester, RequesterName, TokenDigest};

/// The requesters and the audit of a database; they are written as [`crate::store::Record`]s.
///
/// # Errors
/// Every method fails with the store's own error when the database cannot be read.
#[allow(clippy::missing_errors_doc, reason = "said once, for all methods")]
pub trait RequesterStore {
    /// What can go wrong.
    type Error: core::error::Error + 'static;

    /// One requester.
    fn requester(&self, name: &RequesterName) -> Result<Option<Requester>, Self::Error>;

    /// Whoever shows the token with this digest.
    fn requester_by_token(&self, token: &TokenDigest) -> Result<Option<Requester>, Self::Error>;

    /// All requesters, by name.
    fn requesters(&self) -> Result<Vec<Requester>, Self::Error>;

    /// Entries of the audit, oldest first, at most [`AuditQuery::limit`].
    fn audit(&self, query: &AuditQuery) -> Result<Vec<AuditEntry>, Self::Error>;

    /// What `requester` was answered under `key`.
    fn answer(&self, requester: &RequesterName, key: &str) -> Result<Option<KeptAnswer>, Self::Error>;
}
