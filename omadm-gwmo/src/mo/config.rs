//! The nodes of the Gateway Config object \[gwmo 3.1\].

use super::table::{Row, rows};

pub(super) const CONFIG: &[Row] = rows! {
    [SelfNode] Optional Node G "";
    [SelfNode GwId] Required Chr G "";
    [SelfNode PublicAddr] Optional Chr GR "";
    [SelfNode Modes] Required Chr G "";
    [SelfNode DefaultMode] Required Int GR "2";
    [SelfNode ParentGwId] Optional Chr G "";
    [SelfNode LostAfter] Optional Int GR "86400";
    [SelfNode Alerts] Required Node G "";
    [SelfNode Alerts Attach] Required Bool GR "true";
    [SelfNode Alerts Detach] Required Bool GR "true";
    [SelfNode Alerts ImageReady] Required Bool GR "true";
    [SelfNode Alerts BatchSec] Optional Int GR "0";
    [SelfNode Alerts BatchMax] Optional Int GR "50";
    [SelfNode Limits] Required Node G "";
    [SelfNode Limits MaxDevices] Required Int G "0";
    [SelfNode Limits MaxJobs] Required Int G "0";
    [SelfNode Limits MaxParallel] Required Int G "0";
    [SelfNode Limits MaxTargets] Required Int G "0";
    [SelfNode Limits MaxReport] Required Int G "0";
    [SelfNode Ext] Optional Node G "";
    [Gateway] Optional Node G "";
    [Gateway X] Optional Node ADG "";
    [Gateway X GwId] Required Chr AGR "";
    [Gateway X Mode] Required Int AGR "2";
    [Gateway X Addr] Required Chr AGR "";
    [Gateway X PublicAddr] Optional Chr AGR "";
    [Gateway X TellServer] Optional Bool AGR "true";
    [Gateway X TellGateway] Optional Bool AGR "true";
    [Gateway X Ext] Optional Node G "";
};
