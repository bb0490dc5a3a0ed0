//! Campaigns as the network server runs them: their errands become tasks \[mission-matrix N6b\].

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use omadm_proto::status::StatusCode;
use omadm_proto::time::Instant;
use omadm_tree::mo::DevDetail;

use super::submit::accept;
use super::{Event, FirmwareRequest, Nrem, Submission, SubmitError};
use crate::campaign::{Campaign, CampaignRecords, Work};
use crate::directory::{NodeId, known_routes};
use crate::requester::Permit;
use crate::store::{Record, Store};
use crate::task::{CommandSpec, Purpose, Target, Task, TaskCommand, TaskId};

/// A node without the digest of its image in the tree has to take the whole one.
const OPTIONAL: [StatusCode; 2] = [StatusCode::NOT_FOUND, StatusCode::COMMAND_NOT_ALLOWED];

/// What moving a campaign on asks of the driver: commit, then cancel, then tell.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct CampaignStep {
    /// To be committed as one; the nodes of its jobs are due then.
    pub persist: Vec<Record>,
    /// Tasks of which the jobs that have not begun are to be cancelled: [`crate::task::Job::cancel_unbegun`] for each, as
    /// it is at that moment.
    pub cancel: Vec<TaskId>,
    /// What happened.
    pub events: Vec<Event>,
}

/// Why a campaign did not move on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CampaignStepError<E: core::error::Error + 'static> {
    /// Its release cannot be installed.
    #[error("a task of the campaign: {0}")]
    Submit(#[from] SubmitError),
    /// The store cannot be read.
    #[error("the store: {0}")]
    Store(E),
}

/// `campaign` but for its nodes, which are many and stay the same.
fn without_nodes(campaign: &mut Campaign) -> Campaign {
    let nodes = core::mem::take(&mut campaign.nodes);
    let rest = campaign.clone();
    campaign.nodes = nodes;
    rest
}

impl Nrem {
    /// Moves a campaign on. Its tasks get the next of `ids`, which nothing else may use; `records` come from
    /// [`crate::campaign::load`], and [`crate::campaign::Campaign::due`] in them says when to come again.
    ///
    /// # Errors
    /// [`CampaignStepError`]; then nothing has changed but `records`.
    pub fn advance_campaign<S: Store>(
        &self,
        now: Instant,
        store: &S,
        records: &mut CampaignRecords,
        ids: &mut impl Iterator<Item = TaskId>,
    ) -> Result<CampaignStep, CampaignStepError<S::Error>> {
        let CampaignRecords { campaign, waves, results } = records;
        let before = (without_nodes(campaign), waves.clone());
        let advance = campaign.advance(now, waves, results);
        let mut step = CampaignStep { cancel: advance.cancel, ..CampaignStep::default() };
        for errand in advance.errands {
            let (routes, names) = known_routes(store, &errand.nodes).map_err(CampaignStepError::Store)?;
            // Nodes that nobody knows any more are in no task, and fail when the wave is looked at again.
            let (false, Some(id)) = (routes.is_empty(), ids.next()) else { continue };
            if let Some(wave) = waves.iter_mut().find(|it| it.number == errand.wave) {
                for node in &errand.nodes {
                    wave.set_task(node, id);
                }
            }
            let permit = Permit::renewed(campaign.requester.clone(), routes);
            let submission = self.submit_errand(now, id, &campaign.release.fumo, (errand.work, names), permit)?;
            step.persist.extend(submission.persist);
            step.events.extend(submission.events);
        }
        let changed = waves.iter().filter(|wave| !before.1.contains(*wave));
        step.persist.extend(changed.map(|wave| Record::Wave(Box::new(wave.clone()))));
        waves.retain(|wave| !wave.is_over());
        // When it is looked at next is no news: a program that starts looks at all that are not over.
        let mut known = before.0;
        known.due = campaign.due;
        if known != without_nodes(campaign) {
            step.persist.push(Record::Campaign(Box::new(campaign.clone())));
        }
        let campaign = &*campaign;
        step.events.extend(advance.news.into_iter().map(|news| {
            let requester = campaign.requester.clone();
            Event::Campaign { campaign: campaign.id, requester, news }
        }));
        Ok(step)
    }

    fn submit_errand(
        &self,
        now: Instant,
        id: TaskId,
        fumo: &str,
        (work, names): (Work, Vec<NodeId>),
        permit: Permit,
    ) -> Result<Submission, SubmitError> {
        let target = Target::Devices(names);
        match work {
            Work::Install(image) => {
                let request = FirmwareRequest::new(target, image).at(fumo);
                self.submit_firmware(now, id, request, permit)
            }
            Work::Ask => {
                let digest = CommandSpec::get(DevDetail::ACTIVE_SHA256);
                let commands = vec![
                    TaskCommand::new(CommandSpec::get(DevDetail::FW_V)),
                    TaskCommand { spec: digest, tolerated: OPTIONAL.to_vec() },
                ];
                let (submitted, purpose, images) = (now, Purpose::Commands, Vec::new());
                let (retry_unknown, jobs, requester) = (true, 0, None);
                accept(
                    Task { id, submitted, target, purpose, commands, images, retry_unknown, jobs, requester },
                    permit,
                )
            }
        }
    }
}
