//! Applies a BSDIFF40 delta with bounded memory: source, delta and target are files, read and written piece by piece.
//!
//! ```text
//! "BSDIFF40"  len(control)  len(diff)  len(target)   8 bytes each, sign and magnitude, little-endian
//! control: (add, copy, seek) ...                     bzip2: take `add` bytes of source and diff, added up; then `copy` bytes
//! diff, extra                                        bzip2: of extra; then move in the source by `seek`
//! ```

use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom, Write};
use std::path::Path;

use bzip2::read::BzDecoder;

/// Bytes in memory of each stream.
const PIECE: usize = 64 << 10;

type Section = BzDecoder<BufReader<io::Take<File>>>;

/// The three streams of a delta.
struct Patch {
    control: Section,
    diff: Section,
    extra: Section,
    target_len: u64,
}

/// Writes to `target` what `patch` makes of `source`, at most `target_len` bytes, and makes it durable.
///
/// # Errors
/// [`io::ErrorKind::InvalidData`] when the delta is broken or made for something else; anything else when a file fails.
pub(crate) fn apply(source: &Path, patch: &Path, target: &Path, target_len: u64) -> io::Result<()> {
    let mut source = File::open(source)?;
    let source_len = source.metadata()?.len();
    let mut patch = Patch::open(patch)?;
    if patch.target_len != target_len {
        return Err(broken("it makes another length"));
    }
    let mut target = io::BufWriter::with_capacity(PIECE, File::create(target)?);
    let (mut position, mut written) = (0_u64, 0_u64);
    let mut pieces = (vec![0; PIECE], vec![0; PIECE]);
    while written < target_len {
        let add = length(number(&mut patch.control)?)?;
        let copy = length(number(&mut patch.control)?)?;
        let seek = number(&mut patch.control)?;
        let end = written.checked_add(add).and_then(|end| end.checked_add(copy));
        if end.is_none_or(|end| end > target_len) || position.checked_add(add).is_none_or(|end| end > source_len) {
            return Err(broken("it reaches behind an end"));
        }
        source.seek(SeekFrom::Start(position))?;
        let mut left = add;
        while left > 0 {
            let piece = PIECE.min(usize::try_from(left).unwrap_or(PIECE));
            let (old, diff) = (&mut pieces.0[..piece], &mut pieces.1[..piece]);
            source.read_exact(old)?;
            patch.diff.read_exact(diff)?;
            diff.iter_mut().zip(old.iter()).for_each(|(diff, old)| *diff = diff.wrapping_add(*old));
            target.write_all(diff)?;
            left -= piece as u64;
        }
        if io::copy(&mut (&mut patch.extra).take(copy), &mut target)? != copy {
            return Err(broken("it ends early"));
        }
        written += add + copy;
        position = (position + add).checked_add_signed(seek).ok_or_else(|| broken("it seeks before the start"))?;
    }
    target.flush()?;
    target.get_ref().sync_all()
}

impl Patch {
    fn open(path: &Path) -> io::Result<Self> {
        let mut head = [0; 32];
        File::open(path)?.read_exact(&mut head)?;
        let mut fields = head.get(8..).unwrap_or_default();
        if !head.starts_with(b"BSDIFF40") {
            return Err(broken("it is no BSDIFF40 container"));
        }
        let control = length(number(&mut fields)?)?;
        let diff = length(number(&mut fields)?)?;
        let target_len = length(number(&mut fields)?)?;
        let extra = 32_u64.checked_add(control).and_then(|at| at.checked_add(diff));
        let extra = extra.ok_or_else(|| broken("its lengths are too large"))?;
        Ok(Self {
            control: section(path, 32, control)?,
            diff: section(path, 32 + control, diff)?,
            extra: section(path, extra, u64::MAX)?,
            target_len,
        })
    }
}

fn section(path: &Path, offset: u64, len: u64) -> io::Result<Section> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(offset))?;
    Ok(BzDecoder::new(BufReader::with_capacity(PIECE, file.take(len))))
}

/// Eight bytes: the magnitude, little-endian, and the sign in the highest bit.
fn number(stream: &mut impl Read) -> io::Result<i64> {
    let mut bytes = [0; 8];
    stream.read_exact(&mut bytes)?;
    let value = i64::from_le_bytes(bytes);
    let magnitude = value & i64::MAX;
    Ok(if value < 0 { -magnitude } else { magnitude })
}

fn length(number: i64) -> io::Result<u64> {
    u64::try_from(number).map_err(|_| broken("a length is negative"))
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the delta cannot be applied: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(seed: u32, len: u32) -> Vec<u8> {
        (0..len).flat_map(|word| (word ^ seed).wrapping_mul(0x9E37_79B1).to_be_bytes()).collect()
    }

    /// What `apply` makes of `old` and `delta`.
    fn applied(old: &[u8], delta: &[u8], len: u64) -> io::Result<Vec<u8>> {
        let dir = tempfile::tempdir()?;
        let paths = ["old", "delta", "new"].map(|name| dir.path().join(name));
        std::fs::write(&paths[0], old)?;
        std::fs::write(&paths[1], delta)?;
        apply(&paths[0], &paths[1], &paths[2], len)?;
        std::fs::read(&paths[2])
    }

    fn delta(old: &[u8], new: &[u8]) -> Vec<u8> {
        let mut delta = Vec::new();
        qbsdiff::Bsdiff::new(old, new).compare(io::Cursor::new(&mut delta)).unwrap();
        delta
    }

    #[test]
    fn deltas_of_another_implementation_make_the_new_image() {
        let old = image(1, 100_000);
        let mut moved = old[200_000..].to_vec();
        moved.extend(&old[..150_000]);
        let mut changed = old.clone();
        changed[1000..1100].fill(3);
        changed.extend(image(9, 50_000));
        for new in [moved, changed, image(2, 70_000), b"short".to_vec(), old.clone()] {
            let result = applied(&old, &delta(&old, &new), new.len() as u64).unwrap();
            assert!(result == new);
        }
    }

    #[test]
    fn a_broken_delta_is_refused_wherever_it_is_broken_or_makes_other_bytes() {
        let (old, new) = (image(1, 500), image(2, 600));
        let good = delta(&old, &new);
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x41;
            if let Ok(result) = applied(&old, &bad, new.len() as u64) {
                assert_eq!(result.len(), new.len());
            }
            assert!(applied(&old, &good[..at], new.len() as u64).map_or(true, |result| result == new));
        }
        assert!(applied(&old, &good, 2399).is_err());
        assert!(applied(b"short", &delta(&old, &old), old.len() as u64).is_err());
    }
}
