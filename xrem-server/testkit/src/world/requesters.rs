//! What applications do that have rights of their own, as a program would let them: every request leaves an entry in the
//! audit.

use alloc::collections::BTreeSet;

use bytes::Bytes;
use omadm_proto::ids::DevId;
use xrem_server::directory::{NodeKind, Registration};
use xrem_server::nrem::{ConfigurationRequest, DesiredRequest, Submission};
use xrem_server::requester::{
    Ability, AuditEntry, AuditKey, AuditQuery, AuditResult, PermitError, Requester, RequesterStore as _, permit,
};
use xrem_server::store::{Record, Store as _};
use xrem_server::task::{ImageFile, Target, TaskId, TaskRequest, Write};

use super::World;
use super::tasks::Refused;

impl World {
    /// Puts `node` into `groups`. A device that only its gateway knows so far is registered for it.
    pub fn enroll(&mut self, node: &DevId, groups: &[&str]) {
        let groups: BTreeSet<String> = groups.iter().map(|group| (*group).to_owned()).collect();
        let Ok(known) = self.server.store.node(node);
        let record = match known {
            Some(record) => Some(record),
            None => {
                let mut registration = Registration::new(node.clone(), NodeKind::Device);
                registration.gateway = super::tasks::place(&self.server.store, node).map(|place| place.gateway);
                registration.accept(self.now()).ok().map(|(record, _)| record)
            }
        };
        if let Some(mut record) = record {
            record.groups = groups;
            self.server.commit(&[Record::Node(record)]);
        }
    }

    /// Submits `request` on behalf of `requester`.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn submit_as(&mut self, requester: &Requester, request: TaskRequest) -> Result<TaskId, Refused> {
        let (now, id, target) = (self.now(), self.next_task(), request.target.clone());
        let submitted = permit(&self.server.store, requester, Ability::Configure, &target)
            .map_err(Refused::from)
            .and_then(|permit| Ok(self.server.nrem.submit(now, id, request, permit)?));
        let result = match &submitted {
            Ok(_) => AuditResult::Task(id),
            Err(Refused::Permit(PermitError::PermissionDenied { node })) => AuditResult::Denied(Some(node.clone())),
            Err(why) => AuditResult::Refused(why.to_string()),
        };
        // Nothing is committed twice at the same count.
        let key = AuditKey { at: now, number: self.server.commits };
        let entry = AuditEntry::new(key, requester.name.clone(), "task commands", target.to_string(), result);
        self.server.commit(&[Record::Audit(entry)]);
        submitted.map(|submission| self.accept(&submission))
    }

    /// Brings the nodes of `target` into a state.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn desire<W: Into<Write>>(
        &mut self,
        target: Target,
        settings: impl IntoIterator<Item = W>,
    ) -> Result<TaskId, Refused> {
        let routes = self.routes(&target)?;
        let id = self.next_task();
        let request = DesiredRequest::new(target, settings);
        let submission: Submission = self.server.nrem.submit_desired(self.now(), id, request, routes)?;
        Ok(self.accept(&submission))
    }

    /// Has a published file applied as configuration.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn configure(&mut self, target: Target, file: &ImageFile) -> Result<TaskId, Refused> {
        let routes = self.routes(&target)?;
        let id = self.next_task();
        let data = self.server.images.get(&file.name).cloned().unwrap_or_default();
        let request = ConfigurationRequest::new(target, file.clone(), data);
        let submission = self.server.nrem.submit_configuration(self.now(), id, request, routes)?;
        Ok(self.accept(&submission))
    }

    /// The whole audit, oldest first.
    #[must_use]
    pub fn audit(&self) -> Vec<AuditEntry> {
        let Ok(entries) = self.server.store.audit(&AuditQuery::default());
        entries
    }

    /// The configuration files that the device `number` applied, oldest first.
    #[must_use]
    pub fn configurations(&self, number: u32) -> Vec<Bytes> {
        let device = self.devices.get(&number);
        device.map(|device| device.application.configurations.values().cloned().collect()).unwrap_or_default()
    }
}
