//! The state machine behind [`Layout::parse`]: globals, locals, collections (HID 1.11, 6.2.2).
//!
//! Takes one item at a time and refuses what is malformed or beyond its bounds.

use super::descriptor::{Collection, DescriptorError, Direction, Field, Layout, UsageRange};
use super::items::Item;

const MAX_FIELDS: usize = 256;
const MAX_USAGE_RANGES: usize = 256;
const MAX_COUNT: u32 = 1024;
const MAX_REPORT_BITS: u32 = 512 * 8;
const MAX_STACK: usize = 8;
const MAX_DEPTH: usize = 16;

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

/// The parser's state tables (6.2.2.1).
#[derive(Default)]
pub(super) struct Parser {
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
    pub(super) fn item(&mut self, item: Item) -> Result<(), DescriptorError> {
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

    pub(super) fn finish(self) -> Result<Layout, DescriptorError> {
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
