//! One session with one peer: find what either side lacks, give it, then keep giving as entries are written.
//!
//! The same with the parent or any other ancestor, over a link or a file; no clock, no socket. The dialler drives the
//! comparing: hello; where digests differ, outlines down the unit tree; tips of the scopes that differ; wants with a
//! locator; then both give, charters first, and go live. Nothing is loaded to answer "what differs".
//! Source: architecture §5; frames in SPEC.md §5.

mod giving;
mod tips;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use thiserror::Error;

use self::tips::{answer, tips_frames, wants};
use crate::{
    limits::{AWAITED_MAX, BODY_BYTES_MAX, COMPARE_ITEMS_MAX, COMPARED_MAX, GATHERED_MAX, HEADER_BYTES_MAX, TIPS_MAX},
    record::{
        entry::{CertificateId, EntryId, Hash, Reach, Scope, Shelf},
        frontier::{Extent, Frontier, Outline},
        message::{Frame, Parcel, ScopeTips, Stretch, Totals, Want},
    },
    records::{LogIndex, Records, RecordsFailure},
    trust::genesis::GenesisHash,
    work::unit::UnitPath,
};

/// Stored things as they may be given to others.
pub trait Giving: Records {
    /// The entry at a log index with its body, or with what proves that this was taken away.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    fn parcel(&self, at: LogIndex) -> Result<Parcel, RecordsFailure>;
}

/// What a session may look at.
#[derive(Clone, Copy)]
pub struct Sight<'a> {
    /// Which tree.
    pub genesis: &'a GenesisHash,
    /// Every feed's tips.
    pub frontier: &'a Frontier,
    /// What is stored, as it may be given.
    pub records: &'a dyn Giving,
}

/// One session, from the moment both hellos are known.
#[derive(Clone, Debug)]
pub struct Session {
    lower: UnitPath,
    dialled: bool,
    stage: Stage,
    outlines_awaited: BTreeSet<Stretch>,
    their_outlines: BTreeMap<Stretch, Outline>,
    tips_awaited: BTreeSet<Scope>,
    /// Outlines and scopes asked for in all: a peer whose digests never fit does not go on for ever.
    asked: usize,
    /// What was told already: each is told once.
    outlines_told: BTreeSet<Stretch>,
    tips_told: BTreeSet<Scope>,
    /// How often each feed was answered for.
    answered: BTreeMap<(Scope, CertificateId), usize>,
    their_tips: BTreeMap<Scope, BTreeMap<CertificateId, BTreeSet<EntryId>>>,
    /// Digests and tips of answers that are not complete yet.
    gathered: usize,
    they_are_ready: bool,
    asked_of_me: BTreeMap<GiveRank, BTreeSet<LogIndex>>,
    giving: VecDeque<Shelved>,
    live: VecDeque<LogIndex>,
    /// The next to give, which did not fit beside what is in flight.
    held_back: Option<LogIndex>,
    /// Scopes of which an entry to be given cannot be read: nothing behind it may come before it.
    blocked: Vec<Scope>,
    /// What is not given therefore.
    withheld: BTreeSet<LogIndex>,
    in_flight: VecDeque<usize>,
    in_flight_bytes: usize,
    frames_given: u64,
    frames_acked: u64,
    /// Frames given when nothing was left of what differed.
    differing_frames: Option<u64>,
    /// For progress bars.
    progress: Progress,
}

/// How far a session is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// Finding out what differs.
    Comparing,
    /// Everything is asked for; entries flow.
    Giving,
    /// What differed has been given and acknowledged; entries flow as they are written.
    Live,
}

/// For progress bars.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Progress {
    /// Entries to give, as known when everything was asked for.
    pub to_give: u64,
    /// Entries given.
    pub given: u64,
    /// Entries the peer announced.
    pub to_take: u64,
    /// Entries taken.
    pub taken: u64,
}

/// Order in which scopes are given: charters root first and down before up, then by shelf.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct GiveRank {
    turn: u8,
    depth: usize,
    upward: bool,
    scope: Scope,
}

/// The rest of one scope to give, in log order.
#[derive(Clone, Debug)]
struct Shelved {
    turn: u8,
    rest: Arc<[LogIndex]>,
    next: usize,
}

/// Which shelf travels when: charters first, because they say whose signatures to believe; unknown ones last.
fn turn(shelf: Shelf) -> u8 {
    match shelf {
        Shelf::CHARTER => CHARTERS,
        Shelf::CASE => 1,
        Shelf::LIBRARY => 2,
        _ => 3,
    }
}

const CHARTERS: u8 = 0;

