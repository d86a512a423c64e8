//! Bundles that somebody has changed: whatever `serve` is made to send, the card is written after a valid signature only,
//! and nothing but what was signed ever boots. `serve` may be in an attacker's hands, so the wishes come in any order.

use super::super::super::bundle::{BLOCK, HEAD_LIMIT, Header, TEXT_LIMIT};
use super::super::super::disk::memory::Event;
use super::super::super::keys::Key;
use super::super::super::rig::secret;
use super::super::super::state::Image;
use super::*;

/// What came of attempts.
struct Tally {
    release: Release,
    patch: Vec<u8>,
    attempts: usize,
    writes: usize,
    activations: usize,
}

impl Tally {
    fn new() -> Tally {
        Tally {
            release: patched(),
            patch: patched().patch(&old(), 3),
            attempts: 0,
            writes: 0,
            activations: 0,
        }
    }

    /// Everything an attacker can say, from a card that is settled. Returns why the head was refused.
    fn attack(&mut self, keeper: &mut Keeper<MemoryDisk>, head: &[u8]) -> Option<Refusal> {
        keeper.disk.log.clear();
        let refusal = refused(&feed(keeper, head));
        if refusal.is_some() {
            let bytes = self.release.block(1);
            keeper.take(Wish::Block { index: 1, bytes });
            let bytes = &self.patch;
            keeper.take(Wish::Patch { index: 3, bytes });
            keeper.take(Wish::Finish);
            work(keeper);
            self.writes += writes(keeper);
            self.activations += usize::from(!is_untouched(keeper));
        }
        self.attempts += 1;
        refusal
    }

    #[track_caller]
    fn report(&self, what: &str) {
        println!(
            "{what}: {} attempts, {} writes, {} activations",
            self.attempts, self.writes, self.activations
        );
        assert_eq!((self.writes, self.activations), (0, 0), "{what}");
    }
}

/// In pieces; a piece that is refused ends it.
fn feed(keeper: &mut Keeper<MemoryDisk>, head: &[u8]) -> Turn {
    for (number, bytes) in head.chunks(BLOCK).enumerate() {
        let at = (number * BLOCK) as u32;
        let turn = keeper.take(Wish::Head { at, bytes });
        if turn != Turn::default() {
            return turn;
        }
    }
    keeper.take(Wish::Begin)
}

fn writes(keeper: &Keeper<MemoryDisk>) -> usize {
    let events = keeper.disk.log.iter();
    events
        .filter(|event| matches!(event, Event::Write { .. }))
        .count()
}

/// What boots, now and on trial, is known as the old release; what is on the card follows from there being no writes.
fn is_untouched(keeper: &Keeper<MemoryDisk>) -> bool {
    let is_old = |slot: Slot| keeper.state.slot(slot).image == old_image();
    keeper.state.primary == Slot::A && Slot::ALL.into_iter().all(is_old)
}

fn old_image() -> Image {
    static IMAGE: std::sync::LazyLock<Image> = std::sync::LazyLock::new(|| old().image());
    *IMAGE
}

/// A head that is signed with the tests' key after `change`.
fn with(change: impl FnOnce(&mut Header)) -> Vec<u8> {
    let mut header = new().header;
    change(&mut header);
    signed(&header)
}

fn sign(secret: &minisign::SecretKey, signed: &[u8]) -> String {
    let signature = minisign::sign(None, secret, signed, None, None).expect("signed");
    signature.to_string()
}

#[test]
fn a_change_of_any_byte_of_the_head_is_refused_before_anything_is_written() {
    let whole = patched().head();
    let signed_end = Head::parse(&whole).expect("a head").signed.len();
    let mut tally = Tally::new();
    let mut keeper = running();
    let mut harmless = 0;
    for at in 0..whole.len() {
        for change in [0x01, 0x20, 0x80, 0xFF] {
            let mut head = whole.clone();
            head[at] ^= change;
            if tally.attack(&mut keeper, &head).is_none() {
                // Minisign's untrusted comment is for people and signed by nobody: only that may change.
                let now = Head::parse(&head).expect("accepted, so it was read");
                assert!(at > signed_end && now.signed == whole[..signed_end], "{at}");
                let comment = now.signatures[0].lines().next().expect("a line").len();
                assert!(at < signed_end + 3 + comment, "{at} of {signed_end}");
                harmless += 1;
                keeper = running();
            }
        }
    }
    println!("in the untrusted comment: {harmless}, and the signed header is the one that counts");
    tally.report("every byte of the head");
}

#[test]
fn a_head_that_is_cut_off_anywhere_is_refused_before_anything_is_written() {
    let whole = patched().head();
    let mut tally = Tally::new();
    let mut keeper = running();
    for cut in 0..whole.len() {
        let refusal = tally.attack(&mut keeper, &whole[..cut]);
        assert_eq!(refusal, Some(Refusal::Malformed), "{cut}");
    }
    tally.report("every truncation of the head");
}

