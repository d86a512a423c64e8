//! HID report descriptors, parsed: which bits of a report mean which usage.
//!
//! Tests of the encoders beside it use it, and so does the virtual target, which reads reports as
//! a real computer does. Everything here treats the descriptor and the report as hostile: sizes
//! are bounded, nothing panics. Paragraphs are those of the Device Class Definition for HID 1.11.

use super::items::Items;
use super::parser::Parser;

/// Longer descriptors than this are refused.
const MAX_DESCRIPTOR: usize = 4096;

/// A usage with its page (6.2.2.8 "extended usage").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExtendedUsage {
    pub page: u16,
    pub id: u16,
}

/// Which way a report goes (6.2.2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    Input,
    Output,
    Feature,
}

/// One Input, Output or Feature item: `count` elements of `size` bits each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub direction: Direction,
    /// 0 when the descriptor has no report ids.
    pub report_id: u8,
    /// From the start of the report, its id byte included.
    pub bit_offset: u32,
    pub size: u32,
    pub count: u32,
    pub logical_min: i32,
    pub logical_max: i32,
    /// Padding: carries nothing.
    pub constant: bool,
    /// True: each element is a control's value. False: each element names a pressed control.
    pub variable: bool,
    pub relative: bool,
    pub(super) usages: Vec<UsageRange>,
}

/// A report descriptor, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    pub(super) fields: Vec<Field>,
    pub(super) collections: Vec<Collection>,
    pub(super) has_ids: bool,
}

/// A Collection item: its type (6.2.2.6: 0 physical, 1 application, …), its usage, its depth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Collection {
    pub kind: u8,
    pub usage: Option<ExtendedUsage>,
    pub depth: usize,
}

/// Why a report descriptor was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DescriptorError {
    #[error("descriptor is longer than {MAX_DESCRIPTOR} bytes")]
    TooLong,
    #[error("descriptor ends inside an item")]
    Truncated,
    #[error("more fields, usages, collections or pushes than the parser accepts")]
    TooMuch,
    #[error("collections or pushes do not pair up")]
    Unbalanced,
    #[error("report size {size} bits × {count} is out of range")]
    Size { size: u32, count: u32 },
    #[error("logical minimum is above logical maximum, or a usage range is reversed")]
    Reversed,
    #[error("report id 0, or a field before the first report id")]
    ReportId,
    #[error("delimiter items are not supported")]
    Delimiter,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UsageRange {
    /// None: the usage page in force at the main item.
    pub(super) page: Option<u16>,
    pub(super) first: u16,
    pub(super) last: u16,
}

impl Layout {
    /// Understands a report descriptor.
    ///
    /// # Errors
    /// [`DescriptorError`] when it is malformed or beyond the parser's bounds.
    pub fn parse(descriptor: &[u8]) -> Result<Layout, DescriptorError> {
        if descriptor.len() > MAX_DESCRIPTOR {
            return Err(DescriptorError::TooLong);
        }
        let mut parser = Parser::default();
        for item in Items::new(descriptor) {
            parser.item(item.ok_or(DescriptorError::Truncated)?)?;
        }
        parser.finish()
    }

    /// What an input report says: for a variable field each control's value (zeros too), for an
    /// array field each control that is named, with value 1.
    pub fn decode<'a>(
        &'a self,
        report: &'a [u8],
    ) -> impl Iterator<Item = (ExtendedUsage, i32)> + 'a {
        self.decode_as(Direction::Input, report)
    }

    /// The same for a report of the given direction. What lies beyond the report's end is left out.
    pub fn decode_as<'a>(
        &'a self,
        direction: Direction,
        report: &'a [u8],
    ) -> impl Iterator<Item = (ExtendedUsage, i32)> + 'a {
        let id = if self.has_ids {
            report.first().copied().unwrap_or(0)
        } else {
            0
        };
        self.fields
            .iter()
            .filter(move |field| {
                field.direction == direction && field.report_id == id && !field.constant
            })
            .flat_map(move |field| {
                (0..field.count).filter_map(move |index| field.element(report, index))
            })
    }

    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    #[must_use]
    pub fn collections(&self) -> &[Collection] {
        &self.collections
    }

    /// Length in bytes of a report, its id byte included; 0 when there is none.
    #[must_use]
    pub fn report_len(&self, direction: Direction, id: u8) -> usize {
        let of_report = |f: &&Field| f.direction == direction && f.report_id == id;
        let bits = self
            .fields
            .iter()
            .filter(of_report)
            .map(|f| f.bit_offset + f.size * f.count)
            .max();
        bits.map_or(0, |bits| bits.div_ceil(8) as usize)
    }
}

impl Field {
    /// The usage of element `index` (variable) or of value `logical_min + index` (array). The
    /// last usage serves for all that follow (6.2.2.8).
    #[must_use]
    pub fn usage(&self, index: u32) -> Option<ExtendedUsage> {
        let mut left = index;
        for range in &self.usages {
            let length = u32::from(range.last - range.first) + 1;
            if left < length {
                return range.at(u16::try_from(left).ok()?);
            }
            left -= length;
        }
        let last = self.usages.last().filter(|_| self.variable)?;
        last.at(last.last - last.first)
    }

    fn element(&self, report: &[u8], index: u32) -> Option<(ExtendedUsage, i32)> {
        let raw = bits(report, self.bit_offset + index * self.size, self.size)?;
        let value = if self.logical_min < 0 {
            sign_extend(raw, self.size)
        } else {
            raw.cast_signed()
        };
        if self.variable {
            return Some((self.usage(index)?, value));
        }
        if value < self.logical_min || value > self.logical_max {
            return None;
        }
        let usage = self.usage(value.abs_diff(self.logical_min))?;
        // Usage 0 is reserved on every page: "no event" (HID Usage Tables, 3.1).
        (usage.id != 0).then_some((usage, 1))
    }
}

impl UsageRange {
    pub(super) fn at(&self, index: u16) -> Option<ExtendedUsage> {
        Some(ExtendedUsage {
            page: self.page?,
            id: self.first.checked_add(index)?,
        })
    }
}

/// `size` (≤ 32) bits at bit `offset`; None beyond the end.
fn bits(report: &[u8], offset: u32, size: u32) -> Option<u32> {
    let first = (offset / 8) as usize;
    let end = (offset + size).div_ceil(8) as usize;
    let bytes = report.get(first..end)?;
    let wide = bytes
        .iter()
        .rev()
        .fold(0u64, |wide, byte| wide << 8 | u64::from(*byte));
    let mask = (1u64 << size) - 1;
    u32::try_from(wide >> (offset % 8) & mask).ok()
}

fn sign_extend(raw: u32, size: u32) -> i32 {
    let shift = 32 - size;
    (raw << shift).cast_signed() >> shift
}

#[cfg(test)]
#[path = "descriptor_tests.rs"]
mod tests;
