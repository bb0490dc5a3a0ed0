//! Bootstrap documents: OMA Client Provisioning, its signature, and the account that comes out of it \[dm 12, mo 4.4\].
//!
//! [`ProvisioningDoc`] is the document, in both syntaxes, in document order, every value byte for byte. Whether it may be
//! believed is told by [`BootstrapSecurity`], the SEC and MAC parameters of the Content-Type that it came with; the same
//! check serves a DM message that is pushed as bootstrap. [`ProvisioningDoc::accounts`] gives the DM accounts of a document
//! as [`BootstrapAccount`], and [`BootstrapAccount::leaves`] the nodes that a device creates for one. A device that receives
//! a push goes in this order: [`crate::push::Push::parse`], [`BootstrapSecurity::verify`], [`ProvisioningDoc::decode_as`].
//!
//! Values never show in Debug output: any of them may be a password.

mod account;
mod document;
mod imsi;
mod leaf;
mod read;
mod security;
mod write;

pub use account::{Address, AddressType, AppAuth, AuthLevel, BootstrapAccount, BootstrapFault, Connection};
pub use document::{Characteristic, Entry, Parm, ProvisioningDoc};
pub use imsi::imsi_key;
pub use leaf::AccountLeaf;
pub use security::{BootstrapMac, BootstrapSecrets, BootstrapSecurity, Sec, SecurityFault, bootstrap_mac};
