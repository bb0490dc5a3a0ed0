//! A task as the northbound API shows it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::failure::{Failure, Result};

/// How a task went for one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Everything was done.
    Updated,
    /// The device refused the package with this FUMO result code.
    Refused(i64),
    /// Anything else, in the NREM's words.
    Failed(String),
}

/// The answer to `GET /api/v1/tasks/{id}`.
#[derive(Debug)]
pub(crate) struct TaskView(Value);

impl TaskView {
    pub(crate) fn parse(json: Value) -> Result<Self> {
        if json["state"].is_string() && json["devices"].is_array() {
            Ok(Self(json))
        } else {
            Err(Failure::new(format!("the NREM described a task in a way this program does not know: {json}")))
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.0["state"] == "done"
    }

    pub(crate) fn ended(&self) -> usize {
        self.devices().filter(|device| ended(device)).count()
    }

    pub(crate) fn has_ended(&self, id: &str) -> bool {
        self.devices().any(|device| device["id"] == id && ended(device))
    }

    /// The outcome of a firmware task for each device.
    pub(crate) fn outcomes(&self) -> BTreeMap<String, Outcome> {
        self.devices().map(|device| (id(device), outcome(device))).collect()
    }

    /// The value that each device returned for each URI.
    pub(crate) fn values(&self) -> BTreeMap<String, BTreeMap<String, String>> {
        let mut values: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for device in self.devices() {
            let found = values.entry(id(device)).or_default();
            for result in commands(device).flat_map(|command| command["results"].as_array().into_iter().flatten()) {
                let value = result["data"].as_str().unwrap_or_default();
                found.insert(result["uri"].as_str().unwrap_or_default().to_owned(), value.to_owned());
            }
        }
        values
    }

    /// Fails with the first device, command and cause when some command was not answered with a good status.
    pub(crate) fn all_good(&self, what: &str) -> Result<()> {
        let bad: Vec<&Value> = self.devices().filter(|device| device["state"] != "ok").collect();
        let Some(first) = bad.first() else { return Ok(()) };
        let why = commands(first)
            .flat_map(with_children)
            .find_map(complaint)
            .or_else(|| first["reason"].as_str().map(str::to_owned))
            .unwrap_or_else(|| format!("ended as {}", first["state"]));
        Err(Failure::new(format!(
            "{what}: {} of {} devices failed; {}: {why}",
            bad.len(),
            self.devices().count(),
            id(first)
        )))
    }

    fn devices(&self) -> impl Iterator<Item = &Value> {
        self.0["devices"].as_array().into_iter().flatten()
    }
}

fn id(device: &Value) -> String {
    device["id"].as_str().unwrap_or_default().to_owned()
}

fn ended(device: &Value) -> bool {
    !matches!(device["state"].as_str(), Some("waiting" | "running"))
}

fn commands(device: &Value) -> impl Iterator<Item = &Value> {
    device["commands"].as_array().into_iter().flatten()
}

/// A command and the commands inside it, the inner ones first: they name the cause.
fn with_children(command: &Value) -> impl Iterator<Item = &Value> {
    command["commands"].as_array().into_iter().flatten().chain([command])
}

/// Why a command failed, if it is the one that did; its neighbours in an Atomic only say that they were undone or skipped.
fn complaint(command: &Value) -> Option<String> {
    let status = command["status"].as_u64()?;
    let at_fault = status >= 400;
    at_fault.then(|| {
        let uri = command["uri"].as_str().unwrap_or("(no URI)");
        let words = omadm_proto::status::StatusCode::from_u16(u16::try_from(status).unwrap_or(u16::MAX));
        format!("{} {uri}: {words}", command["cmd"].as_str().unwrap_or_default())
    })
}

fn outcome(device: &Value) -> Outcome {
    if device["state"] == "ok" {
        return Outcome::Updated;
    }
    let result =
        commands(device).filter_map(|command| command["alert"]["data"].as_str()).find_map(|data| data.parse().ok());
    match result {
        Some(code) if (400..500).contains(&code) => Outcome::Refused(code),
        Some(code) => Outcome::Failed(format!("FUMO result {code}")),
        None => Outcome::Failed(device["reason"].as_str().unwrap_or("no result").to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_cause_of_a_failed_atomic_is_the_command_that_failed() {
        let task = TaskView::parse(json!({"state": "done", "devices": [{"id": "d1", "state": "failed", "commands": [
            {"cmd": "atomic", "status": 507, "commands": [
                {"cmd": "replace", "uri": "./App/A", "status": 216},
                {"cmd": "replace", "uri": "./App/Missing", "status": 404},
                {"cmd": "replace", "uri": "./App/B", "status": 215}]}]}]}))
        .unwrap();
        let error = task.all_good("configuration").unwrap_err().to_string();
        assert_eq!(error, "configuration: 1 of 1 devices failed; d1: replace ./App/Missing: 404 Not found");
    }

    #[test]
    fn a_fumo_result_of_the_400s_is_a_refusal() {
        let device = json!({"id": "d1", "state": "failed", "commands": [
            {"cmd": "exec", "status": 202, "alert": {"data": "402"}}]});
        assert_eq!(outcome(&device), Outcome::Refused(402));
    }
}
