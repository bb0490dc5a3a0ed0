//! The entries of the tree: what the server said of a package, its Status, the inventory \[mo 7.1-7.3\].

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use omadm_tree::mo::{Key, MoView, SCOMO_1_0, ScomoOperation, ScomoView};
use omadm_tree::tree::Tree;
use omadm_tree::uri::NodeUri;

use super::action::{Activation, Component};
use super::job::List;
use super::status::{DELIVERED_TRANSITIONS, DEPLOYED_TRANSITIONS, DOWNLOAD_TRANSITIONS, Transition, way};

/// The longest name that is made for a node: the usual limit of a segment.
const NAME_LEN: usize = 31;

/// The operation that an Exec of `uri` means, and its entry.
pub(super) fn operation(tree: &Tree, uri: &NodeUri) -> Option<(ScomoOperation, NodeUri)> {
    let node = tree.node_at(uri)?;
    let (operation, entry) = ScomoView::around(node)?.operation(node)?;
    Some((operation, entry.uri()))
}

/// The object that `entry` lies in.
fn object(tree: &Tree, entry: &NodeUri) -> Option<NodeUri> {
    Some(ScomoView::around(tree.node_at(entry)?)?.uri())
}

/// What the server says of a package, as it stands in its entry.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    pub(super) pkg_id: String,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) url: String,
    pub(super) pkg_type: String,
    pub(super) env_type: String,
    pub(super) params: String,
    pub(super) sha256: String,
    pub(super) signature: Vec<u8>,
    /// Data is there.
    pub(super) has_data: bool,
}

impl Facts {
    /// `None` when the entry is gone.
    pub(super) fn read(tree: &Tree, entry: &NodeUri) -> Option<Self> {
        let view = MoView::at(tree.node_at(entry)?);
        let text = |key: Key<str>| view.text(key).unwrap_or_default().trim().to_string();
        Some(Self {
            pkg_id: text(ScomoView::PKG_ID),
            name: text(ScomoView::NAME),
            description: text(ScomoView::DESCRIPTION),
            url: text(ScomoView::PKG_URL),
            pkg_type: text(ScomoView::PKG_TYPE),
            env_type: text(ScomoView::ENV_TYPE),
            params: text(ScomoView::INSTALL_PARAMS),
            sha256: text(ScomoView::SHA256),
            signature: view.filled(ScomoView::SIGNATURE).map(<[u8]>::to_vec).unwrap_or_default(),
            has_data: view.filled(ScomoView::DATA).is_some(),
        })
    }
}

/// What reports call the entry: the ID of its component, or PkgID.
pub(super) fn identifier(tree: &Tree, list: List, entry: &NodeUri) -> String {
    let identifier = match list {
        List::Deployed => component_id(tree, entry),
        List::Download | List::Delivered => Facts::read(tree, entry).map(|facts| facts.pkg_id),
    };
    identifier.unwrap_or_default()
}

/// The ID of the component of `entry`; its name when it has none.
fn component_id(tree: &Tree, entry: &NodeUri) -> Option<String> {
    let view = MoView::at(tree.node_at(entry)?);
    Some(view.text(ScomoView::ID).unwrap_or_else(|| view.name()).to_string())
}

const fn transitions(list: List) -> &'static [Transition] {
    match list {
        List::Download => &DOWNLOAD_TRANSITIONS,
        List::Delivered => &DELIVERED_TRANSITIONS,
        List::Deployed => &DEPLOYED_TRANSITIONS,
    }
}

/// Moves the Status of `entry` along legal transitions; gives the values that it took.
pub(super) fn move_status(tree: &mut Tree, list: List, entry: &NodeUri, to: u16) -> Vec<u16> {
    let Some(view) = tree.node_at(entry).map(MoView::at) else { return Vec::new() };
    let from = view.read(Key::<u32>::new("Status")).and_then(|status| u16::try_from(status).ok());
    let path = view.path("Status");
    let steps = way(transitions(list), from.unwrap_or(10), to);
    // A tree whose Status takes no number keeps its value; the operation and its report do not depend on it.
    steps.into_iter().filter(|status| tree.set(&path, u32::from(*status)).is_ok()).collect()
}

