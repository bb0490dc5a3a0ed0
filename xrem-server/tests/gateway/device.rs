//! A device behind the gateway: the real DREM with two slots in memory.

use alloc::collections::BTreeMap;

use bytes::Bytes;
use omadm_proto::auth::nonce::Seed;
use omadm_proto::auth::{Credentials, Secret};
use omadm_proto::exchange::Transmit;
use omadm_proto::ids::ActionId;
use omadm_proto::time::Instant;
use omadm_tree::Tree;
use omadm_tree::mo::{DevDetail, DevInfo, Fumo};
use xrem_client::account::Account;
use xrem_client::drem::Drem;
use xrem_client::outbox::GenericAlert;
use xrem_client::output::{Action, ActionFailure, ActionResult, Output, Place, Slot};
use xrem_client::trigger::Trigger;
use xrem_client::update::Booted;
use xrem_server::store::ClientAccount;

/// The gateway's ServerID towards its devices.
pub(crate) const GATEWAY: &str = "gw";

/// What a device wants of the world.
pub(crate) enum Wish {
    Send(Transmit),
    Fetch { id: ActionId, url: String, offset: u64, max_len: u32 },
}

pub(crate) struct Device {
    pub(crate) drem: Drem,
    pub(crate) tree: Tree,
    pub(crate) running: Slot,
    slots: BTreeMap<Slot, Vec<u8>>,
    /// Applied at the next write into a slot: a corrupted copy.
    pub(crate) corrupt: bool,
    /// Notifications are lost.
    pub(crate) deaf: bool,
    pub(crate) boots: usize,
}

fn name(number: u32) -> String {
    format!("urn:dev:{number}")
}

/// What the gateway knows of device `number`.
pub(crate) fn account(number: u32) -> ClientAccount {
    ClientAccount::new(
        name(number).as_str().into(),
        Credentials::new(format!("dev{number}"), Secret::new(format!("dev-secret-{number}"))),
        Credentials::new(GATEWAY, Secret::new(format!("gw-secret-{number}"))),
    )
}

impl Device {
    pub(crate) fn new(now: Instant, number: u32) -> Self {
        let tree = Tree::builder()
            .mo(DevInfo::new(name(number)).man("Acme").model("Meter2").lang("en"))
            .mo(DevDetail::new().fw("1.0").hw("h1").large_objects(true).active(0, ""))
            .mo(Fumo::at("./FUMO"))
            .leaf("./App/Interval", 900)
            .managed_by(GATEWAY)
            .build()
            .unwrap();
        let known = account(number);
        let account = Account::new(GATEWAY, "http://gw/dm")
            .client(known.client.name, known.client.secret)
            .server(known.server.secret);
        let seed = Seed::new([u8::try_from(number % 251).unwrap(); 32]);
        let slots = BTreeMap::from([(Slot::A, b"old image".to_vec()), (Slot::B, Vec::new())]);
        let mut device = Self {
            drem: Drem::new([account], seed),
            tree,
            running: Slot::A,
            slots,
            corrupt: false,
            deaf: false,
            boots: 0,
        };
        device.drem.handle_boot(now, &mut device.tree, Booted::from(Slot::A));
        device
    }

    pub(crate) fn start_session(&mut self, now: Instant) {
        self.drem.start_session(now, &mut self.tree, GATEWAY, Trigger::Client).unwrap();
    }

    pub(crate) fn raise(&mut self, type_name: &str, data: &str) {
        self.drem.queue_alert(GenericAlert::new(type_name, data).source("./DiagMonTrap/overheat"));
    }

    pub(crate) fn notify(&mut self, now: Instant, bytes: &[u8]) {
        if !self.deaf {
            self.drem.handle_notification(now, &mut self.tree, bytes);
        }
    }

    /// The image that runs.
    pub(crate) fn image(&self) -> &[u8] {
        &self.slots[&self.running]
    }

    /// What came of a fetch.
    pub(crate) fn fetched(&mut self, now: Instant, id: ActionId, block: Option<(Bytes, bool)>) {
        let result = match block {
            Some((data, end)) => ActionResult::Block { data, end },
            None => ActionResult::Failed(ActionFailure::BadUrl),
        };
        self.drem.handle_action_result(now, &mut self.tree, id, result);
    }

    /// Performs outputs until one needs the world.
    pub(crate) fn next_wish(&mut self, now: Instant) -> Option<Wish> {
        while let Some(output) = self.drem.poll_output() {
            match output {
                Output::Transmit(transmit) => return Some(Wish::Send(transmit)),
                Output::Action { id, action: Action::Fetch { url, offset, max_len } } => {
                    return Some(Wish::Fetch { id, url, offset, max_len });
                }
                Output::Action { id, action } => {
                    if let Some(result) = self.act(now, action) {
                        self.drem.handle_action_result(now, &mut self.tree, id, result);
                    }
                }
                Output::Persist(_) | Output::Event(_) => {}
            }
        }
        None
    }

    #[expect(clippy::unwrap_in_result, reason = "a test fails by panicking")]
    fn act(&mut self, now: Instant, action: Action) -> Option<ActionResult> {
        match action {
            Action::Erase { place: Place::Slot(slot), .. } => self.slots.get_mut(&slot).unwrap().clear(),
            Action::WriteAt { place: Place::Slot(slot), offset, data } => {
                let bytes = self.slots.get_mut(&slot).unwrap();
                bytes.truncate(usize::try_from(offset).unwrap());
                bytes.extend_from_slice(&data);
            }
            Action::ReadAt { place: Place::Slot(slot), offset, max_len } => {
                let bytes = &self.slots[&slot][usize::try_from(offset).unwrap()..];
                let taken = bytes.len().min(usize::try_from(max_len).unwrap());
                let (data, end) = (Bytes::copy_from_slice(&bytes[..taken]), taken == bytes.len());
                return Some(ActionResult::Block { data, end });
            }
            Action::SelectSlot { slot, .. } => self.running = slot,
            Action::ConfirmSlot { .. } => {}
            Action::Reboot => {
                self.boots += 1;
                self.drem.handle_boot(now, &mut self.tree, Booted::from(self.running));
                return None;
            }
            Action::Read(_) | Action::Exec { .. } | Action::Fetch { .. } | _ => panic!("{action:?}"),
        }
        Some(ActionResult::Done)
    }
}
