//! Towards the server: its Execs, what it changed in the tree, and the alerts that go up \[gwmo F3, F4, F5\].

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use bytes::Bytes;
use omadm_gwmo::code::{ImageState, JobState, ResultCode};
use omadm_gwmo::fanout::{FanoutOutput, Surroundings};
use omadm_gwmo::image::{Asker, ImageOutput, ImageRefused, OpId};
use omadm_gwmo::names::{Mo, Name, NodeNames, Operation};
use omadm_gwmo::{draft, mirror, payload};
use omadm_proto::alert::types;
use omadm_proto::ids::{ActionId, DevId, ServerId};
use omadm_proto::message::Format;
use omadm_proto::status::StatusCode;
use omadm_tree::{AccessType, Actor, LeafValue, NodeSpec, TargetUri};
use xrem_client::event::Event;
use xrem_client::outbox::{GenericAlert, Mark};
use xrem_client::output::{Action, ActionResult, Output};

use super::{AlertPurpose, Grem, GremAction, GremEvent, GremOutput, GremRecord, Side};

/// States of a trigger \[gwmo 3.3\].
const TRIGGER_HANDED_TO_LINK: u16 = 20;
const TRIGGER_FAILED: u16 = 90;

impl Grem {
    /// Performs what the client wants; tells whether there was anything.
    pub(super) fn drain_client(&mut self) -> bool {
        let mut any = false;
        while let Some(output) = self.client.poll_output() {
            any = true;
            match output {
                Output::Transmit(transmit) => {
                    self.outputs.push_back(GremOutput::Transmit { side: Side::North, transmit });
                }
                Output::Persist(record) => self.persist(GremRecord::North(record)),
                Output::Action { id, action } => self.perform(id, action),
                Output::Event(event) => self.note(event),
            }
        }
        if any {
            self.follow_tree();
        }
        any
    }

    fn perform(&mut self, id: ActionId, action: Action) {
        let result = if let Action::Exec { server, uri, correlator, .. } = action {
            self.follow_tree();
            ActionResult::Status(self.execute(&server, &uri.to_string(), correlator))
        } else {
            ActionResult::refused()
        };
        self.client.handle_action_result(self.now, &mut self.tree, id, result);
    }

    fn note(&mut self, event: Event) {
        if let Event::AlertDelivered { alert, .. } | Event::AlertRefused { alert, .. } = &event
            && let Some(purpose) = self.alerts.remove(alert)
        {
            self.alerts_changed = true;
            match purpose {
                AlertPurpose::Report { job, seq } => self.fanout.acknowledged(job, seq),
                AlertPurpose::Completion { job } => self.fanout.completion_acknowledged(job),
            }
        }
        self.event(GremEvent::North(event));
    }

    /// Does what the executable node `uri` stands for. The right to execute it was checked by the client.
    fn execute(&mut self, server: &ServerId, uri: &str, correlator: Option<String>) -> StatusCode {
        match self.names.operation(uri) {
            Some(Operation::Job { job, name: Name::Start }) => self.start_job(server, &job, correlator),
            Some(Operation::Job { job, name: Name::Stop }) => match self.fanout.stop(self.now, &job) {
                Ok(()) => StatusCode::OK,
                // A job that was not started has nothing to stop.
                Err(_) => StatusCode::COMMAND_NOT_ALLOWED,
            },
            Some(Operation::Image { image, name: Name::Download }) => self.download(server, &image, correlator),
            Some(Operation::Trigger { trigger, name: Name::Send }) => self.send_trigger(&trigger),
            _ => StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED,
        }
    }

    fn start_job(&mut self, server: &ServerId, job: &str, correlator: Option<String>) -> StatusCode {
        let started = match draft::job(&self.tree, &self.names, job, server, correlator) {
            Ok(draft) => {
                let (tree, names) = (&self.tree, &self.names);
                let may_exec = |record: u32| {
                    let uri = names.record(&alloc::format!("r{record}"), &[]);
                    TargetUri::parse(&uri).is_ok_and(|target| tree.exec(Actor::Server(server), &target).is_ok())
                };
                let surroundings = Surroundings { inventory: &self.inventory, images: &self.images };
                self.fanout.start(self.now, draft.spec, draft.problem, surroundings, may_exec)
            }
            Err(reason) => Err(reason.refuse(job)),
        };
        match started {
            Ok(serial) => {
                mirror::freeze_job(&mut self.tree, &self.names, job);
                let record = self.fanout.job(serial).map(omadm_gwmo::fanout::Job::record);
                let devices = record.map_or(0, |record| record.total);
                self.stale.images.extend(record.into_iter().flat_map(|record| record.spec.images.clone()));
                self.event(GremEvent::JobStarted { job: job.to_string(), devices });
                StatusCode::ACCEPTED_FOR_PROCESSING
            }
            Err(refused) => {
                if refused.code != ResultCode::NONE {
                    mirror::outcome(&mut self.tree, &self.names, job, JobState::Draft, refused.code);
                }
                let status = refused.status;
                self.event(GremEvent::JobRefused(refused));
                status
            }
        }
    }