#[test]
fn no_signature_of_somebody_else_or_for_something_else_counts() {
    let header = new().header;
    let signed = Head::to_sign(&header);
    let stranger = minisign::KeyPair::generate_unencrypted_keypair().expect("a pair");
    let right = sign(&secret(), &signed);
    let other = sign(&secret(), &Head::to_sign(&old().header));
    let mut lines: Vec<String> = right.lines().map(str::to_owned).collect();
    // The comment that is signed, changed.
    lines[2].push('x');
    let commented = lines.join("\n");
    let one_line = right.lines().take(2).collect::<Vec<_>>().join("\n");
    let mut tally = Tally::new();
    let mut keeper = running();
    for (signatures, reason) in [
        (vec![String::new()], Refusal::WrongSignature),
        (vec!["\n\n\n\n".to_owned()], Refusal::WrongSignature),
        (vec![one_line], Refusal::WrongSignature),
        (vec![other.clone()], Refusal::WrongSignature),
        (vec![commented], Refusal::WrongSignature),
        (vec![sign(&stranger.sk, &signed)], Refusal::UnknownKey),
        (
            vec![sign(&stranger.sk, &signed), other],
            Refusal::WrongSignature,
        ),
        (vec![], Refusal::Malformed),
        (vec![right.clone(); 5], Refusal::Malformed),
        (
            vec![format!("{right}{}", "x".repeat(1024))],
            Refusal::Malformed,
        ),
    ] {
        let refusal = tally.attack(&mut keeper, &Head::print(&signed, &signatures));
        assert_eq!(refusal, Some(reason), "{signatures:?}");
    }
    // Keys have changed: the old one's bundles, right in every other way, are a stranger's now.
    let text = stranger.pk.to_box().expect("a key").to_string();
    keeper.keys = Key::parse(&text).expect("keys");
    let refusal = tally.attack(&mut keeper, &new().head());
    assert_eq!(refusal, Some(Refusal::UnknownKey));
    keeper.keys = Vec::new();
    let refusal = tally.attack(&mut keeper, &new().head());
    assert_eq!(refusal, Some(Refusal::UnknownKey));
    tally.report("signatures that do not count");
}

#[test]
fn no_way_to_write_a_version_or_a_name_gets_past_the_floor_and_the_board() {
    let mut tally = Tally::new();
    let mut keeper = running();
    keeper.state.floor = 1;
    let mut attack = |head: Vec<u8>, reason: Refusal| {
        assert_eq!(tally.attack(&mut keeper, &head), Some(reason));
    };
    let named = |version: &str| {
        let version = version.to_owned();
        move |header: &mut Header| header.made.version = version
    };
    for version in [
        "1.0.0 ",
        " 1.0.0",
        "1.0.0\n",
        "1.0.0\0",
        "1.0.0\u{a0}",
        "１.0.0",
        "1.0.0\u{202e}",
        "",
        "\t",
    ] {
        attack(with(named(version)), Refusal::Malformed);
    }
    attack(with(named(&"9".repeat(TEXT_LIMIT + 1))), Refusal::Malformed);
    // However new it says it is: only the index counts.
    for version in [
        "999.0.0",
        "1.1.0-evil",
        "1.1.0+build",
        "v1.1.0",
        "V1.1.0",
        "1.1",
        "1.0.0..",
        "latest",
    ] {
        let old = |header: &mut Header| {
            header.made.version = version.to_owned();
            header.made.rollback_index = 0;
        };
        attack(with(old), Refusal::Downgrade);
    }
    for product in ["Farseat", "FARSEAT", "farseat2", "farsea", "farseat/"] {
        let change = |header: &mut Header| header.made.product = product.to_owned();
        attack(with(change), Refusal::Product);
    }
    for hardware in [
        "Linux,Dummy-Virt",
        "linux,dummy",
        "linux,dummy-virt2",
        "dummy-virt",
        "*",
        "linux,*",
    ] {
        let change = |header: &mut Header| header.made.hardware = vec![hardware.to_owned()];
        attack(with(change), Refusal::Hardware);
    }
    attack(
        with(|header| header.made.hardware.clear()),
        Refusal::Hardware,
    );
    let late = |header: &mut Header| header.made.oldest_bootloader = u64::MAX;
    keeper.facts.board.bootloader = Some(1);
    let refusal = tally.attack(&mut keeper, &with(late));
    assert_eq!(refusal, Some(Refusal::Bootloader));
    tally.report("versions and names");
}

