//! Download descriptors and install notifications.

use omadm_proto::download::{Descriptor, InstallNotify, InstallStatus};
use omadm_proto::limits::Limits;

/// Reads `bytes` as a descriptor and as a notification: what is read is the same after it was written again, what is not
/// read has one of the two codes for it.
///
/// # Panics
/// When it is not so.
pub fn descriptor(bytes: &[u8]) {
    match Descriptor::decode(bytes, &Limits::DEFAULT) {
        Ok(descriptor) => {
            let mut written = Vec::new();
            let result = descriptor.encode(&mut written);
            assert_eq!(result, Ok(()), "what XML carried once it cannot carry again");
            let mut limits = Limits::DEFAULT;
            limits.message_bytes = usize::MAX;
            assert_eq!(Descriptor::decode(&written, &limits).as_ref(), Ok(&descriptor), "a descriptor changes");
        }
        Err(refused) => {
            let codes = [InstallStatus::INVALID_DESCRIPTOR, InstallStatus::INVALID_DD_VERSION];
            assert!(codes.contains(&refused.error.status()), "{refused}");
        }
    }
    if let Some(notify) = InstallNotify::parse(bytes) {
        let body = notify.to_body();
        assert_eq!(InstallNotify::parse(body.as_bytes()), Some(notify), "a notification changes");
    }
}
