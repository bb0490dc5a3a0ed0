//! The port that a database implements for campaigns.

use alloc::vec::Vec;

use super::wave::Results;
use super::{Campaign, CampaignId, Wave};
use crate::store::Store;
use crate::task::Job;

/// Campaigns in a database. They are few; their nodes are in their waves.
///
/// # Errors
/// Every method fails with the store's own error when the database cannot be read.
#[allow(clippy::missing_errors_doc, reason = "said once, for all methods")]
pub trait CampaignStore: Store {
    /// One campaign.
    fn campaign(&self, id: CampaignId) -> Result<Option<Campaign>, Self::Error>;

    /// All campaigns, oldest first.
    fn campaigns(&self) -> Result<Vec<Campaign>, Self::Error>;

    /// One wave of a campaign.
    fn wave(&self, campaign: CampaignId, number: u32) -> Result<Option<Wave>, Self::Error>;

    /// The waves of a campaign, by number.
    fn waves(&self, campaign: CampaignId) -> Result<Vec<Wave>, Self::Error>;
}

/// What moving a campaign on needs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CampaignRecords {
    /// The campaign.
    pub campaign: Campaign,
    /// Its open waves.
    pub waves: Vec<Wave>,
    /// What became of their tasks, by node.
    pub results: Results,
}

/// Reads what moving the campaign `id` on needs; `None` when there is none of that name.
///
/// # Errors
/// The store's own.
pub fn load<S: CampaignStore>(store: &S, id: CampaignId) -> Result<Option<CampaignRecords>, S::Error> {
    let Some(campaign) = store.campaign(id)? else { return Ok(None) };
    let mut waves = Vec::new();
    for number in &campaign.open {
        waves.extend(store.wave(id, *number)?);
    }
    let mut records = CampaignRecords { campaign, waves, results: Results::new() };
    records.read_results(store)?;
    Ok(Some(records))
}

impl CampaignRecords {
    /// Reads anew what became of the tasks: for a driver that keeps the records from one look to the next, when what the last
    /// one changed is stored and nobody else has changed the campaign.
    ///
    /// # Errors
    /// The store's own.
    pub fn read_results<S: CampaignStore>(&mut self, store: &S) -> Result<(), S::Error> {
        self.results.clear();
        for task in self.waves.iter().flat_map(Wave::open_tasks) {
            self.results.insert(task, store.jobs(task)?.iter().flat_map(Job::results).collect());
        }
        Ok(())
    }
}
