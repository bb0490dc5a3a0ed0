//! The main job, step by step, through the northbound API alone.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::api::Api;
use crate::config::Setting;
use crate::failure::{Failure, Result};
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::site::{Device, Gateway};
use crate::task::{Outcome, TaskView};

/// How often a task is looked at.
const LOOK: Duration = Duration::from_millis(150);

/// What a device says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Firmware {
    pub(crate) version: String,
    /// SHA-256 of the active slot, in lower-case hexadecimal.
    pub(crate) sha256: String,
}

/// The steps share the API, the patience and the way out.
#[derive(Debug)]
pub(crate) struct Steps<'a> {
    pub(crate) api: &'a Api,
    pub(crate) progress: &'a Progress,
    pub(crate) interrupt: &'a Interrupt,
    pub(crate) timeout: Duration,
}

impl Steps<'_> {
    /// Registers every gateway with its credentials and every device with its gateway.
    pub(crate) fn register(&self, gateways: &[Gateway], devices: &[Device]) -> Result<()> {
        for gateway in gateways {
            self.api.submit("/api/v1/devices", &gateway.registration())?;
        }
        for device in devices {
            self.interrupt.check()?;
            self.api.submit("/api/v1/devices", &device.registration())?;
        }
        Ok(())
    }

    /// Waits until every device has reported to its gateway, and every gateway to the NREM.
    pub(crate) fn await_attached(&self, devices: &[Device]) -> Result<()> {
        let bar = self.progress.bar("devices attached", devices.len());
        self.until("devices to attach", || {
            let listed = self.api.fetch("/api/v1/devices?limit=10000")?;
            let attached = listed["devices"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|entry| entry["kind"] == "device" && entry["attached"] == true)
                .count();
            bar.set_position(attached as u64);
            Ok((attached >= devices.len()).then_some(()))
        })?;
        bar.finish_and_clear();
        Ok(())
    }

    /// Reads what every device is; returns how many answered.
    pub(crate) fn inventory(&self, devices: usize) -> Result<usize> {
        let commands: Vec<Value> =
            ["./DevInfo/Man", "./DevInfo/Mod", "./DevDetail/FwV"].iter().map(|uri| get(uri)).collect();
        let task = self.run("inventory", devices, &json!({"target": {"all": "devices"}, "commands": commands}))?;
        task.all_good("inventory")?;
        Ok(task.outcomes().len())
    }

    /// Applies `settings` to every device, each device all or nothing.
    pub(crate) fn configure(&self, devices: usize, settings: &[Setting]) -> Result<()> {
        let commands: Vec<Value> = settings
            .iter()
            .map(|setting| json!({"cmd": "replace", "uri": setting.uri, "format": setting.format, "data": setting.value}))
            .collect();
        let commands = json!([{"cmd": "atomic", "commands": commands}]);
        let task = self.run("configuration", devices, &json!({"target": {"all": "devices"}, "commands": commands}))?;
        task.all_good("configuration")
    }

    /// Uploads `image` and upgrades every device; returns the FUMO result code of each.
    pub(crate) fn upgrade(
        &self,
        gateways: &[Gateway],
        image: &Path,
        version: &str,
    ) -> Result<BTreeMap<String, Outcome>> {
        self.api.upload(&format!("/api/v1/images/firmware?version={version}"), image)?;
        let answer =
            self.api.submit("/api/v1/firmware", &json!({"target": {"all": "devices"}, "image": "firmware"}))?;
        let id = task_id(&answer)?;
        let bars: Vec<_> =
            gateways.iter().map(|gateway| self.progress.bar(&gateway.name, gateway.devices.len())).collect();
        let task = self.until("the firmware upgrade", || {
            let task = TaskView::parse(self.api.fetch(&format!("/api/v1/tasks/{id}"))?)?;
            for (gateway, bar) in gateways.iter().zip(&bars) {
                let ended = gateway.devices.iter().filter(|device| task.has_ended(device)).count();
                bar.set_position(ended as u64);
            }
            Ok(task.is_done().then_some(task))
        })?;
        for bar in bars {
            bar.finish_and_clear();
        }
        Ok(task.outcomes())
    }

    /// Reads back the settings and the firmware of every device.
    pub(crate) fn read_back(&self, devices: usize, settings: &[Setting]) -> Result<ReadBack> {
        let mut uris: Vec<&str> = vec!["./DevDetail/FwV", "./DevDetail/Ext/XRem/ActiveSha256"];
        uris.extend(settings.iter().map(|setting| setting.uri.as_str()));
        let commands: Vec<Value> = uris.iter().map(|uri| get(uri)).collect();
        let task = self.run("read back", devices, &json!({"target": {"all": "devices"}, "commands": commands}))?;
        task.all_good("read back")?;
        let mut found = ReadBack::default();
        for (device, values) in task.values() {
            let value = |uri: &str| values.get(uri).cloned().unwrap_or_default();
            let firmware =
                Firmware { version: value("./DevDetail/FwV"), sha256: value("./DevDetail/Ext/XRem/ActiveSha256") };
            let wrong = settings.iter().filter(|setting| value(&setting.uri) != setting.value);
            found.wrong_settings.extend(wrong.map(|setting| format!("{device}: {}", setting.uri)));
            found.firmware.insert(device, firmware);
        }
        Ok(found)
    }

    /// DM sessions and messages between the NREM and the gateway so far.
    pub(crate) fn traffic(&self, gateway: &Gateway) -> Result<(u64, u64)> {
        let entry = self.api.fetch(&format!("/api/v1/devices/{}", gateway.id))?;
        let count = |name: &str| entry[name].as_u64().unwrap_or_default();
        Ok((count("sessions"), count("messages")))
    }

    fn run(&self, what: &str, devices: usize, body: &Value) -> Result<TaskView> {
        let id = task_id(&self.api.submit("/api/v1/tasks", body)?)?;
        let bar = self.progress.bar(what, devices);
        let task = self.until(what, || {
            let task = TaskView::parse(self.api.fetch(&format!("/api/v1/tasks/{id}"))?)?;
            bar.set_position(task.ended() as u64);
            Ok(task.is_done().then_some(task))
        })?;
        bar.finish_and_clear();
        Ok(task)
    }

    fn until<T>(&self, what: &str, mut look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
        let deadline = Instant::now() + self.timeout;
        loop {
            self.interrupt.check()?;
            if let Some(found) = look()? {
                return Ok(found);
            }
            if Instant::now() > deadline {
                let seconds = self.timeout.as_secs();
                return Err(Failure::new(format!(
                    "waited {seconds} s for {what}; raise --timeout or look with RUST_LOG=info"
                )));
            }
            std::thread::sleep(LOOK);
        }
    }
}

/// What the devices hold after everything.
#[derive(Debug, Default)]
pub(crate) struct ReadBack {
    pub(crate) firmware: BTreeMap<String, Firmware>,
    /// `device: URI` of each setting that does not hold.
    pub(crate) wrong_settings: Vec<String>,
}

fn get(uri: &str) -> Value {
    json!({"cmd": "get", "uri": uri})
}

fn task_id(answer: &Value) -> Result<String> {
    match &answer["id"] {
        Value::String(id) => Ok(id.clone()),
        Value::Number(id) => Ok(id.to_string()),
        _ => Err(Failure::new(format!("the NREM accepted a task without naming it: {answer}"))),
    }
}
