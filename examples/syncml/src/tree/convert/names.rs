//! The names that were given for nodes whose name is chosen when they are created.

use omadm_tree::NodeUri;

/// Names for all of them, and for those below one node.
#[derive(Debug, Default)]
pub(super) struct Names {
    everywhere: Vec<String>,
    below: Vec<(NodeUri, String)>,
}

impl Names {
    /// The names of `NAME` and `URI=NAME`.
    pub(super) fn parse(words: &[String]) -> Result<Self, String> {
        let mut names = Self::default();
        for word in words {
            let (uri, name) = match word.rsplit_once('=') {
                Some((uri, name)) => (Some(uri), name),
                None => (None, word.as_str()),
            };
            NodeUri::parse(name)
                .ok()
                .filter(|uri| uri.depth() == 1)
                .ok_or_else(|| format!("--name {word}: {name:?} is no name of a node"))?;
            match uri {
                None => names.everywhere.push(name.to_string()),
                Some(uri) => {
                    let uri = NodeUri::parse(uri).map_err(|error| format!("--name {word}: {error}"))?;
                    names.below.push((uri, name.to_string()));
                }
            }
        }
        Ok(names)
    }

    /// The names for the unnamed node below `uri`: those for this place, or else those for all.
    pub(super) fn below(&self, uri: &NodeUri) -> Vec<&str> {
        let here: Vec<_> = self.below.iter().filter(|(place, _)| place == uri).map(|(_, name)| name.as_str()).collect();
        if here.is_empty() { self.everywhere.iter().map(String::as_str).collect() } else { here }
    }
}
