//! A frame that is read into planes for an encoder: they are as large as they say, whatever the file was.

#![no_main]

use farseat_fuzz::video::planes::Planes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(planes) = Planes::of_jpeg(bytes) {
        let pixels = planes.width * planes.height;
        assert!(planes.width.is_multiple_of(2) && planes.height.is_multiple_of(2));
        assert_eq!(planes.luma.len(), pixels);
        assert!(planes.chroma.iter().all(|plane| plane.len() == pixels / 4));
    }
});
