//! The loop that makes news of samples, and removes samples that are too old.

use std::time::{Duration, Instant};

use omadm_tree::mo::diag_mon::DiagTime;
use xrem_server::nrem::Event;
use xrem_server::performance::{PmStore as _, Subscription, next_due, round, trim};

use crate::app::App;
use crate::store::StoreError;

/// The pause between two rounds, in which samples of several sessions gather.
const BETWEEN: Duration = Duration::from_millis(20);
/// The longest sleep: a clock that was set is noticed within it.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// The pause after the store failed.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// How often retention is looked after.
const TRIMMING: Duration = Duration::from_secs(3600);

/// Now, as devices tell the time.
pub(crate) fn now() -> DiagTime {
    DiagTime::from_unix_millis(App::now().as_millis())
}

/// Runs until it is aborted.
pub(crate) async fn run(app: App) {
    let mut trimmed: Option<Instant> = None;
    loop {
        let pause = match news(&app).await {
            Ok(pause) => pause,
            Err(error) => {
                tracing::error!(%error, "no news of samples");
                AFTER_FAILURE
            }
        };
        if trimmed.is_none_or(|trimmed| trimmed.elapsed() >= TRIMMING) {
            trimmed = Some(Instant::now());
            if let Err(error) = remove_old(&app).await {
                tracing::error!(%error, "old samples are not removed");
            }
        }
        tokio::time::sleep(BETWEEN).await;
        // A ring is kept until it is heard, so that nothing is missed in between.
        let _ = tokio::time::timeout(pause, app.measured.notified()).await;
    }
}

/// Makes the news that are due, and tells for how long there will be no others.
async fn news(app: &App) -> Result<Duration, StoreError> {
    loop {
        let (database, moment) = (app.database.clone(), now());
        let (round, due) = reading(move || {
            let due = next_due(&database)?;
            let is_due = due.is_some_and(|due| due <= moment);
            Ok((if is_due { Some(round(&database, moment)?) } else { None }, due))
        })
        .await?;
        let Some(round) = round else {
            let millis = due.map(|due| due.as_unix_millis().saturating_sub(moment.as_unix_millis()));
            return Ok(millis.map_or(LONGEST_SLEEP, Duration::from_millis).min(LONGEST_SLEEP));
        };
        let subscriptions = app.database.subscriptions()?;
        let owner = |it: &Subscription| it.requester.clone();
        let events = round.notices.iter().map(|notice| Event::News {
            requester: subscriptions.iter().find(|(it, _)| it.id == notice.subscription).and_then(|(it, _)| owner(it)),
            subscription: notice.subscription,
            number: notice.number,
        });
        let events = events.collect();
        app.commit_and_tell(round.persist, events).await?;
    }
}

async fn remove_old(app: &App) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let (database, moment) = (app.database.clone(), now());
        let trimming = reading(move || trim(&database, moment, after.as_ref())).await?;
        app.commit(trimming.persist).await?;
        after = trimming.next;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// Long reads, away from the threads that answer devices.
async fn reading<T: Send + 'static>(
    read: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(read).await.map_err(|_| StoreError::Stopped)?
}
