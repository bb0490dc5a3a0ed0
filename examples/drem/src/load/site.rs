//! The server's API as the load generator uses it: registrations, tasks, and what is stored in the end.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{Method, Request};
use omadm_proto::auth::Nonce;
use serde_json::{Value, json};
use tokio::sync::{Notify, oneshot};

use super::link::Link;
use super::tally::Tally;
use crate::error::Error;

/// Registrations in one request.
const REGISTERED_AT_ONCE: usize = 1000;
/// Devices in one task.
const DEVICES_AT_ONCE: usize = 250;
/// The pause after the API did not answer.
const AFTER_FAILURE: Duration = Duration::from_millis(500);

/// Who a device is.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) secret: String,
    pub(crate) server_secret: String,
    pub(crate) client_nonce: Nonce,
    pub(crate) server_nonce: Nonce,
}

/// The API.
#[derive(Debug)]
pub(crate) struct Api {
    link: Rc<Link>,
    token: Option<HeaderValue>,
}

impl Api {
    pub(crate) fn new(link: Rc<Link>, token: Option<&str>) -> Result<Self, Error> {
        let header = |token| HeaderValue::from_str(&format!("Bearer {token}"));
        let token = token.map(header).transpose().map_err(|_| Error::new("--api-token cannot be a header"))?;
        Ok(Self { link, token })
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Value, Error> {
        self.call(Method::GET, path, Bytes::new()).await
    }

    async fn call(&self, method: Method, path: &str, body: Bytes) -> Result<Value, Error> {
        let failed = |why: String| Error::new(format!("{path}: {why}"));
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = format!("/api/v1{path}").parse().map_err(|_| failed("no path".into()))?;
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(token) = &self.token {
            request.headers_mut().insert(AUTHORIZATION, token.clone());
        }
        let answer = self.link.exchange(request).await;
        let (parts, body) = answer.map_err(|trouble| failed(format!("{trouble:?}")))?;
        let value: Value = serde_json::from_slice(&body).unwrap_or_default();
        if parts.status.is_success() {
            return Ok(value);
        }
        Err(failed(format!("{} {}", parts.status.as_u16(), value["error"].as_str().unwrap_or_default())))
    }

    /// Registers the devices, all that are in one request or none.
    pub(crate) async fn register(&self, server_id: &str, identities: &[Identity]) -> Result<(), Error> {
        for some in identities.chunks(REGISTERED_AT_ONCE) {
            let body: Value = some.iter().map(|identity| registration(server_id, identity)).collect();
            self.call(Method::POST, "/devices", body.to_string().into()).await?;
        }
        Ok(())
    }
}

fn registration(server_id: &str, identity: &Identity) -> Value {
    json!({
        "id": identity.id,
        "client": {"name": identity.name, "secret": identity.secret},
        "server": {"id": server_id, "secret": identity.server_secret},
        "client_nonce": identity.client_nonce.to_base64(),
        "server_nonce": identity.server_nonce.to_base64(),
    })
}

/// Gives every device a task before its session, many devices in one request.
#[derive(Debug, Default)]
pub(crate) struct Feeder {
    waiting: RefCell<Vec<(String, oneshot::Sender<()>)>>,
    bell: Notify,
    /// The tasks that were submitted, by number.
    pub(crate) tasks: RefCell<Vec<u64>>,
}

impl Feeder {
    /// Waits until `device` has a task; `false` when there will be none.
    pub(crate) async fn ask(&self, device: &str) -> bool {
        let (given, got) = oneshot::channel();
        self.waiting.borrow_mut().push((device.to_owned(), given));
        self.bell.notify_one();
        got.await.is_ok()
    }

    /// Nobody gets a task any more.
    pub(crate) fn close(&self) {
        self.waiting.borrow_mut().clear();
    }

    /// Submits tasks until it is aborted.
    pub(crate) async fn run(&self, api: &Api, tally: &Tally) {
        loop {
            let some = self.next();
            if some.is_empty() {
                self.bell.notified().await;
                continue;
            }
            let ids: Vec<&str> = some.iter().map(|(id, _)| id.as_str()).collect();
            let body = Bytes::from(task(&ids).to_string());
            let number = loop {
                match api.call(Method::POST, "/tasks", body.clone()).await {
                    Ok(answer) => break answer["id"].as_u64(),
                    Err(error) => {
                        tracing::debug!(%error, "a task was not taken");
                        tally.trouble("task not taken");
                        tokio::time::sleep(AFTER_FAILURE).await;
                    }
                }
            };
            self.tasks.borrow_mut().extend(number);
            for (_, given) in some {
                let _ = given.send(());
            }
        }
    }

    fn next(&self) -> Vec<(String, oneshot::Sender<()>)> {
        let mut waiting = self.waiting.borrow_mut();
        let some = waiting.len().min(DEVICES_AT_ONCE);
        waiting.drain(..some).collect()
    }
}

fn task(devices: &[&str]) -> Value {
    json!({"target": {"devices": devices}, "commands": [
        {"cmd": "replace", "uri": "./Load/Interval", "format": "int", "data": "300"},
        {"cmd": "get", "uri": "./Load/Serial"},
        {"cmd": "exec", "uri": "./Load/Run", "data": "go"},
    ]})
}
