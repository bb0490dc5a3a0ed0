//! The configuration of a gateway: a TOML file.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use omadm_proto::auth::{Nonce, Scheme, Secret};
use serde::Deserialize;

/// Why the configuration cannot be used; one line for a person.
#[derive(Debug)]
pub struct ConfigError(String);

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

/// Everything a gateway is told at its start.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// DevId of the gateway, a URN.
    pub id: String,
    /// Manufacturer, for `./DevInfo/Man`.
    #[serde(default = "default_man")]
    pub man: String,
    /// Model, for `./DevInfo/Mod`.
    #[serde(default = "default_model")]
    pub model: String,
    /// The network side.
    pub north: North,
    /// The area network.
    #[serde(default)]
    pub lan: Lan,
    /// The devices of the area network, each with its credentials.
    #[serde(default, rename = "device")]
    pub devices: Vec<Device>,
    /// Where the store and the images live; `--state` sets it.
    #[serde(skip)]
    pub state: PathBuf,
}

/// How the gateway reaches its NREM and proves itself.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct North {
    /// The DM endpoint, such as `http://127.0.0.1:8080/dm`.
    pub url: String,
    /// ServerID of the NREM.
    pub server_id: String,
    /// User name and secret of the gateway.
    pub client: Login,
    /// Secret that the NREM must prove.
    pub server_secret: Secret,
    /// `md5` or `basic`.
    #[serde(default)]
    pub scheme: SchemeName,
    /// First nonce of the gateway's credentials, base64; without one the first session begins with a challenge.
    #[serde(default, deserialize_with = "nonce")]
    pub client_nonce: Option<Nonce>,
    /// First nonce of the NREM's credentials and notifications, base64.
    #[serde(default, deserialize_with = "nonce")]
    pub server_nonce: Option<Nonce>,
    /// Speak WBXML.
    #[serde(default)]
    pub wbxml: bool,
    /// UDP address for notifications (Package #0); port 0 takes any.
    #[serde(default = "any_port")]
    pub notify: SocketAddr,
    /// Seconds between sessions that nobody asked for.
    #[serde(default = "default_poll")]
    pub poll: u64,
    /// An HTTP CONNECT proxy towards the network.
    #[serde(default)]
    pub proxy: Option<String>,
}

/// The side of the devices.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lan {
    /// Where devices find the DM endpoint and the images; port 0 takes any.
    pub listen: SocketAddr,
    /// What local image URLs begin with; default: `http://` and the address listened on.
    pub public_url: Option<String>,
    /// ServerID of the gateway towards its devices; default: the id of the gateway.
    pub server_id: Option<String>,
}

impl Default for Lan {
    fn default() -> Self {
        Self { listen: any_port(), public_url: None, server_id: None }
    }
}

/// One device of the area network.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// DevId.
    pub id: String,
    /// User name of the device.
    pub name: String,
    /// Secret of the device.
    pub secret: Secret,
    /// Secret that the gateway proves to the device.
    pub server_secret: Secret,
    /// `md5` or `basic`.
    #[serde(default)]
    pub scheme: SchemeName,
    /// First nonce of the device's credentials, base64.
    #[serde(default, deserialize_with = "nonce")]
    pub client_nonce: Option<Nonce>,
    /// First nonce of the gateway's credentials and notifications, base64.
    #[serde(default, deserialize_with = "nonce")]
    pub server_nonce: Option<Nonce>,
    /// UDP address on which the device takes notifications.
    #[serde(default)]
    pub notify: Option<SocketAddr>,
}

/// A user name with its secret.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The name.
    pub name: String,
    /// The secret.
    pub secret: Secret,
}

/// The scheme of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SchemeName {
    /// syncml:auth-md5.
    #[default]
    Md5,
    /// syncml:auth-basic.
    Basic,
}

impl From<SchemeName> for Scheme {
    fn from(name: SchemeName) -> Self {
        match name {
            SchemeName::Md5 => Self::Md5,
            SchemeName::Basic => Self::Basic,
        }
    }
}

impl Config {
    /// Reads the file `path`.
    ///
    /// # Errors
    /// The file cannot be read, or a line of it is wrong: the message names the file, the line and the reason.
    pub fn load(path: &Path, state: PathBuf) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError(format!("cannot read {}: {error}", path.display())))?;
        Self::parse(&text, state).map_err(|error| ConfigError(format!("{}: {error}", path.display())))
    }

    /// Reads the TOML `text`.
    ///
    /// # Errors
    /// As for [`Self::load`].
    pub fn parse(text: &str, state: PathBuf) -> Result<Self, ConfigError> {
        let mut config: Self =
            toml::from_str(text).map_err(|error| ConfigError(error.to_string().trim_end().to_owned()))?;
        config.state = state;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let mut seen = std::collections::BTreeSet::new();
        for device in &self.devices {
            if device.id.is_empty() || device.id == self.id {
                return Err(ConfigError(format!("device id {:?} is empty or that of the gateway", device.id)));
            }
            if !seen.insert(&device.id) {
                return Err(ConfigError(format!("device {} is listed twice", device.id)));
            }
        }
        if !self.north.url.starts_with("http://") {
            return Err(ConfigError(format!("north.url {:?} must begin with http://", self.north.url)));
        }
        Ok(())
    }
}

fn nonce<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Nonce>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Nonce::from_base64(&text)
        .map(Some)
        .ok_or_else(|| serde::de::Error::custom("a nonce is base64 of at most 128 bytes"))
}

fn default_man() -> String {
    "xrem".to_owned()
}

fn default_model() -> String {
    "grem".to_owned()
}

const fn default_poll() -> u64 {
    300
}

fn any_port() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINIMAL: &str = r#"
        id = "urn:gw:1"
        [north]
        url = "http://127.0.0.1:8080/dm"
        server_id = "nrem"
        client = { name = "gw1", secret = "s1" }
        server_secret = "s2"
        [[device]]
        id = "urn:dev:1"
        name = "dev1"
        secret = "s3"
        server_secret = "s4"
    "#;

    #[test]
    fn what_is_left_out_has_defaults() {
        let config = Config::parse(MINIMAL, PathBuf::from("state")).unwrap();
        assert_eq!(config.north.scheme, SchemeName::Md5);
        assert_eq!(config.north.poll, 300);
        assert_eq!(config.lan.listen.to_string(), "127.0.0.1:0");
        assert_eq!(config.devices.len(), 1);
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let error = Config::parse(&MINIMAL.replace("[north]", "colour = 1\n[north]"), PathBuf::new()).unwrap_err();
        assert!(error.to_string().contains("line 3") && error.to_string().contains("colour"), "{error}");
    }

    #[test]
    fn secrets_do_not_show_in_debug_output() {
        let shown = format!("{:?}", Config::parse(MINIMAL, PathBuf::new()).unwrap());
        assert!(["s1", "s2", "s3", "s4"].iter().all(|secret| !shown.contains(&format!("{secret:?}"))), "{shown}");
    }

    #[test]
    fn a_device_listed_twice_is_refused() {
        let twice = format!("{MINIMAL}{}", &MINIMAL[MINIMAL.find("[[device]]").unwrap()..]);
        assert!(Config::parse(&twice, PathBuf::new()).unwrap_err().to_string().contains("urn:dev:1 is listed twice"));
    }
}
