//! Whole updates through the appliance's own interface: uploaded, fetched, and what that costs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use farseat_firmware::slot::Slot::{A, B};
use farseat_firmware::slot::layout::slot;
use farseat_firmware::slot::state::Status;
use farseat_lab::PATIENCE;
use farseat_lab::card::board::Board;
use farseat_lab::card::release::{Bundle, Release};
use farseat_lab::console::{Answer, Console, Seen, Video};
use farseat_lab::depot::{Depot, Traffic};
use farseat_lab::dongle::{Dongle, Happening, mjpeg_dongle};
use farseat_lab::names;
use farseat_lab::picture::{Colour, Picture};
use farseat_lab::processes::Process;
use farseat_lab::target::Target;
use serde_json::{Value, json};

use crate::{card, is_full, noise, power_on, say};

const RED_BLUE: Picture = Picture::Halves(Colour::RED, Colour::BLUE);
/// What a viewer may not notice.
const LONGEST_GAP_MS: u64 = 500;
/// So often the machine is looked into before the update, while somebody watches.
const IDLE_LOOKS: usize = 300;
/// What the updater may take.
const LARGEST_GROWTH_KB: u64 = 16 << 10;
/// Of content, in the release that is measured.
const SLOT: usize = 30 << 20;

/// A release of so many bytes of which nothing is on the card but what the old one has too.
fn large() -> Bundle {
    let release = Release::of(&card(), "0.2.0");
    let more = SLOT
        .saturating_sub(release.bundle().image.len())
        .max(1 << 20);
    release.with("more.bin", &noise(more)).bundle()
}

/// How long a fetch over a connection that breaks may take on a busy machine.
const FETCHING: Duration = Duration::from_secs(240);

/// The longest time between two frames that were sent, in milliseconds, and how many there were.
fn longest_gap(video: &Video) -> (u64, usize) {
    let mut longest = 0;
    let mut last = None;
    let mut frames = 0;
    for seen in video.news().take_all() {
        if let Seen::Frame(frame) = seen {
            frames += 1;
            let gap = last.map_or(0, |last| frame.sent_us.saturating_sub(last));
            longest = longest.max(gap / 1000);
            last = Some(frame.sent_us);
        }
    }
    (longest, frames)
}

/// Each frame of the dongle is another than the one before: what does not change is not sent.
fn move_until(dongle: &Dongle, done: &AtomicBool) {
    let pictures = [RED_BLUE, Picture::Solid(Colour::GREEN)];
    for picture in pictures.into_iter().cycle() {
        let sent = |happening: &Happening| *happening == Happening::FrameSent;
        if done.load(Ordering::Relaxed) || dongle.happenings().wait(PATIENCE, sent).is_err() {
            break;
        }
        dongle.show(picture);
    }
}

/// Does `work` while the picture moves, and says how the viewer fared.
fn watched<T>(dongle: &Dongle, video: &Video, work: impl FnOnce() -> T) -> (T, (u64, usize)) {
    let done = AtomicBool::new(false);
    video.news().forget();
    std::thread::scope(|scope| {
        scope.spawn(|| move_until(dongle, &done));
        let worked = work();
        done.store(true, Ordering::Relaxed);
        (worked, longest_gap(video))
    })
}

/// Uploads; how much the processes grew meanwhile, looked at again and again.
fn upload(
    console: &Console,
    target: &Target,
    bundle: &Bundle,
    pids: [i32; 2],
) -> (Answer, [u64; 2]) {
    let before = pids.map(|pid| target.resident_kib(pid));
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut peaks = before;
            while !done.load(Ordering::Relaxed) {
                for (peak, pid) in peaks.iter_mut().zip(pids) {
                    *peak = (*peak).max(target.resident_kib(pid));
                }
            }
            peaks
        });
        let answer = console.upload(&bundle.bytes, 0, false);
        done.store(true, Ordering::Relaxed);
        let peaks = watch.join().unwrap();
        (answer.unwrap(), [0, 1].map(|at| peaks[at] - before[at]))
    })
}

/// Sees an installed release through its trial to the end.
fn try_it(board: &mut Board) -> Value {
    board.wait_reset().unwrap();
    see_the_trial(board)
}

fn see_the_trial(board: &mut Board) -> Value {
    assert_eq!((board.boot().partition, board.boot().trial), (3, true));
    board.console().wait_until_up().unwrap();
    board.console().log_in().unwrap();
    board.console().wait_update("commit", |update| {
        update["primary"] == "b" && update["trial"] == false
    })
}

