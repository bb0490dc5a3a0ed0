//! `POST /dm`: one DM message in, one out \[dm 13.1\].

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT_CHARSET, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, EXPECT};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use http_body_util::BodyExt as _;
use omadm_proto::exchange::{Inbound, Syntax, Transmit};
use xrem_server::store::Store as _;

use crate::app::App;

/// Bytes of a body that is too long which are read and dropped, so that its sender gets to read the answer.
const DRAINED: u64 = 256 << 20;

/// Answers one message.
pub(crate) async fn message(State(app): State<App>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let syntax = match content_type(&parts.headers) {
        Ok(syntax) => syntax,
        Err(why) => return refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, &why),
    };
    let Some(body) = read(&app, &parts.headers, body).await else {
        let why = format!("the message is longer than the {} bytes that are accepted", app.max_message);
        return refuse(StatusCode::PAYLOAD_TOO_LARGE, &why);
    };
    let mac = parts.headers.get("x-syncml-hmac").and_then(|value| value.to_str().ok());
    let inbound = Inbound::new(syntax, &body).with_mac(mac);
    let incoming = match app.nrem.identify(app.exchange(), inbound) {
        Ok(incoming) => incoming,
        Err(error) => {
            tracing::warn!(%error, "message refused");
            return refuse(StatusCode::BAD_REQUEST, &error.to_string());
        }
    };
    let node = incoming.dev_id();
    let _guard = app.locks.lock(&node).await;
    let mut step = match app.database.load(&node) {
        Ok(mut records) => app.nrem.handle_message(App::now(), &mut records, &mut app.nonces(), &incoming),
        Err(error) => return unavailable(&error),
    };
    // What the reply lets the client forget is stored before it leaves.
    if let Err(error) = app.perform(&mut step).await {
        return unavailable(&error);
    }
    let header = &incoming.message.header;
    let answered = step.reply.as_ref().map_or(0, |reply| reply.body.len());
    tracing::debug!(%node, session = &*header.session_id, message = %header.msg_id, bytes = body.len(), answered, "message");
    match step.reply {
        Some(reply) if !reply.body.is_empty() => answer(reply),
        _ => refuse(StatusCode::BAD_REQUEST, "no answer can be written: MaxMsgSize of the client is too small"),
    }
}

fn content_type(headers: &HeaderMap) -> Result<Syntax, String> {
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Syntax::from_media_type(text)
        .ok_or_else(|| format!("Content-Type {text:?} is not supported; use {} or {}", Syntax::Xml, Syntax::Wbxml))
}

/// The whole body; `None` when it is too long. What is too long is never kept.
async fn read(app: &App, headers: &HeaderMap, mut body: Body) -> Option<Bytes> {
    let declared: Option<u64> =
        headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
    let mut too_long = declared.is_some_and(|len| usize::try_from(len).map_or(true, |len| len > app.max_message));
    if too_long && headers.contains_key(EXPECT) {
        return None;
    }
    let (mut kept, mut dropped) = (Vec::new(), 0_u64);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.ok()?.into_data() else { continue };
        too_long |= kept.len() + data.len() > app.max_message;
        if too_long {
            kept.clear();
            dropped = dropped.saturating_add(data.len() as u64);
            if dropped > DRAINED {
                return None;
            }
        } else {
            kept.extend_from_slice(&data);
        }
    }
    (!too_long).then(|| kept.into())
}

fn answer(reply: Transmit) -> Response {
    let mut response = Response::new(Body::from(reply.body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(reply.syntax.media_type()));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private"));
    headers.insert(ACCEPT_CHARSET, HeaderValue::from_static("UTF-8"));
    response
}

/// A transport error: one line that names the cause.
pub(crate) fn refuse(status: StatusCode, why: &str) -> Response {
    (status, [(CONTENT_TYPE, "text/plain; charset=utf-8")], format!("{why}\n")).into_response()
}

fn unavailable(error: &crate::store::StoreError) -> Response {
    tracing::error!(%error, "message not handled");
    refuse(StatusCode::SERVICE_UNAVAILABLE, "the server cannot use its store; try again later")
}