#[test]
fn a_head_or_an_image_that_is_too_large_is_refused_before_anything_is_written() {
    let mut tally = Tally::new();
    let mut keeper = running();
    let slot = layout::SLOT_A.area.size();
    let sized = |size: u64| {
        move |header: &mut Header| {
            header.size = size;
            let block = header.blocks[0];
            header.blocks = vec![block; size.div_ceil(BLOCK as u64) as usize];
        }
    };
    let mut endless = new().head();
    endless[16..20].copy_from_slice(&u32::MAX.to_le_bytes());
    let mut too_long = new().head();
    too_long.resize(HEAD_LIMIT + 1, 0);
    for head in [
        with(sized(slot + 512)),
        with(sized(0)),
        with(sized(511)),
        with(|header| header.blocks[0].packed = u32::MAX),
        with(|header| header.blocks.truncate(1)),
        endless,
        too_long,
        vec![0; HEAD_LIMIT],
    ] {
        let refusal = tally.attack(&mut keeper, &head);
        assert_eq!(refusal, Some(Refusal::Malformed));
    }
    tally.report("oversize");
}

#[test]
fn a_block_that_is_changed_at_any_border_is_not_written_and_nothing_boots_but_what_was_signed() {
    let mut keeper = running();
    assert_eq!(refused(&send_head(&mut keeper, &new().head())), None);
    work(&mut keeper);
    keeper.disk.log.clear();
    let release = new();
    let blocks = release.header.blocks.len();
    let mut attempts = 0;
    let mut must_be_refused = |keeper: &mut Keeper<MemoryDisk>, index: usize, bytes: &[u8]| {
        attempts += 1;
        let index = index as u32;
        let turn = keeper.take(Wish::Block { index, bytes });
        assert_eq!(refused(&turn), Some(Refusal::Block(index)));
    };
    for index in 0..blocks {
        let right = release.block(index);
        let borders = [0, 1, 511, 512, 513, 4095, 4096, right.len() - 1];
        for at in borders.into_iter().filter(|at| *at < right.len()) {
            let mut wrong = right.to_owned();
            wrong[at] ^= 1;
            must_be_refused(&mut keeper, index, &wrong);
        }
        must_be_refused(&mut keeper, index, &right[..right.len() - 1]);
        must_be_refused(&mut keeper, index, &right[..right.len() - 512]);
        must_be_refused(&mut keeper, index, &[right, &[0]].concat());
        // Right bytes, but of another block; and a block behind the last.
        let next = (index + 1) % blocks;
        if release.header.blocks[next] != release.header.blocks[index] {
            must_be_refused(&mut keeper, next, right);
        }
        must_be_refused(&mut keeper, blocks + index, right);
    }
    must_be_refused(&mut keeper, u32::MAX as usize, release.block(0));
    println!(
        "every border of every block: {attempts} attempts, {} writes",
        writes(&keeper)
    );
    assert_eq!(writes(&keeper), 0);
    assert_eq!(
        refused(&keeper.take(Wish::Finish)),
        Some(Refusal::Incomplete)
    );
    assert_eq!(refused(&keeper.take(Wish::Trial)), Some(Refusal::Busy));
    for trial in [false, true] {
        assert_eq!(boots(&keeper.disk, trial), Some(Slot::A));
    }
    keeper.take(Wish::Cancel);
    assert_eq!(refused(&keeper.take(Wish::Trial)), Some(Refusal::NotWhole));
}

#[test]
fn a_patch_that_is_changed_anywhere_or_cut_off_is_not_written() {
    let mut keeper = running();
    assert_eq!(refused(&send_head(&mut keeper, &patched().head())), None);
    work(&mut keeper);
    keeper.disk.log.clear();
    let mut attempts = 0;
    for index in [0, 3] {
        let patch = patched().patch(&old(), index);
        let index = index as u32;
        let mut must_not_fit = |bytes: &[u8]| {
            attempts += 1;
            let news = keeper.take(Wish::Patch { index, bytes }).news;
            assert_eq!(news, [News::Unpatched(index)]);
        };
        for at in 0..patch.len() {
            for change in 1..=255 {
                let mut wrong = patch.clone();
                wrong[at] ^= change;
                must_not_fit(&wrong);
            }
            must_not_fit(&patch[..at]);
        }
        must_not_fit(&[&patch[..], &[0]].concat());
        must_not_fit(&patched().patch(&old(), 3 - index as usize));
        must_not_fit(&vec![0xFF; BLOCK]);
    }
    println!(
        "every byte of a patch: {attempts} attempts, {} writes",
        writes(&keeper)
    );
    assert_eq!(writes(&keeper), 0);
    assert_eq!(
        refused(&keeper.take(Wish::Finish)),
        Some(Refusal::Incomplete)
    );
}

#[test]
fn what_follows_a_head_is_never_taken_for_a_part_of_it() {
    let mut keeper = running();
    let more = [&new().head()[..], &[0xA5; 4096]].concat();
    assert_eq!(refused(&send_head(&mut keeper, &more)), None);
    work(&mut keeper);
    let known = keeper.state.slot(Slot::B);
    assert_eq!(known.image, new().image());
    assert_eq!(boots(&keeper.disk, true), Some(Slot::A));
}
