//! MetInf 1.2, code page 1 of SyncML \[wbxml 3\]. `FP`, `ID`, `IDContainer` and `IDPair` are extensions of devices: read and
//! never written as WBXML.

use super::tag::{Space, tag_table};

tag_table! {
    Space::MetInf,
    0x05 ANCHOR "Anchor",
    0x06 EMI "EMI",
    0x07 FORMAT "Format",
    0x08 FREE_ID "FreeID",
    0x09 FREE_MEM "FreeMem",
    0x0A LAST "Last",
    0x0B MARK "Mark",
    0x0C MAX_MSG_SIZE "MaxMsgSize",
    0x0D MEM "Mem",
    0x0E MET_INF "MetInf",
    0x0F NEXT "Next",
    0x10 NEXT_NONCE "NextNonce",
    0x11 SHARED_MEM "SharedMem",
    0x12 SIZE "Size",
    0x13 TYPE "Type",
    0x14 VERSION "Version",
    0x15 MAX_OBJ_SIZE "MaxObjSize",
    0x16 FIELD_LEVEL "FieldLevel",
    0x17 FP "FP",
    0x18 ID "ID",
    0x19 ID_CONTAINER "IDContainer",
    0x1A ID_PAIR "IDPair",
}
