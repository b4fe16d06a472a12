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
    UNIQUE (kind, home, reach, shelf, doc)
);
CREATE INDEX document_generation ON document (generation);
CREATE INDEX document_line ON document (line);
CREATE INDEX document_doc ON document (doc);

-- One row for each line of a list: a report, a risk, or a case with its files.
CREATE TABLE line (
    id INTEGER PRIMARY KEY,
    list TEXT NOT NULL,
    -- The id it goes by: the document's; of a case the inner file's.
    doc TEXT NOT NULL,
    -- The unit it is about.
    unit TEXT NOT NULL,
    changed_s INTEGER NOT NULL,
    title TEXT NOT NULL,
    stage TEXT,
    level INTEGER,
    category INTEGER,
    struck INTEGER NOT NULL,
    held_above INTEGER NOT NULL,
    UNIQUE (list, doc)
);

-- Each line under its unit, each unit above that, and under '' for all: a page of any of these is one stretch of this.
CREATE TABLE within (
    list TEXT NOT NULL,
    unit TEXT NOT NULL,
    changed_s INTEGER NOT NULL,
    line INTEGER NOT NULL,
    stage TEXT,
    level INTEGER,
    category INTEGER,
    PRIMARY KEY (list, unit, changed_s, line)
) WITHOUT ROWID;

-- How many lines there are under a unit, by stage, level and category.
CREATE TABLE tally (
    list TEXT NOT NULL,
    unit TEXT NOT NULL,
    stage TEXT NOT NULL,
    level INTEGER NOT NULL,
    category INTEGER NOT NULL,
    lines INTEGER NOT NULL,
    PRIMARY KEY (list, unit, stage, level, category)
) WITHOUT ROWID;

-- The words of each line; its text is in the entries.
CREATE VIRTUAL TABLE words USING fts5 (text, content = '', contentless_delete = 1);
