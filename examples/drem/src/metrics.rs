//! What the device measures: its memory, load, uptime and storage, or what a file says.
//!
//! A performance function is measured by the name of its node:
//!
//! | function | metrics |
//! |---|---|
//! | `memory` | `total`, `available`, `used` in kB |
//! | `load` | `load1`, `load5`, `load15` |
//! | `uptime` | `uptime`, `idle` in s |
//! | `storage` | `used` in kB and `files`: what the state folder holds |
//!
//! A file has a line `name value unit` for each metric, the unit left out where there is none. `memory/free` is measured by the
//! function `memory` alone, `free` by every function. It is read anew for each reading, so whoever writes it plays the sensors.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use omadm_tree::mo::diag_mon::Decimal;
use xrem_client::monitor::Measurement;
use xrem_client::output::{ActionFailure, ActionResult};

/// Where metrics come from.
#[derive(Debug, Clone)]
pub enum Metrics {
    /// The system that the program runs on, and the state folder.
    System(PathBuf),
    /// A file.
    File(PathBuf),
}

impl Metrics {
    /// All metrics of `function`.
    pub fn sample(&self, function: &str) -> ActionResult {
        told(function, self.read(function))
    }

    /// One metric, as a Condition spells it.
    pub fn measure(&self, metric: &str) -> ActionResult {
        let (function, name) =
            metric.rsplit_once('/').map_or((None, metric), |(function, name)| (Some(function), name));
        let functions = function.map_or_else(|| FUNCTIONS.to_vec(), |function| vec![function]);
        let read = || -> io::Result<Vec<Measurement>> {
            for function in functions {
                if let Some(found) = self.read(function)?.into_iter().find(|measured| measured.metric == name) {
                    return Ok(vec![found]);
                }
            }
            Err(io::Error::new(io::ErrorKind::NotFound, "nothing measures it"))
        };
        told(metric, read())
    }

    fn read(&self, function: &str) -> io::Result<Vec<Measurement>> {
        match self {
            Self::System(state) => system(function, state),
            Self::File(path) => Ok(of_file(&fs::read_to_string(path)?, function)),
        }
    }
}

/// The functions that the system measures.
const FUNCTIONS: [&str; 4] = ["memory", "load", "uptime", "storage"];

fn told(what: &str, read: io::Result<Vec<Measurement>>) -> ActionResult {
    read.map_or_else(
        |error| {
            tracing::warn!(%what, %error, "cannot measure");
            ActionResult::Failed(ActionFailure::Unavailable)
        },
        ActionResult::Measured,
    )
}

fn system(function: &str, state: &Path) -> io::Result<Vec<Measurement>> {
    let strange = || io::Error::new(io::ErrorKind::InvalidData, "the system tells it in another form");
    let numbers = |path: &str, names: &[&str]| -> io::Result<Vec<Measurement>> {
        let text = fs::read_to_string(path)?;
        let values: Vec<Decimal> = text.split_ascii_whitespace().map_while(|word| word.parse().ok()).collect();
        let measured: Vec<Measurement> =
            names.iter().zip(values).map(|(name, value)| Measurement::new(*name, value)).collect();
        if measured.len() == names.len() { Ok(measured) } else { Err(strange()) }
    };
    match function {
        "memory" => of_meminfo(&fs::read_to_string("/proc/meminfo")?).ok_or_else(strange),
        "load" => numbers("/proc/loadavg", &["load1", "load5", "load15"]),
        "uptime" => {
            let measured = numbers("/proc/uptime", &["uptime", "idle"])?;
            Ok(measured.into_iter().map(|measured| measured.unit("s")).collect())
        }
        "storage" => {
            let (bytes, files) = size_of(state)?;
            let kilobytes = decimal(bytes.div_ceil(1024)).ok_or_else(strange)?;
            let files = decimal(files).ok_or_else(strange)?;
            Ok(vec![Measurement::new("used", kilobytes).unit("kB"), Measurement::new("files", files)])
        }
        _ => Err(io::Error::new(
            io::ErrorKind::NotFound,
            "the system has no such function: use memory, load, uptime, storage or a file of metrics",
        )),
    }
}

