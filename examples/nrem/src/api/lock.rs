//! `/locks`: locking, unlocking, wiping and resetting nodes.

use axum::body::Bytes;
use axum::extract::State;
use omadm_tree::mo::LawmoOperation;
use serde::Deserialize;
use utoipa::ToSchema;
use xrem_server::lock::LockRequest;
use xrem_server::requester::Ability;
use xrem_server::task::Target;

use super::tasks::accept;
use super::{ApiError, Caller, Created, ErrorBody, parse, schema};
use crate::app::App;

/// A lock, or another operation of the lock and wipe object.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LockRequest)]
struct Request {
    #[schema(value_type = schema::Target)]
    target: Target,
    operation: Operation,
    /// To wipe: the names of what is wiped, as the node's list of it has them; left out: everything.
    #[serde(default)]
    #[schema(max_items = 64)]
    items: Vec<String>,
    /// The root of the LAWMO object, by default `./LAWMO`.
    lawmo: Option<String>,
}

/// What happens.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = LockOperation)]
enum Operation {
    FullyLock,
    PartiallyLock,
    Unlock,
    Wipe,
    /// Back to the state of the factory.
    FactoryReset,
}

/// Entries of a wipe: a list of a device has no more.
const MAX_ITEMS: usize = 64;

impl From<Operation> for LawmoOperation {
    fn from(operation: Operation) -> Self {
        match operation {
            Operation::FullyLock => Self::FullyLock,
            Operation::PartiallyLock => Self::PartiallyLock,
            Operation::Unlock => Self::UnLock,
            Operation::Wipe => Self::Wipe,
            Operation::FactoryReset => Self::FactoryReset,
        }
    }
}

/// Locks, unlocks, wipes or resets nodes. A node that is locked still talks to this server.
#[utoipa::path(post, path = "/locks", tag = "devices", request_body = Request,
    responses((status = 201, description = "The task that does it is stored.", body = schema::TaskLine),
        (status = 404, description = "There is no such node.", body = ErrorBody)))]
pub(crate) async fn submit(State(app): State<App>, caller: Caller, body: Bytes) -> Result<Created, ApiError> {
    let request: Request = parse(&body)?;
    if request.items.len() > MAX_ITEMS {
        return Err(ApiError::bad(format!("items has {} names, at most {MAX_ITEMS}", request.items.len())));
    }
    let permit = caller.permit(&app, Ability::Operate, &request.target)?;
    let mut lock = LockRequest::new(request.target, request.operation.into());
    lock.items = request.items;
    if let Some(lawmo) = request.lawmo {
        lock = lock.at(lawmo);
    }
    let made = app.nrem.submit_lock(App::now(), app.next_task(), lock, permit);
    accept(&app, &caller, made.map_err(ApiError::bad)?).await
}
