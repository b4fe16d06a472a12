# What the node says to people: one message for each code, advice in its .hint.

# Asked wrongly
bad-json = The body is not the JSON expected: { $reason }
bad-query = The query cannot be read: { $reason }
body-too-large = The body is larger than { $max } bytes
missing-field = “{ $field }” is empty
bad-unit = “{ $value }” is not a unit of this tree
    .hint = Use a unit's path, such as 370126.105.201.
bad-id = “{ $value }” is not an id or the beginning of one
    .hint = An id has the digits 0–9 and a–f, six at least.
ambiguous-id = Several ids begin with “{ $value }”
    .hint = Give more of its digits.
bad-time = “{ $value }” is not a time
    .hint = Write 2026-03-01 or 2026-03-01T08:00:00+08:00.
bad-address = “{ $value }” is not an address and port
    .hint = Such as 10.1.2.3:4900.
address-needed = It must be said at which address the new node reaches this one
    .hint = This node listens at every address or at none: give address and port.
bad-category = “{ $value }” is not a category of information
    .hint = Categories are 1 to 13.
bad-level = “{ $value }” is not a level
    .hint = Levels are 1 to 3, 1 the highest.
bad-kind = “{ $value }” is not a kind of risk
    .hint = Kinds are power, duty, institution, morals, environment and competence.
bad-role = “{ $value }” is not a role that can be given
    .hint = The roles are those of certs/profiles.
bad-validity = A validity of “{ $value }” is not possible
bad-field = There is no field “{ $field }”, or it is not changed like this
nothing-changed = Nothing is changed by this
rows-wrong = { $count } rows are wrong, and nothing was imported
    .hint = Correct the lines named and import again.
no-such-document = There is no document “{ $id }” here
    .hint = It may belong to another unit, or not have reached this node yet.
no-such-officer = There is no officer “{ $id }” here
no-such-route = There is no such route
wrong-method = This route is not for this method

# Rows of units
row-code = “{ $value }” is not a division code or path of this tree
row-level = The level is “{ $found }”, the code says “{ $expected }”
row-parent = The unit above, { $parent }, is neither known nor in the table
row-name = The name is empty, too long or has control characters
row-twice = This unit stands on line { $first } already

# Sessions and keys
no-session = Nobody is unlocked here, or the session is over
    .hint = Unlock again with the passphrase.
wrong-passphrase = The passphrase is wrong
    .hint = There are 5 attempts in 15 minutes.
too-many-attempts = Too many attempts: try again in { $minutes } min
busy = Too many are at work at once: try again soon
no-such-key = The key of this officer is not on this node
    .hint = Bring the key's file here with `officer import`.
weak-passphrase = A passphrase has { $min } characters or more
key-damaged = The key file is damaged: { $reason }
    .hint = Copy the file again.
key-cost = The key file asks for work outside what is done here
    .hint = Somebody may have changed it.
key-newer = The key file was written by a newer program
    .hint = Update this node first.
key-other-tree = The key file is of another tree

# Requests and grants
file-damaged = The file is damaged: { $reason }
    .hint = Copy it again, or have it made anew.
file-newer = The file was written by a newer program
    .hint = Update this node first.
key-not-admitted = The key in the file is not admitted: { $reason }
not-possessed = The file does not prove that its writer holds the key
    .hint = Have it made anew on the machine that has the key.
request-other-tree = The request is for another tree, { $found }
    .hint = Give the genesis of this tree when making it: `fangwei status` shows it.
key-certified = This key has a certificate already, { $certificate }
    .hint = Every certificate has a key of its own: make a new request.
not-signed = It is not signed as it says: { $reason }
no-such-holder = There is no holder “{ $holder }” here
    .hint = `officer show` shows the holder of a certificate.
grant-not-proved = The certificate is not proved: { $reason }

# Revoking and the root
bad-reason = “{ $value }” is not a reason of revocation
    .hint = The reasons are superseded, lost, stolen, left_office, mistaken and retired.
not-in-feeds = “{ $entry }” is in none of this certificate's feeds here
bad-stretch = From { $last } no chain leads back to { $first } in one feed
bad-threshold = { $value } of { $keys } keys cannot be how many must agree
bad-witness = { $value } cannot be a witness: its name is empty or too long, its key is no key, or it is named twice
    .hint = `fangwei node show UNIT` shows a node's public key.
may-not-revoke = You may not decide over this certificate
    .hint = A secretary of that unit or above with a lower rank does, an administrator where no casework role is concerned, or the root.
revoked-already = This certificate is revoked already
    .hint = What was struck is ratified with `fangwei stand`.
no-such-entry = There is no entry “{ $id }” here

# The rules say no: cases
already-proposed = A warning is proposed in this case already
no-such-proposal = There is no such proposal in this case
    .hint = The proposal may not have reached this node yet.
self-approval = Nobody decides what they proposed, or lifts what they answered
    .hint = Another officer with the authority must do it.
wrong-decider = This level is decided by the { $role }
no-such-level = There is no warning of level { $level }
    .hint = Levels are 1 (red), 2 (yellow) and 3 (blue).
not-as-shown = What was approved is not what is there now
    .hint = Look at it again, then decide.
already-decided = The proposal is decided already
already-issued = The paper has been given already
no-such-paper = There is no such paper in this case
    .hint = It may not have been given yet, or not have reached this node.
not-decided = The paper is not covered by a decision
    .hint = The warning must be approved first.
no-such-answer = There is no such answer in this case
    .hint = The subject must answer first.
already-lifted = The warning has been lifted already

# The rules say no: writing
certificate-incomplete = Certificate { $certificate } is unknown here or not complete
    .hint = A secretary's endorsement may be missing, or it has not reached this node yet.
