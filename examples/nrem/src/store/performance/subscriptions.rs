//! Writing subscriptions, what they have seen, and their news.

use redb::ReadableTable as _;
use serde::{Deserialize, Serialize};
use xrem_server::performance::{Change, KEPT_NOTICES, Position, Subscription};

use super::super::StoreError;
use super::super::tables::{decode, encode};
use super::Tables;

/// A subscription and where it stands.
#[derive(Serialize, Deserialize)]
pub(super) struct Standing {
    pub(super) subscription: Subscription,
    pub(super) position: Position,
}

impl Tables<'_> {
    pub(super) fn change(&mut self, change: &Change) -> Result<(), StoreError> {
        match change {
            Change::Subscription(subscription) => {
                let standing = Standing { subscription: subscription.clone(), position: Position::default() };
                self.subscriptions.insert(subscription.id.get(), encode(&standing)?.as_slice())?;
                self.watching = None;
            }
            Change::Unsubscribed(id) => {
                let id = id.get();
                self.subscriptions.remove(id)?;
                self.watched.retain_in((id, "", "", "")..(id + 1, "", "", ""), |_, _| false)?;
                self.notices.retain_in((id, 0)..=(id, u64::MAX), |_, _| false)?;
                self.watching = None;
            }
            Change::Advanced { id, position } => {
                let known = self.subscriptions.get(id.get())?.map(|bytes| decode::<Standing>(bytes.value()));
                if let Some(known) = known {
                    let standing = Standing { position: *position, ..known? };
                    self.subscriptions.insert(id.get(), encode(&standing)?.as_slice())?;
                }
            }
            Change::Watched { id, series, watch } => {
                let key = (id.get(), series.node.as_str(), series.function.as_str(), series.metric.as_str());
                if self.subscriptions.get(id.get())?.is_some() {
                    self.watched.insert(key, encode(watch)?.as_slice())?;
                }
            }
            Change::Notice(notice) => {
                let id = notice.subscription.get();
                if self.subscriptions.get(id)?.is_some() {
                    self.notices.insert((id, notice.number), encode(notice)?.as_slice())?;
                    if let Some(oldest) = notice.number.checked_sub(KEPT_NOTICES) {
                        self.notices.remove((id, oldest))?;
                    }
                }
            }
            Change::Judged(touched) => {
                let node = touched.node.as_str();
                let same = self.touched.get(node)?.is_some_and(|version| version.value() == touched.version);
                if same {
                    self.touched.remove(node)?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}
