//! Commands of a scripted server, written as XML with the CmdIDs left open.
//!
//! A script says `get("./T/s")`; the session numbers the commands when it sends them. What no builder can say (a missing
//! CmdID, an element that does not exist) is [`raw`] XML.

use std::fmt::Write as _;

/// Where a CmdID goes.
pub(super) const ID: char = '\u{1}';

/// One command, with those inside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cmd {
    pub(super) text: String,
    /// The names of the numbered commands, in document order.
    pub(super) names: Vec<&'static str>,
    /// The addressed nodes.
    pub(super) targets: Vec<String>,
}

/// `text` as it stands between tags.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// An Item.
#[derive(Debug, Clone, Default)]
pub struct Item {
    target: Option<String>,
    source: Option<String>,
    format: Option<&'static str>,
    type_name: Option<String>,
    size: Option<u64>,
    data: Option<String>,
    more: bool,
}

impl Item {
    /// An Item with Target.
    pub fn target(uri: impl Into<String>) -> Self {
        Self { target: Some(uri.into()), ..Self::default() }
    }

    /// An Item with Data only.
    pub fn data_only(data: &str) -> Self {
        Self::default().data(data)
    }

    /// The same with Source.
    #[must_use]
    pub fn source(mut self, uri: impl Into<String>) -> Self {
        self.source = Some(uri.into());
        self
    }

    /// The same with Meta/Format.
    #[must_use]
    pub fn format(mut self, format: &'static str) -> Self {
        self.format = Some(format);
        self
    }

    /// The same with Meta/Type.
    #[must_use]
    pub fn of_type(mut self, type_name: impl Into<String>) -> Self {
        self.type_name = Some(type_name.into());
        self
    }

    /// The same with Meta/Size.
    #[must_use]
    pub fn size(mut self, size: u64) -> Self {
        self.size = Some(size);
        self
    }

    /// The same with Data.
    #[must_use]
    pub fn data(mut self, data: &str) -> Self {
        self.data = Some(escape(data));
        self
    }

    /// The same with `MoreData`.
    #[must_use]
    pub fn more(mut self) -> Self {
        self.more = true;
        self
    }

    fn write(&self, out: &mut String) {
        out.push_str("<Item>");
        // Writing to a String cannot fail.
        if let Some(uri) = &self.target {
            let _ = write!(out, "<Target><LocURI>{}</LocURI></Target>", escape(uri));
        }
        if let Some(uri) = &self.source {
            let _ = write!(out, "<Source><LocURI>{}</LocURI></Source>", escape(uri));
        }
        out.push_str(&meta(self.format, self.type_name.as_deref(), self.size));
        if let Some(data) = &self.data {
            let _ = write!(out, "<Data>{data}</Data>");
        }
        if self.more {
            out.push_str("<MoreData/>");
        }
        out.push_str("</Item>");
    }
}

fn meta(format: Option<&str>, type_name: Option<&str>, size: Option<u64>) -> String {
    let mut inside = String::new();
    if let Some(format) = format {
        let _ = write!(inside, "<Format xmlns='syncml:metinf'>{format}</Format>");
    }
    if let Some(type_name) = type_name {
        let _ = write!(inside, "<Type xmlns='syncml:metinf'>{}</Type>", escape(type_name));
    }
    if let Some(size) = size {
        let _ = write!(inside, "<Size xmlns='syncml:metinf'>{size}</Size>");
    }
    if inside.is_empty() { inside } else { format!("<Meta>{inside}</Meta>") }
}

/// A command with these Items.
pub fn command(verb: &'static str, items: &[Item]) -> Cmd {
    with_inside(verb, "", items)
}

/// A command with `inside` (Meta, Correlator, `NoResp`) in front of its Items.
pub fn with_inside(verb: &'static str, inside: &str, items: &[Item]) -> Cmd {
    let mut text = format!("<{verb}><CmdID>{ID}</CmdID>{inside}");
    for item in items {
        item.write(&mut text);
    }
    let _ = write!(text, "</{verb}>");
    let targets = items.iter().flat_map(|item| item.target.iter().chain(&item.source)).cloned().collect();
    Cmd { text, names: vec![verb], targets }
}

/// A command on one node.
fn on(verb: &'static str, item: Item) -> Cmd {
    command(verb, &[item])
}

/// Get.
pub fn get(uri: &str) -> Cmd {
    on("Get", Item::target(uri))
}

/// Delete.
pub fn delete(uri: &str) -> Cmd {
    on("Delete", Item::target(uri))
}

/// Replace with text.
pub fn replace(uri: &str, value: &str) -> Cmd {
    on("Replace", Item::target(uri).data(value))
}

/// Replace of an Item.
pub fn replace_item(item: Item) -> Cmd {
    on("Replace", item)
}

/// Add of a text leaf.
pub fn add(uri: &str, value: &str) -> Cmd {
    on("Add", Item::target(uri).format("chr").data(value))
}

/// Add of an interior node.
pub fn add_node(uri: &str) -> Cmd {
    on("Add", Item::target(uri).format("node"))
}

/// Add of an Item.
pub fn add_item(item: Item) -> Cmd {
    on("Add", item)
}

/// Copy.
pub fn copy(source: &str, target: &str) -> Cmd {
    on("Copy", Item::target(target).source(source))
}

/// Exec without argument and Correlator.
pub fn exec(uri: &str) -> Cmd {
    on("Exec", Item::target(uri))
}

/// Exec with an argument.
pub fn exec_with(uri: &str, argument: &str) -> Cmd {
    on("Exec", Item::target(uri).data(argument))
}

/// Exec with a Correlator.
pub fn exec_correlated(uri: &str, correlator: &str) -> Cmd {
    with_inside("Exec", &format!("<Correlator>{correlator}</Correlator>"), &[Item::target(uri)])
}

/// Alert with texts, one an Item.
pub fn alert(code: u16, texts: &[&str]) -> Cmd {
    let items: Vec<Item> = texts.iter().map(|text| Item::data_only(text)).collect();
    with_inside("Alert", &format!("<Data>{code}</Data>"), &items)
}

/// Atomic.
pub fn atomic(commands: impl IntoIterator<Item = Cmd>) -> Cmd {
    container("Atomic", commands)
}

/// Sequence.
pub fn sequence(commands: impl IntoIterator<Item = Cmd>) -> Cmd {
    container("Sequence", commands)
}

fn container(name: &'static str, commands: impl IntoIterator<Item = Cmd>) -> Cmd {
    let mut whole = Cmd { text: format!("<{name}><CmdID>{ID}</CmdID>"), names: vec![name], targets: Vec::new() };
    for command in commands {
        whole.text.push_str(&command.text);
        whole.names.extend(command.names);
        whole.targets.extend(command.targets);
    }
    let _ = write!(whole.text, "</{name}>");
    whole
}

/// XML as it is; each `#` in it is a CmdID, and `names` are the commands that have one.
pub fn raw(text: &str, names: &[&'static str]) -> Cmd {
    Cmd { text: text.replace('#', &ID.to_string()), names: names.to_vec(), targets: Vec::new() }
}
