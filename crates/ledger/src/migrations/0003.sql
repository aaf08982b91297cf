-- tools that a large model wrote, by the hash of what they are; numbered in each route without a gap
CREATE TABLE tools (
    route TEXT NOT NULL,
    id TEXT NOT NULL,
    number BIGINT NOT NULL,
    name TEXT NOT NULL,
    time BIGINT NOT NULL,
    record {bytes} NOT NULL,
    PRIMARY KEY (route, id)
);
CREATE UNIQUE INDEX tools_by_number ON tools (route, number);

-- what became of them, in order: the last one says what a tool is now
CREATE TABLE tool_events (
    route TEXT NOT NULL,
    id TEXT NOT NULL,
    number BIGINT NOT NULL,
    time BIGINT NOT NULL,
    status TEXT NOT NULL,
    author TEXT,
    why TEXT NOT NULL,
    PRIMARY KEY (route, id, number)
);
