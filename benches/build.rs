//! Finds the C peers and compiles the shim that calls them.
//!
//! A peer that is not installed is left out; what was found is told to the crate by the cfgs `libwbxml` and `expat`. The
//! programs of this crate say what is missing, and fail if that happens in CI.

use pkg_config::{Config, Library};

fn main() {
    println!("cargo:rerun-if-changed=src/peers/shim.c");
    println!("cargo:rustc-check-cfg=cfg(libwbxml)");
    println!("cargo:rustc-check-cfg=cfg(expat)");
    let mut shim = cc::Build::new();
    shim.file("src/peers/shim.c").warnings(true).extra_warnings(true).opt_level(2);
    let mut libraries = Vec::new();
    for (name, cfg, define) in [("libwbxml2", "libwbxml", "WITH_LIBWBXML"), ("expat", "expat", "WITH_EXPAT")] {
        // The link flags are printed below, behind the shim that needs them.
        let Ok(found) = Config::new().cargo_metadata(false).env_metadata(true).probe(name) else { continue };
        let Library { include_paths, link_paths, libs, version, .. } = found;
        shim.includes(include_paths).define(define, None);
        println!("cargo:rustc-cfg={cfg}");
        println!("cargo:rustc-env=PEER_{}={version}", cfg.to_uppercase());
        libraries.push((link_paths, libs));
    }
    if libraries.is_empty() {
        return;
    }
    shim.compile("peers");
    for (paths, libs) in libraries {
        for path in paths.iter().filter(|path| path.is_absolute()) {
            println!("cargo:rustc-link-search=native={}", path.display());
        }
        for lib in libs {
            println!("cargo:rustc-link-lib={lib}");
        }
    }
}
