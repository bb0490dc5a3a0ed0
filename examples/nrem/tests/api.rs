//! The frame of the API: requesters and their rights, requests that come again, pages, errors, and the document.
#![allow(dead_code, reason = "the scripted client and the site are shared with other tests")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../../xrem-server/tests/server/client.rs"]
mod client;
#[path = "support/site.rs"]
mod site;
#[path = "support/stream.rs"]
mod stream;

use client::Client;
use omadm_proto::exchange::Syntax;
use serde_json::{Value, json};
use site::Site;
use stream::Stream;

/// A requester at the API.
struct Requester {
    agent: ureq::Agent,
    base: String,
    token: String,
}

/// An answer: its status, its JSON, and the headers that tests look at.
#[derive(Debug, PartialEq)]
struct Answer {
    status: u16,
    json: Value,
    replayed: bool,
}

impl Requester {
    fn new(site: &Site, token: &str) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build();
        Self { agent: config.into(), base: format!("{}/api/v1", site.http.base), token: token.to_owned() }
    }

    fn ask(&self, method: &str, path: &str, key: Option<&str>, body: &str) -> Answer {
        let request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.base));
        let mut request = request.header("authorization", format!("Bearer {}", self.token));
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let answer = if body.is_empty() {
            self.agent.run(request.body(()).unwrap())
        } else {
            self.agent.run(request.body(body.to_owned()).unwrap())
        };
        let mut answer = answer.unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        Answer {
            status: answer.status().as_u16(),
            replayed: answer.headers().contains_key("idempotency-replayed"),
            json: serde_json::from_str(&text).unwrap_or_default(),
        }
    }

    fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, None, "")
    }

    fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask("POST", path, None, &body.to_string())
    }

    fn add(&self, site: &Site, name: &str, rights: &Value) -> Self {
        let answer = self.post("/requesters", &json!({"name": name, "rights": rights}));
        assert_eq!(answer.status, 201, "{answer:?}");
        Self::new(site, answer.json["token"].as_str().unwrap())
    }
}

/// A server with an operator, an application with rights on the group `meters`, and a node inside and one outside of it.
fn site() -> (Site, Requester, Requester) {
    let site = Site::start_with(|config| config.api_token = Some("s3cret".into()));
    let operator = Requester::new(&site, "s3cret");
    for (id, groups) in [("meter-1", json!(["meters"])), ("pump-1", json!([]))] {
        let device = Client::new(id, Syntax::Xml);
        let node = json!({"id": id, "groups": groups,
            "client": {"name": device.own.name, "secret": device.own.secret.expose()},
            "server": {"id": device.server.name, "secret": device.server.secret.expose()}});
        assert_eq!(operator.post("/devices", &node).status, 201);
    }
    let meters = json!({"group": "meters"});
    let rights = json!([{"ability": "read", "scope": meters}, {"ability": "configure", "scope": meters}]);
    let application = operator.add(&site, "meter-app", &rights);
    (site, operator, application)
}

fn read(target: &Value) -> Value {
    json!({"target": target, "commands": [{"cmd": "get", "uri": "./DevInfo/Man"}]})
}

#[test]
fn a_wrong_token_is_answered_401_on_everything_but_the_document() {
    let (site, ..) = site();
    let stranger = Requester::new(&site, "wrong");
    for (method, path) in [("GET", "/devices"), ("POST", "/tasks"), ("DELETE", "/tasks/1"), ("GET", "/nothing")] {
        assert_eq!(stranger.ask(method, path, None, "").status, 401, "{method} {path}");
    }
    assert_eq!(stranger.get("/openapi.json").status, 200);
}

#[test]
fn n1a_a_requester_acts_within_its_rights_and_the_audit_tells_who_what_when_and_the_result() {
    let (_site, operator, application) = site();
    let accepted = application.post("/tasks", &read(&json!({"group": "meters"})));
    assert_eq!((accepted.status, &accepted.json["requester"]), (201, &json!("meter-app")));
    let hidden = application.post("/tasks", &read(&json!({"device": "pump-1"})));
    assert_eq!(hidden.status, 404);
    assert_eq!(application.post("/tasks", &read(&json!({"all": "devices"}))).status, 403);
    assert_eq!(application.post("/firmware", &json!({"target": {"group": "meters"}, "image": "x"})).status, 404);
    assert_eq!(application.post("/requesters", &json!({"name": "friend", "rights": []})).status, 403);
    let told = operator.get("/audit?requester=meter-app").json;
    let entries = told["entries"].as_array().unwrap();
    let words: Vec<_> = entries.iter().map(|entry| (entry["action"].as_str().unwrap(), &entry["result"])).collect();
    assert_eq!(words[0], ("task commands", &json!({"task": 1})));
    assert_eq!(words[1], ("POST /tasks", &json!({"denied": "pump-1"})));
    assert_eq!(words[2], ("POST /tasks", &json!({"denied": "pump-1"})));
    assert_eq!(words[4], ("POST /requesters", &json!({"denied": null})));
    assert_eq!(words.len(), 5);
    assert_eq!(application.get("/audit").json["entries"].as_array().unwrap().len(), 5);
    assert_eq!(application.get("/audit?requester=operator").status, 403);
}

