//! Reading and writing messages, both syntaxes, a small and a large message.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use omadm_benches::{configuration, encoded, package1};
use omadm_proto::element::EventSource;
use omadm_proto::exchange::Syntax;
use omadm_proto::limits::Limits;
use omadm_proto::message::Message;
use omadm_proto::{wbxml, xml};

fn drain<'a>(mut source: impl EventSource<'a>) -> usize {
    let mut events = 0;
    while let Ok(Some(event)) = source.next_event() {
        black_box(event);
        events += 1;
    }
    events
}

fn codec(criterion: &mut Criterion) {
    for (name, message) in [("package1", package1()), ("configuration2000", configuration(2000))] {
        for syntax in [Syntax::Wbxml, Syntax::Xml] {
            let bytes = encoded(&message, syntax);
            let mut group = criterion.benchmark_group(format!("{name}/{syntax:?}"));
            group.throughput(Throughput::Bytes(bytes.len() as u64));
            group.bench_function("events", |bencher| {
                bencher.iter(|| match syntax {
                    Syntax::Wbxml => drain(wbxml::Reader::new(black_box(&bytes), &Limits::DEFAULT).unwrap()),
                    Syntax::Xml => drain(xml::Reader::new(black_box(&bytes), &Limits::DEFAULT).unwrap()),
                });
            });
            group.bench_function("decode", |bencher| {
                bencher.iter(|| Message::decode_as(syntax, black_box(&bytes), &Limits::DEFAULT).unwrap());
            });
            let mut out = Vec::with_capacity(bytes.len());
            group.bench_function("encode", |bencher| {
                bencher.iter(|| {
                    out.clear();
                    black_box(&message).encode(syntax, &mut out).unwrap();
                    out.len()
                });
            });
            group.finish();
        }
    }
}

criterion_group!(benches, codec);
criterion_main!(benches);
