//! Starting a job: the checks in the order of the sheet, then the frozen target set \[gwmo 5.1, 5.2\].

use alloc::collections::BTreeSet;
use alloc::string::String;
use omadm_proto::ids::DevId;
use omadm_proto::time::Instant;

use super::{Fanout, Job, JobRecord, JobSpec, Reason, Run, StartRefused, Surroundings};
use crate::code::{DeviceState, JobState, ResultCode};
use crate::target::Target;
use crate::template::{self, DeviceFact, ImageFact, Placeholder, RenderError, Template};

impl Fanout {
    /// Starts a job: checks it, freezes its target set and runs it. `problem` is what was found wrong with its leaves when it
    /// was read; `may_exec` tells whether its server has the Exec right on a record.
    ///
    /// # Errors
    /// The first check that fails, in the order of \[gwmo 5.1\]; nothing happened then.
    pub fn start(
        &mut self,
        now: Instant,
        spec: JobSpec,
        problem: Option<Reason>,
        surroundings: Surroundings<'_>,
        may_exec: impl Fn(u32) -> bool,
    ) -> Result<u64, StartRefused> {
        let node = spec.node.clone();
        let refuse = |reason: Reason| reason.refuse(&node);
        if self.find(&node).is_some() {
            return Err(refuse(Reason::Started));
        }
        if problem == Some(Reason::BodyOrBin) {
            return Err(refuse(Reason::BodyOrBin));
        }
        let template = Template::parse(spec.syntax, &spec.template).map_err(|error| refuse(error.into()))?;
        let mut targets = spec.targets.resolve(surroundings.inventory);
        self.check_values(&spec, &template, &targets, surroundings).map_err(refuse)?;
        if let Some(image) = spec.images.iter().find(|image| !surroundings.images.is_ready(image)) {
            return Err(refuse(Reason::Image(image.clone())));
        }
        self.check_limits(targets.len()).map_err(refuse)?;
        for target in &mut targets {
            if target.skip.is_none() && !target.record.is_some_and(&may_exec) {
                target.skip = Some(ResultCode::NOT_PERMITTED);
            }
        }
        let refused = |target: &Target| target.skip == Some(ResultCode::NOT_PERMITTED);
        if targets.iter().any(refused) && targets.iter().all(|target| target.skip.is_some()) {
            return Err(refuse(Reason::NotPermitted));
        }
        if let Some(problem) = problem {
            return Err(refuse(problem));
        }
        Ok(self.admit(now, spec, template, &targets))
    }

    fn check_limits(&self, targets: usize) -> Result<(), Reason> {
        let (limit, max_jobs) = (self.settings.max_targets, self.settings.max_jobs);
        if targets == 0 {
            Err(Reason::NoTarget)
        } else if targets > limit {
            Err(Reason::TooManyTargets { targets, limit })
        } else if self.jobs.len() >= max_jobs {
            Err(Reason::TooManyJobs { limit: max_jobs })
        } else {
            Ok(())
        }
    }

    /// Every placeholder must have a value for every explicit target that is there \[gwmo 5.1\].
    fn check_values(
        &self,
        spec: &JobSpec,
        template: &Template,
        targets: &[Target],
        surroundings: Surroundings<'_>,
    ) -> Result<(), Reason> {
        let explicit = targets.iter().take(spec.targets.devices.len()).filter(|target| target.record.is_some());
        for target in explicit {
            for command in template.commands() {
                let value = |placeholder: &Placeholder| value_of(placeholder, spec, &target.id, surroundings);
                template::render(command, &value).map_err(|error| reason_of(error, &target.id))?;
            }
        }
        Ok(())
    }

    fn admit(&mut self, now: Instant, spec: JobSpec, template: Template, targets: &[Target]) -> u64 {
        self.last_serial += 1;
        let serial = self.last_serial;
        let record = JobRecord {
            serial,
            spec,
            state: JobState::Running,
            code: ResultCode::NONE,
            total: u32::try_from(targets.len()).unwrap_or(u32::MAX),
            started: self.settings.utc(now),
            ended: None,
            reports: 0,
            outcome: JobState::Done,
            unacknowledged: BTreeSet::new(),
            completion_pending: false,
            drop_at: None,
        };
        let runs = targets.iter().map(|target| Run::new(target.id.clone(), target.record)).collect();
        self.jobs.insert(serial, Job::new(record, template, runs));
        self.changes.jobs.insert(serial);
        for (index, target) in targets.iter().enumerate() {
            self.changes.runs.insert((serial, index));
            if let Some(code) = target.skip {
                self.end_run(now, (serial, index), DeviceState::Skipped, code);
            }
        }
        self.advance(now);
        serial
    }
}

/// The value of `placeholder` for the device `id`.
pub(super) fn value_of(
    placeholder: &Placeholder,
    spec: &JobSpec,
    id: &DevId,
    surroundings: Surroundings<'_>,
) -> Option<String> {
    match placeholder {
        Placeholder::Image { id, fact } => {
            let image = surroundings.images.ready(id)?;
            match fact {
                ImageFact::Url => Some(image.url.clone()),
                ImageFact::Size => Some(alloc::format!("{}", image.size)),
                ImageFact::Hash => Some(image.hash.clone()),
                ImageFact::Version => image.version.clone(),
            }
        }
        Placeholder::Device(fact) => {
            let device = surroundings.inventory.find(id)?;
            match fact {
                DeviceFact::Id => Some(device.id.as_str().into()),
                DeviceFact::Record => Some(alloc::format!("{}", device.record_name())),
                DeviceFact::Man => device.facts.man.clone(),
                DeviceFact::Model => device.facts.model.clone(),
                DeviceFact::SwV => device.facts.swv.clone(),
                DeviceFact::FwV => device.facts.fwv.clone(),
                DeviceFact::HwV => device.facts.hwv.clone(),
            }
        }
        Placeholder::Arg(key) => spec.args.get(id)?.get(key).cloned(),
    }
}

pub(super) fn reason_of(error: RenderError, device: &DevId) -> Reason {
    match error {
        RenderError::NoValue(placeholder) => {
            Reason::NoValue { placeholder: alloc::format!("{placeholder}"), device: device.clone() }
        }
        RenderError::Uri(uri) => Reason::Uri { uri, device: device.clone() },
    }
}