    fn download(&mut self, server: &ServerId, image: &str, correlator: Option<String>) -> StatusCode {
        let asker = Asker::new(server.clone(), correlator);
        let spec = draft::image(&self.tree, &self.names, image);
        match spec.and_then(|spec| self.images.download(spec, asker)) {
            Ok(()) => {
                mirror::freeze_image(&mut self.tree, &self.names, image);
                StatusCode::ACCEPTED_FOR_PROCESSING
            }
            Err(refused) => self.refuse_image(image, refused),
        }
    }

    fn refuse_image(&mut self, image: &str, refused: ImageRefused) -> StatusCode {
        let state = if self.images.record(image).is_some() { ImageState::DownloadFailed } else { ImageState::Empty };
        mirror::image_outcome(&mut self.tree, &self.names, image, state, refused.code);
        refused.status
    }

    /// Hands the Package #0 of another server to a device, bit for bit \[gwmo 7.2\].
    fn send_trigger(&mut self, trigger: &str) -> StatusCode {
        let base = alloc::format!("{}/{trigger}", self.names.uri(Mo::EdTrigger, &[Name::Triggers]));
        let leaf = |name| self.names.below(base.clone(), &[name]);
        let device = self.tree.text(&leaf(Name::DeviceId)).map(|id| DevId::new(id.trim()));
        let message = self.tree.bytes(&leaf(Name::Message)).filter(|bytes| !bytes.is_empty()).map(<[u8]>::to_vec);
        let (Some(device), Some(bytes)) = (device, message) else { return StatusCode::BAD_REQUEST };
        let address = self.south.get(&device).and_then(|south| south.address.clone());
        let (state, code) = match &address {
            Some(_) => (TRIGGER_HANDED_TO_LINK, ResultCode::SUCCESS),
            None => (TRIGGER_FAILED, ResultCode::NOT_DELIVERED),
        };
        let (state_leaf, code_leaf) = (leaf(Name::State), leaf(Name::ResultCode));
        self.write_leaf(&state_leaf, state);
        self.write_leaf(&code_leaf, code.as_u16());
        match address {
            Some(address) => {
                self.outputs.push_back(GremOutput::Notify { device, address, bytes });
                StatusCode::ACCEPTED_FOR_PROCESSING
            }
            None => StatusCode::NOT_FOUND,
        }
    }

    fn write_leaf(&mut self, uri: &str, number: u16) {
        let written = self.tree.set(uri, LeafValue::new(Format::Int, number.to_string()));
        debug_assert!(written.is_ok(), "{uri}: {written:?}");
    }

    /// Follows what the server did to the tree: instances that are gone, images that were delivered.
    fn follow_tree(&mut self) {
        if self.tree.revision() == self.followed {
            return;
        }
        let gone = |uri: &String| self.tree.find(uri).is_none();
        let jobs: Vec<String> = self.fanout.jobs().map(|job| job.node().to_string()).collect();
        let jobs: Vec<String> = jobs.into_iter().filter(|job| gone(&self.names.job(job, &[]))).collect();
        let images: Vec<String> = self.images.nodes().map(Into::into).collect();
        let images: Vec<String> = images.into_iter().filter(|image| gone(&self.names.image(image, &[]))).collect();
        let records = self.inventory.devices().map(|device| (device.record, device.record_name()));
        let records: Vec<u32> = records
            .filter(|(record, name)| {
                !self.stale.devices.contains(record) && gone(&self.names.record(&name.to_string(), &[]))
            })
            .map(|(record, _)| record)
            .collect();
        for job in jobs {
            self.fanout.remove(self.now, &job);
        }
        for image in images {
            self.images.remove(&image);
            self.delivered.remove(&image);
        }
        for record in records {
            self.inventory.remove(record);
            self.fanout.device_left(self.now, record);
        }
        self.take_deliveries();
        self.followed = self.tree.revision();
    }

