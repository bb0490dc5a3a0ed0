//! A table as a device description \[dm 10.1\]: what a device hands out, and what commands are judged by.

use alloc::string::ToString as _;

use omadm_proto::message::Format;

use super::table::{ANY_NAME, Allowed, NodeRow, ObjectTable};
use crate::ddf::microsoft::{AllowedValues, EnumValue, Extras, Ranges, ValueRule};
use crate::ddf::{Ddf, DfProperties, Node, NodeType};
use crate::node::AccessType;

impl ObjectTable<'_> {
    /// The description of the object at `root`, for example `./DevInfo`; `./DMAcc/<x>` for one whose name is chosen when it
    /// is created. [`TreeBuilder::ddf`](crate::TreeBuilder::ddf) judges the commands of servers by it, and gives nodes that
    /// they add the access of the table: without it an added node takes every command but Exec. Allowed values are
    /// Microsoft's extension, which [`Ddf::without_microsoft`] takes away.
    ///
    /// ```
    /// use omadm_tree::mo::DEV_INFO;
    ///
    /// let ddf = DEV_INFO.to_ddf("./DevInfo");
    /// let root = &ddf.nodes[0];
    /// assert_eq!((root.path.as_deref(), root.name.as_deref(), root.children.len()), (Some("."), Some("DevInfo"), 7));
    /// ```
    #[must_use]
    pub fn to_ddf(self, root: &str) -> Ddf {
        self.to_ddf_with(root, |row| row.access)
    }

    /// The same where each row has the access that `access` gives.
    pub(super) fn to_ddf_with(self, root: &str, access: impl Fn(&NodeRow<'_>) -> AccessType) -> Ddf {
        let (above, name) = root.rsplit_once('/').unwrap_or((".", root));
        let node = self.row("").map(|row| self.describe(row, name, &access).below(above));
        Ddf::new(node.into_iter().collect())
    }

    fn describe(self, row: &NodeRow<'_>, name: &str, access: &impl Fn(&NodeRow<'_>) -> AccessType) -> Node {
        let mut node = Node::new(if name == ANY_NAME { "" } else { name }).with(self.properties(row, access(row)));
        node.children = self
            .children_of(row.path)
            .map(|child| self.describe(child, child.names().next_back().unwrap_or(""), access))
            .collect();
        node
    }

    fn properties(self, row: &NodeRow<'_>, access: AccessType) -> DfProperties {
        let moi = if row.path.is_empty() { self.moi } else { "" };
        let node_type = if row.format == Format::Node {
            NodeType::DdfName(moi.to_string())
        } else {
            NodeType::Mime(alloc::vec![row.mime().to_string()])
        };
        let mut properties =
            DfProperties::new(row.format, access).occurring(row.occurrence).scope(row.scope).of_type(node_type);
        properties.default_value = (!row.default.is_empty()).then(|| row.default.to_string());
        properties.description = (!row.about.is_empty()).then(|| row.about.to_string());
        match allowed(row) {
            Some(rule) => {
                let allowed_values = Some(AllowedValues::new(rule));
                properties.microsoft(Extras { allowed_values, ..Extras::default() })
            }
            None => properties,
        }
    }
}

fn allowed(row: &NodeRow<'_>) -> Option<ValueRule> {
    match row.allowed {
        Allowed::Any => None,
        Allowed::Within(least, most) => Some(ValueRule::Range(Ranges::new(alloc::vec![least..=most]))),
        Allowed::OneOf(words) => Some(ValueRule::Enum(words.iter().map(|word| EnumValue::new(*word)).collect())),
    }
}
