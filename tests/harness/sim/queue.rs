//! What will happen when: a queue by virtual time, first come first served.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::{Id, Ms, plan::Fault};

/// What happens.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum What {
    /// A machine takes the next group of asks.
    Wake(Id),
    /// A frame arrives.
    Deliver {
        /// On which connection.
        conn: u64,
        /// At which end.
        to: usize,
    },
    /// A connection stands, as one end sees it.
    Attach { conn: u64, side: usize },
    /// One end learns that a connection is gone.
    Gone { conn: u64, side: usize },
    /// A machine looks whether it should dial.
    Dial(Id),
    /// A minute, or some, has passed.
    Tick(Id),
    /// Somebody writes.
    Write(Id),
    /// An image of a disk is taken.
    Image(Id),
    /// A process begins, unless another has meanwhile.
    Open { id: Id, process: u64 },
    /// Something goes wrong somewhere.
    Strike(Fault),
    /// Something is better again.
    Ease { fault: Fault, id: Id },
    /// A copied machine is switched off.
    Dead(Id),
}

/// What will happen.
#[derive(Default)]
pub(crate) struct Queue {
    heap: BinaryHeap<Reverse<(Ms, u64, What)>>,
    next: u64,
}

impl Queue {
    pub(crate) fn push(&mut self, at: Ms, what: What) {
        self.next += 1;
        self.heap.push(Reverse((at, self.next, what)));
    }

    /// The next of what happens until some time.
    pub(crate) fn pop_until(&mut self, end: Ms) -> Option<(Ms, What)> {
        let Reverse((at, _, _)) = self.heap.peek()?;
        if *at > end {
            return None;
        }
        self.heap.pop().map(|Reverse((at, _, what))| (at, what))
    }

    /// Forgets everything of some sort.
    pub(crate) fn drop_if(&mut self, is_dropped: impl Fn(&What) -> bool) {
        self.heap.retain(|Reverse((_, _, what))| !is_dropped(what));
    }
}
