-- A journal of schema 1, as the package that wrote schema 1 left it: its tables, and one record.
-- `written` in test_schema.py writes the same record today.
CREATE TABLE bankservice_agenda (
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    "key" TEXT NOT NULL,
    matter TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    parked TEXT NOT NULL,
    leased_until BIGINT,
    PRIMARY KEY (tenant, kind, "key", matter)
);
INSERT INTO bankservice_agenda VALUES ('bank','test.record','c-1','claimed',1772452800000000,1,'',1772456400000000);
INSERT INTO bankservice_agenda VALUES ('bank','test.record','c-1','review',1772456400000000,0,'',NULL);
INSERT INTO bankservice_agenda VALUES ('bank','test.record','c-1','stuck',1772460000000000,0,'no policy',NULL);
INSERT INTO bankservice_agenda VALUES ('bank','test.record','c-2','review',1772452800000000,0,'',NULL);
CREATE TABLE bankservice_allotments (
    quota TEXT NOT NULL,
    lease TEXT NOT NULL,
    amount BIGINT NOT NULL,
    until BIGINT NOT NULL,
    open BIGINT NOT NULL,
    spent BIGINT,
    PRIMARY KEY (quota, lease)
);
INSERT INTO bankservice_allotments VALUES ('gifts','settled',30,1772460000000000,0,12);
INSERT INTO bankservice_allotments VALUES ('gifts','open',20,1772460000000000,1,NULL);
INSERT INTO bankservice_allotments VALUES ('gifts','late',10,1772456400000000,0,NULL);
INSERT INTO bankservice_allotments VALUES ('gifts','after',5,1772485200000000,1,NULL);
CREATE TABLE bankservice_entries (
    position INTEGER NOT NULL,
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    "key" TEXT NOT NULL,
    version BIGINT NOT NULL,
    event TEXT NOT NULL,
    schema BIGINT NOT NULL,
    effective_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    approved_by TEXT NOT NULL,
    source TEXT NOT NULL,
    command_id TEXT NOT NULL,
    correlation_id TEXT NOT NULL,
    slot BIGINT NOT NULL,
    data TEXT NOT NULL,
    sealed TEXT,
    PRIMARY KEY (position),
    UNIQUE (tenant, kind, "key", version)
);
INSERT INTO bankservice_entries VALUES (1,'bank','test.record','c-1',1,'noted',1,1772452800000000,1772456400000000,'teller-1','','','c-1-1','',3290756798,'{"version":1,"words":"客户"}','{"average":"620000.00"}');
INSERT INTO bankservice_entries VALUES (2,'bank','test.record','c-1',2,'noted',1,1772452800000000,1772460000000000,'teller-1','','','c-1-2','',3290756798,'{"version":2,"words":"客户"}',NULL);
INSERT INTO bankservice_entries VALUES (3,'bank','test.record','c-1',3,'noted',1,1772452800000000,1772463600000000,'teller-1','','','c-1-3','',3290756798,'{"version":3,"words":"客户"}',NULL);
INSERT INTO bankservice_entries VALUES (4,'bank','test.record','c-2',1,'noted',1,1772452800000000,1772456400000000,'teller-1','','','c-2-1','',1563272964,'{"version":1,"words":"客户"}','{"average":"620000.00"}');
CREATE TABLE bankservice_meta (
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name)
);
INSERT INTO bankservice_meta VALUES ('schema','1');
CREATE TABLE bankservice_quotas (
    quota TEXT NOT NULL,
    units BIGINT NOT NULL,
    taken BIGINT NOT NULL,
    PRIMARY KEY (quota),
    CHECK (taken BETWEEN 0 AND units)
);
INSERT INTO bankservice_quotas VALUES ('gifts',100,37);
CREATE TABLE bankservice_receipts (
    tenant TEXT NOT NULL,
    command_id TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    result TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (tenant, command_id)
);
INSERT INTO bankservice_receipts VALUES ('bank','run-1','3f9a',1772452800000000,'{"tier":"GOLD"}','{"average":"620000.00"}');
CREATE TABLE bankservice_snapshots (
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    "key" TEXT NOT NULL,
    version BIGINT NOT NULL,
    schema BIGINT NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (tenant, kind, "key")
);
INSERT INTO bankservice_snapshots VALUES ('bank','test.record','c-1',2,1,'{"tier":"GOLD"}');
CREATE TABLE bankservice_versions (
    position INTEGER NOT NULL,
    tenant TEXT NOT NULL,
    policy TEXT NOT NULL,
    since TEXT NOT NULL,
    known_on TEXT NOT NULL,
    applies_to TEXT NOT NULL,
    digest TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (position),
    UNIQUE (tenant, policy, since, known_on, applies_to)
);
INSERT INTO bankservice_versions VALUES (1,'bank','tiers','2026-01-01','2025-12-01','','d1','{}');
CREATE INDEX bankservice_agenda_due ON bankservice_agenda (tenant, due_at, kind, "key", matter);
CREATE INDEX bankservice_allotments_open ON bankservice_allotments (quota, open, until);
