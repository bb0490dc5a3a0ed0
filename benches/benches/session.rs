//! One whole session, both machines in one thread, no I/O: its time, what the server allocates for a message, what it keeps
//! between two messages in memory and in a store. Times are processor time of this thread. In test mode each is done once.

use std::path::PathBuf;

use cpu_time::ThreadTime;
use omadm_benches::allocation::{Counting, freed, measure};
use omadm_benches::scale::{Row, Unit, json, markdown, score};
use omadm_benches::session::{Pair, Part};
use xrem_server::session::Session;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() {
    // cargo gives `--bench` when it measures and leaves it out when it tests.
    let arguments: Vec<String> = std::env::args().collect();
    let given = |wanted: &str| arguments.iter().any(|argument| argument == wanted);
    let measuring = given("--bench") && !given("--test");
    let (runs, sessions) = if measuring { (201, 100) } else { (1, 1) };
    let mut pair = Pair::new();
    for _ in 0..runs {
        pair.run();
    }
    let mut rows = vec![
        Row::new("a session: 4 messages, 10 commands", Unit::Nanoseconds, time(&mut pair, runs, sessions)).at_most(4e4),
    ];
    allocations(&mut pair, &mut rows);
    at_rest(&mut pair, &mut rows);
    if !measuring {
        println!("session: {} figures, test mode", rows.len());
        return;
    }
    let (met, all) = score(&rows);
    println!("\nMedian of {runs} runs, processor time.\n\n{}\n{met} of {all} bars met.", markdown(&rows));
    let summary = target().join("session-summary.json");
    std::fs::write(&summary, format!("{:#}\n", json(&rows))).expect("the summary can be written");
    println!("The same as JSON: {}", summary.display());
}

/// The median of what one session takes.
fn time(pair: &mut Pair, runs: usize, sessions: usize) -> f64 {
    let mut taken: Vec<f64> = (0..runs)
        .map(|_| {
            let start = ThreadTime::now();
            for _ in 0..sessions {
                assert_eq!(pair.run(), 4);
            }
            start.elapsed().as_secs_f64() * 1e9 / sessions as f64
        })
        .collect();
    taken.sort_by(f64::total_cmp);
    taken[taken.len() / 2]
}

fn allocations(pair: &mut Pair, rows: &mut Vec<Row>) {
    pair.run_parts(|part, work| {
        let row = Row::new(part.name(), Unit::Allocations, measure(work).count as f64);
        rows.push(if part.is_server() { row.at_most(60.0) } else { row });
    });
}

/// What the server keeps between packages 2 and 3.
fn at_rest(pair: &mut Pair, rows: &mut Vec<Row>) {
    pair.run_until(Part::Package2);
    let session = std::mem::take(&mut pair.records().session);
    let stored = rmp_serde::to_vec_named(&session).expect("a session is written").len();
    let bytes = size_of::<Session>() + freed(|| drop(session));
    rows.push(Row::new("a session between two messages", Unit::Bytes, bytes as f64).at_most(2048.0));
    rows.push(Row::new("the same as a record (MessagePack)", Unit::Bytes, stored as f64).at_most(1024.0));
}

/// The target folder: this program lies in `<target>/<profile>/deps`.
fn target() -> PathBuf {
    let program = std::env::current_exe().expect("the place of this program");
    program.ancestors().nth(3).expect("a target folder").to_path_buf()
}
