//! The tree of a device as a TOML file: one `[[node]]` a node.
//!
//! ```toml
//! [[node]]
//! uri = "./App/Interval"
//! format = "int"                  # as DM names it; default chr
//! type = "text/plain"             # MIME type, or the identifier of a management object on an interior node
//! value = 900                     # text, number or bool; or value_b64 = "..." for bytes
//! access = ["Get", "Replace"]     # default: every command but Exec
//! acl = "Get=*&Replace=nrem"
//! scope = "permanent"             # default: dynamic
//! ```
//!
//! Interior nodes may be left out when nothing about them is special. DevInfo, DevDetail, DMAcc, FUMO, SCOMO, LAWMO and an
//! object for configuration files are there without being named; a node of the file replaces the one that is there.
//! `[[function]]` and `[[trap]]` stand for whole objects (see `monitored`).

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use omadm_proto::message::Format;
use omadm_tree::ddf::Description;
use omadm_tree::mo::{ConfigFile, DevDetail, DevInfo, DmAcc, Fumo, INBOX, INBOX_ROOT, LAWMO, SCOMO_1_0};
use omadm_tree::{AccessType, Acl, LeafValue, NodeRef, NodeSpec, Scope, Tree};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::monitored::{Function, Trap};

/// Where the object for configuration files is.
const CONFIGURATION: &str = "./XRem/Config";

/// The whole file.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "function", skip_serializing_if = "Vec::is_empty")]
    functions: Vec<Function>,
    #[serde(default, rename = "trap", skip_serializing_if = "Vec::is_empty")]
    traps: Vec<Trap>,
    #[serde(default, rename = "node")]
    nodes: Vec<Entry>,
}

/// One node.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<Format>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    type_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Scalar>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_b64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acl: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<ScopeName>,
}

/// A value as people write it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Scalar {
    Text(String),
    Bool(bool),
    Int(i64),
    Float(f64),
}

