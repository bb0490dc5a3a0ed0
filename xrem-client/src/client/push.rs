//! What comes as a datagram: Package #0, bare or in a WAP push, or a bootstrap document \[dm 8.2, 12\].

use omadm_proto::exchange::Syntax;
use omadm_proto::notification::Notification;
use omadm_proto::provisioning::ProvisioningDoc;
use omadm_proto::push::{Media, Push, media};
use omadm_proto::time::Instant;
use omadm_tree::tree::Tree;

use super::Client;
use crate::bootstrap::{BootstrapDocument, Origin};

impl Client {
    /// Takes a datagram of the notification port: a WAP push of Package #0 or of a bootstrap document; anything else counts
    /// as a bare Package #0.
    pub fn handle_datagram(&mut self, now: Instant, tree: &mut Tree, bytes: &[u8]) {
        let Ok(push) = Push::parse(bytes) else { return self.handle_notification(now, tree, bytes) };
        let is = |code: u8, name: &str| match push.media {
            Media::Code(found) => found == code,
            Media::Name(found) => found.eq_ignore_ascii_case(name),
        };
        let media_type = if is(media::PROVISIONING, ProvisioningDoc::MEDIA_TYPE_WBXML) {
            ProvisioningDoc::MEDIA_TYPE_WBXML
        } else if is(media::DM_WBXML, Syntax::Wbxml.media_type()) {
            Syntax::Wbxml.media_type()
        } else if is(media::NOTIFICATION, Notification::MEDIA_TYPE) {
            return self.handle_notification(now, tree, &push.body);
        } else {
            return self.handle_notification(now, tree, bytes);
        };
        let document =
            BootstrapDocument { origin: Origin::Push, media_type, security: push.security, body: &push.body };
        self.handle_bootstrap(now, tree, document);
    }
}
