# What the command line says to people. The keys are those of zh-CN.ftl; a test compares them.

error = error: { $what }
hint = hint: { $what }
row = {"  "}line { $line }: { $what }

# the command line
args-missing = missing: { $named }
args-unknown = there is no argument { $named }
args-no-verb = there is no command { $named }
args-no-value = { $named } takes a value
args-value = { $named } cannot be '{ $value }'
args-conflict = { $named } and { $other } cannot be given together
args-other = this cannot be read: { $detail }
args-suggest = did you mean { $suggestion }
args-valid = it may be: { $values }
args-help = --help shows how to ask

# input
stdin-twice = standard input serves once, `-` is given twice
stdin-twice-hint = use a file for one of them
input-long = { $path } is longer than { $mib } MiB
not-utf8 = { $path } is not UTF-8 on line { $line }
not-utf8-hint = save it as UTF-8 (files in GBK or GB18030 cannot be imported)
passphrase-empty = there is no passphrase in { $path }
file-absent = there is no file { $path }
file-denied = not allowed to read { $path }
unreadable = cannot read { $path }: { $cause }
no-passphrase = signing needs a passphrase
no-passphrase-hint = give a file with --passphrase-file; `-` reads standard input
prompt-passphrase = passphrase of { $officer }: 
output = cannot write standard output: { $cause }
file-exists = { $path } is there already
file-exists-hint = it is not overwritten; choose another name or move it away
bad-state = { $path } is not a state file of `audit check`: { $cause }
bad-state-hint = take it away, and everything is verified anew
bad-id = '{ $id }' is not an id
bad-id-hint = ids are made of 0-9 and a-f; the beginning is enough; `list` shows them
bad-unit = '{ $unit }' is not a unit
bad-unit-hint = give a path (as 370126.105.201) or a twelve-digit division code of this county
bad-number = there is no item { $number }
bad-amount = '{ $amount }' is not an amount
bad-time = '{ $time }' is not a date or a time
bad-time-hint = write 2026-11-03 or 2026-11-03T09:30
bad-root = '{ $root }' cannot be the root
bad-root-hint = a county is its six-digit division code, as 370126
bad-name = '{ $name }' cannot be a name

# configuration
bad-config = configuration { $path } is wrong on line { $line }: { $named }: { $cause }
no-address = cannot find the address of the node above, { $address }: { $cause }
no-address-hint = check upstream in the configuration, or write an IP address there
bad-config-hint = deploy/fangwei.toml shows every key

# the node
no-node = there is no node in { $path } yet
no-node-hint = `fangwei init` founds a county, `fangwei join` adds any other unit; --data names the data folder
node-exists = there is a node in { $path } already
node-exists-hint = it is left as it is; choose another data folder
key-exposed = { $path } has mode { $mode }: others can read it
key-exposed-hint = chmod 600 { $path }
disk = cannot use { $path }: { $cause }
disk-full = no room left on the disk for { $path }
disk-full-hint = nothing that was saved is lost; make room and try again
damaged = { $path } is damaged: { $cause }
bad-genesis = genesis is wrong: { $cause }
store-locked = { $path } is in use by another process
store-locked-hint = the node may be starting, or its socket is elsewhere: name it with --socket or --config
store-failed = the store failed: { $cause }
net-failed = the network failed: { $cause }
net-failed-hint = is the listening address in use already?
socket-denied = not allowed to use { $path }
socket-denied-hint = run as the node's user, or join its group
socket-taken = the node is running already: { $path }
socket-taken-hint = one data folder has one running node
no-answer = node did not answer: { $cause }
no-answer-hint = `fangwei status` shows whether it still runs
odd-answer = node's answer cannot be read: { $cause }
not-written = nothing was written: { $cause }

# signing
no-signer = no officer's key is on this node
no-signer-hint = an administrator adds one with `officer add`, `officer import` brings it here
who-signs = several officers have their keys here: say who signs
who-signs-hint = name one with --as: { $names }

# joining
bad-token = this is not a join token, or not all of it
bad-token-hint = a join token begins with FW1- and is given whole
token-expired = join token ended at { $ended }, it is { $now } by this machine's clock
token-expired-hint = check this machine's clock, or ask for a new token
no-parent = cannot reach the parent at { $address }: { $cause }
no-parent-hint = the parent must run and its UDP port be open; the token still serves, so just try again
parent-inert = the parent's genesis is not in force: too few root keys have signed it
parent-inert-hint = the tree must be founded first: `fangwei root show` at its root
parent-late = parent did not give the certificate within { $seconds } s: { $cause }
joining = connecting to the parent at { $address }, for { $unit }
joined =
    joined: { $unit }
    tree: { $tree }
    genesis: { $genesis }
