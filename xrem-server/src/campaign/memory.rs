//! Campaigns in memory.

use core::convert::Infallible;

use alloc::vec::Vec;

use super::{Campaign, CampaignId, CampaignStore, Wave};
use crate::store::MemoryStore;

impl CampaignStore for MemoryStore {
    fn campaign(&self, id: CampaignId) -> Result<Option<Campaign>, Infallible> {
        Ok(self.campaigns.get(&id).cloned())
    }

    fn campaigns(&self) -> Result<Vec<Campaign>, Infallible> {
        Ok(self.campaigns.values().cloned().collect())
    }

    fn wave(&self, campaign: CampaignId, number: u32) -> Result<Option<Wave>, Infallible> {
        Ok(self.waves.get(&(campaign, number)).cloned())
    }

    fn waves(&self, campaign: CampaignId) -> Result<Vec<Wave>, Infallible> {
        Ok(self.waves.range((campaign, 0)..=(campaign, u32::MAX)).map(|(_, wave)| wave.clone()).collect())
    }
}
