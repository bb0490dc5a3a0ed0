//! The inputs: files, folders, glob patterns and the standard input, one document after the other.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use walkdir::{DirEntry, WalkDir};

use crate::document::Document;

/// The inputs of a subcommand.
#[derive(Debug, Args)]
pub(crate) struct Inputs {
    /// Files, folders, glob patterns, or `-` for the standard input.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

/// From how many documents on a bar shows the progress.
const MANY: usize = 20;

/// One place to read from.
#[derive(Debug)]
struct Place {
    path: PathBuf,
    /// The path below the folder that was named, or the name of the file.
    relative: PathBuf,
    /// Found in a folder, where other things than documents may be.
    found: bool,
}

/// The documents of the inputs.
pub(crate) struct Documents {
    places: std::vec::IntoIter<Result<Place, String>>,
    total: usize,
    skipped: usize,
    /// Whether there was anything that was not skipped.
    any: bool,
    bar: Option<ProgressBar>,
}

impl Inputs {
    pub(crate) const fn of(paths: Vec<PathBuf>) -> Self {
        Self { paths }
    }

    /// Looks for the documents; they are read one at a time.
    pub(crate) fn documents(&self) -> Documents {
        let mut places = Vec::new();
        for path in &self.paths {
            if path.as_os_str() == "-" {
                places.push(Ok(Place { path: path.clone(), relative: PathBuf::from("stdin"), found: false }));
            } else {
                add_path(path, &mut places);
            }
        }
        let total = places.len();
        // On a terminal the output itself shows that work goes on.
        let wanted = total >= MANY && std::io::stderr().is_terminal() && !std::io::stdout().is_terminal();
        Documents {
            places: places.into_iter(),
            total,
            skipped: 0,
            any: self.paths.is_empty(),
            bar: wanted.then(|| bar(total)),
        }
    }
}

fn bar(total: usize) -> ProgressBar {
    let bar = ProgressBar::new(total as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}") {
        bar.set_style(style);
    }
    bar
}

fn add_path(path: &Path, places: &mut Vec<Result<Place, String>>) {
    if path.is_dir() {
        add_folder(path, places);
    } else if let Some(pattern) = path.to_str().filter(|text| !path.exists() && text.contains(['*', '?', '['])) {
        let before = places.len();
        match glob::glob(pattern) {
            Ok(found) => {
                for path in found {
                    match path {
                        Ok(path) if path.is_file() => places.push(Ok(file(&path))),
                        // A folder that matches is not read: `dir` does that, and `dir/**/*` names its files.
                        Ok(_) => {}
                        Err(error) => places.push(Err(error.to_string())),
                    }
                }
            }
            Err(error) => places.push(Err(format!("{pattern}: {error}"))),
        }
        if places.len() == before {
            places.push(Err(format!("{pattern}: no file matches the pattern")));
        }
    } else {
        places.push(Ok(file(path)));
    }
}

fn file(path: &Path) -> Place {
    let relative = path.file_name().map_or_else(|| path.to_path_buf(), PathBuf::from);
    Place { path: path.to_path_buf(), relative, found: false }
}

fn add_folder(folder: &Path, places: &mut Vec<Result<Place, String>>) {
    // What begins with a dot is hidden, but not the folder that was named.
    let shown = |entry: &DirEntry| entry.depth() == 0 || !entry.file_name().as_encoded_bytes().starts_with(b".");
    for entry in WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(shown) {
        match entry {
            Ok(entry) if entry.file_type().is_file() => {
                let relative = entry.path().strip_prefix(folder).unwrap_or(entry.path()).to_path_buf();
                places.push(Ok(Place { path: entry.into_path(), relative, found: true }));
            }
            Ok(_) => {}
            Err(error) => places.push(Err(error.to_string())),
        }
    }
}

impl Documents {
    /// How many there may be; in folders not everything is a document.
    pub(crate) const fn total(&self) -> usize {
        self.total
    }

    /// How many files of the folders were passed over since they look like no document.
    pub(crate) const fn skipped(&self) -> usize {
        self.skipped
    }
}

impl Iterator for Documents {
    /// A document, or why it could not be read.
    type Item = Result<Document, String>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some(place) = self.places.next() else {
                if let Some(bar) = self.bar.take() {
                    bar.finish_and_clear();
                }
                let nothing = !std::mem::replace(&mut self.any, true);
                return nothing.then(|| Err("no input looks like a document".to_string()));
            };
            let place = match place {
                Ok(place) => place,
                Err(error) => {
                    self.any = true;
                    return Some(Err(error));
                }
            };
            if let Some(bar) = &self.bar {
                bar.set_message(place.relative.display().to_string());
                bar.inc(1);
            }
            let document = Document::read(&place.path);
            if document.as_ref().is_ok_and(|document| place.found && !document.looks_like_one()) {
                self.skipped += 1;
                continue;
            }
            self.any = true;
            return Some(document.map(|document| document.at(place.relative)));
        }
    }
}
