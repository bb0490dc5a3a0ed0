//! How the device gets accounts and who answers for its user: what `drem run` and `drem bootstrap` share.

use drem::error::Error;
use drem::ui::Rule;
use omadm_proto::auth::{Scheme, Secret};
use omadm_proto::exchange::Syntax;
use omadm_proto::provisioning::imsi_key;
use xrem_client::account::AccountRules;
use xrem_client::bootstrap::{BootstrapPolicy, KnownServer};

#[derive(Debug, clap::Args)]
#[group(id = "provision")]
pub(crate) struct Args {
    /// Who answers when a server asks the user: nobody (the server is told 406), a rule, or the terminal.
    #[arg(long, value_enum, default_value_t = Rule::None)]
    ui: Rule,

    /// IMSI of the device: NETWPIN of provisioning documents, and NETWORKID unless --network-id is given.
    #[arg(long, value_name = "DIGITS", env = "DREM_IMSI", hide_env_values = true)]
    imsi: Option<String>,

    /// What network and device know: NETWORKID of DM bootstrap documents.
    #[arg(long, value_name = "TEXT", env = "DREM_NETWORK_ID", hide_env_values = true)]
    network_id: Option<String>,

    /// PIN of bootstrap documents. Without it the user is asked.
    #[arg(long, value_name = "PIN", env = "DREM_PIN", hide_env_values = true)]
    pin: Option<String>,

    /// Let a bootstrap document replace the account of a server that is known.
    #[arg(long)]
    replace_account: bool,
}

impl Args {
    pub(crate) const fn ui(&self) -> Rule {
        self.ui
    }

    /// How accounts of the tree are used that the arguments say nothing about: with the scheme that they name.
    pub(crate) const fn rules(syntax: Syntax) -> AccountRules {
        AccountRules::new().syntax(syntax).minimum(Scheme::Basic)
    }

    pub(crate) fn policy(&self, syntax: Syntax) -> Result<BootstrapPolicy, Error> {
        let mut policy = BootstrapPolicy::default().syntax(syntax);
        if let Some(imsi) = &self.imsi {
            let key = imsi_key(imsi).ok_or_else(|| Error::new("--imsi takes 1 to 15 decimal digits"))?;
            policy = policy.network_key(key.to_vec()).network_id(imsi.as_str());
        }
        if let Some(identity) = &self.network_id {
            policy = policy.network_id(identity.as_str());
        }
        if let Some(pin) = &self.pin {
            policy = policy.pin(Secret::new(pin.as_str()));
        }
        Ok(if self.replace_account { policy.known_server(KnownServer::Replace) } else { policy })
    }
}
