-- Users and roles: a role that may log in is a user. The verifier is SCRAM's, never a password; the details are a JSON
-- document.
CREATE TABLE role (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT NOT NULL UNIQUE,
    login      INTEGER NOT NULL,
    superuser  INTEGER NOT NULL,
    verifier   TEXT,
    details    TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE membership (
    role_id   INTEGER NOT NULL REFERENCES role (id) ON DELETE CASCADE,
    member_id INTEGER NOT NULL REFERENCES role (id) ON DELETE CASCADE,
    admin     INTEGER NOT NULL,
    PRIMARY KEY (role_id, member_id)
) STRICT, WITHOUT ROWID;

-- What somebody may do with something. No grantee: everybody. No grantor: a superuser. Grants go with what they are on.
CREATE TABLE privilege (
    id                INTEGER PRIMARY KEY,
    grantee_id        INTEGER REFERENCES role (id) ON DELETE CASCADE,
    grantor_id        INTEGER REFERENCES role (id) ON DELETE CASCADE,
    kind              TEXT NOT NULL CHECK (kind IN ('warehouse', 'database', 'relation', 'function', 'path')),
    database          TEXT REFERENCES database (name) ON DELETE CASCADE,
    relation_id       INTEGER REFERENCES relation (id) ON DELETE CASCADE,
    function_database TEXT,
    function_name     TEXT,
    path              TEXT,
    column_name       TEXT,
    privilege         TEXT NOT NULL,
    grantable         INTEGER NOT NULL,
    FOREIGN KEY (function_database, function_name) REFERENCES function (database, name) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX privilege_once ON privilege (
    coalesce(grantee_id, 0), coalesce(grantor_id, 0), kind, coalesce(database, ''), coalesce(relation_id, 0),
    coalesce(function_database, ''), coalesce(function_name, ''), coalesce(path, ''), coalesce(column_name, ''), privilege
);
CREATE INDEX privilege_by_database ON privilege (database);
CREATE INDEX privilege_by_relation ON privilege (relation_id);
CREATE INDEX privilege_by_function ON privilege (function_database, function_name);

-- Everybody may look into the default database; what is in it is another matter.
INSERT INTO privilege (kind, database, privilege, grantable)
SELECT 'database', name, 'USAGE', 0 FROM database WHERE name = 'default';

-- Counts the changes of all that says who may do what, so that what was read of it can be kept while it is true.
CREATE TABLE access_change (value INTEGER NOT NULL) STRICT;
INSERT INTO access_change VALUES (1);
CREATE TRIGGER role_added AFTER INSERT ON role BEGIN UPDATE access_change SET value = value + 1; END;
CREATE TRIGGER role_changed AFTER UPDATE ON role BEGIN UPDATE access_change SET value = value + 1; END;
CREATE TRIGGER role_removed AFTER DELETE ON role BEGIN UPDATE access_change SET value = value + 1; END;
CREATE TRIGGER membership_added AFTER INSERT ON membership BEGIN UPDATE access_change SET value = value + 1; END;
CREATE TRIGGER membership_changed AFTER UPDATE ON membership BEGIN UPDATE access_change SET value = value + 1; END;
CREATE TRIGGER membership_removed AFTER DELETE ON membership BEGIN UPDATE access_change SET value = value + 1; END;
CREATE TRIGGER privilege_added AFTER INSERT ON privilege BEGIN UPDATE access_change SET value = value + 1; END;
CREATE TRIGGER privilege_changed AFTER UPDATE ON privilege BEGIN UPDATE access_change SET value = value + 1; END;
CREATE TRIGGER privilege_removed AFTER DELETE ON privilege BEGIN UPDATE access_change SET value = value + 1; END;
CREATE TRIGGER database_added AFTER INSERT ON database BEGIN UPDATE access_change SET value = value + 1; END;
CREATE TRIGGER database_changed AFTER UPDATE ON database BEGIN UPDATE access_change SET value = value + 1; END;
CREATE TRIGGER database_removed AFTER DELETE ON database BEGIN UPDATE access_change SET value = value + 1; END;
CREATE TRIGGER relation_renamed AFTER UPDATE OF database, name ON relation
BEGIN UPDATE access_change SET value = value + 1; END;
