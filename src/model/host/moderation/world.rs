// SPDX-License-Identifier: GPL-2.0
#![forbid(unsafe_code)]

//! All that can happen to a ring: every order of steps of senders, polls, timers,
//! busy pollers and changes of settings, one after another.
//!
//! A step is one atomic operation of src/datapath/moderation.rs, src/net or
//! the core (napi_schedule_prep(), napi_complete_done(), busy_poll_stop(),
//! napi_watchdog() in net/core/dev.c).

use crate::model::moderation::*;
use std::collections::HashSet;

pub(super) const OFF: Limits = Limits::OFF;
pub(super) const TIMED: Limits = Limits {
    usecs: 50,
    frames: 0,
};
pub(super) const COUNTED: Limits = Limits {
    usecs: 50,
    frames: 2,
};

/// Where somebody stands who follows the mode.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Attend {
    Read,
    Change(Mode, Mode, Action),
    Act(Action),
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Sender {
    /// Has so many frames to push.
    Idle(u8),
    /// Has pushed, onto nothing or not, and is to look whether it is to
    /// follow the mode.
    Pushed(u8, bool),
    Attends(u8, Attend),
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Poller {
    Idle,
    Take,
    /// Has delivered so many frames.
    End(u8),
    Mask(u8),
    Complete(u8, bool),
    Unmask,
    Recheck,
    Attends(Attend),
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Changer {
    Write,
    Manage,
    Kick,
    Done,
}

/// What adaptive moderation makes of the frames.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Flow {
    Calm,
    Stream,
    /// A stream, and a sender sees that it has paused.
    Paused,
}

/// What a run begins with, and what is wrong with the code in it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Scene {
    pub(super) senders: [u8; 2],
    pub(super) limits: Limits,
    /// The limits that the user sets meanwhile.
    pub(super) next: Option<Limits>,
    /// How often the flow may change; 0 without adaptive moderation.
    pub(super) flows: u8,
    /// The core's deferral: none, on, put on or taken off meanwhile.
    pub(super) defer: bool,
    pub(super) defer_flips: bool,
    pub(super) busy_polls: u8,
    pub(super) prefer_busy_poll: bool,
    pub(super) without_recheck: bool,
    pub(super) without_kick: bool,
    /// A stream that ends in the middle of a poll's end.
    pub(super) late_end: bool,
}

pub(super) const PLAIN: Scene = Scene {
    senders: [2, 1],
    limits: OFF,
    next: None,
    flows: 0,
    defer: false,
    defer_flips: false,
    busy_polls: 0,
    prefer_busy_poll: false,
    without_recheck: false,
    without_kick: false,
    late_end: false,
};

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct World {
    inbox: u8,
    mode: Mode,
    lot: u64,
    managed: bool,
    limits: Limits,
    flow: Flow,
    flows: u8,
    timer: bool,
    callback: Option<Attend>,
    // The core's side of the instance.
    sched: bool,
    missed: bool,
    queued: bool,
    in_busy_poll: bool,
    core_timer: bool,
    deferrals: bool,
    defer: bool,
    flips: bool,
    // Those who act.
    senders: [Sender; 2],
    pollers: [Poller; 2],
    /// The busy poller: what it polls as, and how often it will begin.
    busy: Poller,
    busy_left: u8,
    changer: Changer,
}

impl Attend {
    /// The next step; `None` once it is through.
    fn step(self, w: &mut World) -> Option<Self> {
        match self {
            Self::Read => {
                let (limits, waiting) = (w.waits(), w.inbox.into());
                if w.mode.rests(w.lot, waiting) {
                    return None;
                }
                let (new, action) = w.mode.arrived(limits, waiting);
                if action == Action::StartTimer {
                    w.lot = limits.lot();
                }
                (new != w.mode).then_some(Self::Change(w.mode, new, action))
            }
            Self::Change(old, _, _) if w.mode != old => Some(Self::Read),
            Self::Change(_, new, action) => {
                w.mode = new;
                Some(Self::Act(action))
            }
            Self::Act(action) => {
                match action {
                    Action::None => {}
                    Action::StartTimer => w.timer = true,
                    Action::Schedule => w.schedule(),
                }
                None
            }
        }
    }
}

