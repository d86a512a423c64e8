//! The board's encoder, driven by V4L2: the kernel's virtual one stands for it, which makes FWHT where a board's makes H.264.

use farseat_lab::console::{Frame, Video};
use farseat_lab::dongle::mjpeg_dongle;
use farseat_lab::fwht::Coded;
use farseat_lab::lab::Lab;
use farseat_lab::picture::{Colour, Picture};

use crate::lab;

const RED_BLUE: Picture = Picture::Halves(Colour::RED, Colour::BLUE);
const GREEN: Picture = Picture::Solid(Colour::GREEN);
/// On the wire: not JPEG.
const H264: u8 = 2;

fn watch(lab: &mut Lab, picture: Picture) -> Video {
    lab.dongle().plug(mjpeg_dongle(), picture).unwrap();
    let video = lab.console().video_in_h264();
    assert_eq!(video.wait_codec()["codec"], "h264");
    wait_picture(&video, picture);
    video
}

fn wait_picture(video: &Video, picture: Picture) -> Coded {
    wait_unit(video, |coded| coded.shows(picture))
}

/// Waits for such a picture that a decoder can begin with.
fn wait_unit(video: &Video, fits: impl Fn(&Coded) -> bool) -> Coded {
    let read = |frame: &Frame| Coded::read(&frame.data).filter(|coded| coded.alone && fits(coded));
    let frame = video
        .wait_frame(|frame| (frame.codec, frame.alone) == (H264, true) && read(frame).is_some());
    read(&frame).unwrap()
}

#[test]
fn pictures_go_through_the_boards_encoder_and_are_what_the_dongle_shows() {
    let mut lab = lab();
    let video = watch(&mut lab, RED_BLUE);
    lab.dongle().show(GREEN);
    wait_picture(&video, GREEN);
    // Who comes later begins with a key, though nothing changes.
    let second = lab.console().video_in_h264();
    wait_picture(&second, GREEN);
}

#[test]
fn another_size_is_encoded_as_it_is_whatever_the_encoder_rounds_it_to() {
    let mut lab = lab();
    let video = watch(&mut lab, RED_BLUE);
    for (width, height) in [(1920, 1080), (640, 480)] {
        lab.console()
            .set(serde_json::json!({"video": {"width": width, "height": height}}));
        let coded = wait_unit(&video, |coded| {
            coded.width == width && coded.shows(RED_BLUE)
        });
        assert_eq!((coded.width, coded.height), (width, height));
    }
    lab.console()
        .set(serde_json::json!({"video": {"width": 0, "height": 0}}));
}

#[test]
fn who_asks_for_nothing_gets_jpeg_beside_it() {
    let mut lab = lab();
    let _video = watch(&mut lab, RED_BLUE);
    let other = lab.console().video();
    let frame = other.wait_picture(RED_BLUE);
    assert_eq!(frame.codec, 1);
}
