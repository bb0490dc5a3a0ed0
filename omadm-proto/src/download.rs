//! OMA Download OTA, the alternative download of FUMO and SCOMO \[mo 6\]: the descriptor that tells a client what it would
//! fetch, and the code that it reports when all is over.
//!
//! A client that fetched a descriptor calls [`Descriptor::decode`] (feature `xml`), asks [`Descriptor::check`] before it
//! fetches the object and [`Descriptor::check_object`] after, and posts an [`InstallNotify`] to the descriptor's
//! `installNotifyURI`. Whatever fails, the error tells the code to report ([`InstallStatus`]) and, if it was read, the
//! address to report it to. The schema is that of version 1; a descriptor of version 2 is another schema and is answered
//! with 951.

mod descriptor;
mod notify;
#[cfg(feature = "xml")]
mod read;
mod write;

pub use descriptor::{Descriptor, DescriptorError, Extension, Refused};
pub use notify::{InstallNotify, InstallStatus};
