//! The loop that does what is due.

use std::time::Duration;

use omadm_proto::ids::DevId;
use omadm_proto::time::Instant;
use tokio::task::JoinSet;
use xrem_server::store::{Record, Store as _};

use crate::app::App;
use crate::store::StoreError;

/// Nodes that are worked on at the same time, so that their commits share a transaction.
const AT_ONCE: usize = 64;
/// The pause between two rounds: bounds what anything costs that is always due.
const BETWEEN: Duration = Duration::from_millis(5);
/// The longest sleep: a clock that was set is noticed within it.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// The pause after the store failed.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Between two looks at what is too old.
const HOUR: Duration = Duration::from_secs(3600);

/// Runs until it is aborted.
pub(crate) async fn run(app: App) {
    loop {
        let pause = match work(&app).await {
            Ok(pause) => pause,
            Err(error) => {
                tracing::error!(%error, "cannot do what is due");
                AFTER_FAILURE
            }
        };
        // A ring is kept until it is heard, so that nothing is missed in between.
        let _ = tokio::time::timeout(pause, app.bell.notified()).await;
    }
}

/// Once an hour forgets the faults that are older than `kept`, until the runtime ends.
pub(crate) async fn forget_faults(app: App, kept: Duration) {
    loop {
        let kept = u64::try_from(kept.as_millis()).unwrap_or(u64::MAX);
        let before = Instant::from_millis(App::now().as_millis().saturating_sub(kept));
        if let Err(error) = app.commit(vec![Record::ForgetFaults(before)]).await {
            tracing::error!(%error, "cannot forget old faults");
        }
        tokio::time::sleep(HOUR).await;
    }
}

/// Does what is due, and tells for how long nothing else will be.
async fn work(app: &App) -> Result<Duration, StoreError> {
    let due = app.database.due(App::now(), AT_ONCE)?;
    let any = !due.is_empty();
    let mut set: JoinSet<(DevId, Result<(), StoreError>)> = JoinSet::new();
    for node in due {
        let app = app.clone();
        set.spawn(async move {
            let result = app.timeout(&node).await;
            (node, result)
        });
    }
    while let Some(done) = set.join_next().await {
        if let Ok((node, Err(error))) = done {
            tracing::error!(%node, %error, "cannot do what is due");
            return Ok(AFTER_FAILURE);
        }
    }
    if any {
        return Ok(BETWEEN);
    }
    let next = app.database.next_due()?;
    Ok(next.map_or(LONGEST_SLEEP, |next| next.since(App::now()).min(LONGEST_SLEEP)))
}
