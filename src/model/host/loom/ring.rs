// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! A ring: senders take a place, leave a frame and ask for a poll; a poll takes
//! all, delivers it, gives the places back and ends, unless it was asked again.
//! At the end nothing waits in the ring, and no sender waits for it.

use crate::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering::*};
use crate::chain::Chain;
use crate::explore;
use crate::places::Places;
use loom::sync::Arc;
use loom::thread;
use std::ptr;

/// What senders and polls do.
#[derive(Clone, Copy)]
pub struct Scene {
    pub name: &'static str,
    /// How many frames each sender has.
    pub senders: &'static [u32],
    /// How many frames the ring holds.
    pub limit: u32,
    pub preemptions: Option<usize>,
}

/// A frame, whose fields are only ordered by what hands it over.
struct Frame {
    next: AtomicPtr<Frame>,
    filled: AtomicU32,
    delivered: AtomicU32,
}

/// The core's side of a NAPI instance: a poll is asked for once, and who asks
/// while one runs has it run again.
struct Napi(AtomicU32);

const SCHEDULED: u32 = 1;
const MISSED: u32 = 2;

impl Napi {
    fn change(&self, next: impl Fn(u32) -> u32) -> u32 {
        let mut state = self.0.load(Relaxed);
        loop {
            match self.0.compare_exchange(state, next(state), SeqCst, Relaxed) {
                Ok(_) => return state,
                Err(now) => state = now,
            }
        }
    }

    /// Asks for a poll; whether the caller's CPU is to run it.
    fn schedule(&self) -> bool {
        let again = |state| match state & SCHEDULED {
            0 => SCHEDULED,
            _ => SCHEDULED | MISSED,
        };
        self.change(again) & SCHEDULED == 0
    }

    /// Ends a poll; whether it is to run again.
    fn complete(&self) -> bool {
        let end = |state| match state & MISSED {
            0 => 0,
            _ => SCHEDULED,
        };
        self.change(end) & MISSED != 0
    }
}

struct Ring {
    places: Places,
    chain: Chain<Frame>,
    napi: Napi,
    /// How many hold a place.
    inside: AtomicU32,
    limit: u32,
    /// Each sender's frames, and whether its transmit queue is stopped.
    frames: Vec<Vec<Frame>>,
    stopped: Vec<AtomicBool>,
    /// How many frames of each sender were delivered; the poll's.
    last: Vec<AtomicU32>,
}

impl Ring {
    fn new(scene: &Scene) -> Self {
        let frame = |_| Frame {
            next: AtomicPtr::new(ptr::null_mut()),
            filled: AtomicU32::new(0),
            delivered: AtomicU32::new(0),
        };
        let places = Places::none();
        places.set_limit(scene.limit);
        Self {
            places,
            chain: Chain::new(),
            napi: Napi(AtomicU32::new(0)),
            inside: AtomicU32::new(0),
            limit: scene.limit,
            frames: (scene.senders.iter())
                .map(|count| (0..*count).map(frame).collect())
                .collect(),
            stopped: scene
                .senders
                .iter()
                .map(|_| AtomicBool::new(false))
                .collect(),
            last: scene.senders.iter().map(|_| AtomicU32::new(0)).collect(),
        }
    }

    /// As `offer` in src/datapath/ring/offer.rs, and then the softirq that may
    /// follow; whether the frame went.
    fn send(&self, sender: usize, number: usize) -> bool {
        let free = self.places.take();
        if free == 0 {
            self.hold_back(sender);
            return false;
        }
        assert!(
            self.inside.fetch_add(1, Relaxed) < self.limit,
            "more than fit"
        );
        let frame = &self.frames[sender][number];
        frame.filled.store(1, Relaxed);
        let first = self.chain.push(ptr::from_ref(frame).cast_mut(), |newest| {
            frame.next.store(newest, Relaxed);
        });
        let polls = first && self.napi.schedule();
        if free == 1 {
            self.hold_back(sender);
        }
        if polls {
            self.poll();
        }
        true
    }

    fn hold_back(&self, sender: usize) {
        let stopped = &self.stopped[sender];
        self.places.hold_back(
            || stopped.store(true, SeqCst),
            || stopped.store(false, SeqCst),
        );
    }

    fn poll(&self) {
        loop {
            let count = self.deliver();
            if count > 0 && self.places.give_back(count) {
                self.places.wake(|| {
                    for stopped in &self.stopped {
                        stopped.store(false, SeqCst);
                    }
                });
            }
            if !self.napi.complete() {
                return;
            }
        }
    }

    /// Delivers all that waits, oldest first.
    fn deliver(&self) -> u32 {
        let (mut found, mut at) = (Vec::new(), self.chain.take());
        while !at.is_null() {
            let (sender, number) = self.find(at);
            let frame = &self.frames[sender][number];
            assert_eq!(frame.filled.load(Relaxed), 1, "not seen whole");
            assert_eq!(frame.delivered.fetch_add(1, Relaxed), 0, "twice");
            found.push((sender, number));
            at = frame.next.load(Relaxed);
        }
        for &(sender, number) in found.iter().rev() {
            let last = self.last[sender].load(Relaxed);
            assert!(number as u32 >= last, "out of order");
            self.last[sender].store(number as u32 + 1, Relaxed);
            self.inside.fetch_sub(1, Relaxed);
        }
        found.len() as u32
    }

    fn find(&self, at: *mut Frame) -> (usize, usize) {
        for (sender, frames) in self.frames.iter().enumerate() {
            for (number, frame) in frames.iter().enumerate() {
                if ptr::eq(frame, at) {
                    return (sender, number);
                }
            }
        }
        panic!("a frame of nobody");
    }

    fn check(&self, sent: &[Vec<bool>]) {
        assert!(self.chain.is_empty(), "frames wait and nobody comes");
        assert_eq!(self.places.in_use(), 0, "places are lost");
        for (sender, sent) in sent.iter().enumerate() {
            assert!(
                !self.stopped[sender].load(SeqCst),
                "sender {sender} waits for ever"
            );
            for (number, went) in sent.iter().enumerate() {
                let delivered = self.frames[sender][number].delivered.load(Relaxed);
                assert_eq!(delivered, u32::from(*went), "frame {number} of {sender}");
            }
        }
    }
}

/// Explores a scene.
pub fn run(scene: Scene) {
    explore(scene.name, scene.preemptions, move || {
        let ring = Arc::new(Ring::new(&scene));
        let send = |ring: &Ring, sender: usize| -> Vec<bool> {
            (0..scene.senders[sender] as usize)
                .map(|number| ring.send(sender, number))
                .collect()
        };
        let others: Vec<_> = (1..scene.senders.len())
            .map(|sender| {
                let ring = ring.clone();
                thread::spawn(move || send(&ring, sender))
            })
            .collect();
        let mut sent = vec![send(&ring, 0)];
        sent.extend(others.into_iter().map(|other| other.join().unwrap()));
        ring.check(&sent);
    });
}
