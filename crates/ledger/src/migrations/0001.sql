-- Times are microseconds since 1970 (UTC), money is micro-USD; a negative confidence or score means none.
CREATE TABLE traces (
    seq {serial},
    id TEXT NOT NULL,
    time BIGINT NOT NULL,
    key_id TEXT,
    owner TEXT,
    tenant TEXT,
    route TEXT,
    tag TEXT,
    asked TEXT NOT NULL,
    tier TEXT,
    provider TEXT,
    model TEXT,
    attempts TEXT NOT NULL,
    input BIGINT NOT NULL,
    cached_input BIGINT NOT NULL,
    output BIGINT NOT NULL,
    reasoning BIGINT NOT NULL,
    cost BIGINT NOT NULL,
    reference_cost BIGINT,
    queue_us BIGINT NOT NULL,
    first_token_us BIGINT,
    total_us BIGINT NOT NULL,
    confidence DOUBLE PRECISION NOT NULL,
    status BIGINT NOT NULL,
    finish TEXT,
    error TEXT,
    request_hash TEXT,
    answer_hash TEXT,
    bodies_until BIGINT,
    request {bytes},
    answer {bytes}
);
CREATE INDEX traces_by_time ON traces (time, seq);
CREATE INDEX traces_by_id ON traces (id);
CREATE INDEX traces_with_bodies ON traces (bodies_until) WHERE bodies_until IS NOT NULL;

CREATE TABLE feedback (
    seq {serial},
    trace_id TEXT NOT NULL,
    time BIGINT NOT NULL,
    author TEXT,
    score DOUBLE PRECISION NOT NULL,
    thumbs BIGINT,
    corrected TEXT
);
CREATE INDEX feedback_by_trace ON feedback (trace_id);

CREATE TABLE keys (
    id TEXT PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    tenant TEXT,
    routes TEXT NOT NULL,
    limits TEXT NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT,
    revoked BIGINT
);

-- what was used: window 1, 2, 3 is a minute, day, month, and start its number
CREATE TABLE used (
    key_id TEXT NOT NULL,
    window_kind BIGINT NOT NULL,
    window_start BIGINT NOT NULL,
    requests BIGINT NOT NULL,
    tokens BIGINT NOT NULL,
    cost BIGINT NOT NULL,
    PRIMARY KEY (key_id, window_kind, window_start)
);

-- what is reserved, by whom; window 0 is now
CREATE TABLE holds (
    replica BIGINT NOT NULL,
    key_id TEXT NOT NULL,
    window_kind BIGINT NOT NULL,
    window_start BIGINT NOT NULL,
    requests BIGINT NOT NULL,
    tokens BIGINT NOT NULL,
    cost BIGINT NOT NULL,
    PRIMARY KEY (key_id, window_kind, window_start, replica)
);

-- who may hold something: a replica that died is past its time, and its holds count no more
CREATE TABLE replicas (
    id BIGINT PRIMARY KEY,
    batch BIGINT NOT NULL,
    alive_until BIGINT NOT NULL
);

CREATE TABLE audit (
    seq {serial},
    time BIGINT NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX audit_by_time ON audit (time, seq);