impl Scalar {
    fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Bool(flag) => flag.to_string(),
            Self::Int(number) => number.to_string(),
            Self::Float(number) => number.to_string(),
        }
    }

    const fn natural_format(&self) -> Format {
        match self {
            Self::Text(_) => Format::Chr,
            Self::Bool(_) => Format::Bool,
            Self::Int(_) => Format::Int,
            Self::Float(_) => Format::Float,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ScopeName {
    Permanent,
    Dynamic,
}

/// Who the device is and who manages it, when the file does not say.
#[derive(Debug, Clone, Default)]
pub struct Identity {
    /// DevId, unless `./DevInfo/DevId` is in the file.
    pub dev_id: Option<String>,
    /// The server that the ACL of the root lets manage the tree, unless the file has an ACL for `.`.
    pub server_id: String,
    /// Where that server is, for its account at `./DMAcc/1`. The credentials come from elsewhere.
    pub server_url: String,
    /// Version of the firmware in the first slot, unless `./DevDetail/FwV` is in the file.
    pub fw_version: String,
}

/// Builds the tree that the file `path` describes; without a file only the standard objects.
///
/// # Errors
/// The file cannot be read, a node of it is wrong (the message names file, node and reason), or nothing says the DevId.
pub fn load(path: Option<&Path>, identity: &Identity) -> Result<Tree, Error> {
    let Some(path) = path else { return build(File::default(), identity) };
    let name = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| Error::new(format!("cannot read {name}: {error}")))?;
    parse(&text, identity).map_err(|error| error.within(&name.to_string()))
}

/// Builds the tree that the TOML `text` describes.
///
/// # Errors
/// As for [`load`].
pub fn parse(text: &str, identity: &Identity) -> Result<Tree, Error> {
    let file: File = toml::from_str(text).map_err(|error| Error::new(error.to_string().trim_end()))?;
    build(file, identity)
}

/// Lets the tree know what accounts and packages that come later are like, so that no server reads their secrets or their data.
///
/// # Errors
/// Never for the descriptions that the library has.
pub fn describe(tree: &mut Tree) -> Result<(), Error> {
    let mut description = Description::default();
    for ddf in [DmAcc::ddf("./DMAcc"), SCOMO_1_0.to_ddf("./SCOMO")] {
        description.add(&ddf).map_err(|error| Error::new(error.to_string()))?;
    }
    tree.describe(description);
    Ok(())
}

fn build(file: File, identity: &Identity) -> Result<Tree, Error> {
    let named = |uri: &str| file.nodes.iter().find(|entry| entry.uri == uri);
    let dev_id = match named("./DevInfo/DevId").and_then(|entry| entry.value.clone()) {
        Some(value) => value.into_text(),
        None => identity.dev_id.clone().ok_or_else(|| {
            Error::new("nothing says who the device is: give --dev-id, or a node ./DevInfo/DevId in the tree file")
        })?,
    };
    let mut builder = Tree::builder()
        .mo(DevInfo::new(dev_id).man("xrem").model("drem").lang("en"))
        .mo(DevDetail::new().dev_typ("drem").fw(identity.fw_version.as_str()).large_objects(true))
        .mo(Fumo::at("./FUMO"))
        .mo(SCOMO_1_0.instance("./SCOMO").complete())
        .mo(LAWMO.instance("./LAWMO").complete())
        .mo(ConfigFile::at(CONFIGURATION))
        .mo(INBOX.instance(INBOX_ROOT));
    if !identity.server_id.is_empty() {
        builder = builder.mo(DmAcc::at("./DMAcc/1", &identity.server_id).addr(&identity.server_url));
    }
    if !identity.server_id.is_empty() && named(".").is_none_or(|entry| entry.acl.is_none()) {
        builder = builder.managed_by(&identity.server_id);
    }
    for function in &file.functions {
        builder = builder.mo(function.object());
    }
    for trap in &file.traps {
        builder = builder.mo(trap.object());
    }
    let mut tree = builder.build().map_err(|error| Error::new(error.to_string()))?;
    for entry in file.nodes {
        let uri = entry.uri.clone();
        place(&mut tree, entry).map_err(|why| Error::new(format!("node {uri:?}: {why}")))?;
    }
    Ok(tree)
}

fn place(tree: &mut Tree, entry: Entry) -> Result<(), String> {
    let acl = entry.acl.as_deref().map(str::parse::<Acl>).transpose().map_err(|error| error.to_string())?;
    if entry.uri == "." {
        let acl = acl.ok_or("the root takes an acl and nothing else")?;
        return tree.set_acl(".", acl).map_err(|error| error.to_string());
    }
    let existing = tree.find(&entry.uri);
    let format = entry
        .format
        .or_else(|| entry.value.as_ref().filter(|_| existing.is_none()).map(Scalar::natural_format))
        .or_else(|| existing.map(NodeRef::format))
        .unwrap_or_default();
    let bytes = match (entry.value, entry.value_b64) {
        (Some(_), Some(_)) => return Err("has value and value_b64; write one".to_owned()),
        (Some(value), None) => value.into_text().into_bytes(),
        (None, Some(text)) => STANDARD.decode(text.trim()).map_err(|error| format!("value_b64: {error}"))?,
        (None, None) => Vec::new(),
    };
    let mut spec = if format == Format::Node {
        if !bytes.is_empty() {
            return Err("an interior node (format node) has no value".to_owned());
        }
        match &entry.type_name {
            Some(moi) => NodeSpec::interior().mo(moi.as_str()),
            None => NodeSpec::interior(),
        }
    } else {
        let spec = NodeSpec::leaf(format, LeafValue::new(format, bytes));
        match &entry.type_name {
            Some(mime) => spec.of_type(mime.as_str()),
            None => spec,
        }
    };
    if let Some(names) = entry.access {
        spec = spec.access(access(&names)?);
    }
    if let Some(acl) = acl {
        spec = spec.acl(acl);
    }
    if entry.scope == Some(ScopeName::Permanent) {
        spec = spec.permanent();
    }
    tree.put(&entry.uri, spec).map_err(|error| error.to_string())
}

fn access(names: &[String]) -> Result<AccessType, String> {
    names
        .iter()
        .map(|name| {
            AccessType::parse(name)
                .ok_or_else(|| format!("access {name:?} is none of Add, Copy, Delete, Exec, Get, Replace"))
        })
        .collect()
}

/// Writes the tree to the file `path`, in one step.
///
/// # Errors
/// The file cannot be written; the old one is still there then.
pub fn save(tree: &Tree, path: &Path) -> Result<(), Error> {
    let text = print(tree)?;
    crate::files::replace(path, text.as_bytes())
        .map_err(|error| Error::new(format!("cannot write {}: {error}", path.display())))
}

/// The TOML that describes the tree: every leaf, and the interior nodes about which something is special.
///
/// # Errors
/// A value cannot be written as TOML.
pub fn print(tree: &Tree) -> Result<String, Error> {
    let root = tree.root();
    let mut nodes = vec![Entry { uri: ".".to_owned(), acl: Some(root.acl().to_string()), ..Entry::default() }];
    nodes.extend(root.subtree().skip(1).filter(|node| !is_plain(*node)).map(entry));
    toml::to_string(&File { nodes, ..File::default() }).map_err(|error| Error::new(error.to_string()))
}

/// An interior node that is made by itself when a node below it is read back.
fn is_plain(node: NodeRef<'_>) -> bool {
    node.is_interior()
        && node.children().len() > 0
        && node.acl().is_empty()
        && node.type_name().is_empty()
        && node.access() == AccessType::DEFAULT
        && node.scope() == Scope::Dynamic
}

fn entry(node: NodeRef<'_>) -> Entry {
    let format = node.format();
    let mut entry = Entry { uri: node.uri().to_string(), format: Some(format), ..Entry::default() };
    entry.type_name = Some(node.type_name().to_owned()).filter(|name| !name.is_empty() && name != "text/plain");
    if format != Format::Node {
        match node.text() {
            Some(text) => entry.value = Some(Scalar::Text(text.to_owned())),
            None => entry.value_b64 = node.value().map(|bytes| STANDARD.encode(bytes)),
        }
    }
    if node.access() != AccessType::DEFAULT {
        entry.access = Some(node.access().names().map(str::to_owned).collect());
    }
    if !node.acl().is_empty() {
        entry.acl = Some(node.acl().to_string());
    }
    if node.scope() == Scope::Permanent {
        entry.scope = Some(ScopeName::Permanent);
    }
    entry
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity() -> Identity {
        Identity {
            dev_id: Some("urn:dev:1".into()),
            server_id: "nrem".into(),
            server_url: "http://127.0.0.1/dm".into(),
            fw_version: "1.0".into(),
        }
    }

    #[test]
    fn standard_objects_are_there_without_being_named() {
        let tree = parse("", &identity()).unwrap();
        assert_eq!(tree.text("./DevInfo/DevId"), Some("urn:dev:1"));
        assert_eq!(tree.text("./DevDetail/FwV"), Some("1.0"));
        assert!(tree.find("./FUMO/DownloadAndUpdate").is_some());
        assert_eq!(tree.text("./DMAcc/1/ServerID"), Some("nrem"));
        assert_eq!(tree.text("./DMAcc/1/AppAddr/1/Addr"), Some("http://127.0.0.1/dm"));
    }

    #[test]
    fn nodes_of_the_file_have_what_they_say() {
        let text = r#"
            [[node]]
            uri = "./App/Interval"
            value = 900
            access = ["Get"]
            acl = "Get=*"
            [[node]]
            uri = "./App/Blob"
            format = "bin"
            value_b64 = "AAEC"
        "#;
        let tree = parse(text, &identity()).unwrap();
        let interval = tree.find("./App/Interval").unwrap();
        assert_eq!((interval.format(), interval.text()), (Format::Int, Some("900")));
        assert_eq!(interval.access(), AccessType::GET);
        assert_eq!(interval.acl().to_string(), "Get=*");
        assert_eq!(tree.bytes("./App/Blob"), Some(&[0, 1, 2][..]));
    }

    #[test]
    fn a_wrong_node_is_named_with_the_reason() {
        let error = |text: &str| parse(text, &identity()).unwrap_err().to_string();
        let access = error("[[node]]\nuri = \"./A\"\naccess = [\"Read\"]");
        assert_eq!(access, "node \"./A\": access \"Read\" is none of Add, Copy, Delete, Exec, Get, Replace");
        let int = error("[[node]]\nuri = \"./A\"\nformat = \"int\"\nvalue = \"many\"");
        assert!(int.starts_with("node \"./A\": "), "{int}");
        let key = error("[[node]]\nuri = \"./A\"\ncolour = 1");
        assert!(key.contains("colour") && key.contains("line 3"), "{key}");
        let uri = error("[[node]]\nuri = \"/A\"\nvalue = 1");
        assert!(uri.starts_with("node \"/A\": "), "{uri}");
    }

    #[test]
    fn without_a_dev_id_the_error_says_what_to_do() {
        let error = parse("", &Identity::default()).unwrap_err().to_string();
        assert!(error.contains("--dev-id"), "{error}");
    }

    #[test]
    fn a_saved_tree_reads_back_equal() {
        let text = "[[node]]\nuri = \"./App/Name\"\nvalue = \"a \\\"quoted\\\" name\"\n[[node]]\nuri = \"./Ext\"\nformat = \"node\"\ntype = \"urn:x:y:1.0\"";
        let tree = parse(text, &identity()).unwrap();
        let again = parse(&print(&tree).unwrap(), &identity()).unwrap();
        assert_eq!(print(&again).unwrap(), print(&tree).unwrap());
        assert_eq!(again.text("./App/Name"), Some("a \"quoted\" name"));
        assert_eq!(again.find("./Ext").unwrap().type_name(), "urn:x:y:1.0");
    }
}
