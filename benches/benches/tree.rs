//! The management tree: lookup, Get with its access check, ACL evaluation in depth, building and undoing.
//!
//! The yardstick for a lookup is a `BTreeMap` over full URIs of the same 10 000 leaves.

use std::collections::BTreeMap;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use omadm_proto::ids::ServerId;
use omadm_tree::{Acl, Actor, NewValue, NodeSpec, TargetUri, Tree};

const WIDTH: usize = 100;

fn uri(group: usize, leaf: usize) -> String {
    format!("./Vendor/Example/group{group:03}/leaf{leaf:03}")
}

/// 10 000 leaves, four names deep, in 100 groups.
fn tree() -> Tree {
    let mut tree = Tree::builder().managed_by("srvA").build().expect("an empty tree");
    for group in 0..WIDTH {
        for leaf in 0..WIDTH {
            tree.put(&uri(group, leaf), NodeSpec::value(leaf)).expect("a plain leaf");
        }
    }
    tree
}

fn lookup(c: &mut Criterion) {
    let tree = tree();
    let text = uri(73, 31);
    let target = TargetUri::parse(&text).expect("a plain URI");
    let server = ServerId::new("srvA");
    let flat: BTreeMap<String, usize> =
        (0..WIDTH).flat_map(|group| (0..WIDTH).map(move |leaf| (uri(group, leaf), leaf))).collect();

    let mut group = c.benchmark_group("tree/lookup");
    group.bench_function("btreemap_of_uris", |b| b.iter(|| flat.get(black_box(text.as_str()))));
    group.bench_function("find", |b| b.iter(|| tree.find(black_box(&text)).is_some()));
    group.bench_function("parse_uri", |b| b.iter(|| TargetUri::parse(black_box(&text))));
    group.bench_function("get_with_access_check", |b| {
        b.iter(|| tree.get(Actor::Server(&server), black_box(&target)).is_ok());
    });
    group.finish();
}

fn acl(c: &mut Criterion) {
    let server = ServerId::new("srvA");
    let mut tree = Tree::builder().managed_by("srvA").build().expect("an empty tree");
    let deep = "./a/b/c/d/e/f/g/h";
    tree.put(deep, NodeSpec::value(1)).expect("a plain leaf");
    let inherited = TargetUri::parse(deep).expect("a plain URI");
    let own = "./own";
    let named = (0..32).map(|n| format!("server{n:02}")).collect::<Vec<_>>().join("+");
    let acl = Acl::parse(&format!("Get=srvA+{named}&Replace=srvA+{named}")).expect("an ACL");
    tree.put(own, NodeSpec::value(1).acl(acl.clone())).expect("a plain leaf");
    let own = TargetUri::parse(own).expect("a plain URI");
    let text = acl.to_string();

    let mut group = c.benchmark_group("tree/acl");
    group.bench_function("inherited_over_8_levels", |b| {
        b.iter(|| tree.get(Actor::Server(&server), black_box(&inherited)).is_ok());
    });
    group.bench_function("own_of_33_servers", |b| {
        b.iter(|| tree.get(Actor::Server(&server), black_box(&own)).is_ok());
    });
    group.bench_function("parse_33_servers", |b| b.iter(|| Acl::parse(black_box(&text))));
    group.finish();
}

fn change(c: &mut Criterion) {
    let server = ServerId::new("srvA");
    let mut group = c.benchmark_group("tree/change");
    group.throughput(Throughput::Elements(10_000));
    group.sample_size(20);
    group.bench_function("build_10k_leaves", |b| b.iter(tree));
    let mut tree = tree();
    let targets: Vec<TargetUri> =
        (0..1000).map(|n| TargetUri::parse(&uri(n / WIDTH, n % WIDTH)).expect("a plain URI")).collect();
    group.throughput(Throughput::Elements(1000));
    group.bench_function("1000_replaces_undone", |b| {
        b.iter(|| {
            tree.begin();
            for target in &targets {
                tree.replace(Actor::Server(&server), target, NewValue::new("7")).expect("an int leaf");
            }
            tree.rollback();
        });
    });
    group.finish();
}

criterion_group!(benches, lookup, acl, change);
criterion_main!(benches);
