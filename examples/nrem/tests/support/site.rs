//! A server in this process, its API, and scripted clients that reach it over HTTP.

use nrem::{Config, Server, serve};
use omadm_proto::exchange::Syntax;
use serde_json::{Value, json};
use tempfile::TempDir;
use ureq::Agent;

use super::client::Client;

/// What an HTTP exchange gave.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
}

/// A way to a server.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    agent: Agent,
    pub(crate) base: String,
}

impl Http {
    pub(crate) fn new(base: String) -> Self {
        let config = Agent::config_builder().http_status_as_error(false).proxy(None).build();
        Self { agent: config.into(), base }
    }

    fn answer(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Answer {
        let mut answer = answer.expect("an HTTP answer");
        let content_type = answer.headers().get("content-type").map(|it| it.to_str().unwrap().to_owned());
        Answer {
            status: answer.status().as_u16(),
            content_type: content_type.unwrap_or_default(),
            body: answer.body_mut().read_to_vec().expect("a body"),
        }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        Self::answer(self.agent.get(format!("{}{path}", self.base)).call())
    }

    pub(crate) fn get_range(&self, path: &str, range: &str) -> Answer {
        Self::answer(self.agent.get(format!("{}{path}", self.base)).header("range", range).call())
    }

    pub(crate) fn get_with_token(&self, path: &str, token: &str) -> Answer {
        let request = self.agent.get(format!("{}{path}", self.base));
        Self::answer(request.header("authorization", format!("Bearer {token}")).call())
    }

    pub(crate) fn post_with_token(&self, path: &str, token: &str, body: &Value) -> Answer {
        let request = self.agent.post(format!("{}/api/v1{path}", self.base));
        Self::answer(request.header("authorization", format!("Bearer {token}")).send(body.to_string()))
    }

    pub(crate) fn delete(&self, path: &str) -> Answer {
        Self::answer(self.agent.delete(format!("{}{path}", self.base)).call())
    }

    pub(crate) fn put(&self, path: &str, body: &[u8]) -> Answer {
        Self::answer(self.agent.put(format!("{}{path}", self.base)).send(body))
    }

    pub(crate) fn post(&self, path: &str, content_type: &str, body: &[u8]) -> Answer {
        Self::answer(self.agent.post(format!("{}{path}", self.base)).header("content-type", content_type).send(body))
    }

    pub(crate) fn api(&self, path: &str, body: &Value) -> Answer {
        self.post(&format!("/api/v1{path}"), "application/json", body.to_string().as_bytes())
    }

    pub(crate) fn patch(&self, path: &str, body: &Value) -> Answer {
        Self::answer(self.agent.patch(format!("{}/api/v1{path}", self.base)).send(body.to_string()))
    }

    /// Registers `client`, which then has the credentials of the scripted client.
    pub(crate) fn register(&self, client: &Client, extra: &Value) {
        let mut body = json!({
            "id": client.id,
            "client": {"name": client.own.name, "secret": client.own.secret.expose()},
            "server": {"id": client.server.name, "secret": client.server.secret.expose()},
        });
        for (name, value) in extra.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        let answer = self.api("/devices", &body);
        assert_eq!(answer.status, 201, "{}", answer.text());
    }

    /// Submits a task and gives its number.
    pub(crate) fn task(&self, body: &Value) -> u64 {
        let answer = self.api("/tasks", body);
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["id"].as_u64().unwrap()
    }

    pub(crate) fn task_view(&self, id: u64) -> Value {
        self.get(&format!("/api/v1/tasks/{id}")).json()
    }

    /// One DM message, which must be answered by one.
    pub(crate) fn dm(&self, syntax: Syntax, body: &[u8]) -> Vec<u8> {
        let answer = self.post("/dm", syntax.media_type(), body);
        assert_eq!((answer.status, answer.content_type.as_str()), (200, syntax.media_type()), "{}", answer.text());
        answer.body
    }

    /// A whole session of `client`.
    pub(crate) fn run_session(&self, client: &mut Client) {
        let mut message = client.start();
        for _ in 0..500 {
            let reply = self.dm(client.syntax, &message);
            match client.answer(&reply) {
                Some(next) => message = next,
                None => return,
            }
        }
        panic!("the session does not end");
    }
}

/// A server with a state folder of its own.
pub(crate) struct Site {
    pub(crate) http: Http,
    // Dropped before the folder it writes to.
    server: Option<Server>,
    pub(crate) folder: TempDir,
}

impl Site {
    pub(crate) fn start() -> Self {
        Self::start_with(|_| {})
    }

    pub(crate) fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = TempDir::new().unwrap();
        let mut config = Config::new("127.0.0.1:0".parse().unwrap(), folder.path());
        change(&mut config);
        let server = serve(config).unwrap();
        Self { http: Http::new(format!("http://{}", server.address())), folder, server: Some(server) }
    }

    /// Stops the server in order and starts it again on the same state.
    pub(crate) fn restart(&mut self) {
        self.server.take().unwrap().stop();
        let server = serve(Config::new("127.0.0.1:0".parse().unwrap(), self.folder.path())).unwrap();
        self.http = Http::new(format!("http://{}", server.address()));
        self.server = Some(server);
    }
}
