//! Writing series: the tail, sealed blocks, late samples, trimming.

use redb::ReadableTable as _;
use xrem_server::performance::{Measured, Sample, SeriesKey};

use super::super::StoreError;
use super::{Tables, block};

/// A tail of so many samples is sealed; larger ones cost every upload more, smaller ones every reader.
const SEAL: usize = 128;

/// The row of a series.
pub(super) struct Row {
    pub(super) unit: Option<String>,
    pub(super) tail: Vec<Sample>,
}

impl Row {
    /// The row in `bytes`: the length of the unit, the unit, the tail. No unit is one without length.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, StoreError> {
        let (unit, tail) = Self::split(bytes)?;
        let tail = block::unpack(tail).ok_or(StoreError::Samples)?;
        Ok(Self { unit, tail })
    }

    fn split(bytes: &[u8]) -> Result<(Option<String>, &[u8]), StoreError> {
        let (len, rest) = bytes.split_first_chunk::<2>().ok_or(StoreError::Samples)?;
        let (unit, tail) = rest.split_at_checked(u16::from_le_bytes(*len).into()).ok_or(StoreError::Samples)?;
        let unit = str::from_utf8(unit).map_err(|_| StoreError::Samples)?;
        Ok(((!unit.is_empty()).then(|| unit.to_owned()), tail))
    }

    /// The unit alone.
    pub(super) fn unit(bytes: &[u8]) -> Result<Option<String>, StoreError> {
        Self::split(bytes).map(|(unit, _)| unit)
    }

    fn write(&self) -> Vec<u8> {
        let unit = self.unit.as_deref().unwrap_or_default();
        let len = u16::try_from(unit.len()).unwrap_or(0);
        let mut bytes = Vec::with_capacity(unit.len() + 8 * self.tail.len() + 16);
        bytes.extend(len.to_le_bytes());
        bytes.extend(&unit.as_bytes()[..len.into()]);
        block::pack(&self.tail, &mut bytes);
        bytes
    }
}

/// The samples of a sealed block.
pub(super) fn sealed(bytes: &[u8]) -> Result<Vec<Sample>, StoreError> {
    block::unpack(bytes).ok_or(StoreError::Samples)
}

/// Puts those of `new` between `samples` whose time is not there yet; both are in order. Tells how many.
fn merge(samples: &mut Vec<Sample>, new: &[Sample]) -> u64 {
    let before = samples.len();
    let in_order = samples.last().zip(new.first()).is_none_or(|(last, first)| last.time < first.time);
    samples.extend(new);
    if !in_order {
        // Stable: of two with one time the earlier stays.
        samples.sort_by_key(|sample| sample.time);
        samples.dedup_by_key(|sample| sample.time);
    }
    (samples.len() - before) as u64
}

type Name<'a> = (&'a str, &'a str, &'a str);

