-- Changes are counted, not timed: every change of a table takes the next number. A partition or file is visible in
-- the table's version V when added <= V and (removed is null or removed > V), so readers keep what they started with
-- until the sweep deletes what no reader can still see.
CREATE TABLE change_count (value INTEGER NOT NULL) STRICT;
INSERT INTO change_count VALUES (1);

CREATE TABLE database (
    name       TEXT PRIMARY KEY,
    comment    TEXT,
    location   TEXT NOT NULL,
    properties TEXT NOT NULL,
    owner      TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE relation (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    database          TEXT NOT NULL REFERENCES database (name),
    name              TEXT NOT NULL,
    kind              TEXT NOT NULL CHECK (kind IN ('managed', 'external', 'view')),
    columns           TEXT NOT NULL,
    partition_columns INTEGER NOT NULL,
    location          TEXT NOT NULL,
    details           TEXT NOT NULL,
    defined           INTEGER NOT NULL,
    version           INTEGER NOT NULL,
    created_at        INTEGER NOT NULL,
    UNIQUE (database, name)
) STRICT;
CREATE INDEX relation_location ON relation (location);

-- The values are a JSON array in one fixed spelling, so that they can be compared as text.
-- No foreign key: the rows of a dropped table stay until the sweep, for readers that still see it.
CREATE TABLE partition (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    table_id         INTEGER NOT NULL,
    partition_values TEXT NOT NULL,
    location         TEXT,
    properties       TEXT NOT NULL,
    created_at       INTEGER NOT NULL,
    added            INTEGER NOT NULL,
    removed          INTEGER
) STRICT;
CREATE UNIQUE INDEX partition_live ON partition (table_id, partition_values) WHERE removed IS NULL;
CREATE INDEX partition_by_values ON partition (table_id, partition_values);
CREATE INDEX partition_removed ON partition (removed) WHERE removed IS NOT NULL;

-- Statistics are a JSON array of [column, nulls, min, max].
CREATE TABLE data_file (
    id           INTEGER PRIMARY KEY,
    table_id     INTEGER NOT NULL,
    partition_id INTEGER,
    path         TEXT NOT NULL,
    row_count    INTEGER NOT NULL,
    byte_count   INTEGER NOT NULL,
    statistics   TEXT NOT NULL,
    added        INTEGER NOT NULL,
    removed      INTEGER
) STRICT;
CREATE UNIQUE INDEX data_file_live ON data_file (table_id, path) WHERE removed IS NULL;
CREATE INDEX data_file_by_partition ON data_file (table_id, partition_id);
CREATE INDEX data_file_removed ON data_file (removed) WHERE removed IS NOT NULL;

-- Folders of dropped managed tables with all in them (table_id says whose rows go too), and of dropped databases
-- (no table_id: only if they are empty). No new table gets one of them.
CREATE TABLE dropped_folder (
    location TEXT NOT NULL,
    table_id INTEGER,
    removed  INTEGER NOT NULL
) STRICT;

-- Writes under way: the folder goes when the lease does.
CREATE TABLE staging (
    id         TEXT PRIMARY KEY,
    location   TEXT NOT NULL,
    lease      TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