fn decimal(number: u64) -> Option<Decimal> {
    number.to_string().parse().ok()
}

/// Total, available and used memory.
fn of_meminfo(text: &str) -> Option<Vec<Measurement>> {
    let field = |name: &str| -> Option<Decimal> {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.trim().strip_suffix("kB")?.trim().parse().ok()
    };
    let (total, available) = (field("MemTotal")?, field("MemAvailable")?);
    let measured = [("total", total), ("available", available), ("used", total.minus(available))];
    Some(measured.map(|(name, value)| Measurement::new(name, value).unit("kB")).into())
}

/// Bytes and files below `folder`.
fn size_of(folder: &Path) -> io::Result<(u64, u64)> {
    let (mut bytes, mut files) = (0, 0);
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // A file that is replaced just now is gone for a moment.
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_dir() {
            let (below, count) = size_of(&entry.path())?;
            bytes += below;
            files += count;
        } else {
            bytes += metadata.len();
            files += 1;
        }
    }
    Ok((bytes, files))
}

/// The metrics of `function` in a file of lines `name value unit`; lines that are something else are left out.
fn of_file(text: &str, function: &str) -> Vec<Measurement> {
    let measured = text.lines().filter_map(|line| {
        let mut words = line.split_ascii_whitespace();
        let name = words.next().filter(|name| !name.starts_with('#'))?;
        let metric = match name.rsplit_once('/') {
            Some((of, metric)) if of == function => metric,
            Some(_) => return None,
            None => name,
        };
        let measured = Measurement::new(metric, words.next()?.parse().ok()?);
        Some(words.next().map_or_else(|| measured.clone(), |unit| measured.clone().unit(unit)))
    });
    measured.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(measured: &[Measurement]) -> Vec<String> {
        let line = |measured: &Measurement| {
            format!("{} {} {}", measured.metric, measured.value, measured.unit.as_deref().unwrap_or("-"))
        };
        measured.iter().map(line).collect()
    }

    #[test]
    fn a_file_gives_each_function_its_own_metrics_and_those_of_all() {
        let text = "# sensors\nmemory/free 1234 kB\ntemperature 21.5 C\ndisk/free 7\nbroken\nworse x\n";
        assert_eq!(written(&of_file(text, "memory")), ["free 1234 kB", "temperature 21.5 C"]);
        assert_eq!(written(&of_file(text, "disk")), ["temperature 21.5 C", "free 7 -"]);
    }

    #[test]
    fn memory_is_read_as_linux_writes_it() {
        let text = "MemTotal:       16318480 kB\nMemFree:         1000 kB\nMemAvailable:   10318480 kB\n";
        let measured = of_meminfo(text).unwrap();
        assert_eq!(written(&measured), ["total 16318480 kB", "available 10318480 kB", "used 6000000 kB"]);
        assert!(of_meminfo("MemTotal: 1 kB").is_none());
    }

    #[test]
    fn the_state_folder_is_measured() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("records")).unwrap();
        fs::write(folder.path().join("a"), [0; 1000]).unwrap();
        fs::write(folder.path().join("records/b"), [0; 1049]).unwrap();
        let metrics = Metrics::System(folder.path().to_owned());
        let ActionResult::Measured(measured) = metrics.sample("storage") else { panic!("not measured") };
        assert_eq!(written(&measured), ["used 3 kB", "files 2 -"]);
        let ActionResult::Measured(measured) = metrics.measure("storage/files") else { panic!("not measured") };
        assert_eq!(written(&measured), ["files 2 -"]);
        assert!(matches!(metrics.measure("nothing"), ActionResult::Failed(_)));
    }
}
