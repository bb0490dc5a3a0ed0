//! Fuzz bodies: plain functions from bytes to nothing, which must return for every input.
