-- Requests of which the answers of both models are compared, in series: one for each route and setting (who is
-- compared, and how). Numbers of a series have no gap. Scores are 0 to 1; judged is null while they are not known.
CREATE TABLE audits (
    route TEXT NOT NULL,
    setting TEXT NOT NULL,
    number BIGINT NOT NULL,
    time BIGINT NOT NULL,
    trace_id TEXT NOT NULL,
    conversation BIGINT NOT NULL,
    local BIGINT NOT NULL,
    version BIGINT NOT NULL,
    request {bytes},
    small {bytes},
    large {bytes},
    claimed_until BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    judged BIGINT,
    signals TEXT,
    small_score DOUBLE PRECISION NOT NULL,
    large_score DOUBLE PRECISION NOT NULL,
    judge TEXT,
    note TEXT,
    cost BIGINT NOT NULL,
    bodies_until BIGINT,
    PRIMARY KEY (route, setting, number)
);
CREATE INDEX audits_open ON audits (route, setting, number) WHERE judged IS NULL;
CREATE INDEX audits_of_today ON audits (route, setting, judged);
CREATE INDEX audits_by_trace ON audits (trace_id);
CREATE INDEX audits_with_bodies ON audits (bodies_until) WHERE bodies_until IS NOT NULL;

-- the last number of each series
CREATE TABLE series (
    route TEXT NOT NULL,
    setting TEXT NOT NULL,
    began BIGINT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (route, setting)
);

-- what was learned from a series: whoever learns it first writes it, and all replicas go by it
CREATE TABLE policies (
    route TEXT NOT NULL,
    setting TEXT NOT NULL,
    version BIGINT NOT NULL,
    time BIGINT NOT NULL,
    policy TEXT NOT NULL,
    PRIMARY KEY (route, setting, version)
);