    /// Images whose Data was written: direct delivery \[gwmo 6.2\]. Data that is there after a restart was not stored yet.
    pub(super) fn take_deliveries(&mut self) {
        let collection = self.names.uri(Mo::ImageInventory, &[Name::Images]);
        let data = self.names.text(Name::Data);
        let written = self.tree.children(&collection).filter(|image| {
            let value = image.child(data).and_then(omadm_tree::NodeRef::value);
            value.is_some_and(|value| !value.is_empty())
        });
        let written = written.map(|image| image.name().to_string());
        let written: Vec<String> = written.filter(|image| !self.delivered.contains(image)).collect();
        for image in written {
            let leaf = self.names.image(&image, &[Name::Data]);
            let bytes = Bytes::copy_from_slice(self.tree.bytes(&leaf).unwrap_or_default());
            self.delivered.insert(image.clone());
            let spec = draft::image(&self.tree, &self.names, &image);
            match spec.and_then(|spec| self.images.deliver(spec, bytes, Some(Asker::everyone()))) {
                Ok(()) => mirror::freeze_image(&mut self.tree, &self.names, &image),
                Err(refused) => {
                    self.end_delivery(&image);
                    self.refuse_image(&image, refused);
                    let failed = payload::Image::failed(image.clone(), ImageState::VerifyFailed, refused.code);
                    self.tell_image(&image, &Asker::everyone(), &failed);
                }
            }
        }
    }

    /// The bytes of the image are stored, or of no use: the tree need not hold them any more.
    fn end_delivery(&mut self, image: &str) {
        if self.delivered.remove(image) {
            let leaf = self.names.image(image, &[Name::Data]);
            // The server may have removed it with its image.
            let _ = self.tree.remove(&leaf);
        }
    }

    /// Writes what changed into the tree, so that the server sees the present.
    pub(super) fn refresh_tree(&mut self) {
        let stale = core::mem::take(&mut self.stale);
        for record in stale.devices {
            match self.inventory.device(record) {
                Some(device) => mirror::device(&mut self.tree, &self.names, device),
                None => {
                    let uri = self.names.record(&alloc::format!("r{record}"), &[]);
                    // Most often the server itself removed it.
                    let _ = self.tree.remove(&uri);
                }
            }
        }
        mirror::inventory(&mut self.tree, &self.names, &self.inventory);
        for (serial, index) in stale.runs {
            if let Some(job) = self.fanout.job(serial) {
                mirror::run(&mut self.tree, &self.names, job, index);
            }
        }
        for serial in stale.jobs {
            if let Some(job) = self.fanout.job(serial) {
                mirror::job(&mut self.tree, &self.names, job);
                if job.runs().is_empty() {
                    mirror::drop_results(&mut self.tree, &self.names, job.node());
                }
            }
        }
        for image in stale.images {
            self.refresh_image(&image);
        }
        self.followed = self.tree.revision();
    }

    fn refresh_image(&mut self, image: &str) {
        let Some(record) = self.images.record(image) else { return };
        let references = self.fanout.references(&record.spec.id);
        mirror::image(&mut self.tree, &self.names, &self.images, image, references);
        let failed = self
            .images
            .blob(record.spec.hash)
            .is_some_and(|blob| matches!(blob.state, ImageState::DownloadFailed | ImageState::VerifyFailed));
        if failed {
            mirror::thaw_image(&mut self.tree, &self.names, image);
        }
        // Delete answers 405 while a job needs the image.
        let uri = self.names.image(image, &[]);
        if let Some(node) = self.tree.find(&uri) {
            let free = AccessType::ADD | AccessType::DELETE | AccessType::GET;
            let wanted = if references > 0 { AccessType::GET } else { free };
            if node.access() != wanted {
                let spec = NodeSpec::interior().access(wanted).acl(node.acl().clone());
                let put = self.tree.put(&uri, spec);
                debug_assert!(put.is_ok(), "{uri} is an interior node");
            }
        }
    }

