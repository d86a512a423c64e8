//! Bundles that somebody sends.

use tokio::time::Instant;

use super::rig::{Init, bundle, new, old, order, pass, sending};
use crate::slot::Slot;
use crate::slot::bundle::{BLOCK, Head, PACKED_LIMIT};
use crate::slot::keeper::Order as Machine;
use crate::slot::refusal::Refusal;
use crate::slot::rig::{has, signed};
use crate::slot::state::Status;
use crate::update::{PATIENCE, Sent, Stage, Unavailable, UpdateError};

#[tokio::test(start_paused = true)]
async fn an_upload_is_installed_and_says_what_it_was() {
    let init = Init::ready().await;
    let file = bundle(&new());
    init.upload(&file, 1000).await.expect("installed");
    let job = init.job();
    assert_eq!((job.stage, job.error), (Stage::Installed, None));
    let release = job.release.expect("told");
    assert_eq!((release.version.as_str(), release.key.len()), ("1.1.0", 16));
    assert_eq!(
        (job.size, job.fetched),
        (Some(file.len() as u64), file.len() as u64)
    );
    let slots = init.status.borrow().slots.clone().expect("slots");
    assert_eq!(slots.state.slot(Slot::B).status, Status::Installed);
    let (disk, orders) = init.stop().await;
    assert!(has(&disk, Slot::B, &new()) && has(&disk, Slot::A, &old()));
    assert_eq!(orders, [], "nobody ordered a restart");
}

#[tokio::test(start_paused = true)]
async fn when_that_was_ordered_the_new_system_is_started() {
    let mut init = Init::ready().await;
    let file = bundle(&new());
    let (pump, sending) = sending(0, Some(file.len() as u64));
    let job = init
        .update
        .upload(sending, order(true))
        .await
        .expect("begun");
    pass(&pump, &file, 5000).await;
    init.update.ended(job).await.expect("installed");
    init.wait_until(|status| status.restarting).await;
    assert_eq!(init.stop().await.1, [Machine::Trial]);
}

