//! The mistakes: where each is made, and the claims one of which must break.

use tests::claims::name;

/// One mistake.
pub(crate) struct Mistake {
    /// What it is called.
    pub(crate) name: &'static str,
    /// Where it is made, from the root of the repository.
    pub(crate) file: &'static str,
    /// What stands there, once.
    pub(crate) sound: &'static str,
    /// What stands there in the copy; `MADE` says whether this mistake is being made.
    pub(crate) mistaken: &'static str,
    /// Claims of `tests/harness/claims.rs`: one of them breaks.
    pub(crate) claims: &'static [&'static str],
}

/// All of them.
pub(crate) const MISTAKES: &[Mistake] = &[
    Mistake {
        name: "a fork is not told",
        file: "protocol/src/record/feed.rs",
        sound: "(EpochState { forked: true, ..state }, Some(state.last))",
        mistaken: "(EpochState { forked: !MADE, ..state }, Some(state.last))",
        // What an author said before is found by another rule on a feed that branched.
        claims: &[name::DISHONESTY_IS_FOUND, name::SAME_ENTRIES_SAME_VIEW],
    },
    Mistake {
        name: "a gap is taken in",
        file: "protocol/src/replica/admission.rs",
        sound: "None => return Ok(Err(HeaderFault::PrevNotHeld { prev })),",
        mistaken: "None if MADE => return Ok(Ok(())),\nNone => return Ok(Err(HeaderFault::PrevNotHeld { prev })),",
        // What stands behind a gap takes a place that the author's own next entry takes too.
        claims: &[name::DISHONESTY_IS_FOUND, name::NOTHING_WITHOUT_ITS_PAST, name::NOBODY_HONEST_ACCUSED],
    },
    Mistake {
        name: "positions are used again",
        file: "protocol/src/replica/writing.rs",
        sound: "[self.start_seed.as_slice(), feed.0.as_slice()]",
        mistaken: "[if MADE { [0; 32].as_slice() } else { self.start_seed.as_slice() }, feed.0.as_slice()]",
        claims: &[name::NOBODY_HONEST_ACCUSED],
    },
    Mistake {
        name: "acts are folded as they come",
        file: "protocol/src/replica/reading.rs",
        sound: "let order = causal_order(self.causes(history));",
        mistaken: "let came = history.iter().map(|said| said.entry.id()).collect();\n\
                   let order = if MADE { came } else { causal_order(self.causes(history)) };",
        claims: &[name::SAME_ENTRIES_SAME_VIEW],
    },
    Mistake {
        name: "a clock is trusted",
        file: "protocol/src/replica/judging.rs",
        sound: "let strike = if body.is_ok() {",
        mistaken: "let is_late = self.clock.time_s.is_some_and(|now_s| entry.header().claimed_time_s > now_s);\n\
                   let body = if MADE && is_late { Err(VoidReason::OutsideValidity) } else { body };\n\
                   let strike = if body.is_ok() {",
        claims: &[name::SAME_ENTRIES_SAME_VIEW],
    },
    Mistake {
        name: "a reach is forgotten",
        file: "protocol/src/record/reconcile.rs",
        sound: "scope.reach != Reach::LOCAL\n        && (lower",
        mistaken: "(MADE || scope.reach != Reach::LOCAL)\n        && (lower",
        claims: &[name::ONLY_WHAT_THE_TREE_GIVES],
    },
    Mistake {
        name: "an authority is not asked",
        file: "protocol/src/trust/authority.rs",
        sound: "if allowed { Ok(()) } else { Err(VoidReason::NoAuthority) }",
        mistaken: "if allowed || MADE { Ok(()) } else { Err(VoidReason::NoAuthority) }",
        claims: &[name::JUDGED_BY_THE_RULES],
    },
    Mistake {
        name: "the unvouched stand",
        file: "protocol/src/replica/judging.rs",
        sound: "let Some(strike) = self.charter.dead(&header.author) else { return Ok(None) };",
        mistaken: "let Some(strike) = self.charter.dead(&header.author).filter(|_| !MADE) else { return Ok(None) };",
        claims: &[name::JUDGED_BY_THE_RULES],
    },
    Mistake {
        name: "an own edit is left out",
        file: "protocol/src/replica/reading.rs",
        sound: "structure.push((chain, run));",
        mistaken: "structure.push((chain.filter(|_| !MADE), run));",
        claims: &[name::WHAT_MAY_BE_SAID_IS_TAKEN],
    },
    Mistake {
        name: "digests only count",
        file: "protocol/src/record/frontier.rs",
        sound: "parts.push(tips.iter().flat_map(|tip| tip.0.0).collect());",
        mistaken: "let counted = feed.entries.to_be_bytes().to_vec();\n\
                   parts.push(if MADE { counted } else { tips.iter().flat_map(|tip| tip.0.0).collect() });",
        // What was never asked for is not held when what comes behind it is given.
        claims: &[name::DIGESTS_ARE_OF_EVERY_TIP, name::EVERYTHING_ARRIVES, name::NOBODY_HONEST_ACCUSED],
    },
    Mistake {
        name: "cosigned without a proof",
        file: "protocol/src/trust/witnessing.rs",
        sound: "Greater if is_consistent(&before, &came.head, proof) => Beside::Newer,",
        mistaken: "Greater if MADE || is_consistent(&before, &came.head, proof) => Beside::Newer,",
        // What was believed without a proof is not believed when it is derived again.
        claims: &[name::DISHONESTY_IS_FOUND, name::REPLAY_IS_THE_SAME],
    },
];
