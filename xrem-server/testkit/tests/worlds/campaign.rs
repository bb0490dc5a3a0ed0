//! Campaigns \[mission-matrix N6b\].

use omadm_proto::exchange::Syntax;
use xrem_server::campaign::{CampaignRequest, CampaignState, Counts, Reason, Release, Standing};
use xrem_server::task::Kind;
use xrem_testkit::plan::Plan;

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
    while world.campaign(id).unwrap().waves < 2 || !world.steps().is_multiple_of(977) {
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
    let mut world = everybody(syntax);
    let mut file = world.publish("fw.bin", "2.1", image(1)).unwrap();
    // The digest that devices are told is that of something else.
    file.sha256 = "ab".repeat(32);
    let request = CampaignRequest::new("2.1", Release::new("2.1", file)).canary(5).waves(100);
    let id = world.begin_campaign(&Target::All(Kind::Devices), request).unwrap();
    world.finish_campaign(id).unwrap();
    let campaign = world.campaign(id).unwrap();
    assert_eq!((campaign.state, campaign.counts), (CampaignState::Aborted, counts(0, 5)));
    world.settle().unwrap();
    let touched = (1..=320).filter(|number| text(&world, *number, "./FUMO/State") != "10").count();
    assert!(touched <= 5, "{touched} devices were touched");
    let waves = world.waves(id);
    let corrupted = Standing::Failed(Reason::Fumo(402));
    assert!(waves[0].nodes.values().all(|node| node.standing == corrupted), "{waves:?}");
}
both!(n6b_a_bad_image_stops_the_campaign_after_the_canary, abort);

/// Twenty devices install 1.1; the delta from there to 2.1 is damaged on its way to everybody.
fn deltas(syntax: Syntax) {
    let mut world = World::started(Plan::new(syntax).direct(20)).unwrap();
    let (first, second) = (image(4), [image(4), vec![7; 1024]].concat());
    let file = world.publish("one.bin", "1.1", first.clone()).unwrap();
    let begin = |world: &mut World, release: Release| {
        let request = CampaignRequest::new("next", release).canary(5).waves(10);
        world.begin_campaign(&Target::All(Kind::Devices), request).unwrap()
    };
    let id = begin(&mut world, Release::new("1.1", file));
    world.finish_campaign(id).unwrap();
    let full = world.publish("two.bin", "2.1", second.clone()).unwrap();
    let mut delta = world.publish_delta("two.delta", "2.1", &first, &second).unwrap();
    delta.sha256 = "ab".repeat(32);
    let id = begin(&mut world, Release::new("2.1", full).with_delta(delta));
    world.finish_campaign(id).unwrap();
    let mut expected = counts(20, 0);
    expected.retried = 20;
    assert_eq!(world.campaign(id).unwrap().counts, expected);
    assert!((1..=20).all(|number| runs_image(&world, number, &second)));
}
both!(n6b_a_device_whose_delta_is_damaged_gets_the_whole_image, deltas);
