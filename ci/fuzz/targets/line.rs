//! The packets between `serve` and init: one that is read is printed as it was, and read again as the same.

#![no_main]

use farseat_fuzz::slot::errand::LONGEST;
use farseat_fuzz::slot::line::{News, Wish, blocks};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|packet: &[u8]| {
    if let Some(wish) = Wish::parse(packet) {
        assert_eq!(Wish::parse(&wish.print()), Some(wish));
        if let Wish::Errand(errand) = wish {
            // One size a kind, no two ways to say the same.
            assert_eq!(wish.print(), packet);
            assert!(errand.print().len() <= LONGEST);
        }
    }
    if let Some(news) = News::parse(packet) {
        assert_eq!(News::parse(&news.print()).as_ref(), Some(&news));
        if let News::Missing(bits) = &news {
            assert!(blocks(bits).count() <= bits.len() * 8);
        }
    }
});
