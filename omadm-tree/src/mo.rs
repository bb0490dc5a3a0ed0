//! Standard management objects: builders and typed views \[dm 11, mo 2-5\].

mod dev_detail;
mod dev_info;
mod dm_acc;
mod fumo;

pub use crate::builder::ManagementObject;
pub use dev_detail::DevDetail;
pub use dev_info::{DevInfo, DevInfoItem};
pub use dm_acc::DmAcc;
pub use fumo::{Fumo, FumoState, FumoView};