joined-hint = compare the genesis with the parent's; `fangwei run` starts the node
access-created = Access token made: { $label }, valid until { $ends }
access-hint = The token is a secret and shown this once; take it back with fangwei access end
access-ended = The token was taken back
access-none = There is no access token
token-created = join token for { $unit }, valid until { $ends }, serves once
token-hint = a token is a secret: hand it over in person

# founding
init-done =
    founded: { $name } ({ $root })
    genesis: { $genesis }
    root key: { $root_key }
init-officers = first officers: { $administrator } (administrator), { $secretary } (secretary)
init-hint-root = move the root key's file to a medium kept offline by two people; it belongs on no node
init-hint-genesis = write the genesis fingerprint on paper: whoever has it can check the whole store
init-hint-next = next: `fangwei unit import` for the units, `fangwei run` for the node
no-founder-passphrase = the first officers need passphrases
no-founder-passphrase-hint = use --passphrase-file, or --administrator-passphrase-file and --secretary-passphrase-file
weak-passphrase = passphrase is too short: at least { $min } characters
root-key-inside = the root key cannot stay in the data folder
root-key-inside-hint = write it elsewhere with --root-key-out, best to a removable medium

# running
pages-half-a-key = The pages’ certificate and key belong together
bad-pages-key = The pages’ certificate cannot be used: { $cause }
pages-key-hint = Look at pages_certificate and pages_key in the configuration: PEM files of one key.
run-pages = pages: { $url }
run-no-pages = no pages: { $reason }
run-listening = { $unit } is running
run-place =
    listens on: { $listen }
    socket: { $socket }
    node key: { $key }
run-upstream = above: { $upstream }
run-no-upstream = above: nobody
run-stopping = stopping
run-stopped = stopped
bad-log = these are not logging rules: { $cause }
progress-replay = reading the journal { $percent }% ({ $done }/{ $total } bytes)
progress-verify = verifying { $percent }% ({ $done }/{ $total } entries)

# units
csv-empty = there is no unit in { $path }
csv-unreadable = cannot read line { $line } of { $path }: { $cause }
csv-columns = columns of { $path } are wrong: { $found }
csv-columns-hint = the first line is code,name,level
csv-bad-rows = { $count } rows of { $path } are wrong, none was imported
csv-cells = has { $found } columns, { $wanted } are wanted
csv-more-hint = { $more } more rows are wrong
units-would = can be imported: { $added } new, { $renamed } renamed, { $unchanged } unchanged (nothing written)
units-imported = imported: { $added } new, { $renamed } renamed, { $unchanged } unchanged ({ $entries } entries)
units-none = there are no units yet
units-none-hint = `fangwei unit import` brings them, or the node above
level-province = province
level-prefecture = prefecture
level-county = county
level-town = township
level-village = village
level-department = department

# officers
pages-authority = The authority was founded: certificate { $certificate }, key { $key }
pages-authority-hint = Keep the key offline; install { $path } on office computers as a trusted root
pages-certificate = A certificate for pages was issued: { $certificate }, key { $key }
pages-certificate-hint = Name both in that node's configuration as pages_certificate and pages_key, and its names in pages_hosts
pages-name = “{ $name }” is neither an address, a range, nor a name
pages-name-hint = For example 10.1.2.3, 59.192.0.0/10, fangwei.internal
pages-out-of-reach = This authority cannot issue for { $host }: { $cause }
pages-reach-hint = Found the authority with --within for that range or name; its certificate and key belong together
pages-unfit = Nothing was issued: { $cause }
officer-added = added: { $name }, { $roles }, { $unit }
officer-carry-hint = carry { $path } to the unit's node and bring it in with `fangwei officer import`
officer-endorse-hint = a secretary must endorse it first ({ $who }): fangwei endorse { $id }
officer-imported = key is on this node now: { $name }
officer-second-factor-reset = The second factor of { $name } was taken away; it is set up again at the next sign-in
officer-founder = genesis
officer-several = more than one officer is '{ $given }'
officer-unknown = there is no officer '{ $given }'
officer-list-hint = `fangwei officer list` shows the ids
officer-awaits = awaits endorsement
officer-incomplete = certificate is not complete
officer-key-here = valid, key here
officer-valid = valid
officer-endorser-unknown = no secretary who may do it is known here
officer-may-issue = { $roles } ({ $levels } levels below)
officer-charter-up = kept at home and above
officer-charter-down = kept at home, above and below
officer-key-is-here = on this node
officer-key-elsewhere = not on this node
officers-none = no officer's certificate is here
officers-none-pending = no certificate awaits endorsement