#[test]
fn the_task_of_another_requester_and_a_node_outside_the_rights_are_not_there() {
    let (_site, operator, application) = site();
    assert_eq!(operator.post("/tasks", &read(&json!({"device": "meter-1"}))).json["id"], 1);
    let other = application.get("/tasks/1");
    assert_eq!((other.status, &other.json["error"]), (404, &json!("there is no task 1")));
    assert_eq!(application.ask("DELETE", "/tasks/1", None, "").status, 404);
    assert_eq!(application.get("/tasks").json["tasks"], json!([]));
    assert_eq!(application.get("/devices/pump-1").status, 404);
    let seen = application.get("/devices").json;
    let ids: Vec<_> = seen["devices"].as_array().unwrap().iter().map(|node| node["id"].clone()).collect();
    assert_eq!(ids, ["meter-1"]);
    assert_eq!(application.ask("DELETE", "/devices/meter-1", None, "").status, 403);
}

#[test]
fn n6b_a_requester_hears_of_its_own_campaigns_and_of_no_others() {
    let (site, operator, _) = site();
    let rights = json!([{"ability": "read", "scope": "all"}, {"ability": "upgrade", "scope": {"group": "meters"}}]);
    let upgrader = operator.add(&site, "upgrader", &rights);
    assert_eq!(operator.ask("PUT", "/images/fw?version=2.1", None, "image").status, 201);
    let request = |node| json!({"name": "spring", "target": {"device": node}, "version": "2.1", "image": "fw"});
    assert_eq!(operator.post("/campaigns", &request("pump-1")).json["id"], 1);
    let mut all = Stream::open_as(&site.http.base, "?kinds=campaign&after=0", None, Some("s3cret"));
    assert!(all.next().data["text"].as_str().unwrap().starts_with("campaign 1"));

    assert_eq!(upgrader.post("/campaigns", &request("meter-1")).json["id"], 2);
    let mut own = Stream::open_as(&site.http.base, "?kinds=campaign&after=0", None, Some(&upgrader.token));
    assert!(own.next().data["text"].as_str().unwrap().starts_with("campaign 2"));
}

#[test]
fn a_request_under_the_same_key_is_carried_out_once_and_answered_alike() {
    let (_site, operator, _) = site();
    let task = read(&json!({"device": "meter-1"})).to_string();
    let first = operator.ask("POST", "/tasks", Some("k-1"), &task);
    let again = operator.ask("POST", "/tasks", Some("k-1"), &task);
    assert_eq!((first.status, again.status, first.replayed, again.replayed), (201, 201, false, true));
    assert_eq!(first.json, again.json);
    assert_eq!(operator.get("/tasks").json["tasks"].as_array().unwrap().len(), 1);
    let other = read(&json!({"device": "pump-1"})).to_string();
    assert_eq!(operator.ask("POST", "/tasks", Some("k-1"), &other).status, 422);
    let secret = json!({"name": "app", "rights": []}).to_string();
    assert_eq!(operator.ask("POST", "/requesters", Some("k-2"), &secret).status, 201);
    assert_eq!(operator.ask("POST", "/requesters", Some("k-2"), &secret).status, 409);
}

#[test]
fn lists_come_in_pages_that_join_without_gap_or_repetition() {
    let (_site, operator, _) = site();
    for _ in 0..5 {
        assert_eq!(operator.post("/tasks", &read(&json!({"device": "meter-1"}))).status, 201);
    }
    let (mut ids, mut path) = (Vec::new(), "/tasks?limit=2".to_owned());
    loop {
        let page = operator.get(&path).json;
        ids.extend(page["tasks"].as_array().unwrap().iter().map(|task| task["id"].as_u64().unwrap()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/tasks?limit=2&after={next}");
    }
    assert_eq!(ids, [1, 2, 3, 4, 5]);
    assert_eq!(operator.get("/tasks?limit=0").status, 400);
    assert_eq!(operator.get("/tasks?after=!").status, 400);
    assert_eq!(operator.get("/tasks?state=over").status, 400);
    assert_eq!(operator.get("/tasks?state=done").json["tasks"], json!([]));
    assert_eq!(operator.get("/tasks?node=pump-1").json["tasks"], json!([]));
    assert_eq!(operator.get("/tasks?node=meter-1&state=running").json["tasks"].as_array().unwrap().len(), 5);
}

#[test]
fn every_error_names_its_request_and_has_one_form() {
    let (_site, operator, _) = site();
    for (method, path, status) in [("GET", "/nothing", 404), ("PUT", "/devices", 405), ("GET", "/tasks?limit=x", 400)] {
        let answer = operator.ask(method, path, None, "");
        assert_eq!(answer.status, status, "{method} {path}");
        assert!(answer.json["error"].is_string() && answer.json["request"].is_string(), "{answer:?}");
    }
}

#[test]
fn the_document_is_openapi_3_1_and_every_operation_tells_its_errors() {
    let (site, ..) = site();
    let document = site.http.get("/openapi.json").json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    assert_eq!(document["servers"][0]["url"], "/api/v1");
    let mut operations = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            for status in ["400", "401", "503"] {
                let schema = &operation["responses"][status]["content"]["application/json"]["schema"]["$ref"];
                assert_eq!(schema, "#/components/schemas/Error", "{method} {path} {status}");
            }
            operations += 1;
        }
    }
    assert!(operations >= 20, "{operations}");
}
