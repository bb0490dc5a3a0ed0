//! OMA Client Provisioning: element names, the same on both code pages \[wbxml 4\].

use super::tag::{Space, tag_table};

tag_table! {
    Space::Provisioning,
    0x05 WAP_PROVISIONINGDOC "wap-provisioningdoc",
    0x06 CHARACTERISTIC "characteristic",
    0x07 PARM "parm",
}