# nodes
node-token = join token
node-this = this node
node-connected = connected now
node-several = more than one node is '{ $given }'
node-unknown = there is no node '{ $given }'
node-list-hint = `fangwei node list --tokens` shows the ids

# requests and grants
request-made = request: { $path }
request-key = sealed key: { $path }
request-hint = carry the request to an administrator and read out its public key there: { $key }; the key stays here
request-pending = { $path } is there already: this folder waits for its grant
request-pending-hint = bring that request to an administrator, or remove it and its key to begin again
request-absent = nothing was requested in { $path }
request-absent-hint = `fangwei node request --data DIR` comes first, on this very machine
granted = certified: { $name }, grant in { $path }
granted-again = was certified before: { $name }, the same grant in { $path }
grant-hint = compare the public key by voice or on paper before the grant is carried back
grant-not-a-node = this is an officer's request
grant-not-an-officer = this is a node's request
grant-other-verb-hint = `officer grant` is for officers, `node grant` for nodes
accept-key-hint = { $path } is not needed any more: delete it
accept-awaits-hint = a secretary must endorse the certificate before it signs
accept-out-hint = while the certificate has not reached this node, keep the key in a file with --out
file-refused = { $path } is refused: { $cause }
file-twice = { $path } is given twice
passphrase-wrong = passphrase of { $path } is wrong
passphrases-differ = the two passphrases differ
prompt-confirm = Go on? [y/N]
not-confirmed = nothing was done: it was not confirmed
not-confirmed-hint = --yes confirms what was said above
bad-fingerprint = '{ $given }' is not a genesis fingerprint
bad-fingerprint-hint = it has 64 digits; `fangwei status` shows it where a node is
bad-holder = '{ $given }' is not a holder
bad-holder-hint = it has 32 digits; `officer show` shows it
bad-unit-path-hint = give a path, as 370126.105.201
node-no-upward-hint = no node above is known: write it to the configuration before `fangwei run`
head-days = DAYS

# revoking and ratifying
revoke-would = to be revoked: { $name }, { $roles }, { $unit } ({ $id })
revoke-strikes = { $struck } entries kept here will be struck, { $stands } stand; entries that come later are struck too
revoke-falls = { $count } certificates issued with it fall with it: { $names }
revoked = revoked: { $name }
revoked-hint = what is struck is listed and ratified with: fangwei stand { $id }
bad-stretch = '{ $given }' is not a stretch
bad-stretch-hint = write all, none or FIRST..LAST with the ids of two entries
stand-would = to be ratified of { $name }:
stood = ratified in { $count } entries
struck-mark = { $text } [{ $count } struck]
struck-none = nothing of { $name } is struck here
struck-count = { $count } entries of { $name } are struck
struck-hint = --all, --until ENTRY or --stretch FIRST..LAST ratifies: fangwei stand { $id } …
rotated = another key for { $name }: { $id }
rotated-hint = once the new certificate is complete, revoke the old one: fangwei officer revoke { $id } --reason superseded
officer-revoked = revoked
officer-fallen = fallen
shelf-charter = charter
shelf-case = cases
shelf-library = library
shelf-unknown = unknown
head-shelf = SHELF
head-stands = STANDS
head-struck = STRUCK
head-first = FIRST
head-last = LAST
head-revoked = REVOKED
head-why = WHY

# taking words out
head-entry = ENTRY
head-says = SAYS NOW
head-remains = WOULD REMAIN
head-redacted-by = ASKED FOR BY
head-basis = BASIS
redact-for-good = once a second person has endorsed it, the words are taken away on every node and every disk, for good
redact-asked = redaction { $id } is written; it does not count yet
redact-asked-hint = it counts once a second person endorses it: fangwei endorse { $id }
redact-also-hint = other entries of this document say these words too, each needs its own redaction: { $ids }
redact-several = several redactions begin with '{ $given }'
redact-several-hint = fangwei redact --pending lists them
redacted = the words are taken out of entry { $id }; the other nodes follow as they synchronise
redactions-none = no redaction waits for an endorsement

