//! Requesters, the audit, and the answers that are kept for requests that may come again.

use omadm_proto::time::Instant;
use redb::{ReadableDatabase as _, ReadableTable as _, Table, WriteTransaction};
use xrem_server::requester::{
    AuditEntry, AuditKey, AuditQuery, KeptAnswer, Requester, RequesterName, RequesterStore, TokenDigest,
};
use xrem_server::store::Record;

use super::tables::{ANSWERED, ANSWERS, AUDIT, REQUESTERS, TOKENS, decode, encode};
use super::{Database, StoreError};

/// The tables of this area in one transaction.
pub(super) struct RequesterTables<'t> {
    requesters: Table<'t, &'static str, &'static [u8]>,
    tokens: Table<'t, &'static str, &'static str>,
    audit: Table<'t, (u64, u64), &'static [u8]>,
    answers: Table<'t, (&'static str, &'static str), &'static [u8]>,
    answered: Table<'t, (u64, &'static str, &'static str), ()>,
}

impl<'t> RequesterTables<'t> {
    pub(super) fn open(txn: &'t WriteTransaction) -> Result<Self, StoreError> {
        Ok(Self {
            requesters: txn.open_table(REQUESTERS)?,
            tokens: txn.open_table(TOKENS)?,
            audit: txn.open_table(AUDIT)?,
            answers: txn.open_table(ANSWERS)?,
            answered: txn.open_table(ANSWERED)?,
        })
    }

    /// Stores `record` if it is of this area.
    pub(super) fn put(&mut self, record: &Record) -> Result<(), StoreError> {
        match record {
            Record::Requester(requester) => {
                self.remove(&requester.name)?;
                self.requesters.insert(requester.name.as_str(), encode(requester)?.as_slice())?;
                self.tokens.insert(requester.token.to_hex().as_str(), requester.name.as_str())?;
            }
            Record::RequesterRemoved(name) => self.remove(name)?,
            Record::Audit(entry) => {
                self.audit.insert((entry.key.at.as_millis(), entry.key.number), encode(entry)?.as_slice())?;
            }
            Record::AuditExpired(before) => self.audit.retain_in(..(before.as_millis(), 0), |_, _| false)?,
            Record::Answer(answer) => self.keep(answer)?,
            Record::AnswersExpired(before) => self.forget_answers(*before)?,
            _ => {}
        }
        Ok(())
    }

    fn keep(&mut self, answer: &KeptAnswer) -> Result<(), StoreError> {
        let (requester, key) = (answer.requester.as_str(), answer.key.as_str());
        if let Some(old) = self.answers.insert((requester, key), encode(answer)?.as_slice())? {
            let old: KeptAnswer = decode(old.value())?;
            self.answered.remove((old.at.as_millis(), requester, key))?;
        }
        self.answered.insert((answer.at.as_millis(), requester, key), ())?;
        Ok(())
    }

    fn forget_answers(&mut self, before: Instant) -> Result<(), StoreError> {
        for row in self.answered.extract_from_if(..(before.as_millis(), "", ""), |_, ()| true)? {
            let (key, _) = row?;
            let (_, requester, key) = key.value();
            self.answers.remove((requester, key))?;
        }
        Ok(())
    }

    fn remove(&mut self, name: &RequesterName) -> Result<(), StoreError> {
        let old = self.requesters.remove(name.as_str())?.map(|bytes| decode::<Requester>(bytes.value())).transpose()?;
        if let Some(old) = old {
            self.tokens.remove(old.token.to_hex().as_str())?;
        }
        Ok(())
    }
}

impl RequesterStore for Database {
    type Error = StoreError;

    fn requester(&self, name: &RequesterName) -> Result<Option<Requester>, StoreError> {
        let table = self.db.begin_read()?.open_table(REQUESTERS)?;
        table.get(name.as_str())?.map(|bytes| decode(bytes.value())).transpose()
    }

    fn requester_by_token(&self, token: &TokenDigest) -> Result<Option<Requester>, StoreError> {
        let txn = self.db.begin_read()?;
        let Some(name) = txn.open_table(TOKENS)?.get(token.to_hex().as_str())? else { return Ok(None) };
        let Some(bytes) = txn.open_table(REQUESTERS)?.get(name.value())? else { return Ok(None) };
        let requester: Requester = decode(bytes.value())?;
        Ok((requester.token == *token).then_some(requester))
    }

    fn requesters(&self) -> Result<Vec<Requester>, StoreError> {
        let table = self.db.begin_read()?.open_table(REQUESTERS)?;
        table.iter()?.map(|row| decode(row?.1.value())).collect()
    }

    fn audit(&self, query: &AuditQuery) -> Result<Vec<AuditEntry>, StoreError> {
        let first = query.after.unwrap_or_default().max(AuditKey { at: query.from, number: 0 });
        let table = self.db.begin_read()?.open_table(AUDIT)?;
        let range = (first.at.as_millis(), first.number)..(query.until.as_millis(), 0);
        let mut entries = Vec::new();
        if range.is_empty() {
            return Ok(entries);
        }
        for row in table.range(range)? {
            let entry: AuditEntry = decode(row?.1.value())?;
            if query.wants(&entry) {
                entries.push(entry);
            }
            if entries.len() >= query.limit {
                break;
            }
        }
        Ok(entries)
    }

    fn answer(&self, requester: &RequesterName, key: &str) -> Result<Option<KeptAnswer>, StoreError> {
        let table = self.db.begin_read()?.open_table(ANSWERS)?;
        table.get((requester.as_str(), key))?.map(|bytes| decode(bytes.value())).transpose()
    }
}
