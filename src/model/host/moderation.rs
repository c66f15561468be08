// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! Moderation of a ring: no frame waits for ever, and limits are as they are
//! told.

mod world;

use crate::model::moderation::*;
use world::{explore, Scene, COUNTED, OFF, PLAIN, TIMED};

fn no_frame_is_lost(scene: Scene) {
    let worlds = explore(&scene).unwrap_or_else(|world| panic!("{scene:?}: {world:?}"));
    assert!(worlds > 100, "only {worlds} worlds");
}

#[test]
fn no_frame_is_lost_with_fixed_settings() {
    for limits in [OFF, TIMED, COUNTED] {
        for defer in [false, true] {
            no_frame_is_lost(Scene {
                limits,
                defer,
                ..PLAIN
            });
        }
    }
}

#[test]
fn no_frame_is_lost_while_settings_change() {
    for (limits, next) in [(OFF, TIMED), (TIMED, OFF), (OFF, COUNTED)] {
        for defer in [false, true] {
            no_frame_is_lost(Scene {
                senders: [1, 1],
                limits,
                next: Some(next),
                defer,
                defer_flips: true,
                ..PLAIN
            });
        }
    }
}

#[test]
fn no_frame_is_lost_while_streams_begin_and_end() {
    for (next, defer) in [(None, false), (None, true), (Some(COUNTED), false)] {
        no_frame_is_lost(Scene {
            senders: [1, 1],
            flows: 3,
            next,
            defer,
            defer_flips: defer,
            ..PLAIN
        });
    }
    no_frame_is_lost(Scene { flows: 2, ..PLAIN });
    no_frame_is_lost(Scene {
        senders: [1, 1],
        flows: 2,
        busy_polls: 2,
        ..PLAIN
    });
}

#[test]
fn no_frame_is_lost_beside_busy_polls() {
    for limits in [OFF, COUNTED] {
        for prefer_busy_poll in [false, true] {
            no_frame_is_lost(Scene {
                senders: [1, 1],
                limits,
                prefer_busy_poll,
                defer: prefer_busy_poll,
                busy_polls: 2,
                ..PLAIN
            });
        }
    }
}

#[test]
fn the_search_finds_what_is_wrong() {
    let moderated = Scene {
        limits: TIMED,
        ..PLAIN
    };
    for wrong in [
        Scene {
            without_recheck: true,
            ..moderated
        },
        Scene {
            without_kick: true,
            next: Some(TIMED),
            defer: true,
            defer_flips: true,
            ..PLAIN
        },
        Scene {
            late_end: true,
            flows: 2,
            ..PLAIN
        },
    ] {
        assert!(explore(&wrong).is_err(), "{wrong:?} loses no frame");
    }
}

#[test]
fn a_masked_interrupt_is_not_raised() {
    for limits in [OFF, TIMED, COUNTED] {
        for waiting in [1, 2, 1000] {
            let (mode, action) = Mode::Polling.arrived(limits, waiting);
            assert_eq!((mode, action), (Mode::Polling, Action::None));
        }
    }
    assert_eq!(Mode::Polling.timer_ended().1, Action::None);
    assert_eq!(Mode::Interrupt.timer_ended().1, Action::None);
}

#[test]
fn limits_decide_when() {
    use Action::{Schedule, StartTimer};
    use Mode::{Interrupt, Moderated, Polling};
    assert_eq!(Interrupt.arrived(OFF, 1), (Polling, Schedule));
    assert_eq!(Interrupt.arrived(TIMED, 1), (Moderated, StartTimer));
    assert_eq!(Moderated.arrived(TIMED, 1000), (Moderated, Action::None));
    assert_eq!(Interrupt.arrived(COUNTED, 1), (Moderated, StartTimer));
    assert_eq!(Moderated.arrived(COUNTED, 2), (Polling, Schedule));
    assert_eq!(Moderated.timer_ended(), (Polling, Schedule));
    // Moderation that was turned off meanwhile.
    assert_eq!(Moderated.arrived(OFF, 1), (Polling, Schedule));
    // One frame is enough: nothing to wait for.
    let one = Limits {
        usecs: 50,
        frames: 1,
    };
    assert_eq!(Interrupt.arrived(one, 1), (Polling, Schedule));
}

