//! `POST /dm`: one DM message in, one out \[dm 13.1\].

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use dm_binding::endpoint::{Endpoint, Refusal};
use xrem_server::store::Store as _;

use crate::app::App;
use crate::store::StoreError;

/// Answers one message.
pub(crate) async fn message(State(app): State<App>, request: Request) -> Response {
    match answer(&app, request).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(),
    }
}

async fn answer(app: &App, request: Request) -> Result<Response, Refusal> {
    let room = app.room.take(app.endpoint.weight(request.headers()));
    let _room =
        room.map_err(|after| Refusal::Busy { why: "the server has as many messages in hand as it takes", after })?;
    let received = app.endpoint.receive(request).await?;
    let incoming = app.nrem.identify(app.exchange(), received.inbound()).map_err(|error| {
        tracing::warn!(%error, "message refused");
        Refusal::Malformed(error.to_string())
    })?;
    let node = incoming.dev_id();
    let _guard = app.locks.lock(&node).await;
    let mut records = app.database.load(&node).map_err(|error| unavailable(&error))?;
    let mut step = app.nrem.handle_message(App::now(), &mut records, &mut app.nonces(), &incoming);
    // What the reply lets the client forget is stored before it leaves.
    app.perform(&mut step).await.map_err(|error| unavailable(&error))?;
    let header = &incoming.message.header;
    let answered = step.reply.as_ref().map_or(0, |reply| reply.body.len());
    let bytes = received.body.len();
    tracing::debug!(%node, session = &*header.session_id, message = %header.msg_id, bytes, answered, "message");
    match step.reply {
        Some(reply) if !reply.body.is_empty() => Ok(Endpoint::answer(reply, received.accepts)),
        _ => Err(Refusal::Malformed("no answer can be written: MaxMsgSize of the client is too small".to_owned())),
    }
}

fn unavailable(error: &StoreError) -> Refusal {
    if matches!(error, StoreError::Busy) {
        return Refusal::Busy { why: "the server has more to store than it can", after: 5 };
    }
    tracing::error!(%error, "message not handled");
    Refusal::Busy { why: "the server cannot use its store", after: 5 }
}
