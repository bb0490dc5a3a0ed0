//! Prints what each of our operations allocates, one a line: the operation and the document, allocations, peak bytes.

use omadm_benches::allocation::{Counting, measure};
use omadm_benches::contest::{Contestant, prepare, program};
use omadm_benches::inputs::documents;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() {
    let (_, documents) = documents();
    for (cell, document) in program(&documents).into_iter().filter(|(cell, _)| cell.contestant == Contestant::Ours) {
        let mut work = prepare(cell, document);
        // The first round sizes the reused buffer.
        work();
        let taken = measure(&mut work);
        println!("{cell}\t{}\t{}", taken.count, taken.peak);
    }
}