impl Tables<'_> {
    /// Adds what was measured to the series `name`, whose row is `row`; tells how many samples are new.
    pub(super) fn append_to(
        &mut self,
        name: Name<'_>,
        row: Option<&[u8]>,
        measured: &Measured,
    ) -> Result<u64, StoreError> {
        let mut row = row.map_or(Ok(Row { unit: None, tail: Vec::new() }), Row::read)?;
        let begins = match row.tail.first() {
            Some(first) => Some(first.time),
            None => self.last_of_blocks(name)?.map(|last| last.time),
        };
        // What is older than the tail has its place among the blocks.
        let late = begins.map_or(0, |begins| measured.samples.partition_point(|sample| sample.time < begins));
        let (late, new) = measured.samples.split_at(late);
        let mut added = self.insert_late(name, late)?;
        let grown = merge(&mut row.tail, new);
        added += grown;
        let renamed = measured.unit.is_some() && measured.unit != row.unit;
        if renamed {
            row.unit.clone_from(&measured.unit);
        }
        while row.tail.len() > SEAL {
            let full: Vec<Sample> = row.tail.drain(..SEAL).collect();
            self.put_block(name, &full)?;
        }
        if grown > 0 || renamed {
            self.series.insert(name, row.write().as_slice())?;
        }
        Ok(added)
    }

    fn put_block(&mut self, (node, function, metric): Name<'_>, samples: &[Sample]) -> Result<(), StoreError> {
        let Some(first) = samples.first() else { return Ok(()) };
        let mut bytes = Vec::with_capacity(8 * samples.len());
        block::pack(samples, &mut bytes);
        self.blocks.insert((node, function, metric, first.time.as_unix_millis()), bytes.as_slice())?;
        Ok(())
    }

    /// Puts samples that are older than the tail into the blocks that they belong to.
    fn insert_late(&mut self, name: Name<'_>, mut late: &[Sample]) -> Result<u64, StoreError> {
        let (node, function, metric) = name;
        let mut added = 0;
        while let Some(oldest) = late.first().map(|sample| sample.time.as_unix_millis()) {
            // The block that the oldest lies in or follows, or else the first one; up to the next block all go there.
            let before = self.blocks.range((node, function, metric, 0)..=(node, function, metric, oldest))?.next_back();
            let (from, mut samples) = match before.transpose()? {
                Some((key, bytes)) => (key.value().3, sealed(bytes.value())?),
                None => (oldest, Vec::new()),
            };
            let behind = (node, function, metric, oldest + 1)..=(node, function, metric, u64::MAX);
            let next = self.blocks.range(behind)?.next().transpose()?.map(|(key, _)| key.value().3);
            let fits = |sample: &Sample| next.is_none_or(|next| sample.time.as_unix_millis() < next);
            let (own, rest) = late.split_at(late.partition_point(fits));
            let grown = merge(&mut samples, own);
            if grown > 0 {
                added += grown;
                self.blocks.remove((node, function, metric, from))?;
                for part in samples.chunks(2 * SEAL) {
                    self.put_block(name, part)?;
                }
            }
            late = rest;
        }
        Ok(added)
    }

    fn last_of_blocks(&self, (node, function, metric): Name<'_>) -> Result<Option<Sample>, StoreError> {
        let all = (node, function, metric, 0)..=(node, function, metric, u64::MAX);
        let Some(row) = self.blocks.range(all)?.next_back() else { return Ok(None) };
        Ok(sealed(row?.1.value())?.pop())
    }

    /// Removes what is before `before`, and of the rest the oldest until `keep` are left.
    pub(super) fn trim(&mut self, series: &SeriesKey, before: u64, keep: u64) -> Result<(), StoreError> {
        let (node, function, metric) = (series.node.as_str(), series.function.as_str(), series.metric.as_str());
        let name = (node, function, metric);
        let Some(mut row) = self.series.get(name)?.map(|bytes| Row::read(bytes.value())).transpose()? else {
            return Ok(());
        };
        // From the newest on: blocks until there are enough; the one in which it is enough may lose some.
        let mut left = keep;
        let stays = |left: &mut u64, samples: &mut Vec<Sample>| {
            let old = samples.partition_point(|sample| sample.time.as_unix_millis() < before);
            let excess = samples.len().saturating_sub(usize::try_from(*left).unwrap_or(usize::MAX));
            samples.drain(..old.max(excess));
            *left -= samples.len() as u64;
        };
        let tail = row.tail.len();
        stays(&mut left, &mut row.tail);
        let mut removed = Vec::new();
        let mut shortened = Vec::new();
        let mut any = !row.tail.is_empty();
        for entry in self.blocks.range((node, function, metric, 0)..=(node, function, metric, u64::MAX))?.rev() {
            let (key, bytes) = entry?;
            let count = block::count(bytes.value()).ok_or(StoreError::Samples)?;
            let first = key.value().3;
            if first >= before && count <= left {
                left -= count;
                any = true;
                continue;
            }
            let mut samples = if left == 0 { Vec::new() } else { sealed(bytes.value())? };
            stays(&mut left, &mut samples);
            removed.push(first);
            if !samples.is_empty() {
                any = true;
                shortened.push(samples);
            }
            if first < before {
                left = 0;
            }
        }
        for first in removed {
            self.blocks.remove((node, function, metric, first))?;
        }
        for samples in shortened {
            self.put_block(name, &samples)?;
        }
        if !any {
            self.series.remove(name)?;
        } else if row.tail.len() != tail {
            self.series.insert(name, row.write().as_slice())?;
        }
        Ok(())
    }
}
