//! Nodes that are deactivated.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use omadm_tree::uri::NodeUri;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use xrem_server::directory::NodeRecord;
use xrem_server::register::Farewell;
use xrem_server::requester::Ability;
use xrem_server::store::{LOADED_JOBS, Store as _};

use super::caller::Caller;
use super::{ApiError, ErrorBody, devices, parse, schema};
use crate::app::App;

/// How a node is deactivated.
#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields)]
#[schema(as = Deactivation)]
struct Request {
    wipe: Option<Wipe>,
}

/// Before it is turned away, everything on the node is wiped, and it loses its account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Wipe {
    /// The root of its lock and wipe object, such as `./LAWMO`.
    lawmo: String,
    /// The account of this server, such as `./DMAcc/nrem`.
    account: String,
}

/// Deactivates a node: its jobs fail, its sessions are refused, it is not notified any more. POST it to `/devices` to register
/// it anew.
#[utoipa::path(post, path = "/devices/{id}/deactivate", tag = "devices", request_body = Request,
    params(("id" = String, Path, description = "NodeId of a node")),
    responses((status = 200, description = "It is deactivated, or leaves after one last session.", body = schema::Node),
        (status = 409, description = "It is a gateway with devices behind it, or a wipe is asked for of a device behind one.",
            body = ErrorBody)))]
pub(crate) async fn deactivate(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    let id = caller.node(&app, Ability::Register, &id)?;
    let request: Request = if body.is_empty() { Request::default() } else { parse(&body)? };
    if let Some(wipe) = &request.wipe {
        for uri in [&wipe.lawmo, &wipe.account] {
            NodeUri::parse(uri).map_err(|why| ApiError::bad(format!("{uri}: {why}")))?;
        }
    }
    if !app.database.behind(&id)?.is_empty() {
        return Err(ApiError::conflict("it is a gateway with devices behind it; deactivate these first"));
    }
    let place = app.database.place(&id)?;
    let is_direct = app.database.node(&id)?.is_some_and(|node| node.account.is_some());
    if let Some(place) = place.filter(|_| !is_direct) {
        if request.wipe.is_some() {
            let why = "only a node with sessions of its own can be wiped: its gateway forgets the device at once";
            return Err(ApiError::conflict(why));
        }
        let _guard = app.changing(&place.gateway).await;
        let node = app.database.node(&id)?.unwrap_or_else(|| NodeRecord::reported(id.clone(), App::now()));
        let mut records = app.database.load(&place.gateway)?;
        let mut step = app.nrem.deactivate_behind(App::now(), app.next_task(), (node, &place), &mut records);
        app.perform(&mut step).await?;
    } else {
        let farewell = request.wipe.map_or(Farewell::Keep, |wipe| Farewell::Wipe {
            task: app.next_task(),
            lawmo: wipe.lawmo,
            account: wipe.account,
        });
        let _guard = app.changing(&id).await;
        loop {
            let mut records = app.database.load(&id)?;
            let is_last = records.jobs.len() < LOADED_JOBS;
            let mut step = app.nrem.deactivate(App::now(), &mut records, &farewell);
            app.perform(&mut step).await?;
            if is_last {
                break;
            }
        }
    }
    Ok(Json(devices::shown(&app, &id)?))
}