impl World {
    fn new(scene: &Scene) -> Self {
        Self {
            inbox: 0,
            mode: Mode::Interrupt,
            lot: 0,
            managed: scene.limits != OFF,
            limits: scene.limits,
            flow: Flow::Calm,
            flows: scene.flows,
            timer: false,
            callback: None,
            sched: false,
            missed: false,
            queued: false,
            in_busy_poll: false,
            core_timer: false,
            deferrals: false,
            defer: scene.defer,
            flips: scene.defer_flips,
            senders: scene.senders.map(Sender::Idle),
            pollers: [Poller::Idle; 2],
            busy: Poller::Idle,
            busy_left: scene.busy_polls,
            changer: match scene.next {
                Some(_) => Changer::Write,
                None => Changer::Done,
            },
        }
    }

    /// How long frames wait as a sender sees it.
    fn waits(&self) -> Limits {
        match self.flow {
            Flow::Calm => self.limits,
            Flow::Stream => TIMED,
            Flow::Paused => OFF,
        }
    }

    /// A poll that is about to end finds that a stream begins or ends.
    fn flow_changes(&mut self, scene: &Scene) -> bool {
        let polls = [self.pollers[0], self.pollers[1], self.busy];
        let ends = polls.iter().any(|at| match at {
            Poller::End(_) => true,
            Poller::Unmask => scene.late_end,
            _ => false,
        });
        if !ends || self.flows == 0 {
            return false;
        }
        self.flows -= 1;
        self.flow = match self.flow {
            Flow::Calm => Flow::Stream,
            Flow::Stream | Flow::Paused => Flow::Calm,
        };
        if scene.late_end {
            self.managed = self.flow != Flow::Calm;
        }
        self.managed |= self.flow == Flow::Stream;
        true
    }

    /// Time goes by without a poll.
    fn pause(&mut self) -> bool {
        let pauses = self.flow == Flow::Stream;
        if pauses {
            self.flow = Flow::Paused;
        }
        pauses
    }

    /// napi_schedule()
    fn schedule(&mut self) {
        match self.sched {
            true => self.missed = true,
            false => (self.sched, self.queued) = (true, true),
        }
    }

    /// napi_complete_done(): true if the interrupt is to be let through.
    fn complete(&mut self, done: u8) -> bool {
        if self.in_busy_poll {
            return false;
        }
        if done != 0 {
            self.deferrals = self.defer;
        }
        let kept = self.deferrals && self.defer;
        self.deferrals = false;
        if self.missed {
            (self.missed, self.queued) = (false, true);
            return false;
        }
        self.sched = false;
        self.core_timer |= kept;
        !kept
    }

    fn sender(&mut self, n: usize) -> bool {
        self.senders[n] = match self.senders[n] {
            Sender::Idle(0) => return false,
            Sender::Idle(left) => {
                let first = self.inbox == 0;
                self.inbox += 1;
                Sender::Pushed(left - 1, first)
            }
            Sender::Pushed(left, _) if self.managed => Sender::Attends(left, Attend::Read),
            Sender::Pushed(left, first) => {
                if first {
                    self.schedule();
                }
                Sender::Idle(left)
            }
            Sender::Attends(left, at) => match at.step(self) {
                Some(next) => Sender::Attends(left, next),
                None => Sender::Idle(left),
            },
        };
        true
    }

    /// A step of a poll; `None` if it is over.
    fn poll(&mut self, at: Poller, scene: &Scene) -> Poller {
        match at {
            Poller::Idle => at,
            Poller::Take => {
                let done = self.inbox;
                self.inbox = 0;
                Poller::End(done)
            }
            Poller::End(done) if self.managed || self.defer => {
                let moderates = self.limits != OFF || self.flow != Flow::Calm;
                self.managed = self.defer || moderates;
                Poller::Mask(done)
            }
            Poller::End(done) => Poller::Complete(done, false),
            Poller::Mask(done) => {
                self.mode = Mode::Polling;
                Poller::Complete(done, true)
            }
            Poller::Complete(done, minds) => match self.complete(done) && minds {
                true => Poller::Unmask,
                false => Poller::Idle,
            },
            Poller::Unmask => {
                self.mode = Mode::Interrupt;
                match scene.without_recheck {
                    true => Poller::Idle,
                    false => Poller::Recheck,
                }
            }
            Poller::Recheck => match self.inbox {
                0 => Poller::Idle,
                _ => Poller::Attends(Attend::Read),
            },
            Poller::Attends(at) => at.step(self).map_or(Poller::Idle, Poller::Attends),
        }
    }

