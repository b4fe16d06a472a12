//! Every code, with the status of an answer that carries it.

use std::fmt;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident $code:literal $status:literal)*) => {
        /// What programs go by.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Code {
            $($(#[doc = $doc])+ $name,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Code] = &[$(Code::$name),*];

            /// The code as text: never changes its meaning, and is the key of its words.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => $code,)* }
            }

            /// The status of an answer that carries it; 0 for what is only said of entries and rows.
            #[must_use]
            pub fn status(self) -> u16 {
                match self { $(Code::$name => $status,)* }
            }
        }
    };
}

codes! {
    // asked wrongly
    /// The body is not the JSON expected: `reason`.
    BadJson "bad-json" 400
    /// The query cannot be read: `reason`.
    BadQuery "bad-query" 400
    /// The body could not be read: `reason`.
    BadBody "bad-body" 400
    /// The body is larger than `max` bytes.
    BodyTooLarge "body-too-large" 413
    /// `field` is empty.
    MissingField "missing-field" 400
    /// `value` is not a unit of this tree.
    BadUnit "bad-unit" 400
    /// `value` is not an id or the beginning of one.
    BadId "bad-id" 400
    /// `value` is not where a page of a list begins.
    BadCursor "bad-cursor" 400
    /// `value` is the beginning of several ids.
    AmbiguousId "ambiguous-id" 400
    /// `value` is not a time.
    BadTime "bad-time" 400
    /// `value` is not `address:port`.
    BadAddress "bad-address" 400
    /// An address is needed: this node listens at every address or at none.
    AddressNeeded "address-needed" 400
    /// `value` is not a category.
    BadCategory "bad-category" 400
    /// `value` is not a level.
    BadLevel "bad-level" 400
    /// `value` is not a kind of risk.
    BadKind "bad-kind" 400
    /// `value` is not a role with a profile.
    BadRole "bad-role" 400
    /// `value` is outside what a validity may be.
    BadValidity "bad-validity" 400
    /// There is no field `field`, or it is not changed like this.
    BadField "bad-field" 400
    /// Nothing is changed by this.
    NothingChanged "nothing-changed" 400
    /// `count` rows are wrong.
    RowsWrong "rows-wrong" 422
    /// There is no document `id` of this kind here.
    NoSuchDocument "no-such-document" 404
    /// There is no officer `id` here.
    NoSuchOfficer "no-such-officer" 404
    /// There is no such route.
    NoSuchRoute "no-such-route" 404
    /// The route is there, but not for this method.
    WrongMethod "wrong-method" 405

    // rows of units
    /// `value` is not a division code or path of this tree.
    RowCode "row-code" 0
    /// The level is `found`, the code says `expected`.
    RowLevel "row-level" 0
    /// The unit above, `parent`, is neither known nor among the rows.
    RowParent "row-parent" 0
    /// The name is empty, too long or has control characters.
    RowName "row-name" 0
    /// The unit stands on line `first` already.
    RowTwice "row-twice" 0

    // the calendar and policy packs
    /// Not a day: `value`.
    BadDay "bad-day" 400
    /// Not a term: `value`.
    BadTerm "bad-term" 400
    /// No version of the `year` is known here.
    NoSuchYear "no-such-year" 404
    /// The text is no year, in `line`: `reason`.
    YearUnreadable "year-unreadable" 422
    /// The year has `count` faults, the `first` of them.
    YearUnsound "year-unsound" 422
    /// Version `held` of the `year` is here: `version` would say nothing.
    YearNotNewer "year-not-newer" 409
    /// The text is no pack, in `line`: `reason`.
    PackUnreadable "pack-unreadable" 422
    /// The pack breaks `count` rules, first `rule` at `place`.
    PackUnsound "pack-unsound" 422

    // sessions and keys
    /// No session, or it is over.
    NoSession "no-session" 401
    /// The passphrase is wrong.
    WrongPassphrase "wrong-passphrase" 403
    /// The new passphrase was typed in two ways.
    PassphrasesDiffer "passphrases-differ" 422
    /// A second factor is set up, and no code came.
    SecondFactorWanted "second-factor-wanted" 403
    /// The code is wrong, or was used already.
    WrongSecondFactor "wrong-second-factor" 403
    /// No second factor was begun that could be confirmed.
    SecondFactorNotBegun "second-factor-not-begun" 409
    /// The second factor's file is damaged.
    SecondFactorDamaged "second-factor-damaged" 500
    /// No access token came, or it is none of this node, or it is over.
    NoAccess "no-access" 401
    /// The access token is not for this: it takes one of `scopes`.
    NarrowAccess "narrow-access" 403
    /// There are `max` access tokens already.
    TooManyAccessTokens "too-many-access-tokens" 409
    /// There is no access token of this name.
    NoSuchAccessToken "no-such-access-token" 404
    /// `value` is not a scope.
    BadScope "bad-scope" 400
    /// What an access token is called is empty or longer than `max` characters.
    BadLabel "bad-label" 400
    /// An idempotency key has 1 to `max` visible characters.
    BadIdempotencyKey "bad-idempotency-key" 400
    /// The idempotency key came with another request before.
    IdempotencyKeyReused "idempotency-key-reused" 422
    /// The same request is under way.
    RequestUnderWay "request-under-way" 409
    /// The same request was begun once, and nobody knows what came of it.
    RequestInDoubt "request-in-doubt" 409
    /// Too many idempotency keys are kept.
    TooManyIdempotencyKeys "too-many-idempotency-keys" 429
    /// Too many attempts: wait `minutes`.
    TooManyAttempts "too-many-attempts" 429
    /// Too many sessions at once.
    Busy "busy" 429
    /// The officer's key is not on this node.
    NoSuchKey "no-such-key" 404
    /// The passphrase has fewer than `min` characters.
    WeakPassphrase "weak-passphrase" 400
    /// The sealed key is damaged: `reason`.
    KeyDamaged "key-damaged" 400
    /// The sealed key asks for more work than is done here, or for too little.
    KeyCost "key-cost" 400
    /// The sealed key was written by a newer program.
    KeyNewer "key-newer" 400
    /// The sealed key is of another tree.
    KeyOtherTree "key-other-tree" 400

    // requests and grants
    /// The file is damaged: `reason`.
    FileDamaged "file-damaged" 400
    /// The file was written by a newer program.
    FileNewer "file-newer" 400
    /// The key is none that is admitted: `reason`.
    KeyNotAdmitted "key-not-admitted" 422
    /// The file does not prove that its writer holds the key.
    NotPossessed "not-possessed" 422
    /// The request is for another tree, `found`.
    RequestOtherTree "request-other-tree" 409
    /// The key has a certificate already, `certificate`, and for something else.
    KeyCertified "key-certified" 409
    /// It is not signed as it says: `reason`.
    NotSigned "not-signed" 422
    /// There is no holder `holder` here.
    NoSuchHolder "no-such-holder" 404
    /// The certificate is not proved: `reason`.
    GrantNotProved "grant-not-proved" 422

    /// What would be signed by now is not what was shown.
    ChangedMeanwhile "changed-meanwhile" 409

    /// The form is not of a page of this session.
    NotOurForm "not-our-form" 403
    /// The form took longer than `seconds` to arrive.
    TooSlow "too-slow" 408
    /// What was shown for signing is signed already, or too old.
    NotShownAnyMore "not-shown-any-more" 409
    /// `value` is not a number.
    BadNumber "bad-number" 400
    /// There is no such page.
    NoSuchPage "no-such-page" 404
    /// It is no bundle, or cannot be read: `reason`.
    BadBundle "bad-bundle" 422

    // revoking and the root
    /// `value` is not a reason of revocation.
    BadReason "bad-reason" 400
    /// `entry` is in none of the certificate's feeds here.
    NotInFeeds "not-in-feeds" 404
    /// From `last` no chain leads back to `first` in one feed.
    BadStretch "bad-stretch" 422
    /// `value` of `keys` keys cannot be how many must agree.
    BadThreshold "bad-threshold" 400
    /// `value` cannot be the name of a witness, or is named twice.
    BadWitness "bad-witness" 400
    /// This officer may not decide over that certificate.
    MayNotRevoke "may-not-revoke" 409
    /// The certificate is revoked already.
    RevokedAlready "revoked-already" 409
    /// There is no entry `id` here.
    NoSuchEntry "no-such-entry" 404

    // the rules say no: cases
    /// There is no such proposal in the case.
    NoSuchProposal "no-such-proposal" 409
    /// Nobody decides what they proposed, or lifts what they answered.
    SelfApproval "self-approval" 409
    /// This level is decided by `role`.
    WrongDecider "wrong-decider" 409
    /// There is no level `level`.
    NoSuchLevel "no-such-level" 422
    /// What was approved is not what is shown.
    NotAsShown "not-as-shown" 409
    /// The paper is not covered by a decision.
    NotDecided "not-decided" 409
    /// There is no such answer in the case.
    NoSuchAnswer "no-such-answer" 409
    /// At stage `stage` there is no `deed`.
    WrongStage "wrong-stage" 409
    /// The file takes no more acts.
    FileFull "file-full" 409
    /// This level is lifted by `role`.
    WrongLifter "wrong-lifter" 409
    /// Extensions of this level are approved by `role`.
    WrongApprover "wrong-approver" 409
    /// Another unit decides.
    NotTheDecidingUnit "not-the-deciding-unit" 403
    /// Not of the handling body.
    NotHandling "not-handling" 403
    /// Somebody else proposed.
    NotTheProposer "not-the-proposer" 403
    /// Only some declare that somebody else is concerned.
    NotForOthers "not-for-others" 403
    /// Another body answers objections.
    NotTheObjectionBody "not-the-objection-body" 403
    /// Not who is warned.
    NotTheSubject "not-the-subject" 403
    /// The policy pack of the case is not here.
    NoSuchRules "no-such-rules" 409
    /// The level has no such ground.
    NoSuchGround "no-such-ground" 422
    /// The ground asks for a reason in writing.
    NoReasonForGround "no-reason-for-ground" 422
    /// The level has no such way for this ground.
    NoSuchWay "no-such-way" 422
    /// The rules foresee no warning to such a subject.
    SubjectNotForeseen "subject-not-foreseen" 422
    /// Another unit manages the subject.
    NotManagedHere "not-managed-here" 403
    /// The outer file stands elsewhere.
    NotTheSubjectsFile "not-the-subjects-file" 409
    /// It concerns who acts.
    Concerned "concerned" 403
    /// Something has to be said in writing.
    NothingWritten "nothing-written" 422
    /// The meeting that decided is not recorded.
    NoMeeting "no-meeting" 422
    /// Somebody whom it concerns was at the meeting.
    ConcernedPresent "concerned-present" 409
    /// This is decided together with `role`.
    NotTogether "not-together" 422
    /// Not the decision that stands.
    NoSuchDecision "no-such-decision" 409
    /// Who decided does not answer the objection.
    DecidedIt "decided-it" 403
    /// The level is not carried up like this.
    NoSuchEscalation "no-such-escalation" 422
    /// The case it goes on in is missing, or there is none.
    NotLinked "not-linked" 422
    /// Too few interviewers, one twice, or one whom it concerns.
    Interviewers "interviewers" 422
    /// The main interviewer has not the standing.
    MainInterviewer "main-interviewer" 422
    /// The paper is not the one this way asks for.
    WrongPaper "wrong-paper" 422
    /// The paper's number was cancelled.
    NumberCancelled "number-cancelled" 409
    /// The term for `debt` is not set.
    NoTerm "no-term" 422
    /// The term for `debt` cannot be set.
    TermNotFree "term-not-free" 422
    /// The term for `debt` is too long.
    TermTooLong "term-too-long" 422
    /// Not the warning that stands.
    NoSuchWarning "no-such-warning" 409
    /// Answered already.
    AlreadyAnswered "already-answered" 409
    /// The delivery is recorded already.
    AlreadyDelivered "already-delivered" 409
    /// The receipt is confirmed already.
    AlreadyReceived "already-received" 409
    /// This way has no such interview.
    NoInterview "no-interview" 422
    /// No notice of the interview stands.
    NoSuchNotice "no-such-notice" 409
    /// No measures are named.
    NoMeasures "no-measures" 422
    /// The level is not extended.
    NotExtendable "not-extendable" 409
    /// Extended already: once.
    AlreadyExtended "already-extended" 409
    /// A request waits.
    AlreadyAsked "already-asked" 409
    /// No request waits.
    NoSuchRequest "no-such-request" 409
    /// Longer than may be given.
    ExtensionTooLong "extension-too-long" 422
    /// It is not said how the visit was made.
    NoMeans "no-means" 422
    /// The level is lifted on a visit that has not been made.
    NotVisited "not-visited" 409
    /// The visit's opinion is not to lift.
    OpinionAgainst "opinion-against" 409
    /// An objection was made already.
    AlreadyObjected "already-objected" 409
    /// No objection waits.
    NoSuchObjection "no-such-objection" 409
    /// The rules do not have this body told like this.
    NotTold "not-told" 422
    /// The linked document must not be known of where the file is read.
    LinkReveals "link-reveals" 409
    /// Nothing of the kind crossed or contradicts in this case and waits for people.
    NothingCrossed "nothing-crossed" 409
    /// What became of somebody's act is settled by somebody else.
    OwnAct "own-act" 403
    /// The term for this has passed.
    TooLate "too-late" 409
    /// The objection is answered at the unit that decided.
    AnsweredBelow "answered-below" 403
    /// The standing of somebody who took part is not certified.
    StandingNotCertified "standing-not-certified" 422
    /// The deciding unit's own file does not say so yet.
    NotDeliberated "not-deliberated" 409
    /// There is no plan for the interview.
    NoPlan "no-plan" 409
    /// The paper's number is not one allotted to this file.
    NumberNotAllotted "number-not-allotted" 409
    /// Other rules are in force.
    RulesNotInForce "rules-not-in-force" 409
    /// The case this one carries up is not named.
    NotFollowing "not-following" 422
    /// `count` attachments are too many.
    TooManyAttachments "too-many-attachments" 422
    /// An attachment of `bytes` bytes.
    AttachmentTooLarge "attachment-too-large" 422
    /// An attachment's name is blank or too long.
    AttachmentName "attachment-name" 422
    /// An attachment's chunks do not make its length.
    AttachmentChunks "attachment-chunks" 422
    /// The content of the attachment `name` was not handed in, or too long ago.
    AttachmentNotKept "attachment-not-kept" 409
    /// Of an attachment's `bytes` bytes only `here` have come so far.
    AttachmentNotHere "attachment-not-here" 409

    // the rules say no: reports, numbers, managed posts
    /// Not a reporter of the unit for such an origin.
    NotTheReporter "not-the-reporter" 409
    /// Somebody else filed the report.
    NotTheAuthor "not-the-author" 409
    /// The report lies with another unit, or the role handles no reports.
    NotTheReceiver "not-the-receiver" 409
    /// Only an analyst of the deciding unit triages.
    NotTheTriager "not-the-triager" 409
    /// The pack has no such source; those it has are `known`.
    NoSuchSource "no-such-source" 422
    /// The number is none of the unit's register.
    WrongNumber "wrong-number" 409
    /// The amount is below zero.
    BadAmount "bad-amount" 422
    /// The unit does not stand above the reporting one.
    NotAbove "not-above" 409
    /// The report is about the unit that would take it up, or its head.
    AboutReceiver "about-receiver" 409
    /// No report was filed, or another one.
    NoSuchReport "no-such-report" 409
    /// No such question waits.
    NoSuchQuestion "no-such-question" 409
    /// The report cannot be passed on like this.
    NotElsewhere "not-elsewhere" 409
    /// The triage was not opened, or is another one.
    NoSuchOpening "no-such-opening" 409
    /// No such outcome stands.
    NoSuchOutcome "no-such-outcome" 409
    /// The outcome names no case or triage of this unit.
    OutcomeNotLinked "outcome-not-linked" 409
    /// Something is said of a lead.
    LeadSaysNothing "lead-says-nothing" 422
    /// What is reported lies in the future.
    NotYetHappened "not-yet-happened" 422
    /// The unit has not taken the report up.
    NotAccepted "not-accepted" 409
    /// The other matter is a duplicate of this one.
    Circular "circular" 409
    /// The triage stands in another document.
    TriageOtherDocument "triage-other-document" 409
    /// The case does not name the report.
    NotItsCase "not-its-case" 409
    /// There is no origin `value`.
    BadOrigin "bad-origin" 400
    /// An anonymous report is filed at once, not from a draft.
    AnonymousDraft "anonymous-draft" 409
    /// No report kept here has this code, or it is none. One answer for all of that.
    UnknownReceipt "unknown-receipt" 404
    /// The report was filed already.
    FiledAlready "filed-already" 409
    /// The pack has no series for reports.
    NoReportSeries "no-report-series" 422
    /// The document is another register's.
    OtherRegister "other-register" 409
    /// The series word is blank or too long.
    BadSeriesWord "bad-series-word" 422
    /// The next number is `next`, not `given`.
    NotTheNextNumber "not-the-next-number" 409
    /// Number `number` was never allotted.
    NumberNeverAllotted "number-never-allotted" 409
    /// Number `number` was struck already.
    NumberAlreadyStruck "number-already-struck" 409
    /// A number is struck for a reason.
    NoReasonToStrike "no-reason-to-strike" 422
    /// No role that numbers papers or reports of the unit.
    NotNumbering "not-numbering" 409
    /// The register is another node's.
    RegisterOfOtherNode "register-of-other-node" 409
    /// Not a secretary of the managing unit.
    PostsNotTheSecretary "posts-not-the-secretary" 409
    /// The post is not in the unit or below.
    PostElsewhere "post-elsewhere" 409
    /// The post's name is blank or too long.
    BadPostName "bad-post-name" 422
    /// The post is listed already.
    PostAlreadyListed "post-already-listed" 409
    /// The post is not listed.
    PostNotListed "post-not-listed" 409
    /// The unit's posts stand in another document.
    PostsOtherDocument "posts-other-document" 409
    /// The register is full.
    PostsFull "posts-full" 409

    // the rules say no: sharing
    /// Not the handling body of the unit the department belongs to.
    ShareNotTheCentre "share-not-the-centre" 409
    /// Not a department right below.
    ShareNotADepartment "share-not-a-department" 409
    /// Not an officer who answers for the department.
    ShareNotTheDepartment "share-not-the-department" 409
    /// Neither a report kept here nor a case of the unit.
    ShareNotShareable "share-not-shareable" 409
    /// A field that is not there, or not copied.
    ShareBadField "share-bad-field" 422
    /// A last day where nothing is asked.
    ShareNothingAsked "share-nothing-asked" 422
    /// Nothing was shared that waits.
    NoSuchSharing "no-such-sharing" 409
    /// The matter is shared in another document.
    ShareOtherDocument "share-other-document" 409
    /// The matter does not lie with this unit.
    ShareNotHeld "share-not-held" 409
    /// Of a lead nothing is said.
    ShareLead "share-lead" 409
    /// It concerns the department or somebody of it.
    ShareConcernsDepartment "share-concerns-department" 409
    /// The last day has gone by.
    ShareAlreadyOver "share-already-over" 422

    // the rules say no: writing
    /// The certificate `certificate` is unknown here or not complete.
    CertificateIncomplete "certificate-incomplete" 409
    /// An officer of `unit` may not write at `home`.
    AuthorElsewhere "author-elsewhere" 409
    /// A certificate for home and upward only, used elsewhere.
    HomeOnly "home-only" 409
    /// The entry does not fit what is here: `reason`.
    MisplacedEntry "misplaced-entry" 409
    /// No role of the author allows it here.
    NoAuthority "no-authority" 409
    /// The certificate is not valid now.
    OutsideValidity "outside-validity" 409
    /// A kind of a newer version.
    UnknownKind "unknown-kind" 409
    /// This kind does not stand on this shelf or reach.
    WrongShelf "wrong-shelf" 422
    /// The body cannot be read: `reason`.
    IllFormedBody "ill-formed-body" 422
    /// The act does not belong into this document, or says what no page can show.
    MisplacedAct "misplaced-act" 422
    /// The body is not here.
    BodyNotHere "body-not-here" 409
    /// The author's root keys are not the root.
    RootNotInForce "root-not-in-force" 409
    /// The author may not decide over this certificate here.
    NotEntitled "not-entitled" 409
    /// Not enough have said it yet.
    Pending "pending" 409
    /// The author's certificate was revoked.
    StruckRevoked "struck-revoked" 409
    /// The issue of the author's certificate is without effect.
    StruckIssue "struck-issue" 409
    /// The endorsement of the author's certificate is without effect.
    StruckEndorsement "struck-endorsement" 409
    /// The root was handed over.
    StruckRoot "struck-root" 409
    /// No chain leads from the one entry to the other.
    NoSuchStretch "no-such-stretch" 409
    /// What is to be redacted is not in this scope.
    RedactionNoSubject "redaction-no-subject" 409
    /// What decides who is who is never redacted.
    RedactionForbidden "redaction-forbidden" 409
    /// What remains is not of the shape of what was said.
    RedactionShape "redaction-shape" 409
    /// What it rests on would repeat the words.
    RedactionBasis "redaction-basis" 422
    /// The words do not stand in the entry, or nothing is left to be taken out.
    RedactionNothing "redaction-nothing" 409
    /// Somebody else must agree to it.
    RedactionOwn "redaction-own" 409
    /// It counts already.
    RedactionCounts "redaction-counts" 409
    /// The certificate contradicts itself: `reason`.
    CertificateIllFormed "certificate-ill-formed" 422
    /// The issuer may not give these roles.
    CertificateRoles "certificate-roles" 409
    /// The unit is outside what the issuer may issue for.
    CertificateUnit "certificate-unit" 409
    /// The rank is not greater than the issuer's.
    CertificateRank "certificate-rank" 409
    /// The certificate is not in the charter of its unit.
    CertificateCharter "certificate-charter" 422
    /// The issuer's certificate is not valid now.
    CertificateIssuer "certificate-issuer" 409
    /// Nobody needs to endorse it any more.
    EndorsedAlready "endorsed-already" 409
    /// This officer may not endorse that certificate.
    MayNotEndorse "may-not-endorse" 409
    /// A position in `field` is not there.
    OutOfRange "out-of-range" 409
    /// The document has all the edits one may have.
    TooManyEdits "too-many-edits" 409
    /// `field` would become too long.
    TooLong "too-long" 422
    /// The merge engine refused the edit.
    MergeRefused "merge-refused" 409
    /// The entry would have `bytes` bytes.
    TooLarge "too-large" 422
    /// The document has too many heads.
    TooManyHeads "too-many-heads" 409
    /// The state named is not one of this document.
    NotInDocument "not-in-document" 409
    /// The node at `unit` does not keep what is homed at `home`.
    NotKept "not-kept" 409
    /// The item to be taken out is gone already.
    ItemGone "item-gone" 409

    // this machine failed
    /// The node has stopped: `reason`.
    NodeStopped "node-stopped" 503
    /// The disk failed while it was being written, and still does: `reason`.
    InDoubt "in-doubt" 503
    /// Something stored cannot be read: `reason`.
    StoreFailed "store-failed" 503
    /// The lists cannot be read or brought up to the log: `reason`. What they are made from is not touched by that.
    ListsFailed "lists-failed" 503
    /// There is no room left for `path`.
    DiskFull "disk-full" 503
    /// A file cannot be used: `path`, `reason`.
    DiskFailed "disk-failed" 503
    /// This node runs without a network.
    NoNetwork "no-network" 503
    /// There is no node above to synchronise with.
    NoUpstream "no-upstream" 409

    // what a verification finds
    /// The journal cannot be read further: `reason`.
    FaultJournal "fault-journal" 0
    /// The entry cannot be read: `reason`.
    FaultUnreadable "fault-unreadable" 0
    /// Its author's certificate is not proved by what comes before it.
    FaultAuthor "fault-author" 0
    /// Its signature does not hold.
    FaultSignature "fault-signature" 0
    /// Its body is not the one it names.
    FaultBody "fault-body" 0
    /// Its author may not sign there: `reason`.
    FaultNotAllowed "fault-not-allowed" 0
    /// It does not follow what comes before it in its feed or its document.
    FaultPlace "fault-place" 0
    /// A receipt is not signed by the node it names.
    FaultReceipt "fault-receipt" 0
    /// The index says something else than the journal.
    FaultIndex "fault-index" 0
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