#[test]
fn a_frame_rests_where_it_has_nothing_to_do() {
    for limits in [TIMED, COUNTED, Limits::of_stream(100, 8, 256)] {
        for waiting in [1, 2, 3, 7, 8, 1000, u32::MAX] {
            for mode in [Mode::Interrupt, Mode::Moderated, Mode::Polling] {
                let rests = mode.arrived(limits, waiting) == (mode, Action::None);
                assert_eq!(
                    mode.rests(limits.lot(), waiting),
                    rests,
                    "{mode:?} {waiting} {limits:?}"
                );
            }
        }
    }
}

#[test]
fn settings_have_ranges() {
    let of = |usecs, frames| Settings::new(Limits { usecs, frames }, false);
    assert_eq!(of(MAX_USECS + 1, 0), Err(Refusal::Usecs));
    assert_eq!(of(0, MAX_FRAMES + 1), Err(Refusal::Frames));
    assert_eq!(of(u32::MAX, u32::MAX), Err(Refusal::Usecs));
    assert!(of(MAX_USECS, MAX_FRAMES).is_ok());
    assert_eq!(Settings::new(OFF, true), Ok(Settings::DEFAULT));
}

#[test]
fn limits_that_are_set_by_hand_hold() {
    let of = |usecs, frames, adaptive| Settings::new(Limits { usecs, frames }, adaptive).unwrap();
    let default = Settings::DEFAULT;
    assert_eq!(default.changed_to(default), default);
    assert_eq!(default.changed_to(of(50, 0, true)), of(50, 0, false));
    assert_eq!(default.changed_to(of(0, 8, true)), of(0, 8, false));
    assert_eq!(default.changed_to(of(0, 0, false)), of(0, 0, false));
    // Who turns it on wants it, whatever the limits.
    assert_eq!(
        of(50, 8, false).changed_to(of(20, 8, true)),
        of(20, 8, true)
    );
    assert_eq!(of(50, 8, true).changed_to(of(50, 8, true)), of(50, 8, true));
}

#[test]
fn a_stream_never_fills_its_ring() {
    for capacity in [0, 1, 2, 16, 256, u32::MAX] {
        for usecs in [0, 1, 64, 256, u32::MAX] {
            for frames in [0, 1, 32, 256, u32::MAX] {
                let limits = Limits::of_stream(usecs, frames, capacity);
                assert!((64..=MAX_USECS).contains(&limits.usecs), "{limits:?}");
                assert!((1..=32).contains(&limits.frames), "{limits:?}");
                assert!(limits.frames < capacity.max(2), "{limits:?} in {capacity}");
            }
        }
    }
}

#[test]
fn settings_fit_in_a_word() {
    for usecs in [0, 1, MAX_USECS] {
        for frames in [0, 1, MAX_FRAMES] {
            for adaptive in [false, true] {
                let settings = Settings::new(Limits { usecs, frames }, adaptive).unwrap();
                assert_eq!(Settings::from_bits(settings.to_bits()), settings);
                assert_eq!(settings.always_moderates(), !adaptive && usecs != 0);
            }
        }
    }
    for mode in [Mode::Interrupt, Mode::Moderated, Mode::Polling] {
        assert_eq!(Mode::from_bits(mode.to_bits()), mode);
    }
}

#[test]
fn lanes_have_their_edges() {
    let edges = [
        (1, Lane::Single),
        (2, Lane::Few),
        (9, Lane::Few),
        (10, Lane::Many),
        (49, Lane::Many),
        (50, Lane::Full),
        (u32::MAX, Lane::Full),
    ];
    for (frames, lane) in edges {
        assert_eq!(Lane::of(frames), lane, "{frames} frames");
    }
}
