//! The driver, as a library, so that `fleet` can run it in its own process.
