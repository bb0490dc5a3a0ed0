//! The nodes of the Device Inventory object \[gwmo 3.2\].

use super::table::{Row, rows};

pub(super) const DEVICE_INVENTORY: &[Row] = rows! {
    [Count] Required Int G "0";
    [Revision] Required Int G "0";
    [Records] Required Node G "";
    [Records X] Optional Node DEG "";
    [Records X DeviceId] Required Chr G "";
    [Records X ComponentType] Required Int G "0";
    [Records X Mode] Required Int GR "2";
    [Records X AddrType] Optional Chr G "";
    [Records X Addr] Optional Chr G "";
    [Records X Protocol] Required Chr G "";
    [Records X Man] Optional Chr G "";
    [Records X Mod] Optional Chr G "";
    [Records X DevTyp] Optional Chr G "";
    [Records X FwV] Optional Chr G "";
    [Records X SwV] Optional Chr G "";
    [Records X HwV] Optional Chr G "";
    [Records X State] Required Int G "0";
    [Records X LastSeen] Optional Chr G "";
    [Records X Parent] Optional Chr G "";
    [Records X Sleep] Optional Node G "";
    [Records X Sleep Interval] Required Int GR "0";
    [Records X Sleep Duration] Required Int GR "0";
    [Records X Sleep NextWake] Optional Chr G "";
    [Records X DmServers] Optional Node G "";
    [Records X DmServers X] Optional Chr G "";
    [Records X Mos] Optional Node G "";
    [Records X Mos X] Optional Chr G "";
    [Records X Tree] Optional Node G "";
    [Records X Ext] Optional Node G "";
    [Groups] Required Node AG "";
    [Groups X] Optional Node ADG "";
    [Groups X GroupId] Required Chr AGR "";
    [Groups X Name] Optional Chr AGR "";
    [Groups X Filter] Optional Chr AGR "";
    [Groups X Members] Optional Node AG "";
    [Groups X Members X] Optional Chr ADGR "";
    [Ext] Optional Node G "";
};