author-elsewhere = An officer of { $unit } may not write at { $home }
home-only = This certificate writes at its own unit and upward only
misplaced-entry = The entry does not fit what is here: { $reason }
no-authority = No role of yours allows this here
outside-validity = The certificate is not valid at this time
    .hint = Check this machine's clock, or have a new certificate issued.
unknown-kind = This kind of document is of a newer version
    .hint = Update this node.
wrong-shelf = This kind of document does not stand here
ill-formed-body = What it says cannot be read: { $reason }
misplaced-act = This step does not belong into this document, or says what no page can show
body-not-here = What this entry says is not here
root-not-in-force = These root keys are not the root
not-entitled = You may not decide over this certificate here
pending = { $have } of the { $need } who must have said it
struck-revoked = The author's certificate was revoked
struck-issue = Whoever issued the author's certificate had no right to any more
struck-endorsement = Whoever endorsed the author's certificate had no right to any more
struck-root = The root was handed over to other keys
no-such-stretch = No chain of entries leads from { $last } back to { $first }
redaction-no-subject = The entry to be redacted is not in this scope
redaction-forbidden = Entries of this kind are never redacted
redaction-shape = What remains is not of the shape of what was said
redaction-basis = The basis repeats the words that are to be taken out, and it stays
    .hint = Name the article or the decision only.
redaction-nothing = There is nothing like that to be taken out of this entry
    .hint = Look at what it says; the words must be written exactly like there, and may stand in another entry of the document.
redaction-own = You wanted the words taken out yourself; somebody else must endorse it
    .hint = A discipline lead, a secretary or the Party committee of that unit or one above can.
redaction-counts = This redaction counts already
certificate-ill-formed = The certificate contradicts itself: { $reason }
certificate-roles = The issuer may not give these roles
certificate-unit = The unit is outside what the issuer may issue for
certificate-rank = The rank is not greater than the issuer's
certificate-charter = The certificate is not in the charter of its unit
certificate-issuer = The issuer's certificate is not valid at this time
endorsed-already = This certificate needs no endorsement any more
may-not-endorse = You may not endorse this certificate
    .hint = A secretary of that unit or one above must do it, and not for themselves.
out-of-range = There is no such position in “{ $field }”
    .hint = Open it again, then change it.
too-many-edits = The document has all the changes one may have. Go on in a new one
    .hint = Continue in a new document.
too-long = “{ $field }” would become too long
merge-refused = The edit cannot be merged
too-large = What it says has { $bytes } bytes, which is too much
too-many-heads = The document has { $heads } heads, which must be joined first
not-in-document = The state it was looked at is not one of this document
not-kept = The node at { $unit } does not keep what is homed at { $home }
    .hint = Write it at the node of that unit or of one above it.
item-gone = The item to be taken out is gone already

# This machine failed
node-stopped = The node has stopped: { $reason }
    .hint = Nothing was written. Look at the disk and the log.
in-doubt = The disk failed while this was being written: { $reason }
    .hint = Look whether it is there once the disk is well again, before writing it anew.
disk-full = No room left on the disk for { $path }
    .hint = Nothing that was saved is lost; make room and try again.
store-failed = What is stored cannot be read: { $reason }
    .hint = Run `fangwei verify` and `fangwei rebuild`.
disk-failed = { $path } cannot be used: { $reason }
no-network = This node runs without a network
    .hint = Start it with `fangwei run` to synchronise.
no-upstream = There is no node above to synchronise with

# What a verification finds
fault-journal = The journal cannot be read from here on: { $reason }
fault-unreadable = The entry cannot be read: { $reason }
fault-author = Its author's certificate is not proved by what comes before it
fault-signature = Its signature does not hold
fault-body = Its body is not the one it names
fault-not-allowed = Its author may not sign there: { $reason }
fault-place = It does not follow what comes before it in its feed or its document
fault-receipt = A receipt is not signed by the node it names
fault-index = The index says something else than the journal

# Roles
role-reporter = reporter
role-invited_reporter = invited reporter
role-post_holder = post holder
role-analyst = analyst
role-discipline_lead = discipline lead
role-secretary = secretary
role-party_committee = party committee
role-auditor = auditor
role-administrator = administrator
role-node = node
role-root = root key
role-unknown = unknown role

# Where a key is kept
custody-node = on the node
custody-device = on an own device
custody-token = in a hardware token
custody-unknown = unknown

# Why a certificate is revoked
reason-superseded = superseded by another key
reason-lost = key lost
reason-stolen = key stolen
reason-left_office = left office
reason-mistaken = issued by mistake
reason-retired = node retired
reason-unknown = unknown reason

# Fields of reports and risk points, and of what is asked for
field-title = title
field-category = category
field-source = source
field-concerned_unit = unit concerned
field-concerned_post = post concerned
field-account = account
field-happened_s = time of the event
field-place = place
field-amount_fen = amount (fen)
field-urgency = urgency
field-post = post
field-kind = kind
field-description = description
field-measures = measures
field-level = level
field-responsible_post = responsible post
field-name = name
field-ground = ground
field-facts = facts
field-paper = paper
field-text = answer
field-reason = reason
field-basis = basis
field-words = words

# Changes, one line each
change-set = { $field }: { $value }
change-clear = { $field }: cleared
change-insert = { $field }: “{ $insert }” after character { $at }
change-delete = { $field }: { $delete } characters taken out after character { $at }
change-replace = { $field }: { $delete } characters after character { $at } become “{ $insert }”
change-add = { $field }: “{ $value }” added
change-remove = { $field }: item { $at } taken out
change-join = parallel changes joined
word-yes = yes
word-no = no
