//! Whether every device is in the state it should be, from what the devices say and from what lies in their slots.

use std::collections::BTreeMap;

use crate::args::Args;
use crate::failure::Result;
use crate::image::Image;
use crate::site::{Device, Site};
use crate::steps::{ReadBack, Steps};
use crate::summary::GatewayLine;
use crate::task::Outcome;

/// FUMO: the package is corrupted.
const CORRUPTED: i64 = 402;

/// The outcome of each device and everything that is not as it should be.
#[derive(Debug)]
pub(crate) struct Verdict {
    outcomes: BTreeMap<String, Outcome>,
    complaints: Vec<String>,
}

impl Verdict {
    /// Compares the reports with what was read back and with the bytes in the active slots.
    pub(crate) fn reach(
        site: &Site,
        args: &Args,
        image: &Image,
        factory: &Image,
        outcomes: &BTreeMap<String, Outcome>,
        found: &ReadBack,
    ) -> Result<Self> {
        let mut complaints: Vec<String> =
            found.wrong_settings.iter().map(|place| format!("{place} does not hold the configured value")).collect();
        for device in site.devices() {
            let id = &device.id;
            let (expected, version, should) = if device.gets_bad_image {
                (Outcome::Refused(CORRUPTED), site.factory_version(), factory)
            } else {
                (Outcome::Updated, args.image_version.as_str(), image)
            };
            match outcomes.get(id) {
                Some(outcome) if *outcome == expected => {}
                outcome => complaints.push(format!("{id}: expected {expected:?}, the report says {outcome:?}")),
            }
            match found.firmware.get(id) {
                Some(firmware) if firmware.version == version && firmware.sha256 == should.sha256 => {}
                Some(firmware) => complaints.push(format!(
                    "{id}: runs version {} with SHA-256 {}, not {version} with {}",
                    firmware.version, firmware.sha256, should.sha256
                )),
                None => complaints.push(format!("{id}: did not say what it runs")),
            }
            let slot = Image::open(&device.active_slot()?)?;
            if slot.sha256 != should.sha256 {
                complaints.push(format!("{id}: its active slot holds SHA-256 {}, not {}", slot.sha256, should.sha256));
            }
        }
        let allowed = image.size + image.size / 50 + (64 << 10);
        for gateway in site.gateways() {
            let fetched = gateway.wan_image_bytes();
            if fetched > allowed {
                complaints.push(format!(
                    "{}: fetched {fetched} bytes of images over the WAN, {allowed} are allowed",
                    gateway.id
                ));
            }
        }
        Ok(Self { outcomes: outcomes.clone(), complaints })
    }

    /// Everything that is not as it should be; empty means success.
    pub(crate) fn complaints(&self) -> &[String] {
        &self.complaints
    }

    /// The table, one line a gateway.
    pub(crate) fn lines(&self, site: &Site, steps: &Steps<'_>) -> Result<Vec<GatewayLine>> {
        let mut lines = Vec::new();
        for gateway in site.gateways() {
            let (sessions, messages) = steps.traffic(gateway)?;
            let behind = |device: &&Device| gateway.devices.contains(&device.id);
            let outcome = |device: &Device| self.outcomes.get(&device.id);
            let devices: Vec<&Device> = site.devices().iter().filter(behind).collect();
            let refused = devices.iter().filter_map(|device| match outcome(device) {
                Some(Outcome::Refused(code)) => Some(*code),
                _ => None,
            });
            let refused: Vec<i64> = refused.collect();
            let updated = devices.iter().filter(|device| outcome(device) == Some(&Outcome::Updated)).count();
            let (wan_bytes, lan_bytes) = (gateway.wan_bytes(), gateway.lan_bytes());
            lines.push(GatewayLine {
                name: gateway.name.clone(),
                updated,
                failed: devices.len() - updated - refused.len(),
                refused,
                sessions,
                messages,
                wan_bytes,
                wan_image_bytes: gateway.wan_image_bytes(),
                lan_bytes,
                one_by_one: lan_bytes,
            });
        }
        Ok(lines)
    }
}
