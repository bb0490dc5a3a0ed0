//! Lists in the order in which they are shown, read from a key on and no further than somebody looks.

use std::iter::Peekable;
use std::ops::Bound;

use omadm_proto::ids::DevId;
use redb::{AccessGuard, Key, ReadOnlyTable, ReadTransaction, ReadableDatabase as _, TableDefinition, Value};
use serde::de::DeserializeOwned;
use xrem_server::campaign::{Campaign, CampaignId};
use xrem_server::directory::{NodeId, NodeRecord, Place, name_of};
use xrem_server::task::{Task, TaskId};

use super::tables::{CAMPAIGNS, NAMES, NODES, PLACES, TASKS, decode};
use super::{Database, StoreError};

impl Database {
    /// The tasks after `after`, oldest first.
    pub(crate) fn tasks_after(
        &self,
        after: Option<TaskId>,
    ) -> Result<impl DoubleEndedIterator<Item = Row<Task>>, StoreError> {
        numbered(&self.db.begin_read()?, TASKS, after.map(TaskId::get))
    }

    /// The campaigns after `after`, oldest first.
    pub(crate) fn campaigns_after(
        &self,
        after: Option<CampaignId>,
    ) -> Result<impl Iterator<Item = Row<Campaign>>, StoreError> {
        numbered(&self.db.begin_read()?, CAMPAIGNS, after.map(CampaignId::get))
    }

    /// The nodes whose names are behind `after`, by name: those that are registered, and those that gateways have reported.
    pub(crate) fn nodes_after(&self, after: Option<&str>) -> Result<Listing, StoreError> {
        let txn = self.db.begin_read()?;
        let given = rows(&txn, NAMES, after, |_, id| DevId::new(id.value()))?;
        let registered = rows(&txn, NODES, after, |name, _| DevId::new(name))?;
        let reported = rows(&txn, PLACES, after, |name, _| DevId::new(name))?;
        let sources = [given, registered, reported].map(Iterator::peekable);
        Ok(Listing { sources, nodes: txn.open_table(NODES)?, places: txn.open_table(PLACES)? })
    }
}

type Row<T> = Result<T, StoreError>;
type Names = Box<dyn Iterator<Item = Row<(String, DevId)>> + Send>;

fn numbered<T: DeserializeOwned>(
    txn: &ReadTransaction,
    table: TableDefinition<'_, u64, &'static [u8]>,
    after: Option<u64>,
) -> Result<impl DoubleEndedIterator<Item = Row<T>> + use<T>, StoreError> {
    let from = after.map_or(Bound::Unbounded, Bound::Excluded);
    let rows = txn.open_table(table)?.range((from, Bound::Unbounded))?;
    Ok(rows.map(|row| decode(row?.1.value())))
}

/// The keys of `table` behind `after`, each with the DevId that `id` finds in its row.
fn rows<V: Value + Send + Sync + 'static>(
    txn: &ReadTransaction,
    table: TableDefinition<'_, &'static str, V>,
    after: Option<&str>,
    id: impl Fn(&str, &AccessGuard<'static, V>) -> DevId + Send + 'static,
) -> Result<Names, StoreError>
where
    &'static str: Key,
{
    let from = after.map_or(Bound::Unbounded, Bound::Excluded);
    let rows = txn.open_table(table)?.range::<&str>((from, Bound::Unbounded))?;
    Ok(Box::new(rows.map(move |row| {
        let (key, value) = row?;
        Ok((key.value().to_owned(), id(key.value(), &value)))
    })))
}

/// A node in a list.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) name: NodeId,
    pub(crate) id: DevId,
    pub(crate) node: Option<NodeRecord>,
    pub(crate) place: Option<Place>,
}

/// Nodes by name. Names that were given have an index; all others are the DevIds by which nodes and places are filed.
pub(crate) struct Listing {
    sources: [Peekable<Names>; 3],
    nodes: ReadOnlyTable<&'static str, &'static [u8]>,
    places: ReadOnlyTable<&'static str, &'static [u8]>,
}

impl Listing {
    /// The first name that any source has, taken from all that have it.
    fn next_name(&mut self) -> Row<Option<(String, Vec<DevId>)>> {
        let mut first: Option<String> = None;
        for source in &mut self.sources {
            match source.peek() {
                Some(Ok((name, _))) if first.as_ref().is_none_or(|first| name < first) => first = Some(name.clone()),
                Some(Err(_)) => return source.next().transpose().map(|_| None),
                _ => {}
            }
        }
        let Some(first) = first else { return Ok(None) };
        let mut ids: Vec<DevId> = Vec::new();
        for source in &mut self.sources {
            if let Some(Ok((_, id))) = source.next_if(|row| row.as_ref().is_ok_and(|(name, _)| *name == first))
                && !ids.contains(&id)
            {
                ids.push(id);
            }
        }
        Ok(Some((first, ids)))
    }

    fn read(&self, name: &str, id: DevId) -> Row<Option<Listed>> {
        let node: Option<NodeRecord> = self.nodes.get(id.as_str())?.map(|row| decode(row.value())).transpose()?;
        let place: Option<Place> = self.places.get(id.as_str())?.map(|row| decode(row.value())).transpose()?;
        let called = name_of(&id, node.as_ref(), place.as_ref());
        // Otherwise it stands elsewhere in the list.
        Ok((called.as_str() == name && (node.is_some() || place.is_some())).then_some(Listed {
            name: called,
            id,
            node,
            place,
        }))
    }

    fn find(&mut self) -> Row<Option<Listed>> {
        while let Some((name, ids)) = self.next_name()? {
            for id in ids {
                if let Some(listed) = self.read(&name, id)? {
                    return Ok(Some(listed));
                }
            }
        }
        Ok(None)
    }
}

impl Iterator for Listing {
    type Item = Row<Listed>;

    fn next(&mut self) -> Option<Self::Item> {
        self.find().transpose()
    }
}
