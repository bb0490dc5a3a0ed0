//! `diag_report` for libFuzzer, or, without it, for the files on the command line.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| omadm_fuzz::diag_report(bytes));

#[cfg(not(fuzzing))]
fn main() -> std::io::Result<()> {
    std::env::args_os().skip(1).try_for_each(|path| std::fs::read(path).map(|bytes| omadm_fuzz::diag_report(&bytes)))
}
