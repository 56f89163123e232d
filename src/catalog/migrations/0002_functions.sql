-- Functions that users made in SQL; the definition is a JSON document.
CREATE TABLE function (
    database   TEXT NOT NULL REFERENCES database (name),
    name       TEXT NOT NULL,
    definition TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (database, name)
) STRICT, WITHOUT ROWID;
