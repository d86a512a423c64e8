//! HID report descriptors, parsed: which bits of a report mean which usage.
//!
//! Tests of the encoders beside it use it, and so does the virtual target, which reads reports as
//! a real computer does. Everything here treats the descriptor and the report as hostile: sizes
//! are bounded, nothing panics. Paragraphs are those of the Device Class Definition for HID 1.11.

use super::items::{Item, Items};

const MAX_DESCRIPTOR: usize = 4096;
const MAX_FIELDS: usize = 256;
const MAX_USAGE_RANGES: usize = 256;
const MAX_COUNT: u32 = 1024;
const MAX_REPORT_BITS: u32 = 512 * 8;
const MAX_STACK: usize = 8;
const MAX_DEPTH: usize = 16;

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
    usages: Vec<UsageRange>,
}

/// A report descriptor, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    fields: Vec<Field>,
    collections: Vec<Collection>,
    has_ids: bool,
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
struct UsageRange {
    /// None: the usage page in force at the main item.
    page: Option<u16>,
    first: u16,
    last: u16,
}

#[derive(Debug, Clone, Copy, Default)]
struct Globals {
    page: u16,
    logical_min: Value,
    logical_max: Value,
    size: u32,
    count: u32,
    report_id: u8,
}

/// An item's value both ways: whether it has a sign depends on another item.
#[derive(Debug, Clone, Copy, Default)]
struct Value {
    signed: i32,
    unsigned: u32,
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
    fn at(&self, index: u16) -> Option<ExtendedUsage> {
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

/// The parser's state tables (6.2.2.1).
#[derive(Default)]
struct Parser {
    globals: Globals,
    stack: Vec<Globals>,
    usages: Vec<UsageRange>,
    usage_min: Option<(Option<u16>, u16)>,
    usage_max: Option<(Option<u16>, u16)>,
    depth: usize,
    fields: Vec<Field>,
    collections: Vec<Collection>,
    /// Bits used so far of each report.
    used: Vec<(Direction, u8, u32)>,
    has_ids: bool,
}

impl Parser {
    fn item(&mut self, item: Item) -> Result<(), DescriptorError> {
        match item.tag() {
            0x80 => self.field(Direction::Input, item.unsigned()),
            0x90 => self.field(Direction::Output, item.unsigned()),
            0xB0 => self.field(Direction::Feature, item.unsigned()),
            0xA0 => self.open(item.unsigned()),
            0xC0 => self.close(),
            0x08 | 0x18 | 0x28 | 0xA8 => self.local(item),
            0xA4 => self.push(),
            0xB4 => self
                .stack
                .pop()
                .map(|saved| self.globals = saved)
                .ok_or(DescriptorError::Unbalanced),
            tag => self.global(tag, item),
        }
    }

    fn global(&mut self, tag: u8, item: Item) -> Result<(), DescriptorError> {
        let value = Value {
            signed: item.signed(),
            unsigned: item.unsigned(),
        };
        match tag {
            0x04 => self.globals.page = (value.unsigned & 0xFFFF) as u16,
            0x14 => self.globals.logical_min = value,
            0x24 => self.globals.logical_max = value,
            0x74 => self.globals.size = value.unsigned,
            0x94 => self.globals.count = value.unsigned,
            0x84 => {
                let id = u8::try_from(value.unsigned).ok().filter(|id| *id != 0);
                self.globals.report_id = id.ok_or(DescriptorError::ReportId)?;
                if !self.has_ids && !self.fields.is_empty() {
                    return Err(DescriptorError::ReportId);
                }
                self.has_ids = true;
            }
            // Physical ranges, units, designators, strings, reserved items: no bits move.
            _ => {}
        }
        Ok(())
    }

    fn local(&mut self, item: Item) -> Result<(), DescriptorError> {
        let (page, id) = item.usage();
        match item.tag() {
            0x08 => self.add_usages(UsageRange {
                page,
                first: id,
                last: id,
            })?,
            0x18 => self.usage_min = Some((page, id)),
            0x28 => self.usage_max = Some((page, id)),
            _ => return Err(DescriptorError::Delimiter),
        }
        if let (Some((page, first)), Some((_, last))) = (self.usage_min, self.usage_max) {
            if first > last {
                return Err(DescriptorError::Reversed);
            }
            (self.usage_min, self.usage_max) = (None, None);
            self.add_usages(UsageRange { page, first, last })?;
        }
        Ok(())
    }

    fn add_usages(&mut self, range: UsageRange) -> Result<(), DescriptorError> {
        if self.usages.len() == MAX_USAGE_RANGES {
            return Err(DescriptorError::TooMuch);
        }
        self.usages.push(range);
        Ok(())
    }

    fn push(&mut self) -> Result<(), DescriptorError> {
        if self.stack.len() == MAX_STACK {
            return Err(DescriptorError::TooMuch);
        }
        self.stack.push(self.globals);
        Ok(())
    }

    /// The local items so far, which every main item uses up; short usages get the page now in
    /// force (6.2.2.8: "concatenates the last declared Usage Page").
    fn take_usages(&mut self) -> Vec<UsageRange> {
        (self.usage_min, self.usage_max) = (None, None);
        let page = self.globals.page;
        let mut usages = std::mem::take(&mut self.usages);
        usages
            .iter_mut()
            .for_each(|range| range.page = range.page.or(Some(page)));
        usages
    }

    fn open(&mut self, kind: u32) -> Result<(), DescriptorError> {
        if self.depth == MAX_DEPTH || self.collections.len() == MAX_FIELDS {
            return Err(DescriptorError::TooMuch);
        }
        let usage = self.take_usages().first().and_then(|range| range.at(0));
        self.collections.push(Collection {
            kind: (kind & 0xFF) as u8,
            usage,
            depth: self.depth,
        });
        self.depth += 1;
        Ok(())
    }

    fn close(&mut self) -> Result<(), DescriptorError> {
        self.take_usages();
        self.depth = self
            .depth
            .checked_sub(1)
            .ok_or(DescriptorError::Unbalanced)?;
        Ok(())
    }

    fn field(&mut self, direction: Direction, flags: u32) -> Result<(), DescriptorError> {
        let Globals {
            size,
            count,
            report_id,
            logical_min,
            logical_max,
            ..
        } = self.globals;
        if size == 0 || size > 32 || count == 0 || count > MAX_COUNT {
            return Err(DescriptorError::Size { size, count });
        }
        if self.fields.len() == MAX_FIELDS {
            return Err(DescriptorError::TooMuch);
        }
        let min = logical_min.signed;
        // A maximum of 0xFF in one byte is 255, unless the minimum is below zero.
        let max = if min < 0 {
            Some(logical_max.signed)
        } else {
            i32::try_from(logical_max.unsigned).ok()
        };
        let max = max
            .filter(|max| *max >= min)
            .ok_or(DescriptorError::Reversed)?;
        let bit_offset = self.claim(direction, size * count)?;
        let usages = self.take_usages();
        let flag = |bit: u32| flags & (1 << bit) != 0;
        self.fields.push(Field {
            direction,
            report_id,
            bit_offset,
            size,
            count,
            logical_min: min,
            logical_max: max,
            constant: flag(0),
            variable: flag(1),
            relative: flag(2),
            usages,
        });
        Ok(())
    }

    /// Takes the next `length` bits of the current report and says where they start.
    fn claim(&mut self, direction: Direction, length: u32) -> Result<u32, DescriptorError> {
        let id = self.globals.report_id;
        let start = if self.has_ids { 8 } else { 0 };
        let known = self
            .used
            .iter()
            .position(|(d, i, _)| (*d, *i) == (direction, id));
        let index = known.unwrap_or_else(|| {
            self.used.push((direction, id, start));
            self.used.len() - 1
        });
        let used = &mut self.used[index].2;
        let offset = *used;
        if offset + length > MAX_REPORT_BITS {
            return Err(DescriptorError::TooMuch);
        }
        *used += length;
        Ok(offset)
    }

    fn finish(self) -> Result<Layout, DescriptorError> {
        if self.depth != 0 || !self.stack.is_empty() {
            return Err(DescriptorError::Unbalanced);
        }
        Ok(Layout {
            fields: self.fields,
            collections: self.collections,
            has_ids: self.has_ids,
        })
    }
}

#[cfg(test)]
#[path = "descriptor_tests.rs"]
mod tests;
