//! What arrives before a session: Package #0, the push that carries it, and the options of DM 1.3.

use omadm_proto::auth::{Nonce, Secret};
use omadm_proto::notification::Notification;
use omadm_proto::notification::option::TriggerOption;
use omadm_proto::push::Push;

/// Reads `bytes` as a push, as a notification and as options. What is read is the same after it was written again, and a
/// digest is right exactly for those who made it.
///
/// # Panics
/// When it is not.
pub fn notification(bytes: &[u8]) {
    package0(bytes);
    if let Ok(push) = Push::parse(bytes) {
        package0(&push.body);
        if let Ok(written) = push.encode() {
            assert_eq!(Push::parse(&written).as_ref(), Ok(&push), "a push changes");
        }
    }
    let Some((count, rest)) = bytes.split_first() else { return };
    if let Ok(options) = TriggerOption::parse(rest, usize::from(count % 16)) {
        let written = TriggerOption::encode(&options).unwrap_or_default();
        assert_eq!(TriggerOption::parse(&written, options.len()).as_ref(), Ok(&options), "options change");
    }
}

fn package0(bytes: &[u8]) {
    let Ok(received) = Notification::parse(bytes) else { return };
    let (secret, nonce) = (Secret::new("srv-secret"), Nonce::resync());
    let written = received.notification().encode(&secret, &nonce).unwrap_or_default();
    assert_eq!(written.get(24..), bytes.get(24..), "server identifier or vendor bytes change");
    let Ok(again) = Notification::parse(&written) else { unreadable() };
    assert_eq!(again.notification(), received.notification(), "a notification changes");
    assert!(again.verify(&secret, &nonce), "its maker's digest is wrong");
    assert!(!again.verify(&Secret::new("other"), &nonce), "anybody's digest is right");
    assert_eq!(received.verify(&secret, &nonce), bytes == written, "one digest serves two triggers");
}

#[expect(clippy::panic, reason = "a finding is a panic")]
fn unreadable() -> ! {
    panic!("what was written cannot be read")
}
