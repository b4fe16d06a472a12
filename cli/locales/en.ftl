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
parent-late = parent did not give the certificate within { $seconds } s: { $cause }
joining = connecting to the parent at { $address }, for { $unit }
joined =
    joined: { $unit }
    tree: { $tree }
    genesis: { $genesis }
joined-hint = compare the genesis with the parent's; `fangwei run` starts the node
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
officer-added = added: { $name }, { $roles }, { $unit }
officer-carry-hint = carry { $path } to the unit's node and bring it in with `fangwei officer import`
officer-endorse-hint = a secretary must endorse it first: fangwei officer endorse { $id }
officer-imported = key is on this node now: { $name }
officer-founder = genesis
officer-several = more than one officer is '{ $given }'
officer-unknown = there is no officer '{ $given }'
officer-list-hint = `fangwei officer list` shows the ids
officer-awaits = awaits endorsement
officer-incomplete = certificate is not complete
officer-key-here = valid, key here
officer-valid = valid

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
held-above = held above
held-top = nobody is above this node
held-count = { $confirmed } / { $entries } entries, { $waiting } wait

# lists
list-part = the newest { $shown } of { $total }
reports-none = there are no reports
risks-none = there are no risk points
risks-alternatives-hint = where * stands, several people set different values at once: see `risk show`, choose with `risk edit`
cases-none = there are no cases
also-set = also set: { $value }
yuan = { $amount } yuan
yes = yes
no = no
case-outer-only = (proposal and decision are in the deciding unit's inner file, which this node does not keep)
entry-void = void: { $why }
entry-struck = struck out: { $why }
entry-mark = note: { $why }
stage-proposed = proposed
stage-approved = approved
stage-issued = issued
stage-answered = answered
stage-lifted = lifted
level-red = one (red)
level-yellow = two (yellow)
level-blue = three (blue)
deed-edit = edited
deed-propose = proposed
deed-approve = approved
deed-issue = issued
deed-answer = answered
deed-lift = lifted
deed-certify = certified
deed-endorse = endorsed
deed-name = named
deed-unknown = unknown
head-id = ID
head-name = NAME
head-code = CODE
head-level = LEVEL
head-unit = UNIT
head-roles = ROLES
head-ends = ENDS
head-state = STATE
head-valid = VALID
head-certificate = CERTIFICATE
head-holder = HOLDER
head-issuer = ISSUER
head-rank = RANK
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

# synchronising, verifying, rebuilding
node-running = running
node-not-running = not running
sync-not-running = the node is not running, so it cannot synchronise
sync-not-running-hint = start it with `fangwei run`
sync-settled = a node above has everything that is here
sync-unsettled = not everything was confirmed within { $seconds } s; the node goes on by itself
above-unreached = cannot reach the node above: { $cause }
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
head-struck = STRUCK
audit-entries = { $entries } ({ $now } verified now, { $known } by the state file)
audit-branch = branch at { $home } by { $author }: { $id }
audit-fork = fork at { $home } by { $author }: { $id } contradicts { $other }
audit-partings-hint = branches and forks are kept and judged by people: a restored or copied machine makes them too
rebuilt = index derived again: { $entries } entries in { $seconds } s

# evidence
evidence-exported = { $entries } entries, { $bytes } bytes: { $path }
evidence-exported-hint = whoever gets it checks it with `fangwei verify { "<" }file{ ">" } --genesis { "<" }fingerprint{ ">" }`; tell them the fingerprint (above) another way
evidence-explained = { $entries } entries taken apart: { $path } (README.txt says how to check them)
bad-fingerprint = '{ $text }' is not a fingerprint
bad-fingerprint-hint = it has 64 digits 0-9 and a-f; `fangwei status` shows it
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
