//! Campaigns and their waves.

use redb::{ReadableDatabase as _, ReadableTable as _, Table, WriteTransaction};
use xrem_server::campaign::{Campaign, CampaignId, CampaignStore, Wave};

use super::tables::{CAMPAIGNS, WAVES, decode, encode};
use super::{Database, StoreError};

/// The tables of this area in one transaction.
pub(super) struct CampaignTables<'t> {
    campaigns: Table<'t, u64, &'static [u8]>,
    waves: Table<'t, (u64, u32), &'static [u8]>,
}

impl<'t> CampaignTables<'t> {
    pub(super) fn open(txn: &'t WriteTransaction) -> Result<Self, StoreError> {
        Ok(Self { campaigns: txn.open_table(CAMPAIGNS)?, waves: txn.open_table(WAVES)? })
    }

    pub(super) fn put(&mut self, campaign: &Campaign) -> Result<(), StoreError> {
        self.campaigns.insert(campaign.id.get(), encode(campaign)?.as_slice())?;
        Ok(())
    }

    pub(super) fn put_wave(&mut self, wave: &Wave) -> Result<(), StoreError> {
        self.waves.insert((wave.campaign.get(), wave.number), encode(wave)?.as_slice())?;
        Ok(())
    }
}

impl Database {
    /// The number of the newest campaign; 0 when there is none.
    pub(crate) fn last_campaign(&self) -> Result<u64, StoreError> {
        let table = self.db.begin_read()?.open_table(CAMPAIGNS)?;
        let last = table.last()?;
        Ok(last.map_or(0, |(number, _)| number.value()))
    }
}

impl CampaignStore for Database {
    fn campaign(&self, id: CampaignId) -> Result<Option<Campaign>, StoreError> {
        let table = self.db.begin_read()?.open_table(CAMPAIGNS)?;
        table.get(id.get())?.map(|bytes| decode(bytes.value())).transpose()
    }

    fn campaigns(&self) -> Result<Vec<Campaign>, StoreError> {
        let table = self.db.begin_read()?.open_table(CAMPAIGNS)?;
        table.iter()?.map(|row| decode(row?.1.value())).collect()
    }

    fn wave(&self, campaign: CampaignId, number: u32) -> Result<Option<Wave>, StoreError> {
        let table = self.db.begin_read()?.open_table(WAVES)?;
        table.get((campaign.get(), number))?.map(|bytes| decode(bytes.value())).transpose()
    }

    fn waves(&self, campaign: CampaignId) -> Result<Vec<Wave>, StoreError> {
        let table = self.db.begin_read()?.open_table(WAVES)?;
        let waves = table.range((campaign.get(), 0)..=(campaign.get(), u32::MAX))?;
        waves.map(|row| decode(row?.1.value())).collect()
    }
}