# the root
root-new = root key, sealed: { $path }
root-new-carry-hint = bring { $path } to whoever founds the tree; the key itself stays with its holder
root-new-hint = each holder makes one with `fangwei root new`
root-signed = signed: { $have } of { $need } ({ $path })
root-next-hint = bring { $path } to the next holder of a root key
root-back-hint = bring { $path } back to the node: fangwei root submit { $path }
root-count = { $have } of { $need }
root-submitted = { $deed } { $id }: { $have } of { $need } have said it
root-certified-hint = once it counts, `fangwei officer grant` (or `node grant`) on the same request writes the grant
root-signed-already = the key in { $path } has signed already
root-not-asked = the key in { $path } is not asked to sign this: { $key }
root-not-asked-hint = new keys sign after one of the old ones; another key may be meant
root-keys-count = { $wanted } root keys are wanted, { $given } are given
bad-k-of-n = '{ $given }' says not how many of how many must agree
bad-k-of-n-hint = write 1-of-1 for a demonstration, 2-of-3 for a county; nine keys at most
genesis-signed = the genesis is signed by { $have } of { $need }
genesis-other = { $path } is another tree's genesis: { $found }
genesis-other-hint = --data names the folder of the tree that was signed
genesis-in-force-hint = the tree is in force: `fangwei run` starts its node
genesis-inert-hint = bring { $path } to the next holder: fangwei root sign genesis.cbor --key-file FILE; then here: fangwei root submit
node-inert = the node in { $path } is inert: its genesis is signed by { $have } of { $need } root keys
node-inert-hint = these have not signed: { $missing }; see `fangwei root show`
sheet-made = sheet: { $path }
sheet-hint = each holder signs with: fangwei root sign { $path } --key-file FILE; then here: fangwei root submit { $path }
head-root = ROOT
head-root-keys = ROOT KEYS
head-witnesses = WITNESSES
witness-outside = outside the county's administration
witnesses-inside-hint = none of them stands outside the county's administration; name one with NAME:KEY:outside
bad-member = '{ $given }' names no witness
bad-member-hint = write NAME:KEY or NAME:KEY:outside; `fangwei node show UNIT` shows a node's public key
head-pending = PENDING
head-founders = FOUNDERS
head-signatures = SIGNATURES

# written
saved = saved here: { $what } { $id }
thing-report = report
thing-risk = risk point
thing-edit = edit
thing-case = case
thing-approval = approval
thing-paper = paper
thing-answer = answer
thing-lifting = lifting
thing-endorsement = endorsement
nothing-to-edit = there is nothing to edit
nothing-to-edit-hint = say what changes with --level, --description, --add-measure …
saved-here = saved here
head-lists = Lists
lists-being-made = still being made since the start; until then what units are called is not known
lists-behind = { $entries } entries behind what is saved; they follow once there is room on the disk
head-writing = Writing
writing-halted = stopped, what was saved before can be read: { $why }
head-rejudging = Judged again
rejudging-left = { $documents } documents left; until then lists may show them as they were
held-above = held above
held-top = nobody is above this node
held-count = { $confirmed } / { $entries } entries, { $waiting } wait

