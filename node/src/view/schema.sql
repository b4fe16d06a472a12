-- The read model: what lists show, made from the journal. Any SQL tool may read it; no rule is decided from it; deleted, it
-- is made again. Times are seconds since 1970 UTC.

-- Which part of which log all the rest was made from.
CREATE TABLE position (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    -- Entries of the log looked at, from the first; the id of the last of them.
    seen INTEGER NOT NULL,
    last TEXT,
    -- What had been struck, stood for or redacted by then, as one digest; a greater generation, each time it changed.
    standing TEXT,
    generation INTEGER NOT NULL
);

-- What units and holders are called; of two names the one with the greatest (since_s, since_seq, since_entry) stands.
CREATE TABLE unit (
    path TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    since_s INTEGER NOT NULL,
    since_seq INTEGER NOT NULL,
    since_entry TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE holder (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    since_s INTEGER NOT NULL,
    since_seq INTEGER NOT NULL,
    since_entry TEXT NOT NULL
) WITHOUT ROWID;

-- One row for each document that is listed.
CREATE TABLE document (
    id INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    home TEXT NOT NULL,
    reach INTEGER NOT NULL,
    shelf INTEGER NOT NULL,
    doc TEXT NOT NULL,
    changed_s INTEGER NOT NULL,
    -- Whether a node above confirmed all of it; the last entry of each author, by which that is known.
    held_above INTEGER NOT NULL,
    ends TEXT NOT NULL,
    struck INTEGER NOT NULL,
    -- The generation it was made in: with another it may read otherwise by now.
    generation INTEGER NOT NULL,
    -- What it is about, as JSON; nothing if nothing in it has effect.
    gist TEXT,
    -- The line of a list it belongs to.
    line INTEGER,
    -- Its words, if others may share its line, which is found by the words of all of them; of others the index has them.
    words TEXT,
    -- Its id first: it is looked for by the beginning of that.
    UNIQUE (doc, kind, home, reach, shelf)
);
CREATE INDEX document_generation ON document (generation);
CREATE INDEX document_line ON document (line);
-- Those in which a field has several values: few, and asked for on every page of today.
CREATE INDEX document_crossed ON document (id) WHERE json_extract(gist, '$.alternatives') > 0;

-- One row for each line of a list: a report, a risk, or a case with its files.
CREATE TABLE line (
    -- 30 bits, because `words` is numbered by it.
    id INTEGER PRIMARY KEY CHECK (id < 1 << 30),
    list TEXT NOT NULL,
    -- The file it goes by, which is the document or of a case the inner file: its id, and behind that all else of its key.
    file TEXT NOT NULL,
    -- The unit it is about; '' while it says nothing yet.
    unit TEXT NOT NULL,
    changed_s INTEGER NOT NULL,
    title TEXT NOT NULL,
    stage TEXT,
    level INTEGER,
    category INTEGER,
    -- When it began: the year and its quarter, as 20264.
    quarter INTEGER,
    struck INTEGER NOT NULL,
    held_above INTEGER NOT NULL,
    UNIQUE (list, file)
);

-- How many lines there are under a unit, under each unit above that and under '' for all, by stage, level, category and
-- quarter; -1 where there is none.
CREATE TABLE tally (
    list TEXT NOT NULL,
    unit TEXT NOT NULL,
    stage TEXT NOT NULL,
    level INTEGER NOT NULL,
    category INTEGER NOT NULL,
    quarter INTEGER NOT NULL,
    lines INTEGER NOT NULL,
    PRIMARY KEY (list, unit, stage, level, category, quarter)
) WITHOUT ROWID;

-- What a line is found by: its words (the text is in the entries) and its marks, which nobody can type, such as
-- `@case.370126.105` for its list and a unit it is under, and `@case#stage=issued`. The number of a row is its place in
-- every list, `changed_s << 30 | line`: whatever is asked for, a page of it is one stretch of what matches, read from its
-- end.
CREATE VIRTUAL TABLE words USING fts5 (
    text, content = '', contentless_delete = 1, tokenize = "unicode61 tokenchars '@#.=_'"
);
