//! Which values a node takes, in words.

use omadm_tree::ddf::microsoft::{AllowedValues, EnumValue, ValueRule};

use crate::screen::printable;

/// Values of a list that are named.
const NAMED: usize = 12;

/// What `allowed` says; nothing where it says nothing.
pub(super) fn in_words(allowed: &AllowedValues) -> Option<String> {
    let rule = match &allowed.rule {
        ValueRule::Enum(values) => listed(values),
        ValueRule::Flag(values) => format!("sums of {}", listed(values)),
        ValueRule::Range(ranges) => ranges.to_string(),
        ValueRule::RegEx(expression) => format!("/{}/", printable(expression.as_deref()?, 60)),
        ValueRule::Admx(policy) => format!("policy {} of {}", printable(&policy.name, 60), printable(&policy.file, 60)),
        ValueRule::Xsd(_) => "an XML document of a schema".to_string(),
        _ => return None,
    };
    Some(match &allowed.delimiter {
        Some(delimiter) => format!("list of {rule} between {:?}", printable(delimiter, 8)),
        None => rule,
    })
}

fn listed(values: &[EnumValue]) -> String {
    let mut names: Vec<_> = values.iter().take(NAMED).map(|value| printable(&value.value, 24)).collect();
    if values.len() > NAMED {
        names.push("…".to_string());
    }
    names.join("|")
}
