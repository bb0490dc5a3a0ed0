//! Criterion benches of the omadm / xrem crates; the inputs they share.
