//! Standard management objects: node tables as data, one way to put them into a tree and to check what is there, typed views
//! \[mo 1-13, dm 11\].
//!
//! A table is a constant of rows ([`NodeRow`]) that anybody can replace by one of his own: everything here works on any
//! [`ObjectTable`]. [`ObjectTable::instance`] builds an object, [`ObjectTable::entry`] one entry of a list in it,
//! [`ObjectTable::check`] tells what is different in a tree, [`ObjectTable::to_ddf`] gives a device description. The builders [`DevInfo`], [`DevDetail`], [`DmAcc`] and [`Fumo`]
//! are short ways to the same. Views (`ScomoView` and so on) read by typed [`Key`]s, [`MoMut`] writes by them.
//!
//! | object | table | rows | how certain |
//! |---|---|---|---|
//! | DevInfo 1.2, 1.3 | [`DEV_INFO`], [`DEV_INFO_1_1`] | 8 | sure; what 1.3 adds was not seen |
//! | DevDetail 1.2, 1.3 | [`DEV_DETAIL`], [`DEV_DETAIL_1_1`] | 13 and 3 of ours | sure; what 1.3 adds was not seen |
//! | DMAcc 1.2, 1.3 | [`DM_ACC`], [`DM_ACC_1_1`] | 24 | sure; what 1.3 adds was not seen |
//! | DMAcc 1.1.2 | [`DM_ACC_1_1_2`] | 13 | names and formats of two vendors; occurrence mostly not |
//! | Inbox | [`INBOX`] | 1 | sure |
//! | FUMO | [`FUMO`] | 11 and 6 of ours | sure |
//! | SCOMO 1.0, 1.1 | [`SCOMO_1_0`], [`SCOMO_1_1`] | 50, 51, and 7 of ours | names sure; occurrence and access of one device; Reboot is a guess |
//! | LAWMO | [`LAWMO`] | 15 | names and formats sure; occurrence is ours |
//! | DCMO | [`DCMO`] | 14 | of one device; the booleans are believed to be `bool` |
//! | ConnMO NAP, Proxy | [`CONN_MO_NAP`], [`CONN_MO_PROXY`] | 22, 14 | of one device out of two that differ |
//! | ConnMO 3GPPPS, WLAN | [`CONN_MO_3GPPPS`], [`CONN_MO_WLAN`] | 32, 15 | of one device; occurrence and access are ours |
//! | DiagMon functions, traps | [`DIAG_FUNCTION`], [`DIAG_TRAP`] | 10, 11 | our profile `xrem-diag1`; the standard's tree was not seen |
//! | configuration file | [`CONFIG_FILE`] | 15 | ours |
//!
//! [`ObjectTable::unsure`] gives the rows to look up before relying on them. Scheduling, Management Policy, SACMO, Bootstrap
//! Configuration and the trees of DM 2.0 have identifiers ([`moi`]) and no tables: no source showed their nodes.

pub mod diag_mon;
pub mod moi;

mod check;
mod config_file;
mod conn_mo;
mod dcmo;
mod describe;
mod dev_detail;
mod dev_info;

mod dm_acc;
mod fumo;
mod inbox;
mod instance;
mod lawmo;
mod result;
mod scomo;
mod table;
mod view;

pub use crate::builder::ManagementObject;
pub use check::{Finding, FindingKind};
pub use config_file::{CONFIG_FILE, ConfigFile, ConfigFileState, ConfigFileView};
pub use conn_mo::{CONN_MO_3GPPPS, CONN_MO_NAP, CONN_MO_PROXY, CONN_MO_WLAN, NapView, ProxyView};
pub use dcmo::{DCMO, DCMO_GROUPS, DcmoOperation, DcmoResult, DcmoView};
pub use dev_detail::{DEV_DETAIL, DEV_DETAIL_1_1, DevDetail, DevDetailView};
pub use dev_info::{DEV_INFO, DEV_INFO_1_1, DevInfo, DevInfoItem, DevInfoView};
pub use diag_mon::object::{DIAG_FUNCTION, DIAG_TRAP, DiagFunctionView, DiagOperation, TrapView, diag_operation};
pub use dm_acc::{DM_ACC, DM_ACC_1_1, DM_ACC_1_1_2, DmAcc, DmAcc112View, DmAccView};
pub use fumo::{FUMO, FUMO_ROWS, FUMO_XREM_ROWS, Fumo, FumoState, FumoView};
pub use inbox::{INBOX, INBOX_ROOT};
pub use instance::Instance;
pub use lawmo::{LAWMO, LawmoOperation, LawmoResult, LawmoState, LawmoView};
pub use result::ResultClass;
pub use scomo::{
    ComponentState, DeliveredStatus, DeployedStatus, DownloadStatus, PackageState, SCOMO_1_0, SCOMO_1_1,
    SCOMO_XREM_ROWS, ScomoOperation, ScomoReport, ScomoResult, ScomoView,
};
pub use table::{Allowed, Certainty, Children, NodeRow, ObjectTable};
pub use view::{Key, LeafType, MoMut, MoView};

use result::results;
