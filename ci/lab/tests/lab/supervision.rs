//! Process 1 and the process that serves.

use crate::{in_control, lab};

const A: (u8, u16) = (0x04, 30);

#[test]
fn a_crash_releases_every_key_and_is_followed_by_a_new_start() {
    let mut lab = lab();
    let control = in_control(&mut lab);
    control.press(A.0);
    lab.target().wait_pressed(A.1);
    let crashed = lab.target().serve_process().unwrap().expect("serve runs");
    lab.target().kill(crashed.pid).unwrap();
    lab.target().wait_let_go(A.1);
    lab.console().wait_until_up().unwrap();
    let restarted = lab
        .target()
        .serve_process()
        .unwrap()
        .expect("serve runs again");
    assert_ne!(restarted.pid, crashed.pid);
    assert_eq!(restarted.parent, 1);
    lab.console().log_in().unwrap();
    let control = in_control(&mut lab);
    control.press(A.0);
    lab.target().wait_pressed(A.1);
    control.release(A.0);
    lab.target().wait_released(A.1);
}