    fn poller(&mut self, n: usize, scene: &Scene) -> bool {
        self.pollers[n] = match self.pollers[n] {
            Poller::Idle if self.queued => {
                self.queued = false;
                Poller::Take
            }
            Poller::Idle => return false,
            at => self.poll(at, scene),
        };
        true
    }

    /// Begins to busy-poll, or goes on with it.
    fn busy_poller(&mut self, scene: &Scene) -> bool {
        self.busy = match self.busy {
            Poller::Idle if self.busy_left != 0 && (self.in_busy_poll || !self.sched) => {
                (self.sched, self.in_busy_poll) = (true, true);
                self.busy_left -= 1;
                Poller::Take
            }
            Poller::Idle => return false,
            at => self.poll(at, scene),
        };
        true
    }

    /// busy_poll_stop(), when its poll is over.
    fn busy_poll_stop(&mut self, scene: &Scene) -> bool {
        if !self.in_busy_poll || self.busy != Poller::Idle {
            return false;
        }
        (self.missed, self.in_busy_poll) = (false, false);
        if scene.prefer_busy_poll && self.defer {
            (self.sched, self.core_timer) = (false, true);
        } else {
            self.busy = Poller::Take;
        }
        true
    }

    fn timer_ends(&mut self) -> bool {
        if !self.timer || self.callback.is_some() {
            return false;
        }
        self.timer = false;
        let (new, action) = self.mode.timer_ended();
        self.callback = (new != self.mode).then_some(Attend::Change(self.mode, new, action));
        true
    }

    fn callback(&mut self) -> bool {
        let Some(at) = self.callback else {
            return false;
        };
        self.callback = match at {
            // It looks anew at what the timer's end means.
            Attend::Change(old, _, _) if old != self.mode => {
                let (new, action) = self.mode.timer_ended();
                (new != self.mode).then_some(Attend::Change(self.mode, new, action))
            }
            at => at.step(self),
        };
        true
    }

    fn core_timer_ends(&mut self) -> bool {
        if !self.core_timer {
            return false;
        }
        self.core_timer = false;
        if !self.sched {
            (self.sched, self.queued) = (true, true);
        }
        true
    }

    fn changer(&mut self, scene: &Scene) -> bool {
        self.changer = match self.changer {
            Changer::Write => {
                self.limits = scene.next.unwrap_or(self.limits);
                Changer::Manage
            }
            Changer::Manage => {
                self.managed |= self.limits != OFF;
                Changer::Kick
            }
            Changer::Kick => {
                if !scene.without_kick {
                    self.schedule();
                }
                Changer::Done
            }
            Changer::Done => return false,
        };
        true
    }

    fn flip(&mut self) -> bool {
        self.defer ^= self.flips;
        core::mem::replace(&mut self.flips, false)
    }

    /// All worlds that one step away can be.
    fn next(&self, scene: &Scene) -> Vec<Self> {
        let steps: [&dyn Fn(&mut Self) -> bool; 13] = [
            &|w| w.sender(0),
            &|w| w.sender(1),
            &|w| w.poller(0, scene),
            &|w| w.poller(1, scene),
            &|w| w.busy_poller(scene),
            &|w| w.busy_poll_stop(scene),
            &|w| w.timer_ends(),
            &|w| w.callback(),
            &|w| w.core_timer_ends(),
            &|w| w.changer(scene),
            &|w| w.flip(),
            &|w| w.flow_changes(scene),
            &|w| w.pause(),
        ];
        let mut found = Vec::new();
        for step in steps {
            let mut world = self.clone();
            if step(&mut world) {
                found.push(world);
            }
        }
        found
    }
}

/// Walks through all that can happen in a scene; tells how many worlds there
/// are, or one that ends with a frame left.
pub(super) fn explore(scene: &Scene) -> Result<usize, World> {
    let first = World::new(scene);
    let mut seen = HashSet::from([first.clone()]);
    let mut todo = vec![first];
    while let Some(world) = todo.pop() {
        let next = world.next(scene);
        if next.is_empty() && world.inbox != 0 {
            return Err(world);
        }
        todo.extend(next.into_iter().filter(|w| seen.insert(w.clone())));
    }
    Ok(seen.len())
}
