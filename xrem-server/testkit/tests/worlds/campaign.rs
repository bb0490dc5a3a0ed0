//! Campaigns \[mission-matrix N6b\].

use omadm_proto::exchange::Syntax;
use xrem_server::campaign::{CampaignRequest, CampaignState, Counts, Reason, Release, Standing};
use xrem_server::task::Kind;
use xrem_testkit::node::Node;
use xrem_testkit::plan::Plan;
use xrem_testkit::world::{Damage, World};

use super::*;

fn counts(upgraded: usize, failed: usize) -> Counts {
    let mut counts = Counts::default();
    counts.upgraded = upgraded;
    counts.failed = failed;
    counts
}

/// 320 nodes: three gateways with a hundred devices each, and twenty devices that the server reaches itself.
fn everybody(syntax: Syntax) -> World {
    World::started(Plan::new(syntax).gateways(3, 100).direct(20)).unwrap()
}

fn waves(syntax: Syntax) {
    let mut world = everybody(syntax);
    let bytes = image(1);
    let file = world.publish("fw.bin", "2.1", bytes.clone()).unwrap();
    let request = CampaignRequest::new("2.1", Release::new("2.1", file)).canary(5).waves(100);
    let id = world.begin_campaign(&Target::All(Kind::Devices), request).unwrap();
    // The server restarts somewhere in the middle of it.
    let begun = world.steps();
    let mut dice = Dice::new(any_seed("n6b"));
    let (wave, stride) = (1 + u32::try_from(dice.below(4)).unwrap(), 500 + dice.below(1000));
    while world.campaign(id).unwrap().waves < wave || !world.steps().is_multiple_of(stride) {
        world.step().unwrap();
    }
    println!("{syntax:?}: the server restarts at step {} of the campaign", world.steps() - begun);
    world.restart(Node::Server);
    world.finish_campaign(id).unwrap();
    let campaign = world.campaign(id).unwrap();
    assert_eq!((campaign.state, campaign.counts), (CampaignState::Finished, counts(320, 0)));
    let sizes: Vec<usize> = world.waves(id).iter().map(|wave| wave.nodes.len()).collect();
    assert_eq!(sizes, [5, 100, 100, 100, 15]);
    for number in 1..=320 {
        assert_eq!(text(&world, number, "./DevDetail/FwV"), "2.1", "dev{number}");
        assert!(runs_image(&world, number, &bytes), "dev{number}");
    }
}
both!(n6b_a_campaign_upgrades_everybody_in_waves_and_reads_the_version_back, waves);

fn abort(syntax: Syntax) {
    whoever_restarts("n6b", &[Node::Server], || everybody(syntax), stops_after_the_canary);
}
both!(n6b_a_bad_image_stops_the_campaign_after_the_canary, abort);

fn stops_after_the_canary(world: &mut World) {
    let mut file = world.publish("fw.bin", "2.1", image(1)).unwrap();
    // The digest that devices are told is that of something else.
    file.sha256 = "ab".repeat(32);
    let request = CampaignRequest::new("2.1", Release::new("2.1", file)).canary(5).waves(100);
    let id = world.begin_campaign(&Target::All(Kind::Devices), request).unwrap();
    world.finish_campaign(id).unwrap();
    let campaign = world.campaign(id).unwrap();
    // Nodes of the canary that a restart kept from beginning need not begin any more.
    let mut expected = counts(0, campaign.counts.failed);
    expected.cancelled = 5 - campaign.counts.failed;
    assert_eq!((campaign.state, campaign.counts), (CampaignState::Aborted, expected));
    assert!(campaign.counts.failed == 5 || world.struck().server_cuts > 0);
    world.settle().unwrap();
    let touched = (1..=320).filter(|number| text(world, *number, "./FUMO/State") != "10").count();
    assert!(touched <= 5, "{touched} devices were touched");
    let waves = world.waves(id);
    let corrupted = Standing::Failed(Reason::Fumo(402));
    let failed = waves[0].nodes.values().filter(|node| node.standing == corrupted).count();
    assert_eq!(failed, campaign.counts.failed, "{waves:?}");
}

/// Twenty devices install 1.1; the delta from there to 2.1 is damaged on its way to everybody.
fn deltas(syntax: Syntax) {
    let start = || World::started(Plan::new(syntax).direct(20)).unwrap();
    whoever_restarts("n6b", &[Node::Server, Node::Device(7)], start, from_delta_to_image);
}
both!(n6b_a_device_whose_delta_is_damaged_gets_the_whole_image, deltas);

fn from_delta_to_image(world: &mut World) {
    let (first, second) = (image(4), [image(4), vec![7; 1024]].concat());
    let file = world.publish("one.bin", "1.1", first.clone()).unwrap();
    let begin = |world: &mut World, release: Release| {
        let request = CampaignRequest::new("next", release).canary(5).waves(10);
        world.begin_campaign(&Target::All(Kind::Devices), request).unwrap()
    };
    let id = begin(world, Release::new("1.1", file));
    world.finish_campaign(id).unwrap();
    let full = world.publish("two.bin", "2.1", second.clone()).unwrap();
    let mut delta = world.publish_delta("two.delta", "2.1", &first, &second).unwrap();
    delta.sha256 = "ab".repeat(32);
    let id = begin(world, Release::new("2.1", full).with_delta(delta));
    world.finish_campaign(id).unwrap();
    let mut expected = counts(20, 0);
    expected.retried = 20;
    assert_eq!(world.campaign(id).unwrap().counts, expected);
    assert!((1..=20).all(|number| runs_image(world, number, &second)));
}

/// Two gateways with ten devices each and five that the server reaches itself; three of them get a damaged copy.
fn restarts(syntax: Syntax) {
    let start = || {
        let mut world = World::started(Plan::new(syntax).gateways(2, 10).direct(5)).unwrap();
        for number in [4, 13, 22] {
            world.damage_fetches(number, Damage::OneBit);
        }
        world
    };
    let nodes = [Node::Server, Node::Gateway(1), Node::Gateway(2), Node::Device(5), Node::Device(22), Node::Device(24)];
    whoever_restarts("n6b", &nodes, start, campaign_with_failures);
}
both!(n6b_a_campaign_survives_the_restart_of_the_server_of_a_gateway_and_of_devices, restarts);

fn campaign_with_failures(world: &mut World) {
    let bytes = image(64);
    let file = world.publish("fw.bin", "2.1", bytes.clone()).unwrap();
    let request = CampaignRequest::new("2.1", Release::new("2.1", file)).canary(3).waves(10).abort_above(1000);
    let id = world.begin_campaign(&Target::All(Kind::Devices), request).unwrap();
    world.finish_campaign(id).unwrap();
    let campaign = world.campaign(id).unwrap();
    assert_eq!((campaign.state, campaign.counts), (CampaignState::Finished, counts(22, 3)));
    let sizes: Vec<usize> = world.waves(id).iter().map(|wave| wave.nodes.len()).collect();
    assert_eq!(sizes, [3, 10, 10, 2]);
    for number in 1..=25 {
        let damaged = [4, 13, 22].contains(&number);
        assert_eq!(runs_image(world, number, &bytes), !damaged, "dev{number}");
        assert_eq!(world.flash(number).unwrap().selections(), u32::from(!damaged), "dev{number}");
        assert_eq!(text(world, number, "./DevDetail/FwV"), if damaged { "1.0" } else { "2.1" }, "dev{number}");
    }
}
