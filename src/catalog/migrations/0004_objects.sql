-- Numbers of databases, tables, views and functions (PostgreSQL's oids): given when one is made, and never again. Triggers
-- give them, so that no statement can forget to; `changed` says at which count of changes one was last touched.
CREATE TABLE object_count (oid INTEGER NOT NULL, change INTEGER NOT NULL) STRICT;
INSERT INTO object_count VALUES (16383, 1);

CREATE TABLE object (
    oid         INTEGER PRIMARY KEY,
    kind        TEXT NOT NULL CHECK (kind IN ('database', 'relation', 'function')),
    database    TEXT,
    name        TEXT,
    relation_id INTEGER,
    changed     INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX object_relation ON object (relation_id) WHERE relation_id IS NOT NULL;
CREATE INDEX object_database ON object (database, kind);

INSERT INTO object (oid, kind, database, name, relation_id, changed)
SELECT 16383 + row_number() OVER (ORDER BY place, database, name, id), kind, database, name, id, 1 FROM (
    SELECT 1 AS place, 'database' AS kind, name AS database, NULL AS name, NULL AS id FROM database
    UNION ALL
    SELECT 2, 'relation', NULL, NULL, id FROM relation
    UNION ALL
    SELECT 3, 'function', database, name, NULL FROM function
);
UPDATE object_count SET oid = (SELECT coalesce(max(oid), 16383) FROM object);

CREATE TRIGGER database_object AFTER INSERT ON database BEGIN
    UPDATE object_count SET oid = oid + 1, change = change + 1;
    INSERT INTO object SELECT oid, 'database', new.name, NULL, NULL, change FROM object_count;
END;
CREATE TRIGGER database_object_changed AFTER UPDATE ON database BEGIN
    UPDATE object_count SET change = change + 1;
    UPDATE object SET changed = (SELECT change FROM object_count), database = new.name
    WHERE database = old.name AND kind = 'database';
END;
CREATE TRIGGER database_object_gone AFTER DELETE ON database BEGIN
    UPDATE object_count SET change = change + 1;
    DELETE FROM object WHERE database = old.name AND kind = 'database';
END;

CREATE TRIGGER relation_object AFTER INSERT ON relation BEGIN
    UPDATE object_count SET oid = oid + 1, change = change + 1;
    INSERT INTO object SELECT oid, 'relation', NULL, NULL, new.id, change FROM object_count;
END;
CREATE TRIGGER relation_object_changed AFTER UPDATE ON relation BEGIN
    UPDATE object_count SET change = change + 1;
    UPDATE object SET changed = (SELECT change FROM object_count) WHERE relation_id = new.id;
END;
CREATE TRIGGER relation_object_gone AFTER DELETE ON relation BEGIN
    UPDATE object_count SET change = change + 1;
    DELETE FROM object WHERE relation_id = old.id;
END;

CREATE TRIGGER function_object AFTER INSERT ON function BEGIN
    UPDATE object_count SET oid = oid + 1, change = change + 1;
    INSERT INTO object SELECT oid, 'function', new.database, new.name, NULL, change FROM object_count;
END;
CREATE TRIGGER function_object_changed AFTER UPDATE ON function BEGIN
    UPDATE object_count SET change = change + 1;
    UPDATE object SET changed = (SELECT change FROM object_count), database = new.database, name = new.name
    WHERE database = old.database AND kind = 'function' AND name = old.name;
END;
CREATE TRIGGER function_object_gone AFTER DELETE ON function BEGIN
    UPDATE object_count SET change = change + 1;
    DELETE FROM object WHERE database = old.database AND kind = 'function' AND name = old.name;
END;
