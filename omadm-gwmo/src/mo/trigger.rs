//! The nodes of the End Device Trigger object \[gwmo 3.3\].

use super::table::{Row, rows};

pub(super) const ED_TRIGGER: &[Row] = rows! {
    [Triggers] Required Node AG "";
    [Triggers X] Optional Node ADG "";
    [Triggers X DeviceId] Required Chr AGR "";
    [Triggers X Message] Required Bin AR "";
    [Triggers X ValidFor] Optional Int AGR "3600";
    [Triggers X Attempts] Optional Int AGR "3";
    [Triggers X State] Required Int G "0";
    [Triggers X ResultCode] Required Int G "0";
    [Triggers X Operations] Required Node G "";
    [Triggers X Operations Send] Required Null E "";
    [Triggers X Operations Cancel] Optional Null E "";
    [Ext] Optional Node G "";
};
