//! What holds for every message that one of our machines sends.

use alloc::collections::BTreeSet;

use omadm_proto::ids::CmdId;
use omadm_proto::message::Message;

/// No CmdID is 0, and none is there twice.
pub(crate) fn assert_cmd_ids(message: &Message<'_>) {
    let mut seen = BTreeSet::new();
    for command in message.commands() {
        let id = command.cmd_id();
        assert!(!matches!(id, CmdId::Number(0)), "{} has the CmdID 0", command.name());
        assert!(seen.insert(id.to_string()), "the CmdID {id} is there twice");
    }
}
