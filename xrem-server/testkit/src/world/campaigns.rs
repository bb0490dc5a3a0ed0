//! What applications do about campaigns.

use core::convert::Infallible;

use xrem_server::campaign::{Campaign, CampaignError, CampaignId, CampaignRequest, CampaignStore as _, Wave};
use xrem_server::directory::{RouteError, routes};
use xrem_server::store::Record;
use xrem_server::task::Target;

use super::World;
use crate::node::Node;

/// Why there is no such campaign.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoCampaign {
    /// A node of the target cannot be reached.
    #[error(transparent)]
    Route(#[from] RouteError<Infallible>),
    /// It cannot be carried out.
    #[error(transparent)]
    Campaign(#[from] CampaignError),
}

impl World {
    /// Begins a campaign.
    ///
    /// # Errors
    /// [`NoCampaign`].
    pub fn begin_campaign(&mut self, target: &Target, request: CampaignRequest) -> Result<CampaignId, NoCampaign> {
        let permit = routes(&self.server.store, target)?.into();
        let Ok(known) = self.server.store.campaigns();
        let id = CampaignId::new(known.last().map_or(0, |campaign| campaign.id.get()) + 1);
        let campaign = Campaign::new(self.now(), id, request, &permit)?;
        self.server.commit(&[Record::Campaign(Box::new(campaign))]);
        self.server.campaigns.insert(id, self.now());
        self.wake(Node::Server);
        Ok(id)
    }

    /// How a campaign stands.
    #[must_use]
    pub fn campaign(&self, id: CampaignId) -> Option<Campaign> {
        let Ok(campaign) = self.server.store.campaign(id);
        campaign
    }

    /// Its waves.
    #[must_use]
    pub fn waves(&self, id: CampaignId) -> Vec<Wave> {
        let Ok(waves) = self.server.store.waves(id);
        waves
    }

    /// Lets everything happen until the campaign is over.
    ///
    /// # Errors
    /// [`super::Trouble`] when it is not within a day.
    pub fn finish_campaign(&mut self, id: CampaignId) -> Result<(), super::Trouble> {
        let mut seen = None;
        self.run_until(super::run::DAY, |world| {
            seen.replace(world.server.commits) != Some(world.server.commits)
                && world.campaign(id).is_some_and(|campaign| campaign.ended.is_some())
        })
    }
}
