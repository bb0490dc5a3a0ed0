//! The status codes that device management uses: what they mean and what to do \[dm 3, 4, 5, 7.4\].

/// One code.
pub(super) struct Row {
    pub(super) number: u16,
    pub(super) meaning: &'static str,
    pub(super) advice: &'static str,
}

/// The row of `number`, if device management uses it.
pub(super) fn row(number: u16) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.number == number)
}

macro_rules! rows {
    ($($number:literal: $meaning:literal, $advice:literal;)*) => {
        static ROWS: &[Row] = &[$(Row { number: $number, meaning: $meaning, advice: $advice }),*];
    };
}

rows! {
    101: "The command is being executed, the final status follows.",
        "Wait for the second Status of the same command.";
    200: "Done. On SyncHdr: authenticated for this message only.",
        "After a 200 on SyncHdr send credentials in the next message too, made with the NextNonce of its Chal.";
    202: "Accepted for processing; the work goes on after the session.",
        "The result comes later as alert 1226 with the Correlator of the Exec, or is read with a later Get.";
    212: "SyncHdr only: authenticated for the rest of the session.",
        "Send no more Cred in this session. A NextNonce that came with it is for the next session. Never with auth-MAC.";
    213: "A chunk of a large object is taken and buffered.",
        "Send the next chunk: same command, same Target, no Size. The final status comes after the last chunk.";
    214: "The user cancelled.",
        "The rest of the package was not executed and is 215.";
    215: "Not executed: the command was skipped after a cancel, a No, or the failure of its Sequence or Atomic.",
        "Look for the command that failed first; repeat this one when that is mended.";
    216: "Inside an Atomic: done and rolled back, as another command failed.",
        "Nothing has changed. Look for the command of the Atomic that failed; the Atomic itself says 507.";
    304: "The user said No to alert 1101.",
        "Inside Atomic everything is rolled back, inside Sequence the rest is 215, elsewhere it has no effect.";
    400: "The command is malformed.",
        "Compare it with the content models (syncml check). Windows answers 400 to unknown elements and to a missing CmdID.";
    401: "The credentials were refused, or their scheme is too weak.",
        "Repeat the message with credentials made from the scheme and NextNonce of the Chal. Nothing was executed. Give up \
         after a fresh nonce failed too: the secret is wrong.";
    403: "Not possible, for another reason than rights.",
        "For Copy: the target cannot be overwritten.";
    404: "The node or its parent does not exist.",
        "Replace never creates a node: use Add. Read the tree with Get to see what is there.";
    405: "The command is not allowed on this node: permanent, the root, no such AccessType, an interior node, a property that \
         cannot be written, or an alert in the wrong package.",
        "Read the AccessType in the device description; for an interior node address its leaves.";
    406: "An optional feature is not supported: the command, the property, the list query or the alert.",
        "Do without it; Copy, Exec, Atomic and ?list= are optional.";
    407: "Credentials are missing.",
        "Repeat the message with credentials made from the scheme and NextNonce of the Chal. Nothing was executed.";
    408: "The user did not answer in time (MAXDT).",
        "Ask again later, or set a default response (DR).";
    412: "The command is incomplete: parameters or Items are missing.",
        "Generic alerts need Type, Format and Data; questions to the user need at least two Items.";
    413: "The datum is too large.",
        "Stay under MaxObjSize of the peer; a Get of too large a value is answered so too.";
    414: "The URI is too long: in all, in one segment, or too deep.",
        "Read ./DevDetail/URI for the limits of the device.";
    415: "The Type or Format is not accepted, or serialized trees (TNDS) are not supported.",
        "Use the Format of the device description; Format defaults to chr and Type to text/plain.";
    416: "The question to the user cannot be displayed, or the size asked for is too big.",
        "Shorten the text.";
    418: "The target of an Add, or the new name, already exists.",
        "Use Replace for a node that may exist; Add then Replace on 418 sets it in any case.";
    420: "The device has no room left.",
        "Delete something, then repeat.";
    424: "The chunks of a large object do not add up to its Size; nothing was committed.",
        "Size counts the bytes as sent (base64 counts as base64) and stands in the first chunk only. Send it again.";
    425: "The access control list denies it.",
        "Read <node>?prop=ACL, and those of its parents, where the ACL is inherited from.";
    500: "The command failed; nothing more is said. Also: a nested Atomic, or a Get or Exec inside Atomic.",
        "Repeat it alone to see whether its neighbours matter. Windows gives the cause in msft:originalerror.";
    505: "The VerDTD of the header is not supported.",
        "Answer in the version that the peer used.";
    507: "The Atomic failed; its commands say which one was the cause.",
        "The commands before the failure are 216 (rolled back) or 516 (not rolled back), those after it 215. On Windows also: \
         ./Device and ./User targets in one Atomic.";
    510: "The data store failed (Copy, Exec).",
        "Try again later; the device cannot write.";
    513: "The VerProto of the header is not supported.",
        "Answer in the version that the peer used.";
    516: "Inside an Atomic: done, and could not be rolled back.",
        "The device is in a mixed state: read the nodes of the Atomic and repair them one by one.";
    517: "The answers to an Atomic do not fit into a message; it was rolled back.",
        "Make the Atomic smaller, or MaxMsgSize larger.";
}