/// Writes State.
pub(super) fn set_state(tree: &mut Tree, entry: &NodeUri, state: u16) {
    if let Some(path) = tree.node_at(entry).map(|node| MoView::at(node).path("State")) {
        // As for Status.
        let _ = tree.set(&path, u32::from(state));
    }
}

/// Empties Data: the package is in the store.
pub(super) fn empty_data(tree: &mut Tree, entry: &NodeUri) {
    if let Some(path) = tree.node_at(entry).map(|node| MoView::at(node).path("Data")) {
        // Without Data there is nothing to empty.
        let _ = tree.set(&path, Vec::<u8>::new());
    }
}

/// Removes the entry, if it is there.
pub(super) fn remove(tree: &mut Tree, entry: &NodeUri) {
    // Gone already is as good.
    let _ = tree.remove(&entry.to_string());
}

/// Puts the package of the Download entry `from` into Delivered, under the same name; gives the new entry.
pub(super) fn deliver(tree: &mut Tree, from: &NodeUri, facts: &Facts) -> Option<NodeUri> {
    let name = from.name()?.to_string();
    let entry = object(tree, from)?.child("Inventory").child("Delivered").child(&name);
    remove(tree, &entry);
    let filled = |text: &str| (!text.is_empty()).then(|| text.to_string());
    let at = entry.to_string();
    let made = SCOMO_1_0
        .entry("Inventory/Delivered/<x>", &at)
        .fill("PkgID", facts.pkg_id.as_str())
        .fill_some("Name", filled(&facts.name))
        .fill_some("Description", filled(&facts.description))
        .fill_some("PkgType", filled(&facts.pkg_type))
        .fill_some("InstallParams", filled(&facts.params))
        .fill_some("EnvType", filled(&facts.env_type))
        .fill_some("Ext/XRem/Sha256", filled(&facts.sha256))
        .fill_some("Ext/XRem/Signature", (!facts.signature.is_empty()).then(|| facts.signature.clone()))
        .with("Operations/Install")
        .with("Operations/InstallInactive")
        .with("Operations/Remove")
        .put_into(tree);
    made.is_ok().then_some(entry)
}

/// Puts an installed component into Deployed, in place of one of the same ID; gives its entry.
pub(super) fn deploy(
    tree: &mut Tree,
    package: &NodeUri,
    facts: &Facts,
    component: &Component,
    activation: Activation,
) -> Option<NodeUri> {
    let list = object(tree, package)?.child("Inventory").child("Deployed");
    let entry = place_of(tree, &list, &component.id)?;
    remove(tree, &entry);
    let env_type = component.env_type.clone().or_else(|| Some(facts.env_type.clone()));
    let at = entry.to_string();
    let made = SCOMO_1_0
        .entry("Inventory/Deployed/<x>", &at)
        .fill("ID", component.id.as_str())
        .fill("PkgIDRef", facts.pkg_id.as_str())
        .fill_some("Name", component.name.clone())
        .fill_some("Description", component.description.clone())
        .fill_some("Version", component.version.clone())
        .fill_some("EnvType", env_type.filter(|text| !text.is_empty()))
        .fill("State", activation.state())
        .with("Operations/Activate")
        .with("Operations/Deactivate")
        .with("Operations/Remove")
        .put_into(tree);
    made.is_ok().then_some(entry)
}

/// The entry of the component `id` in `list`, or a free place for it, called like it as far as a node can be.
fn place_of(tree: &Tree, list: &NodeUri, id: &str) -> Option<NodeUri> {
    let known = tree.node_at(list)?.children().map(|node| node.uri());
    let mut known = known.filter(|entry| component_id(tree, entry).as_deref() == Some(id));
    if let Some(entry) = known.next() {
        return Some(entry);
    }
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-');
    let name: String = id.chars().map(|letter| if plain(letter) { letter } else { '_' }).take(NAME_LEN - 4).collect();
    let name = if name.trim_matches('.').is_empty() { String::from("c") } else { name };
    let names = core::iter::once(name.clone()).chain((2..=999).map(|number| alloc::format!("{name}-{number}")));
    names.map(|name| list.child(&name)).find(|entry| tree.node_at(entry).is_none())
}