/// The largest parcel that has its body. One without it brings its proof, and may need a frame of its own.
const PARCEL_BYTES: usize = HEADER_BYTES_MAX + BODY_BYTES_MAX;

/// What a peer did that no honest peer of this version does.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SessionFault {
    /// A frame that has no place here now.
    #[error("frame {0} came out of turn")]
    OutOfTurn(&'static str),
    /// A scope or unit the link does not share.
    #[error("{0} is not shared on this link")]
    NotShared(UnitPath),
    /// More frames acknowledged than were given.
    #[error("peer acknowledged {found} frames of {given}")]
    Ack {
        /// Acknowledged in all.
        found: u64,
        /// Given in all.
        given: u64,
    },
    /// More unfinished answers than this side would ever ask for.
    #[error("peer sends more {0} than a session may hold")]
    Flood(&'static str),
}

/// Why a frame could not be handled.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SessionError {
    /// The peer's doing.
    #[error(transparent)]
    Fault(#[from] SessionFault),
    /// Our store's.
    #[error(transparent)]
    Failure(#[from] RecordsFailure),
}

/// Whether a scope is shared on a link whose lower end is `lower`.
#[must_use]
pub fn is_shared(lower: &UnitPath, scope: &Scope) -> bool {
    scope.reach != Reach::LOCAL
        && (lower.contains(&scope.home) || (scope.reach == Reach::DOWN && scope.home.is_above(lower)))
}

impl Session {
    /// A session on the link whose lower end is `lower`, after both hellos: with the same digest in both there is
    /// nothing to compare. Returns what the dialler says first.
    #[must_use]
    pub fn begin(lower: UnitPath, dialled: bool, agreed: bool) -> (Session, Vec<Frame>) {
        let mut session = Session {
            lower,
            dialled,
            stage: if agreed { Stage::Live } else { Stage::Comparing },
            outlines_awaited: BTreeSet::new(),
            their_outlines: BTreeMap::new(),
            tips_awaited: BTreeSet::new(),
            asked: 0,
            outlines_told: BTreeSet::new(),
            tips_told: BTreeSet::new(),
            answered: BTreeMap::new(),
            their_tips: BTreeMap::new(),
            gathered: 0,
            they_are_ready: agreed,
            asked_of_me: BTreeMap::new(),
            giving: VecDeque::new(),
            live: VecDeque::new(),
            held_back: None,
            blocked: Vec::new(),
            withheld: BTreeSet::new(),
            in_flight: VecDeque::new(),
            in_flight_bytes: 0,
            frames_given: 0,
            frames_acked: 0,
            differing_frames: None,
            progress: Progress::default(),
        };
        let mut first = Vec::new();
        if dialled && !agreed {
            let above = session.lower.ancestors().into_iter().map(|unit| Stretch { unit, extent: Extent::Down });
            let own = Stretch { unit: session.lower.clone(), extent: Extent::Whole };
            first = session.ask_outlines(above.chain([own]).collect());
        }
        (session, first)
    }

    /// The lower end of the link.
    #[must_use]
    pub fn lower(&self) -> &UnitPath {
        &self.lower
    }

    /// How far it is.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// For progress bars.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// Entries waiting to be given.
    #[must_use]
    pub fn waiting(&self) -> usize {
        let differing = self.giving.iter().map(|some| some.rest.len() - some.next).sum::<usize>();
        differing + usize::from(self.held_back.is_some()) + self.live.len()
    }

    /// Bytes given and not yet acknowledged.
    #[must_use]
    pub fn in_flight_bytes(&self) -> usize {
        self.in_flight_bytes
    }

    /// An outline was asked for.
    ///
    /// # Errors
    ///
    /// [`SessionFault`] if the peer may not ask it.
    pub fn outlines_wanted(&mut self, wanted: Vec<Stretch>, sight: &Sight<'_>) -> Result<Vec<Frame>, SessionFault> {
        if self.dialled || self.stage != Stage::Comparing {
            return Err(SessionFault::OutOfTurn("outlines wanted"));
        }
        let mut frames = Vec::new();
        for stretch in wanted {
            self.check_stretch(&stretch)?;
            // Asking costs thirty bytes, and the answer may have thousands.
            if !self.outlines_told.insert(stretch.clone()) {
                return Err(SessionFault::OutOfTurn("outlines wanted again"));
            }
            if self.outlines_told.len() > COMPARED_MAX {
                return Err(SessionFault::Flood("outlines wanted"));
            }
            let outline = sight.frontier.outline(&stretch.unit, stretch.extent);
            let mut parts = outline.parts(COMPARE_ITEMS_MAX).into_iter().peekable();
            while let Some(part) = parts.next() {
                frames.push(Frame::Outlined(stretch.clone(), part, parts.peek().is_none()));
            }
        }
        Ok(frames)
    }

    /// A part of an outline came; with the last one: ask further down where it differs, and compare tips of scopes that differ.
    ///
    /// # Errors
    ///
    /// [`SessionFault`] if it was not asked for or does not fit the link.
    pub fn outlined(
        &mut self,
        stretch: &Stretch,
        part: Outline,
        last: bool,
        sight: &Sight<'_>,
    ) -> Result<Vec<Frame>, SessionError> {
        if !self.outlines_awaited.contains(stretch) {
            return Err(SessionFault::OutOfTurn("outline").into());
        }
        self.gather(part.items())?;
        let gathered = self.their_outlines.entry(stretch.clone()).or_default();
        gathered.scopes.extend(part.scopes);
        gathered.children.extend(part.children);
        if !last {
            return Ok(Vec::new());
        }
        self.outlines_awaited.remove(stretch);
        let theirs = self.their_outlines.remove(stretch).unwrap_or_default();
        self.gathered -= theirs.items();
        let mine = sight.frontier.outline(&stretch.unit, stretch.extent);
        let mut frames = Vec::new();
        let differing: BTreeSet<(Reach, Shelf)> = differences(
            mine.scopes.iter().map(|scope| ((scope.reach, scope.shelf), scope.digest)),
            theirs.scopes.iter().map(|scope| ((scope.reach, scope.shelf), scope.digest)),
        );
        for (reach, shelf) in differing {
            let scope = Scope { home: stretch.unit.clone(), reach, shelf };
            if !is_shared(&self.lower, &scope) {
                return Err(SessionFault::NotShared(scope.home).into());
            }
            frames.extend(tips_frames(&scope, sight.frontier));
            self.asked += usize::from(self.tips_awaited.insert(scope));
        }
        let below = differences(
            mine.children.iter().map(|child| (child.segment.clone(), child.digest)),
            theirs.children.iter().map(|child| (child.segment.clone(), child.digest)),
        );
        let mut further = Vec::new();
        for segment in below {
            let unit = stretch.unit.child(&segment).map_err(|_| SessionFault::NotShared(stretch.unit.clone()))?;
            further.push(Stretch { unit, extent: Extent::Whole });
        }
        frames.extend(self.ask_outlines(further));
        if self.outlines_awaited.len() + self.tips_awaited.len() > AWAITED_MAX || self.asked > COMPARED_MAX {
            return Err(SessionFault::Flood("digests that differ").into());
        }
        frames.extend(self.ready_if_all_asked(sight)?);
        Ok(frames)
    }

    /// Tips came: ask for those this side lacks; the listener answers with its own.
    ///
    /// # Errors
    ///
    /// [`SessionFault`] if out of turn or not shared; [`RecordsFailure`].
    pub fn tips(&mut self, tips: ScopeTips, sight: &Sight<'_>) -> Result<Vec<Frame>, SessionError> {
        if !is_shared(&self.lower, &tips.scope) {
            return Err(SessionFault::NotShared(tips.scope.home).into());
        }
        if self.dialled && !self.tips_awaited.contains(&tips.scope) {
            return Err(SessionFault::OutOfTurn("tips").into());
        }
        if self.stage != Stage::Comparing {
            return Err(SessionFault::OutOfTurn("tips").into());
        }
        self.gather(1 + tips.feeds.iter().map(|feed| 1 + feed.tips.len()).sum::<usize>())?;
        let gathered = self.their_tips.entry(tips.scope.clone()).or_default();
        for feed in tips.feeds {
            gathered.entry(feed.author).or_default().extend(feed.tips);
        }
        if !tips.last {
            return Ok(Vec::new());
        }
        let gathered = self.their_tips.remove(&tips.scope).unwrap_or_default();
        if self.their_tips.is_empty() {
            self.gathered = self.their_outlines.values().map(Outline::items).sum();
        }
        let mut frames = wants(&tips.scope, &gathered, sight)?;
        if self.dialled {
            self.tips_awaited.remove(&tips.scope);
            frames.extend(self.ready_if_all_asked(sight)?);
        } else {
            frames.extend(tips_frames(&tips.scope, sight.frontier));
            if !self.tips_told.insert(tips.scope) {
                return Err(SessionFault::OutOfTurn("tips again").into());
            }
            if self.tips_told.len() > COMPARED_MAX {
                return Err(SessionFault::Flood("scopes").into());
            }
        }
        Ok(frames)
    }

    /// The peer asks for tips it lacks.
    ///
    /// # Errors
    ///
    /// [`SessionFault`] if out of turn or not shared; [`RecordsFailure`].
    pub fn wanted(&mut self, wants: Vec<Want>, sight: &Sight<'_>) -> Result<(), SessionError> {
        if self.stage != Stage::Comparing {
            return Err(SessionFault::OutOfTurn("wanted").into());
        }
        for want in wants {
            if !is_shared(&self.lower, &want.scope) {
                return Err(SessionFault::NotShared(want.scope.home).into());
            }
            let Some(feed) = sight.frontier.feed(&want.scope, &want.author) else { continue };
            // Each answer may walk the whole feed; an honest peer asks for each of its tips once, so many at a time.
            let answered = self.answered.entry((want.scope.clone(), want.author)).or_default();
            *answered += 1;
            if *answered > feed.tips.len().div_ceil(TIPS_MAX).max(1) {
                return Err(SessionFault::OutOfTurn("wanted again").into());
            }
            let some = answer(&want, feed, sight)?;
            let rank = GiveRank {
                turn: turn(want.scope.shelf),
                depth: want.scope.home.depth(),
                upward: want.scope.reach != Reach::DOWN,
                scope: want.scope,
            };
            self.asked_of_me.entry(rank).or_default().extend(some);
        }
        Ok(())
    }

    /// The peer has asked for everything it lacks.
    ///
    /// # Errors
    ///
    /// [`SessionFault`] if out of turn; [`RecordsFailure`].
    pub fn ready(&mut self, totals: Totals, sight: &Sight<'_>) -> Result<Vec<Frame>, SessionError> {
        // The dialler is ready first; each side is once.
        if self.they_are_ready || self.dialled != (self.stage != Stage::Comparing) {
            return Err(SessionFault::OutOfTurn("ready").into());
        }
        self.they_are_ready = true;
        self.progress.to_take = totals.entries;
        if self.dialled {
            return Ok(Vec::new());
        }
        let mut frames = vec![self.start_giving()];
        frames.extend(self.pump(sight)?);
        Ok(frames)
    }

    /// Makes room for so many more digests and tips of answers that are not complete.
    fn gather(&mut self, items: usize) -> Result<(), SessionFault> {
        self.gathered += items;
        if self.gathered > GATHERED_MAX { Err(SessionFault::Flood("tips and digests")) } else { Ok(()) }
    }

    fn ask_outlines(&mut self, stretches: Vec<Stretch>) -> Vec<Frame> {
        self.outlines_awaited.extend(stretches.iter().cloned());
        self.asked += stretches.len();
        stretches.chunks(COMPARE_ITEMS_MAX).map(|some| Frame::OutlinesWanted(some.to_vec())).collect()
    }

    fn ready_if_all_asked(&mut self, sight: &Sight<'_>) -> Result<Vec<Frame>, RecordsFailure> {
        if self.stage != Stage::Comparing || !self.outlines_awaited.is_empty() || !self.tips_awaited.is_empty() {
            return Ok(Vec::new());
        }
        let mut frames = vec![self.start_giving()];
        frames.extend(self.pump(sight)?);
        Ok(frames)
    }

    fn start_giving(&mut self) -> Frame {
        self.stage = Stage::Giving;
        for (rank, entries) in std::mem::take(&mut self.asked_of_me) {
            let rest: Arc<[LogIndex]> = entries.into_iter().collect();
            self.progress.to_give += rest.len() as u64;
            if !rest.is_empty() {
                self.giving.push_back(Shelved { turn: rank.turn, rest, next: 0 });
            }
        }
        Frame::Ready(Totals { entries: self.progress.to_give })
    }

    fn check_stretch(&self, stretch: &Stretch) -> Result<(), SessionFault> {
        let shared = match stretch.extent {
            Extent::Whole => self.lower.contains(&stretch.unit),
            Extent::Down => stretch.unit.is_above(&self.lower),
        };
        if shared { Ok(()) } else { Err(SessionFault::NotShared(stretch.unit.clone())) }
    }
}

/// The keys whose digests differ, or that only one side has.
fn differences<K: Ord + Clone>(
    mine: impl Iterator<Item = (K, Hash)>,
    theirs: impl Iterator<Item = (K, Hash)>,
) -> BTreeSet<K> {
    let mine: BTreeMap<K, Hash> = mine.collect();
    let theirs: BTreeMap<K, Hash> = theirs.collect();
    mine.keys().chain(theirs.keys()).filter(|key| mine.get(key) != theirs.get(key)).cloned().collect()
}
