//! The configuration to apply: a TOML file of URI = value.

use std::path::Path;

use crate::failure::{Failure, Result};

/// One setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) uri: String,
    /// The Format as DM names it.
    pub(crate) format: &'static str,
    /// The value as DM writes it.
    pub(crate) value: String,
}

/// Reads `file`, or the built-in default.
pub(crate) fn load(file: Option<&Path>) -> Result<Vec<Setting>> {
    match file {
        None => parse(include_str!("default-config.toml"), "the built-in configuration"),
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|error| Failure::new(format!("cannot read {}: {error}", path.display())))?;
            parse(&text, &path.display().to_string())
        }
    }
}

fn parse(text: &str, name: &str) -> Result<Vec<Setting>> {
    let table: toml::Table = text.parse().map_err(|error| Failure::new(format!("{name}: {error}")))?;
    table
        .iter()
        .map(|(uri, value)| setting(uri, value).map_err(|why| Failure::new(format!("{name}: {uri}: {why}"))))
        .collect()
}

fn setting(uri: &str, value: &toml::Value) -> Result<Setting, &'static str> {
    let (format, value) = match value {
        toml::Value::String(text) => ("chr", text.clone()),
        toml::Value::Integer(number) => ("int", number.to_string()),
        toml::Value::Boolean(flag) => ("bool", flag.to_string()),
        toml::Value::Float(number) => ("float", number.to_string()),
        toml::Value::Datetime(_) => return Err("dates are not settings; write the text that the node expects"),
        toml::Value::Array(_) | toml::Value::Table(_) => {
            return Err("a setting is one value; write the whole URI in quotes as the key");
        }
    };
    Ok(Setting { uri: uri.to_owned(), format, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_kind_as_dm_formats() {
        let settings = parse("\"./App/A\" = 5\n\"./App/B\" = true\n\"./App/C\" = \"x\"", "test").unwrap();
        let kinds: Vec<_> =
            settings.iter().map(|setting| (setting.uri.as_str(), setting.format, setting.value.as_str())).collect();
        assert_eq!(kinds, [("./App/A", "int", "5"), ("./App/B", "bool", "true"), ("./App/C", "chr", "x")]);
    }

    #[test]
    fn a_table_instead_of_a_value_is_refused_with_its_name() {
        let error = parse("[App]\nInterval = 5", "settings.toml").unwrap_err();
        assert!(error.to_string().starts_with("settings.toml: App: a setting is one value"), "{error}");
    }
}
