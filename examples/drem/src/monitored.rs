//! Performance functions and traps in the tree file: a table each instead of ten nodes.
//!
//! ```toml
//! [[function]]
//! name = "memory"                     # ./DiagMon/memory; what it measures goes by its name
//! type = "urn:oma:mo:oma-diag:memory:1.0"
//! enabled = true
//! period = 60                         # seconds
//! upload = 900
//! keep = 100
//!
//! [[trap]]
//! name = "busy"                       # ./DiagMon/Traps/busy
//! condition = "load/load1 > 4"        # or "event"
//! enabled = true
//! hysteresis = 1.0
//! hold = 30
//! latch = false
//! severity = "critical"
//! ```
//!
//! Everything but the names may be left out.

use omadm_tree::mo::{DIAG_FUNCTION, DIAG_TRAP, Instance, ObjectTable};
use serde::{Deserialize, Serialize};

/// A performance function.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Function {
    name: String,
    #[serde(rename = "type")]
    moi: Option<String>,
    enabled: Option<bool>,
    period: Option<u32>,
    upload: Option<u32>,
    keep: Option<u32>,
}

/// A trap.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Trap {
    name: String,
    #[serde(rename = "type")]
    moi: Option<String>,
    condition: Option<String>,
    enabled: Option<bool>,
    hysteresis: Option<f64>,
    hold: Option<u32>,
    latch: Option<bool>,
    severity: Option<String>,
}

impl Function {
    /// The object.
    pub(crate) fn object(&self) -> Instance<'_> {
        typed(DIAG_FUNCTION, self.moi.as_deref())
            .instance(&format!("./DiagMon/{}", self.name))
            .live("Data")
            .fill_some("Enabled", self.enabled)
            .fill_some("Period", self.period)
            .fill_some("Upload", self.upload)
            .fill_some("Keep", self.keep)
    }
}

impl Trap {
    /// The object.
    pub(crate) fn object(&self) -> Instance<'_> {
        typed(DIAG_TRAP, self.moi.as_deref())
            .instance(&format!("./DiagMon/Traps/{}", self.name))
            .fill_some("Condition", self.condition.as_deref())
            .fill_some("Enabled", self.enabled)
            .fill_some("Hysteresis", self.hysteresis.map(|distance| distance.to_string()))
            .fill_some("HoldSec", self.hold)
            .fill_some("Latch", self.latch)
            .fill_some("Severity", self.severity.as_deref())
    }
}

fn typed<'t>(table: ObjectTable<'t>, moi: Option<&'t str>) -> ObjectTable<'t> {
    moi.map_or(table, |moi| table.with_moi(moi))
}

#[cfg(test)]
mod tests {
    use crate::tree_file::{Identity, parse};

    #[test]
    fn functions_and_traps_are_objects_of_the_tree() {
        let text = r#"
            [[function]]
            name = "memory"
            type = "urn:oma:mo:oma-diag:memory:1.0"
            enabled = true
            period = 60
            [[trap]]
            name = "busy"
            condition = "load/load1 > 4"
            hysteresis = 0.5
        "#;
        let identity = Identity { dev_id: Some("urn:dev:1".into()), ..Identity::default() };
        let tree = parse(text, &identity).unwrap();
        assert_eq!(tree.find("./DiagMon/memory").unwrap().type_name(), "urn:oma:mo:oma-diag:memory:1.0");
        assert_eq!(tree.text("./DiagMon/memory/Period"), Some("60"));
        assert!(tree.find("./DiagMon/memory/Data").unwrap().is_live());
        assert_eq!(tree.text("./DiagMon/Traps/busy/Condition"), Some("load/load1 > 4"));
        assert_eq!(tree.text("./DiagMon/Traps/busy/Hysteresis"), Some("0.5"));
        assert_eq!(tree.text("./DiagMon/Traps/busy/State"), Some("normal"));
    }
}
