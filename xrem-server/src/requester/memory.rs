//! Requesters and audit in memory.

use alloc::borrow::ToOwned as _;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::convert::Infallible;

use omadm_proto::time::Instant;

use super::{AuditEntry, AuditKey, AuditQuery, KeptAnswer, Requester, RequesterName, RequesterStore, TokenDigest};
use crate::store::MemoryStore;

/// The part of a [`MemoryStore`] that is about requesters.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept {
    requesters: BTreeMap<RequesterName, Requester>,
    audit: BTreeMap<AuditKey, AuditEntry>,
    answers: BTreeMap<(RequesterName, String), KeptAnswer>,
}

impl Kept {
    pub(crate) fn put(&mut self, requester: Requester) {
        self.requesters.insert(requester.name.clone(), requester);
    }

    pub(crate) fn remove(&mut self, name: &RequesterName) {
        self.requesters.remove(name);
    }

    pub(crate) fn note(&mut self, entry: AuditEntry) {
        self.audit.insert(entry.key, entry);
    }

    pub(crate) fn forget_before(&mut self, moment: Instant) {
        self.audit = self.audit.split_off(&AuditKey { at: moment, number: 0 });
    }

    pub(crate) fn keep(&mut self, answer: KeptAnswer) {
        self.answers.insert((answer.requester.clone(), answer.key.clone()), answer);
    }

    pub(crate) fn forget_answers_before(&mut self, moment: Instant) {
        self.answers.retain(|_, answer| answer.at >= moment);
    }
}

impl RequesterStore for MemoryStore {
    type Error = Infallible;

    fn requester(&self, name: &RequesterName) -> Result<Option<Requester>, Infallible> {
        Ok(self.requesters.requesters.get(name).cloned())
    }

    fn requester_by_token(&self, token: &TokenDigest) -> Result<Option<Requester>, Infallible> {
        Ok(self.requesters.requesters.values().find(|requester| requester.token == *token).cloned())
    }

    fn requesters(&self) -> Result<Vec<Requester>, Infallible> {
        Ok(self.requesters.requesters.values().cloned().collect())
    }

    fn audit(&self, query: &AuditQuery) -> Result<Vec<AuditEntry>, Infallible> {
        let wanted = self.requesters.audit.values().filter(|entry| query.wants(entry));
        Ok(wanted.take(query.limit).cloned().collect())
    }

    fn answer(&self, requester: &RequesterName, key: &str) -> Result<Option<KeptAnswer>, Infallible> {
        Ok(self.requesters.answers.get(&(requester.clone(), key.to_owned())).cloned())
    }
}