/// Has the board ask this machine for names. False: nobody can.
fn learn_names(board: &mut Board) -> bool {
    if !names::are_served() {
        say("names: port 53 of this machine cannot be had");
        return false;
    }
    let mut ask = |method, path: &str, body| {
        let path = format!("/api/v1/network{path}");
        board.console().ask(method, &path, body).unwrap()
    };
    let mut settings = ask("GET", "", None).json()["settings"].take();
    settings["dns"] = json!([names::ROUTER]);
    assert_eq!(ask("PUT", "", Some(settings)).status, 202);
    assert_eq!(ask("POST", "/confirm", Some(json!({}))).status, 204);
    true
}

/// Has the board fetch release 0.1.1 and start it, and sees it through its trial; says what the web server sent.
fn fetch(board: &mut Board, url: &str, depot: &Depot, bundle: &Bundle) -> Traffic {
    board.console().fetch(url, true);
    expect_fetcher_without_power(board.target());
    // It starts as soon as it is installed, whether somebody looks or not.
    board.wait_reset_within(FETCHING).unwrap();
    let traffic = depot.take_traffic();
    let update = see_the_trial(board);
    expect_installed(board, bundle);
    assert_eq!(update["slots"]["b"]["version"], "0.1.1", "{update}");
    traffic
}

/// What fetches is another process than `serve`, another user, and sees nothing.
fn expect_fetcher_without_power(target: &Target) {
    let end = Instant::now() + PATIENCE;
    let fetcher = loop {
        assert!(Instant::now() < end, "nobody fetches");
        // First it is still giving everything away.
        let seen = target.in_role("fetch").unwrap();
        let lines = |process: &Process| target.read(&format!("/proc/{}/status", process.pid));
        if let Some((fetcher, status)) = seen.and_then(|seen| Some((seen.pid, lines(&seen).ok()?)))
            && status.contains("Seccomp_filters:\t2")
        {
            for has in [
                "Uid:\t101\t101\t101\t101",
                "Gid:\t101\t101\t101\t101",
                "CapPrm:\t0000000000000000",
                "CapBnd:\t0000000000000000",
                "NoNewPrivs:\t1",
            ] {
                assert!(status.contains(has), "{has} is not in {status}");
            }
            break fetcher;
        }
    };
    let mounts = target.read(&format!("/proc/{fetcher}/mounts")).unwrap();
    let seen = mounts.lines().filter_map(|line| line.split(' ').nth(1));
    let places = ["/", "/dev/random", "/dev/urandom"];
    assert_eq!(seen.collect::<Vec<_>>(), places, "{mounts}");
}

fn expect_installed(board: &Board, bundle: &Bundle) {
    let start = slot(B).area.offset();
    let disk = board.card().disk();
    let written = disk.content(start..start + bundle.image.len() as u64);
    assert!(
        written.unwrap() == bundle.image,
        "slot b is not the release"
    );
}

#[test]
fn a_bundle_is_uploaded_tried_and_confirmed_and_who_watches_does_not_notice() {
    let bundle = large();
    let mut board = power_on("update-upload", &card());
    board.console();
    board.dongle().plug(mjpeg_dongle(), RED_BLUE).unwrap();
    let video = board.console().video();
    video.wait_picture(RED_BLUE);
    let serve = board.target().serve_process().unwrap().expect("serve runs");
    let (console, target, dongle) = board.all();
    let ((), idle) = watched(dongle, &video, || {
        for _ in 0..IDLE_LOOKS {
            target.resident_kib(serve.pid);
        }
    });
    let started = Instant::now();
    let ((answer, grown), busy) = watched(dongle, &video, || {
        upload(console, target, &bundle, [1, serve.pid])
    });
    let took = started.elapsed();
    assert_eq!(
        answer.status,
        200,
        "{}",
        String::from_utf8_lossy(&answer.body)
    );
    let job = &answer.json()["job"];
    assert_eq!(job["stage"], "installed", "{job}");
    expect_installed(&board, &bundle);
    let growth: u64 = grown.iter().sum();
    say(&format!(
        "upload: {} bytes for {} in {took:.1?}; longest gap in ms and frames {busy:?}, before {idle:?}; init and serve grew by {grown:?} kB",
        bundle.bytes.len(),
        bundle.image.len(),
    ));
    // A machine that is busy with something else is not the update's fault.
    let allowed = LONGEST_GAP_MS + idle.0;
    assert!(busy.0 <= allowed, "{} ms without a picture", busy.0);
    assert!(growth <= LARGEST_GROWTH_KB, "{growth} kB");
    drop(video);

    board.console().order_trial();
    let update = try_it(&mut board);
    assert_eq!(update["slots"]["b"]["version"], "0.2.0", "{update}");
    assert_eq!(update["slots"]["b"]["status"], "good", "{update}");
    let state = board.card().state().unwrap();
    assert_eq!((state.primary, state.slot(A).status), (B, Status::Good));
    board.wait_named(B);
}