# lists
list-part = the newest { $shown } of { $total }
list-part-at-least = the newest { $shown } of more than { $total }
list-next-hint = the next page: --after { $next }
reports-none = there are no reports
risks-none = there are no risk points
risks-alternatives-hint = where * stands, several people set different values at once: see `risk show`, choose with `risk edit`
cases-none = there are no cases
also-set = also set: { $value }
yuan = { $amount } yuan
yes = yes
no = no
case-outer-only = (proposal and decision are in the deciding unit's inner file, which this node does not keep)
entry-saved = saved
entry-witnessed = witnessed
entry-between = (written between { $from } and { $to })
entry-not-before = (not before { $from })
entry-not-after = (not after { $to })
entry-too-early = ✗ the claimed time is before the checkpoint from above that it names: a wrong clock, or back-dating
entry-too-late = ✗ the claimed time is after others already held it: a wrong clock, or post-dating
entry-void = void: { $why }
entry-struck = struck out: { $why }
entry-mark = note: { $why }
entry-redacted = words taken out by { $who } at { $time }: { $basis }
level-red = one (red)
level-yellow = two (yellow)
level-blue = three (blue)
head-id = ID
head-name = NAME
head-code = CODE
head-level = LEVEL
head-unit = UNIT
head-roles = ROLES
head-ends = ENDS
head-state = STATE
head-label = LABEL
head-scopes = SCOPES
head-used = LAST USED
head-valid = VALID
head-certificate = CERTIFICATE
head-holder = HOLDER
head-issuer = ISSUER
head-rank = RANK
head-since = SINCE
head-endorsed = ENDORSED BY
head-endorser = MAY BE ENDORSED BY
head-may-issue = MAY ISSUE
head-custody = CUSTODY
head-key-is = KEY
head-charter = CHARTER
head-public-key = PUBLIC KEY
head-changed = CHANGED
head-category = CATEGORY
head-title = TITLE
head-held = HELD
head-post = POST
head-description = DESCRIPTION
head-subject = SUBJECT
head-stage = STAGE
head-ground = GROUND
head-decides = DECIDES
head-reports = REPORTS
head-proposal = PROPOSAL
head-approval = APPROVAL
head-paper = PAPER
head-answer = ANSWER
head-lifting = LIFTING
head-way = WAY
head-rules = RULES
head-number = NUMBER
head-deadlines = DEADLINES
thing-case-entry = case entry
case-verb = This is done after a look at the case
deadline-not-begun = not begun
deadline-provisional = { $day } (provisional)
deadline-in-time = met in time
deadline-signed-in-time = signed in time, received late: a person decides
deadline-late = met late
deadline-overdue = overdue
deadline-open = open
case-crossed = To be settled: entry { $entry } crossed another one and contradicts it
case-breach = To be settled: entry { $entry } contradicts the inner file: { $why }
head-history = HISTORY
head-tree = TREE
head-genesis = GENESIS
head-key = NODE KEY
head-listen = LISTENS ON
head-upstream = ABOVE
head-entries = ENTRIES
head-certificates = CERTIFICATES
head-receipts = RECEIPTS
head-documents = DOCUMENTS
head-feeds = FEEDS
head-void = VOID
head-digest = DIGEST
head-withheld = NOT SHOWN
head-took = TOOK
head-as-of = AS OF
head-peer = PEER
head-given = GIVEN
head-taken = TAKEN
head-waiting = WAITING

# the rules explained
head-act = ACT
head-at-home = AT THE HOME ITSELF
head-home-or-above = AT THE HOME OR ABOVE
act-edit-report = write reports
act-edit-risk = write risk points
act-endorse-certificate = endorse certificates and their revocations
act-endorse-stand = endorse a ratification by the root
act-endorse-redaction = endorse a redaction
act-endorse-root = endorse a replacement of the root
act-endorse-witnesses = endorse a policy of witnesses
act-revoke = revoke a certificate
act-stand = ratify what was struck
act-redact = redact an entry
act-replace-root = replace the root keys
act-witnesses = name the witnesses
act-publish-calendar = publish a year of the calendar
act-name-holder = name persons
act-publish-pack = publish a policy pack
act-name-units = name units
act-deliberate = act in the inner file of a case
act-warn = act in the outer file of a case for the unit that warns
act-answer = receive, answer and object for the subject
act-report = file, supplement and withdraw reports
act-handle-report = take up, pass on and answer reports
act-triage = triage reports
act-number-papers = allot and strike serial numbers
act-manage-posts = say which posts the unit manages
act-share = share reports and cases with departments
act-respond = respond for the department
explain-certify-hint = what a certificate may issue further it says itself (`officer show`)
explain-at-root = { $role } of the root
explain-home-hint = the home is the unit an entry belongs to; who stands below it may never write there

# synchronising, verifying, rebuilding
node-running = running
node-not-running = not running
sync-not-running = the node is not running, so it cannot synchronise
sync-not-running-hint = start it with `fangwei run`
sync-settled = a node above has everything that is here
sync-unsettled = not everything was confirmed within { $seconds } s; the node goes on by itself
above-unreached = cannot reach the node above: { $cause }
log-differs = warning: this node's log does not read as it was written; the node signs no confirmation any more
log-differs-hint = stop the node, find the entries that are wrong with fangwei audit check, check the disk, then restore a backup; what it lacks comes back from above
log-contradiction = warning: node { $node } of { $unit } signed two checkpoints that cannot both be true ({ $held } entries, { $held_time }; { $came } entries, { $came_time }): its log was changed, or the machine was cloned, or it came back from a backup and does not know yet what it lost
log-explained = node { $node } of { $unit } signed two checkpoints that cannot both be true ({ $held } entries, { $held_time }; { $came } entries, { $came_time }), and its log says so by now: it was restored from a backup in between. Ask its unit when that was and what was lost
log-contradiction-hint = this is evidence, not a finding: first ask whether that machine was copied from an image or restored from a backup, then compare both stores with fangwei audit compare
log-restored = this node's log was restored: it is the log after restoration { $epoch } and goes on after { $after } entries signed before; earlier receipts still bind
above-late = warning: { $unit } has not confirmed { $entries } entries for more than { $days } days; the oldest claims to be of { $oldest }
above-late-hint = a link may be down, or a unit between does not pass them on; ask that unit, and add its address to [[upstream]] in the configuration: the node then reports to it directly
above-none = no node above is connected now
peer-above = above
peer-below = below
peer-comparing = comparing
peer-giving = giving
peer-live = live
feeds-count = { $feeds } ({ $branched } branched)
feeds-status = { $feeds } ({ $branched } branched, { $forks } forks)
verify-sound = verified from the genesis on: every entry signed, certified, and in its place
verify-unsound = not sound: { $count } faults
verify-unsound-hint = do not go on with this store; restore it from above or from a backup, and tell the administrator
head-claimed = CLAIMED
head-not-before = NOT BEFORE
head-not-after = NOT AFTER
head-author = AUTHOR
head-deed = WHAT
timeline-held = { $unit }
timeline-witnessed = { $unit } (witnessed)
timeline-contradiction-hint = ✗ the claimed time contradicts what others vouch for: a wrong clock, or back-dating
not-compared = cannot compare: { $cause }
not-compared-hint = name two data folders of nodes of one tree, or bundles of it
compare-lacks = { $lacks } lacks { $entries } entries that { $has } has; of { $bound } it said itself that it holds them
compare-bound = ✗ { $lacks } confirmed { $id } and does not have it
compare-same = both have the same of what they share
compare-differ = they do not have the same
compare-differ-hint = a link that was down explains what is missing; a receipt for what is not there does not
audit-struck-confirmed = struck, though confirmed above, and nobody stands for it: { $id }
audit-struck-confirmed-hint = a secretary or the root may stand for what was said honestly before the key was lost: `fangwei stand`
audit-entries = { $entries } ({ $now } verified now, { $known } by the state file)
audit-branch = branch at { $home } by { $author }: { $id }
audit-fork = fork at { $home } by { $author }: { $id } contradicts { $other }
audit-partings-hint = branches and forks are kept and judged by people: a restored or copied machine makes them too
journal-scrubbed = journal read again: { $entries } entries in { $seconds } s; damaged: { $damaged } entries, { $undone } single bits turned back, { $others } other places
records-damaged = ✗ { $entries } entries here are damaged and shown to nobody, known since { $since }
records-damaged-hint = they are asked for again from every node that is reached; what stays damaged nobody else has. Look at the disk
records-aside = ✗ { $entries } entries were read in a damaged journal and wait for what comes before them
records-aside-hint = they are taken in as soon as it comes; the old journal is kept beside the new one
rebuilt = index derived again: { $entries } entries in { $seconds } s

# evidence
attachment-here = Attachment { $number }: { $name } ({ $kib } KiB, here)
attachment-coming = Attachment { $number }: { $name } ({ $kib } KiB, { $percent }% here; the rest is fetched when the link is up)
attachment-saved = Written to { $path } ({ $bytes } bytes)
evidence-exported = { $entries } entries, { $bytes } bytes: { $path }
evidence-exported-hint = whoever gets it checks it with `fangwei verify { "<" }file{ ">" } --genesis { "<" }fingerprint{ ">" }`; tell them the fingerprint (above) another way
evidence-explained = { $entries } entries taken apart: { $path } (README.txt says how to check them)
bad-bundle = { $path } is no whole bundle of this tree: { $cause }
bad-bundle-hint = ask for it to be exported and carried again
bundle-unsound-hint = it proves nothing; ask whoever exported it to verify the store it came from
explain-readme =
    Each entry N of entries.tsv stands here in parts:

    N.tbs   the bytes that were signed
    N.sig   the signature, Ed25519
    N.body  what was said, where it is shown (CBOR); N.tbs holds its SHA-256
    keys/   the author's public key, under the id of the certificate

    With OpenSSL 3, for entry N and the key that entries.tsv names:

    openssl pkeyutl -verify -rawin -pubin -inkey keys/KEY.pem -in N.tbs -sigfile N.sig
    openssl dgst -sha256 N.tbs    # the entry's id
    openssl dgst -sha256 N.body   # is found in N.tbs

    All are of the tree { $genesis },
    which stands in each N.tbs behind the words "fangwei entry 1".
    Whose a key is, and whether it was allowed to say this, `fangwei verify` checks.

# The demo county's words: what happens, the table, the outcome.
demo-founding = Founding { $name }: { $units } units, a real node each (its own key, journal, store and port)…
demo-joined = joined { $done }/{ $total }
demo-officers = Certifying officers, endorsed by the county's secretary…
demo-ready = The whole county agrees: every node holds the same as the one above it.
demo-risk = The reporter of { $village } enters a risk point: "{ $text }"
demo-cut = —— Links cut: every unit works offline ——
demo-reports = { $villages } villages file { $reports } reports offline
demo-edits = { $village } and { $town } edit the same text of the same risk point offline
demo-proposed = { $town } proposes a warning about { $village } offline (level three, blue)
demo-refused = The proposer tries to approve it: refused ({ $reason })
demo-approved = The discipline lead of { $town } approves it and issues the paper
demo-online = —— Links restored ——
demo-answered = { $village } has received the paper and answers it
demo-lifted = { $town } accepts the answer and lifts the warning
demo-merged = The merged text, the same on { $nodes } nodes: "{ $text }"
demo-verified = Verified: { $nodes } nodes, { $entries } entries, every signature from the genesis on; all hold
demo-summary = { $entries } entries in the county; { $wire } on the wire ({ $app } of application data); { $seconds } s; peak memory { $memory }
demo-pages = Pages: open these in a browser, choose a name; every passphrase is “{ $passphrase }”.
demo-page =   { $unit }: { $url } ({ $names })
demo-hold = The nodes keep running; Ctrl-C ends them.
demo-failed = The demo failed: { $reason }
demo-not-converged = No agreement within { $seconds } s: { $units }
demo-unit = unit
demo-nodes = nodes
demo-held = held
demo-behind = behind
demo-confirmed = confirmed above
demo-state = state
demo-same = same
demo-lagging = synchronising
demo-offline = offline
demo-as-of = as of { $time }
demo-bad-row = line { $line }: code { $code } is invalid, doubled or lacks its parent
demo-bad-row-hint = Parents come before their children, the root first.

# policy packs
pack-text = { $path } is not a policy pack: line { $line }: { $cause }
pack-not-one = { $path } is not a policy pack: { $cause }
pack-line = { $place }: { $what }
pack-change = { $before } → { $after }
pack-nothing = (nothing)
pack-same = they say the same
pack-clean = nothing to find fault with
pack-found = findings: { $count }
pack-unsound = the pack has faults, and nothing was published: { $count }
pack-unsound-hint = `fangwei pack check` names each
pack-would = can be published: { $id } version { $version } for { $unit } from { $day } on, hash { $hash } (nothing written)
pack-published = published: { $id } version { $version } for { $unit } from { $day } on, hash { $hash }
pack-rule-bad_id = “{ $value }” is not an id
pack-rule-twice = “{ $value }” stands there twice
pack-rule-no_such_day = “{ $value }” is not a day
pack-rule-no_version = versions are counted from 1
pack-rule-no_chinese = the Chinese words are missing
pack-rule-no_english = the English words are missing
pack-rule-no_such_path = there is nothing at “{ $value }”
pack-rule-unknown_role = no certificate gives role { $value }
pack-rule-not_casework = role “{ $value }” may not decide over others
pack-rule-no_such_body = there is no body “{ $value }”
pack-rule-no_such_form = there is no form “{ $value }”
pack-rule-no_such_family = there is no family “{ $value }”
pack-rule-no_such_series = there is no series “{ $value }”
pack-rule-no_such_ground = there is no ground “{ $value }”
pack-rule-no_such_level = there is no level { $value }
pack-rule-no_such_threshold = there is no threshold “{ $value }”
pack-rule-no_such_kind = there is no kind of risk “{ $value }”
pack-rule-gap = { $wanted } should stand there, not { $found }
pack-rule-empty = nothing stands there
pack-rule-ground_without_way = no way of giving the warning is for this ground
pack-rule-given_by_nothing = neither by paper nor in an interview
pack-rule-counts_from_nothing = a deadline counts from the receipt of a paper that need not be
pack-rule-interview_without_notice = an interview is called in writing, but has no notice form
pack-rule-notice_without_interview = a notice form, but no interview
pack-rule-lifted_on_nothing = lifted on an answer that nobody owes
pack-rule-visit_unused = the visit and what the warning is lifted on do not agree
pack-rule-visit_without_form = a visit without its form
pack-rule-not_escalated_to = no lower level escalates to this one
pack-rule-not_upwards = escalates to a level that is not higher
pack-rule-objection_without_body = an objection without a body it goes to
pack-rule-nobody_answers = nobody may answer an objection
pack-rule-too_few_interviewers = fewer than two interviewers
pack-rule-reminder_at_no_time = a reminder at no time: days before or after, none on the day
pack-rule-zero = zero counts nothing
pack-rule-unknown_placeholder = there is no field “{ $value }”
pack-rule-broken_braces = a brace stands alone
pack-rule-placeholders_differ = the languages do not name the same fields
pack-rule-field_not_shown = a field that the form does not show
pack-rule-standard_field = every form has this field already
pack-rule-pattern_lacks = numbers do not show the { $value }
pack-rule-points = points sum to { $found }, not to { $wanted }
pack-rule-not_falling = bounds must fall, down to the lowest
pack-rule-count = { $found } stand there, { $wanted } are needed
pack-rule-range = { $found } is not from { $least } to { $most }

# the working-day calendar
head-year = YEAR
head-version = VERSION
head-applies = FROM
head-days-off = HOLIDAYS
head-make-up = MADE UP
head-day = DAY
head-weekday = WEEKDAY
head-day-is = IS
head-festival = FESTIVAL
weekday-1 = Mon
weekday-2 = Tue
weekday-3 = Wed
weekday-4 = Thu
weekday-5 = Fri
weekday-6 = Sat
weekday-7 = Sun
day-holiday = holiday
day-make-up = made up
day-weekend = weekend
day-weekday = worked
term-working-days = { $count ->
    [one] { $count } working day
   *[other] { $count } working days
}
term-weeks = { $count ->
    [one] { $count } week
   *[other] { $count } weeks
}
term-months = { $count ->
    [one] { $count } month
   *[other] { $count } months
}
due-on = { $term } from { $from }, that day not counted: until the end of { $day }
due-moved = { $day } itself is off: it ends on the first working day after
due-provisional = provisional: a year it rests on is not published yet, and another day may come out
calendar-built-in = built in
calendar-text = { $path } is not a year of the calendar: line { $line }: { $cause }
calendar-clean = nothing to find fault with
calendar-found = faults: { $count }
calendar-unsound = the year has faults, and nothing was published: { $count }
calendar-unsound-hint = `fangwei calendar check` names each
calendar-would = can be published: { $year } version { $version } from { $day } on, { $holidays } days off, { $make_up } made up (nothing written)
calendar-published = published: { $year } version { $version } from { $day } on, { $holidays } days off, { $make_up } made up
calendar-fault-no_year = { $year } is not a year from 1970 to 9999
calendar-fault-too_many = { $days } days of one sort, at most { $most } are allowed
calendar-fault-no_holiday = there is no holiday
calendar-fault-applies_elsewhere = { $day } it would apply from is not in the year
calendar-fault-other_year = { $day } is not in the year
calendar-fault-both = { $day } is off and worked
calendar-fault-twice = { $day } stands there twice
calendar-fault-make_up_on_weekday = { $day } is neither a Saturday nor a Sunday and worked anyway
calendar-fault-no_name = { $day } has no festival
calendar-fault-no_version = published versions are counted from 1

duty-todo = TO DO (as of { $day })
duty-read = TO READ
duty-none = Nothing to do
duty-overdue = { $day } overdue
head-due = DUE
head-task = TASK
head-about = ABOUT
head-by = BY
thing-report-entry = entry of the report
thing-triage = triage
thing-strike = cancellation
thing-post = managed post
report-verb = this step is filled in otherwise
report-filed = filed: { $number }, taken up by { $to }
report-receipt = receipt code: { $code } (shown this once: hand it to whoever reported, who reads the reply with it)
report-head = the unit's head or one of its leading group
papers-none = there are no numbers
thing-sharing = sharing
thing-response = response
sharings-none = nothing is shared
head-department = department
head-told = digest
head-copied = copied
head-asked = asked
head-respond-by = respond by
head-response = response
head-closed = closed
head-waits = waits
head-kind-of = kind
head-matter = matter
sharing-report = report
sharing-case = case
sharing-beside = shared with { $department } ({ $id })
report-nothing-to-edit-hint = say what to change by --title, --account, --amount and so on
head-filed = filed on
to-subject = who owes it
to-decider = who decided
to-handling-body = handling body
outbox-none = there are no reminders
head-to = to
head-made = made
head-read = read
duty-is-new = new
duty-is-read = read
duty-marked = marked as read: { $count }
posts-none = there are no posts managed from above
paper-struck = struck
paper-issued = borne
paper-open = allotted, not borne
head-document = DOCUMENT
head-lies-with = LIES WITH
head-acceptance = TAKE UP BY
head-outcome = OUTCOME
head-source = SOURCE
head-origin = FROM
head-concerned = CONCERNS
head-account = ACCOUNT
head-happened = HAPPENED
head-place = PLACE
head-amount = AMOUNT
head-urgent = URGENT
head-question = QUESTION
head-supplement = ADDED
head-reply = REPLY
head-triage = TRIAGE
head-managed-by = MANAGED BY
