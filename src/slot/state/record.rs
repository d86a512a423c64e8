//! A state as 4 KiB: a magic, a sequence number, the fields, and the sum of all of it at the end.

use super::super::Slot;
use super::super::bytes::{Reader, Short, put_short};
use super::super::digest::Digest;
use super::super::health::{Check, Checks};
use super::{Image, Record, State, Status, Verdict};

/// Bytes of a record.
pub const LENGTH: usize = 4096;
const MAGIC: &[u8; 8] = b"FSstate1";
const SUM: usize = LENGTH - Digest::LENGTH;

/// The record of `state`, which is the `sequence`th.
pub(super) fn print(state: &State, sequence: u64) -> [u8; LENGTH] {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(sequence.to_le_bytes());
    bytes.push(state.primary.partition());
    bytes.extend(state.floor.to_le_bytes());
    bytes.extend(state.latest.to_le_bytes());
    for slot in Slot::ALL {
        put(&mut bytes, state.slot(slot));
    }
    bytes.resize(SUM, 0);
    let sum = Digest::of(&bytes);
    bytes.extend(sum.0);
    let mut record = [0; LENGTH];
    record.copy_from_slice(&bytes);
    record
}

/// `None` when it is no whole record.
pub(super) fn parse(record: &[u8; LENGTH]) -> Option<(State, u64)> {
    let (fields, sum) = record.split_at(SUM);
    if Digest::of(fields).0 != sum {
        return None;
    }
    read(fields).ok().flatten()
}

fn read(fields: &[u8]) -> Result<Option<(State, u64)>, Short> {
    let mut reader = Reader::new(fields);
    if &reader.array()? != MAGIC {
        return Ok(None);
    }
    let sequence = reader.u64()?;
    let primary = Slot::from_partition(reader.u8()?.into());
    let (floor, latest) = (reader.u32()?, reader.u64()?);
    let (a, b) = (get(&mut reader)?, get(&mut reader)?);
    Ok((|| {
        let state = State {
            primary: primary?,
            floor,
            latest,
            a: a?,
            b: b?,
        };
        Some((state, sequence))
    })())
}

fn put(bytes: &mut Vec<u8>, record: &Record) {
    bytes.push(status(record.status));
    bytes.push(verdict(record.verdict));
    bytes.push(record.raises_floor.into());
    bytes.push(record.expected.bits());
    bytes.push(record.unhealthy_boots);
    bytes.extend(record.rollback_index.to_le_bytes());
    bytes.extend(record.created.to_le_bytes());
    bytes.extend(record.image.size.to_le_bytes());
    bytes.extend(record.image.sha256.0);
    put_short(bytes, record.version.as_bytes());
}

fn get(reader: &mut Reader<'_>) -> Result<Option<Record>, Short> {
    let (status, verdict, raises_floor) = (reader.u8()?, reader.u8()?, reader.u8()?);
    let (expected, unhealthy_boots) = (reader.u8()?, reader.u8()?);
    let (rollback_index, created) = (reader.u32()?, reader.u64()?);
    let image = Image {
        size: reader.u64()?,
        sha256: Digest(reader.array()?),
    };
    let version = std::str::from_utf8(reader.short()?).ok();
    Ok((|| {
        Some(Record {
            status: status_of(status)?,
            verdict: verdict_of(verdict)?,
            version: version?.to_owned(),
            image,
            rollback_index,
            created,
            raises_floor: raises_floor != 0,
            expected: Checks::from_bits(expected),
            unhealthy_boots,
        })
    })())
}

fn status(status: Status) -> u8 {
    match status {
        Status::Empty => 0,
        Status::Writing => 1,
        Status::Installed => 2,
        Status::Trial => 3,
        Status::Good => 4,
        Status::Bad => 5,
    }
}

fn status_of(code: u8) -> Option<Status> {
    use Status::{Bad, Empty, Good, Installed, Trial, Writing};
    [Empty, Writing, Installed, Trial, Good, Bad]
        .into_iter()
        .find(|each| status(*each) == code)
}

/// Of checks the number and 16.
fn verdict(verdict: Option<Verdict>) -> u8 {
    match verdict {
        None => 0,
        Some(Verdict::Died) => 1,
        Some(Verdict::Unsteady) => 2,
        Some(Verdict::PassedBy) => 3,
        Some(Verdict::Rotten) => 4,
        Some(Verdict::Unhealthy(check)) => 16 + check.number(),
    }
}

fn verdict_of(code: u8) -> Option<Option<Verdict>> {
    use Verdict::{Died, PassedBy, Rotten, Unhealthy, Unsteady};
    let plain = [
        None,
        Some(Died),
        Some(Unsteady),
        Some(PassedBy),
        Some(Rotten),
    ];
    let checks = Check::ALL.map(|check| Some(Unhealthy(check)));
    plain
        .into_iter()
        .chain(checks)
        .find(|each| verdict(*each) == code)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_slot() -> impl Strategy<Value = Slot> {
        prop_oneof![Just(Slot::A), Just(Slot::B)]
    }

    fn any_record() -> impl Strategy<Value = Record> {
        let codes = (
            0_u8..6,
            prop_oneof![0_u8..5, 16_u8..16 + Check::ALL.len() as u8],
        );
        let numbers = (any::<u8>(), any::<u8>(), any::<u32>(), any::<u64>());
        (
            codes,
            numbers,
            "[a-z0-9.]{0,40}",
            any::<[u8; 32]>(),
            any::<bool>(),
        )
            .prop_map(
                |(
                    (status, verdict),
                    (expected, boots, index, size),
                    version,
                    sum,
                    raises_floor,
                )| Record {
                    status: status_of(status).expect("known"),
                    verdict: verdict_of(verdict).expect("known"),
                    version,
                    image: Image {
                        size,
                        sha256: Digest(sum),
                    },
                    rollback_index: index,
                    created: size ^ 1,
                    raises_floor,
                    expected: Checks::from_bits(expected),
                    unhealthy_boots: boots,
                },
            )
    }

    pub(in super::super) fn any_state() -> impl Strategy<Value = State> {
        (
            any_slot(),
            any::<u32>(),
            any::<u64>(),
            any_record(),
            any_record(),
        )
            .prop_map(|(primary, floor, latest, a, b)| State {
                primary,
                floor,
                latest,
                a,
                b,
            })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(state in any_state(), sequence: u64) {
            prop_assert_eq!(parse(&print(&state, sequence)), Some((state, sequence)));
        }

        #[test]
        fn a_record_that_is_torn_or_changed_is_none(state in any_state(), at in 0..LENGTH, change in 1_u8..) {
            let mut record = print(&state, 7);
            record[at] ^= change;
            prop_assert_eq!(parse(&record), None);
        }

        /// Somebody who can write the sum can write anything: still nothing panics.
        #[test]
        fn a_record_with_a_right_sum_and_wrong_fields_does_not_panic(noise in proptest::collection::vec(any::<u8>(), 200)) {
            let mut record = [0; LENGTH];
            record[..8].copy_from_slice(MAGIC);
            record[8..208].copy_from_slice(&noise);
            let sum = Digest::of(&record[..SUM]);
            record[SUM..].copy_from_slice(&sum.0);
            let _ = parse(&record);
        }
    }
}
