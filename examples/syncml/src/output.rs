//! Where converted documents go: the standard output, one file, or a folder with one file a document.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::document::{Document, Problem, Strictness};
use crate::input::Inputs;
use crate::screen::{Exit, Screen};

/// Where to write.
#[derive(Debug, Args)]
struct Output {
    /// Write to a file or folder instead of the standard output; `-` is the standard output.
    ///
    /// A folder (one that exists, or a name that ends in `/`) gets one file a document, under the document's name with the
    /// extension of the new syntax.
    #[arg(short = 'o', long = "output", value_name = "FILE|FOLDER/")]
    path: Option<PathBuf>,
}

/// What was written, and where the next document goes.
struct Writing {
    target: Target,
    written: BTreeSet<PathBuf>,
}

enum Target {
    Screen,
    /// All documents in one file, which is written at the end.
    File(PathBuf, Vec<u8>),
    Folder(PathBuf),
}

/// Documents that become others.
#[derive(Debug, Args)]
pub(crate) struct Conversion {
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    strictness: Strictness,
    #[command(flatten)]
    output: Output,
}

/// What the documents become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Xml,
    Json,
    /// Such documents do not go together into one file.
    Wbxml,
}

impl Kind {
    const fn extension(self) -> &'static str {
        match self {
            Self::Xml => "xml",
            Self::Json => "json",
            Self::Wbxml => "wbxml",
        }
    }
}

impl Conversion {
    /// Writes what `convert` makes of each document. Those that fail are complained about.
    pub(crate) fn run(
        &self,
        screen: &mut Screen,
        kind: Kind,
        convert: impl Fn(&Document, &mut Screen) -> Result<Vec<u8>, Problem>,
    ) -> io::Result<Exit> {
        let mut exit = Exit::CLEAN;
        let mut output = self.output.open();
        let documents = self.inputs.documents();
        if kind == Kind::Wbxml && documents.total() > 1 && !output.is_folder() {
            screen.complain("several WBXML documents need a folder: -o FOLDER/");
            return Ok(Exit::TROUBLE);
        }
        for document in documents {
            let converted = document.and_then(|document| {
                let document = document.with(self.strictness);
                let bytes = convert(&document, screen).map_err(|problem| document.describe(&problem))?;
                Ok((document, bytes))
            });
            match converted {
                Ok((document, bytes)) => {
                    exit = exit.max(output.put(screen, &document, kind.extension(), &bytes)?);
                }
                Err(error) => {
                    screen.complain(&error);
                    exit = exit.max(Exit::FOUND);
                }
            }
        }
        Ok(exit.max(output.finish(screen)))
    }
}

impl Output {
    fn open(&self) -> Writing {
        let target = match &self.path {
            None => Target::Screen,
            Some(path) if path.as_os_str() == "-" => Target::Screen,
            Some(path) if path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/") => {
                Target::Folder(path.clone())
            }
            Some(path) => Target::File(path.clone(), Vec::new()),
        };
        Writing { target, written: BTreeSet::new() }
    }
}

impl Writing {
    /// Whether every document gets a place of its own.
    const fn is_folder(&self) -> bool {
        matches!(self.target, Target::Folder(_))
    }

    /// Writes what became of `document`; in a folder the file gets `extension`.
    fn put(&mut self, screen: &mut Screen, document: &Document, extension: &str, bytes: &[u8]) -> io::Result<Exit> {
        match &mut self.target {
            Target::Screen => screen.write(bytes).map(|()| Exit::CLEAN),
            Target::File(_, all) => {
                all.extend_from_slice(bytes);
                Ok(Exit::CLEAN)
            }
            Target::Folder(folder) => {
                let path = folder.join(document.relative.with_extension(extension));
                if !self.written.insert(path.clone()) {
                    screen.complain(&format!(
                        "{}: {} is already taken by another input",
                        document.name,
                        path.display()
                    ));
                    return Ok(Exit::FOUND);
                }
                Ok(report(screen, &path, save(&path, bytes)))
            }
        }
    }

    /// Writes what is still to be written.
    fn finish(self, screen: &mut Screen) -> Exit {
        match self.target {
            Target::File(path, bytes) if !bytes.is_empty() => report(screen, &path, fs::write(&path, &bytes)),
            _ => Exit::CLEAN,
        }
    }
}

fn save(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, bytes)
}

fn report(screen: &mut Screen, path: &Path, saved: io::Result<()>) -> Exit {
    match saved {
        Ok(()) => Exit::CLEAN,
        Err(error) => {
            screen.complain(&format!("{}: {error}", path.display()));
            Exit::FOUND
        }
    }
}
