//! The loop that moves campaigns on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use omadm_proto::time::Instant;
use xrem_server::campaign::{CampaignId, CampaignStore as _, load};
use xrem_server::store::{Record, Store as _};
use xrem_server::task::{Job, Task, TaskId};

use crate::api::begin;
use crate::app::App;
use crate::store::StoreError;

/// The longest sleep: a clock that was set is noticed within it.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// The pause after a campaign could not be moved on.
const AFTER_FAILURE: Duration = Duration::from_secs(10);

/// Runs until it is aborted.
pub(crate) async fn run(app: App) {
    loop {
        let mut due = match live(&app) {
            Ok(due) => due,
            Err(error) => {
                tracing::error!(%error, "cannot read the campaigns");
                tokio::time::sleep(AFTER_FAILURE).await;
                continue;
            }
        };
        // Until an application changes one of them, what is known here is all there is to know.
        loop {
            let next = due.values().min().copied();
            let pause = next.map_or(LONGEST_SLEEP, |next| next.since(App::now()).min(LONGEST_SLEEP));
            if tokio::time::timeout(pause, app.campaign_bell.notified()).await.is_ok() {
                break;
            }
            let now = App::now();
            for id in due.clone().into_iter().filter(|(_, at)| *at <= now).map(|(id, _)| id) {
                match advance(&app, id).await {
                    Ok(Some(at)) => drop(due.insert(id, at)),
                    Ok(None) => drop(due.remove(&id)),
                    Err(error) => {
                        tracing::error!(campaign = %id, %error, "cannot move the campaign on");
                        due.insert(id, now + AFTER_FAILURE);
                    }
                }
            }
        }
    }
}

/// The campaigns that are to be looked at, each at its time; those of an earlier process at once.
fn live(app: &App) -> Result<BTreeMap<CampaignId, Instant>, StoreError> {
    let campaigns = app.database.campaigns()?.into_iter();
    Ok(campaigns.filter_map(|campaign| Some((campaign.id, campaign.due?))).collect())
}

/// Moves one campaign on; when to come again.
async fn advance(app: &App, id: CampaignId) -> Result<Option<Instant>, Box<dyn std::error::Error + Send + Sync>> {
    let mut known = app.campaigns.lock().await;
    let mut records = match known.remove(&id) {
        Some(mut records) => {
            records.read_results(&app.database)?;
            records
        }
        None => match load(&app.database, id)? {
            Some(records) => records,
            None => return Ok(None),
        },
    };
    let mut ids = std::iter::repeat_with(|| app.next_task());
    let mut step = app.nrem.advance_campaign(App::now(), &app.database, &mut records, &mut ids)?;
    let has_jobs = begin_all(app, &mut step.persist)?;
    app.commit_and_tell(step.persist, step.events).await?;
    if has_jobs {
        app.bell.notify_one();
    }
    for task in step.cancel {
        cancel_unbegun(app, task).await?;
    }
    let due = records.campaign.due;
    if due.is_some() {
        records.results.clear();
        known.insert(id, records);
    }
    Ok(due)
}

/// Begins the jobs of nodes that nobody notifies; tells whether there are jobs at all.
fn begin_all(app: &App, records: &mut [Record]) -> Result<bool, StoreError> {
    let task = |record: &Record| if let Record::Task(task) = record { Some(Arc::clone(task)) } else { None };
    let tasks: Vec<Arc<Task>> = records.iter().filter_map(task).collect();
    let mut any = false;
    for record in records {
        if let Record::Job(job) = record
            && let Some(task) = tasks.iter().find(|task| task.id == job.task())
        {
            begin(app, task, job)?;
            any = true;
        }
    }
    Ok(any)
}

/// Cancels the jobs of `task` of which nothing has been sent.
async fn cancel_unbegun(app: &App, task: TaskId) -> Result<(), StoreError> {
    for job in app.database.jobs(task)?.into_iter().filter(Job::is_active) {
        let _guard = app.locks.lock(&job.node).await;
        // As it is now that nobody else works on it.
        let Some(mut job) = app.database.jobs(task)?.into_iter().find(|now| now.id == job.id) else { continue };
        if job.cancel_unbegun() {
            app.commit(vec![Record::Job(job)]).await?;
        }
    }
    Ok(())
}
