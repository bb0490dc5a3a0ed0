//! The codec beside its peers: all operations on all inputs, then the table of ratios and bars, also as JSON.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use cpu_time::ThreadTime;
use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{Criterion, SamplingMode, Throughput};
use omadm_benches::allocation::Allocations;
use omadm_benches::bars::Figures;
use omadm_benches::contest::{Cell, Operation, prepare, program};
use omadm_benches::inputs::{Document, NAMES, documents};
use omadm_benches::peers;
use omadm_benches::report::{Report, Taken, Unit};

/// The processor time of this thread: what other programs do on the machine is left out of it.
struct ProcessorTime;

impl Measurement for ProcessorTime {
    type Intermediate = ThreadTime;
    type Value = Duration;

    fn start(&self) -> ThreadTime {
        ThreadTime::now()
    }

    fn end(&self, start: ThreadTime) -> Duration {
        start.elapsed()
    }

    fn add(&self, first: &Duration, second: &Duration) -> Duration {
        *first + *second
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        WallTime.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        const { &WallTime }.formatter()
    }
}

fn main() {
    peers::report_missing();
    let (origin, documents) = documents();
    let home = target().join("criterion");
    let mut criterion = Criterion::default()
        .with_measurement(ProcessorTime)
        .output_directory(&home)
        .without_plots()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(150))
        .measurement_time(Duration::from_millis(450))
        .nresamples(2000)
        .configure_from_args();
    let cells = run(&mut criterion, &documents);
    criterion.final_summary();

    // cargo gives `--bench` when it measures and leaves it out when it tests.
    let arguments: Vec<String> = std::env::args().collect();
    if !arguments.iter().any(|argument| argument == "--bench") || arguments.iter().any(|argument| argument == "--test")
    {
        return;
    }
    let figures: Figures = cells.into_iter().filter_map(|cell| Some((cell, median(&home, cell)?))).collect();
    let report = Report::new(Unit::Nanoseconds, &figures, &allocations());
    let (met, all) = report.score();
    let found = peers::versions().join(", ");
    println!("\nInputs: {origin:?}. Peers: {found}, quick-xml. Medians of one run; only ratios within it count.\n");
    println!("{}{met} of {all} bars met.", report.markdown());
    let summary = target().join("codec-summary.json");
    std::fs::write(&summary, format!("{:#}\n", report.json())).expect("the summary can be written");
    println!("The same as JSON: {}", summary.display());
}

/// Runs what the command line selects, and tells what that was.
fn run(criterion: &mut Criterion<ProcessorTime>, documents: &[Document]) -> Vec<Cell> {
    let mut selected = Vec::new();
    for (cell, document) in program(documents) {
        let mut group = criterion.benchmark_group(group_name(cell));
        group.sampling_mode(SamplingMode::Flat);
        let bytes = if cell.operation >= Operation::XmlEvents { &document.xml } else { &document.wbxml };
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(cell.contestant.name(), |bencher| {
            selected.push(cell);
            let mut work = prepare(cell, document);
            bencher.iter(&mut work);
        });
        group.finish();
    }
    // Criterion calls a function more than once.
    selected.sort();
    selected.dedup();
    selected
}

fn group_name(cell: Cell) -> String {
    format!("{}-{}", cell.operation.name(), cell.document)
}

/// The median that criterion has just written.
fn median(home: &Path, cell: Cell) -> Option<f64> {
    let file = home.join(group_name(cell)).join(cell.contestant.name()).join("new/estimates.json");
    let estimates: serde_json::Value = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
    estimates["median"]["point_estimate"].as_f64()
}

/// The target folder: this program lies in `<target>/<profile>/deps`.
fn target() -> PathBuf {
    let program = std::env::current_exe().expect("the place of this program");
    program.ancestors().nth(3).expect("a target folder").to_path_buf()
}

/// What the operations allocate, counted by a program of its own so that counting slows nothing down here.
fn allocations() -> Taken {
    let output = Command::new(env!("CARGO_BIN_EXE_allocations")).output().expect("the counting program runs");
    let text = String::from_utf8(output.stdout).expect("it prints text");
    let mut taken = BTreeMap::new();
    for line in text.lines() {
        let mut columns = line.split(['/', '\t']);
        let mut column = || columns.next().expect("operation, document, contestant, count, peak");
        let (operation, document, _, count, peak) = (column(), column(), column(), column(), column());
        let operation = Operation::ALL.into_iter().find(|known| known.name() == operation).expect("an operation");
        let document = NAMES.into_iter().find(|known| *known == document).expect("a document");
        let number = |text: &str| text.parse().expect("a number");
        taken.insert((operation, document), Allocations::new(number(count), number(peak)));
    }
    taken
}
