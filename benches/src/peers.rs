//! The peers written in C, behind safe functions: libwbxml and expat.
//!
//! Each function is one operation and checks what the peer answers. A peer that was not found when this crate was built
//! answers `None`; [`missing`] names those.

#[cfg(any(libwbxml, expat))]
mod ffi;

#[cfg(libwbxml)]
pub use ffi::Tree;
#[cfg(expat)]
pub use ffi::xml_events;
#[cfg(libwbxml)]
pub use ffi::{wbxml_events, wbxml_to_xml};

/// The peers that this crate was built without, with the Debian package that brings each.
#[must_use]
pub fn missing() -> Vec<&'static str> {
    let mut missing = Vec::new();
    if cfg!(not(libwbxml)) {
        missing.push("libwbxml (Debian: libwbxml2-dev)");
    }
    if cfg!(not(expat)) {
        missing.push("expat (Debian: libexpat1-dev)");
    }
    missing
}

/// Says which peers are missing, on the error stream.
///
/// # Panics
/// In CI (`CI=true`) when a peer is missing: there a comparison must not be left out in silence.
pub fn report_missing() {
    let missing = missing();
    if missing.is_empty() {
        return;
    }
    let missing = missing.join(", ");
    assert!(std::env::var("CI").as_deref() != Ok("true"), "built without these peers: {missing}");
    eprintln!("built without these peers, so nothing is compared with them: {missing}; install them and build again");
}

/// The peers in this build, with their versions.
#[must_use]
pub fn versions() -> Vec<String> {
    let found = [("libwbxml", option_env!("PEER_LIBWBXML")), ("expat", option_env!("PEER_EXPAT"))];
    found.into_iter().filter_map(|(name, version)| Some(format!("{name} {}", version?))).collect()
}