#[test]
fn a_bundle_is_fetched_by_name_over_a_connection_that_breaks_and_starts_by_itself() {
    let release = Release::of(&card(), "0.1.1");
    let bundle = release.with("more.bin", &noise(2 << 20)).bundle();
    let depot = Depot::open(bundle.bytes.clone()).unwrap();
    // In the middle of a block, so that what was begun is lost.
    let every = if is_full() { 1 } else { 8 };
    let middle = |pair: &[usize]| (pair[0] + pair[1]) / 2;
    let breaks: Vec<usize> = bundle
        .blocks
        .windows(2)
        .step_by(every)
        .map(middle)
        .collect();
    depot.break_at(&breaks);
    let mut board = power_on("update-fetch", &card());
    let named = learn_names(&mut board);
    let url = depot.url_at(if named {
        "updates.example"
    } else {
        names::ROUTER
    });
    let traffic = fetch(&mut board, &url, &depot, &bundle);
    say(&format!(
        "fetch: {} of {} bytes were sent in {} requests",
        traffic.sent,
        bundle.bytes.len(),
        traffic.asked.len()
    ));
}

#[test]
fn a_release_in_which_everything_has_moved_is_fetched_as_patches() {
    let card = card();
    let image = card.state().unwrap().slot(A).image;
    let start = slot(A).area.offset();
    let base = card.disk().content(start..start + image.size).unwrap();
    // First in its folder, so that all other files lie a few kilobytes behind where they were.
    let release = Release::of(&card, "0.1.1").with("a.bin", &noise(5000));
    let bundle = release.bundle_over(&[&base]);
    let depot = Depot::open(bundle.bytes.clone()).unwrap();
    // Behind the blocks there are only patches.
    let patches = *bundle.blocks.last().unwrap();
    let breaks = [patches + 5, (patches + bundle.bytes.len()) / 2];
    depot.break_at(&breaks);
    let mut board = power_on("update-patches", &card);
    let traffic = fetch(&mut board, &depot.url(), &depot, &bundle);
    say(&format!(
        "patches: {} of {} bytes were sent in {} requests",
        traffic.sent,
        bundle.bytes.len(),
        traffic.asked.len()
    ));
    assert!(traffic.sent * 100 <= bundle.bytes.len() * 5);
}

#[test]
fn an_upload_whose_connection_breaks_goes_on_where_it_was() {
    let release = Release::of(&card(), "0.1.1");
    let bundle = release.with("more.bin", &noise(1 << 20)).bundle();
    let mut board = power_on("update-resume", &card());
    let half = bundle.bytes.len() / 2;
    board.console().upload_part(&bundle.bytes, 0, half).unwrap();
    // What was on its way when the connection broke is lost, and what the card has already is not wanted.
    let at = |update: &Value| update["job"]["resume_at"].as_u64().unwrap_or(0) as usize;
    let update = board
        .console()
        .wait_update("interruption", |update| at(update) > 0);
    let from = at(&update);
    say(&format!(
        "resume: {half} bytes were sent, it goes on at {from}"
    ));
    let answer = board.console().upload(&bundle.bytes, from, false).unwrap();
    assert_eq!(
        answer.status,
        200,
        "{}",
        String::from_utf8_lossy(&answer.body)
    );
    expect_installed(&board, &bundle);
}

#[test]
fn a_bundle_on_the_first_partition_is_installed_by_itself_once() {
    let release = Release::of(&card(), "0.1.1");
    let bundle = release.with("more.bin", &noise(1 << 20)).bundle();
    let card = card();
    let selector = card.fat(1).unwrap();
    selector.write("rescue.farseat", &bundle.bytes).unwrap();
    drop(selector);
    let mut board = power_on("update-from-card", &card);
    // It asks nobody, and so it may be over before anybody could claim the board.
    board.wait_reset_within(FETCHING).unwrap();
    let update = see_the_trial(&mut board);
    assert_eq!(update["slots"]["b"]["version"], "0.1.1", "{update}");
    board.power_cycle(|_| ()).unwrap();
    assert_eq!((board.boot().partition, board.boot().trial), (3, false));
    board.wait_init("serve answers");
    board.console().log_in().unwrap();
    let update = board.console().update();
    assert!(update["job"].is_null(), "not again: {update}");
    assert_eq!(update["slots"]["a"]["version"], "0.1.0", "{update}");
}