    /// Turns what the jobs want into notifications and alerts.
    pub(super) fn drain_fanout(&mut self) {
        while let Some(output) = self.fanout.poll_output() {
            match output {
                FanoutOutput::Notify { record } => self.notify(record),
                FanoutOutput::Report { job, report } => {
                    let purpose = AlertPurpose::Report { job, seq: report.seq };
                    self.tell_job(job, types::GWMO_RESULT_AGGREGATION, report.to_xml(), purpose);
                }
                FanoutOutput::Completion { job, completion } => {
                    let (state, code) = (completion.state, completion.code);
                    self.tell_job(
                        job,
                        types::GWMO_COMPLETION_STATUS,
                        completion.to_xml(),
                        AlertPurpose::Completion { job },
                    );
                    let node =
                        self.fanout.job(job).map(|job| (job.node().to_string(), job.record().spec.images.clone()));
                    if let Some((job, images)) = node {
                        self.event(GremEvent::JobEnded { job, state, code });
                        self.stale.images.extend(images);
                    }
                }
            }
        }
    }

    fn tell_job(&mut self, serial: u64, type_name: &str, xml: String, purpose: AlertPurpose) {
        let Some(job) = self.fanout.job(serial) else { return };
        let spec = &job.record().spec;
        let alert = GenericAlert::new(type_name, xml)
            .for_server(spec.creator.clone())
            .source(self.names.job(&spec.node, &[]))
            .format(Format::Xml)
            .mark(Mark::Informational)
            .correlator(spec.correlator.clone());
        let id = self.client.queue_alert(alert);
        self.alerts.insert(id, purpose);
        self.alerts_changed = true;
    }

    /// Turns what the images want into actions and alerts.
    pub(super) fn drain_images(&mut self) {
        while let Some(output) = self.images.poll_output() {
            match output {
                ImageOutput::Fetch { op, url, offset, max_len, .. } => {
                    self.act(Some(op), GremAction::Fetch { url, offset, max_len });
                }
                ImageOutput::Read { op, hash, offset, max_len } => {
                    self.act(Some(op), GremAction::ReadBlock { hash, offset, max_len });
                }
                ImageOutput::Store { op, hash, offset, data } => {
                    self.act(Some(op), GremAction::StoreBlock { hash, offset, data });
                }
                ImageOutput::Finalize { op, hash, size } => {
                    self.act(Some(op), GremAction::FinalizeImage { hash, size });
                }
                ImageOutput::Drop { hash } => self.act(None, GremAction::DropImage { hash }),
                ImageOutput::Ended { node, asker, state, payload } => {
                    self.end_delivery(&node);
                    self.tell_image(&node, &asker, &payload);
                    self.event(GremEvent::ImageEnded { image: node, state });
                }
            }
        }
    }

    fn act(&mut self, op: Option<OpId>, action: GremAction) {
        self.last_action += 1;
        let id = ActionId::new(self.last_action);
        self.actions.extend(op.map(|op| (id, op)));
        self.outputs.push_back(GremOutput::Action { id, action });
    }

    fn tell_image(&mut self, node: &str, asker: &Asker, image: &payload::Image) {
        let ready = image.url.is_some();
        if ready && !draft::is_alert_on(&self.tree, &self.names, Name::ImageReady) {
            return;
        }
        let (type_name, mark) = if ready {
            (types::GWMO_IMAGE_READY, Mark::Informational)
        } else {
            (types::XREM_IMAGE_FAILED, Mark::Critical)
        };
        let alert = GenericAlert::new(type_name, image.to_xml())
            .source(self.names.image(node, &[]))
            .format(Format::Xml)
            .mark(mark)
            .correlator(asker.correlator.clone());
        let alert = match &asker.server {
            Some(server) => alert.for_server(server.clone()),
            None => alert,
        };
        self.client.queue_alert(alert);
    }

    /// Announces the devices that are due.
    pub(super) fn announce_devices(&mut self) {
        let batching = draft::batching(&self.tree, &self.names);
        while let Some(devices) = self.inventory.announcement(self.now, batching) {
            if draft::is_alert_on(&self.tree, &self.names, Name::Attach) {
                let alert = GenericAlert::new(types::GWMO_DEVICE_ATTACHED, devices.to_xml())
                    .source(self.names.uri(Mo::DeviceInventory, &[Name::Records]))
                    .format(Format::Xml)
                    .mark(Mark::Informational);
                self.client.queue_alert(alert);
            }
        }
    }

    /// The node names that the gateway uses.
    #[must_use]
    pub const fn names(&self) -> &NodeNames {
        &self.names
    }
}