#[tokio::test(start_paused = true)]
async fn without_a_length_the_end_is_where_it_must_be() {
    for (tail, expected) in [
        (&b""[..], Ok(())),
        (b"x", Err(UpdateError::Trailing)),
        (&[0; 5000], Err(UpdateError::Trailing)),
    ] {
        let init = Init::ready().await;
        let file = [&bundle(&new()), tail].concat();
        let (pump, sending) = sending(0, None);
        let job = init
            .update
            .upload(sending, order(true))
            .await
            .expect("begun");
        pass(&pump, &file, 1000).await;
        let _ = pump.send(Sent::End).await;
        assert_eq!(init.update.ended(job).await, expected);
        let slots = init.status.borrow().slots.clone().expect("slots");
        assert_eq!(
            slots.state.slot(Slot::B).status == Status::Installed,
            expected.is_ok()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn each_fault_has_its_own_error_and_nothing_is_activated() {
    let good = bundle(&new());
    let head = Head::parse(&good).expect("a head");
    let changed = |at: usize| {
        let mut file = good.clone();
        file[at] ^= 1;
        file
    };
    let other = |change: &dyn Fn(&mut crate::slot::bundle::Header)| {
        let mut header = head.header.clone();
        change(&mut header);
        [&signed(&header), &good[head.length..]].concat()
    };
    let refused = |refusal| Err(UpdateError::Refused(refusal));
    let before_signature = good.len() - head.header.payload() as usize - 100;
    for (file, expected) in [
        (
            good[..good.len() - 1].to_vec(),
            Err(UpdateError::Truncated {
                got: good.len() as u64 - 1,
            }),
        ),
        (
            good[..100].to_vec(),
            Err(UpdateError::Truncated { got: 100 }),
        ),
        (Vec::new(), Err(UpdateError::Truncated { got: 0 })),
        ([&good[..], b"x"].concat(), Err(UpdateError::Trailing)),
        (b"PK something else".to_vec(), refused(Refusal::Malformed)),
        (changed(60), refused(Refusal::WrongSignature)),
        (changed(before_signature), refused(Refusal::WrongSignature)),
        (changed(head.length + 5), refused(Refusal::Block(0))),
        (
            other(&|header| header.made.product = "other".to_owned()),
            refused(Refusal::Product),
        ),
        (
            other(&|header| header.made.hardware = vec!["other".to_owned()]),
            refused(Refusal::Hardware),
        ),
        (
            other(&|header| header.sha256.0[0] ^= 1),
            refused(Refusal::Image),
        ),
    ] {
        let init = Init::ready().await;
        assert_eq!(init.upload(&file, 777).await, expected);
        let job = init.job();
        assert_eq!((job.stage, job.error), (Stage::Failed, expected.err()));
        let (disk, orders) = init.stop().await;
        assert!(has(&disk, Slot::A, &old()) && orders.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_trusted_never_reaches_the_card() {
    let mut file = bundle(&new());
    file[60] ^= 1;
    let init = Init::ready().await;
    init.upload(&file, 5000).await.expect_err("refused");
    let (disk, _) = init.stop().await;
    assert!(has(&disk, Slot::B, &old()), "the other slot is what it was");
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_drops_goes_on_where_it_was_wherever_that_is() {
    let file = bundle(&new());
    let init = &mut Init::ready().await;
    let total = file.len() as u64;
    let (pump, first) = sending(0, Some(total));
    let job = init
        .update
        .upload(first, order(false))
        .await
        .expect("begun");
    // The first connection drops in the head, each later one a little further on.
    let mut at = 10;
    pass(&pump, &file[..at], 10).await;
    drop(pump);
    let mut sent = at;
    let mut drops = 0;
    while sent < file.len() {
        let status = init
            .wait_until(|status| {
                status
                    .job
                    .as_ref()
                    .is_some_and(|job| job.resume_at.is_some() || job.stage.is_over())
            })
            .await;
        let Some(resume) = status.job.expect("a job").resume_at else {
            break;
        };
        assert!(
            resume >= at as u64 && resume <= at as u64 + PACKED_LIMIT as u64 + BLOCK as u64,
            "{resume}, and {at} bytes were sent"
        );
        let (pump, next) = sending(resume, Some(total));
        assert_eq!(init.update.resume(next).await, Ok(job));
        drops += 1;
        sent = (resume as usize + 9000).min(file.len());
        at = sent;
        pass(&pump, &file[resume as usize..sent], 4000).await;
    }
    assert!(drops > 10, "{drops}");
    init.update.ended(job).await.expect("installed");
    let fetched = init.job().fetched;
    assert!(fetched <= total, "{fetched} bytes came for {total}");
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_does_not_go_on_in_time_is_over() {
    let file = bundle(&new());
    let mut init = Init::ready().await;
    let (pump, first) = sending(0, Some(file.len() as u64));
    let job = init
        .update
        .upload(first, order(false))
        .await
        .expect("begun");
    pass(&pump, &file[..20_000], 4000).await;
    drop(pump);
    init.wait_until(|status| {
        status
            .job
            .as_ref()
            .is_some_and(|job| job.resume_at.is_some())
    })
    .await;
    let begun = Instant::now();
    assert_eq!(init.update.ended(job).await, Err(UpdateError::Interrupted));
    assert_eq!(begun.elapsed().as_secs(), PATIENCE.as_secs());
    let (_, late) = sending(20_000, Some(file.len() as u64));
    assert_eq!(
        init.update.resume(late).await,
        Err(UpdateError::Range { wanted: None })
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_goes_on_behind_the_byte_that_is_wanted() {
    let file = bundle(&new());
    let mut init = Init::ready().await;
    let (pump, first) = sending(0, Some(file.len() as u64));
    init.update
        .upload(first, order(false))
        .await
        .expect("begun");
    pass(&pump, &file[..1000], 1000).await;
    drop(pump);
    init.wait_until(|status| {
        status
            .job
            .as_ref()
            .is_some_and(|job| job.resume_at.is_some())
    })
    .await;
    let (_, gap) = sending(1001, Some(file.len() as u64));
    assert_eq!(
        init.update.resume(gap).await,
        Err(UpdateError::Range { wanted: Some(1000) })
    );
    let (pump, overlap) = sending(500, Some(file.len() as u64));
    let job = init.update.resume(overlap).await.expect("taken");
    pass(&pump, &file[500..], 4000).await;
    init.update.ended(job).await.expect("installed");
}

#[tokio::test(start_paused = true)]
async fn one_job_at_a_time_but_a_dead_upload_makes_room() {
    let file = bundle(&new());
    let mut init = Init::ready().await;
    let (pump, first) = sending(0, Some(file.len() as u64));
    let first = init
        .update
        .upload(first, order(false))
        .await
        .expect("begun");
    let busy = init.upload(&file, 5000).await;
    assert_eq!(busy, Err(Refusal::Busy.into()));
    pass(&pump, &file[..40_000], 4000).await;
    drop(pump);
    init.wait_until(|status| {
        status
            .job
            .as_ref()
            .is_some_and(|job| job.resume_at.is_some())
    })
    .await;
    init.upload(&file, 5000).await.expect("installed");
    assert_eq!(init.update.ended(first).await, Err(UpdateError::Superseded));
}

#[tokio::test(start_paused = true)]
async fn a_canceled_job_ends_and_the_next_one_finds_what_was_written() {
    let file = bundle(&new());
    let mut init = Init::ready().await;
    let (pump, first) = sending(0, Some(file.len() as u64));
    let job = init
        .update
        .upload(first, order(false))
        .await
        .expect("begun");
    pass(&pump, &file[..file.len() - 30_000], 4000).await;
    init.wait_until(|status| status.job.as_ref().is_some_and(|job| job.done > 5))
        .await;
    init.update.cancel().await.expect("canceled");
    assert_eq!(init.update.ended(job).await, Err(UpdateError::Canceled));
    assert_eq!(init.job().stage, Stage::Canceled);
    assert_eq!(init.update.cancel().await, Err(Refusal::NotBusy.into()));
    init.upload(&file, 5000).await.expect("installed");
    assert_eq!(init.stop().await.1, []);
}

#[tokio::test(start_paused = true)]
async fn a_card_that_cannot_be_written_ends_the_job_with_its_own_words() {
    let mut disk = crate::slot::rig::card(&old());
    let area = crate::slot::layout::slot(Slot::B).area;
    disk.refuses = Some(area.offset() + 200_000..area.offset() + area.size());
    let mut init = Init::with(disk);
    init.wait_until(|status| status.slots.is_ok()).await;
    let failed = init.upload(&bundle(&new()), 5000).await;
    assert_eq!(failed, Err(Refusal::Write(5).into()));
    assert!(has(&init.stop().await.0, Slot::A, &old()));
}

#[tokio::test(start_paused = true)]
async fn a_trial_is_refused_or_begins() {
    let mut init = Init::ready().await;
    init.update
        .trial("ann")
        .await
        .expect("both slots are whole");
    init.wait_until(|status| status.restarting).await;
    let again = init.update.trial("ann").await;
    assert_eq!(again, Err(UpdateError::Restarting));
    assert_eq!(init.stop().await.1, [Machine::Trial]);
}

#[tokio::test(start_paused = true)]
async fn a_slot_that_is_not_whole_is_not_started() {
    let init = Init::ready().await;
    let mut file = bundle(&new());
    let last = file.len() - 5000;
    file[last] ^= 1;
    init.upload(&file, 5000).await.expect_err("damaged");
    let refused = init.update.trial("ann").await;
    assert_eq!(refused, Err(Refusal::NotWhole.into()));
    assert!(!init.status.borrow().restarting);
    assert_eq!(init.stop().await.1, []);
}

#[tokio::test(start_paused = true)]
async fn without_init_nothing_is_possible_and_that_is_said() {
    let update = crate::update::Update::unavailable();
    assert!(!update.is_heard());
    let refused = update.trial("ann").await.expect_err("refused");
    assert_eq!(refused.code(), "updates_unavailable");
}

#[tokio::test(start_paused = true)]
async fn when_init_is_gone_every_wish_is_answered() {
    let (say, wishes) = tokio::sync::mpsc::channel(4);
    let (news, hear) = tokio::sync::mpsc::channel(4);
    let init = Init::over(crate::update::Line { say, hear }, |_| {});
    drop((wishes, news));
    let mut status = init.update.status();
    let lost = Err(Unavailable::Lost);
    status
        .wait_for(|status| status.slots == lost)
        .await
        .expect("it lives");
    let (_, sent) = sending(0, None);
    let lost = Some(UpdateError::Unavailable(Unavailable::Lost));
    assert_eq!(init.update.upload(sent, order(false)).await.err(), lost);
    assert_eq!(init.update.check().await.err(), lost);
    assert_eq!(init.update.trial("ann").await.err(), lost);
    assert_eq!(init.update.cancel().await.err(), lost);
}
