//! `/events`: what happens, as server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{Stream, unfold};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::mpsc::channel;
use utoipa::{IntoParams, ToSchema};
use xrem_server::fault::Standing;
use xrem_server::nrem::EventKind;

use super::faults::{self, Selection};
use super::{ApiError, Caller, ErrorBody};
use crate::app::App;
use crate::store::StoreError;
use crate::stream::{self, Beginning, Message};
use crate::told::Told;

/// Messages that wait for a slow reader.
const WAITING: usize = 64;
/// How often a silent stream says that it is there.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// What a subscriber wants to hear of.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Request {
    /// Kinds of events, separated by commas: fault, task, campaign, performance, device, session, alert; by default all.
    kinds: Option<String>,
    /// Faults that matter at least so much.
    min_severity: Option<String>,
    /// Nodes, separated by commas.
    node: Option<String>,
    /// A group of nodes.
    group: Option<String>,
    /// Traps or types of alerts, separated by commas.
    #[serde(rename = "type")]
    types: Option<String>,
    /// `true`: first the alarms that are raised now.
    current: Option<bool>,
    /// The last number that the subscriber had; the header Last-Event-ID goes before it.
    after: Option<u64>,
}

/// Streams what happens as server-sent events. Those with an id are kept: whoever names the last one it had, in the header
/// Last-Event-ID, misses none.
#[utoipa::path(get, path = "/events", tag = "events", params(Request,
        ("Last-Event-ID" = Option<u64>, Header, description = "The last id that the subscriber had.")),
    responses((status = 200, description = "The events, until one side ends it.", body = Streamed,
            content_type = "text/event-stream"),
        (status = 404, description = "There is no such node.", body = ErrorBody)))]
pub(crate) async fn subscribe(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Query(request): Query<Request>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let kinds = kinds(request.kinds.as_deref())?;
    let selection = Selection {
        min_severity: request.min_severity,
        node: request.node,
        types: request.types,
        group: request.group,
    };
    let mut wanted = selection.wanted(&app, &caller)?;
    wanted.kinds = kinds;
    let seen = headers.get("last-event-id").and_then(|value| value.to_str().ok()).map(str::parse);
    let seen = seen.transpose().map_err(|_| ApiError::bad("Last-Event-ID is the number of an event"))?;
    let beginning = match (seen.or(request.after), request.current) {
        (Some(number), _) => Beginning::After(number),
        (None, Some(true)) => Beginning::Current,
        (None, _) => Beginning::Now,
    };
    let Ok(permit) = Arc::clone(&app.streams).try_acquire_owned() else {
        return Err(ApiError::busy("as many streams of events are open as the server takes", 10));
    };
    let (out, messages) = channel(WAITING);
    tokio::spawn(stream::run(app.clone(), wanted, beginning, out));
    let events = unfold((messages, app, permit), |(mut messages, app, permit)| async {
        let message = messages.recv().await?;
        // Without its store the server has nothing to tell.
        let event = event(&app, message).ok()?;
        Some((Ok(event), (messages, app, permit)))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

/// One event of the stream.
#[derive(ToSchema)]
#[allow(dead_code, reason = "the document alone reads it")]
struct Streamed {
    /// Its kind, or `alarm`, `ready`, `missed`.
    event: String,
    /// Its number, if it is kept.
    id: Option<String>,
    /// An object, as JSON.
    data: String,
}

fn kinds(text: Option<&str>) -> Result<std::collections::BTreeSet<EventKind>, ApiError> {
    let named = text.unwrap_or_default().split(',').filter(|word| !word.is_empty());
    let kind = |word: &str| {
        let known = EventKind::ALL.into_iter().find(|kind| kind.as_str() == word.trim());
        known.ok_or_else(|| {
            let all = EventKind::ALL.map(EventKind::as_str).join(", ");
            ApiError::bad(format!("kinds: {word:?} is none of {all}"))
        })
    };
    named.map(kind).collect()
}

/// A message as it goes over the wire.
fn event(app: &App, message: Message) -> Result<Event, StoreError> {
    Ok(match message {
        Message::Alarm(alarm) => Event::default().event("alarm").data(faults::alarm(app, &alarm)?.to_string()),
        Message::Ready(number) => Event::default().event("ready").id(number.to_string()).data("{}"),
        Message::Told(told) => {
            let event = Event::default().event(told.kind.as_str()).data(data(app, &told)?);
            if told.number == 0 { event } else { event.id(told.number.to_string()) }
        }
        Message::Dropped { after, before } => {
            let text = "events between these numbers are not kept any more; those of faults follow";
            let data = json!({"after": after, "before": before, "text": text});
            Event::default().event("missed").data(data.to_string())
        }
        Message::Behind(events) => {
            let text = "the stream fell behind; what has a number follows, the rest of these is lost";
            Event::default().event("missed").data(json!({"behind": events, "text": text}).to_string())
        }
    })
}

fn data(app: &App, told: &Told) -> Result<String, StoreError> {
    let mut view = told.json();
    if let Some(fault) = &told.fault {
        view["severity"] = json!(fault.severity);
        view["late"] = json!(fault.standing == Standing::Late);
        view["fault"] = faults::transition(app, &fault.transition)?;
    }
    Ok(view.to_string())
}
