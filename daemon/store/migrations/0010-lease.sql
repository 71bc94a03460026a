-- Which daemon of a store judges and acts. Numbers are claimed one after the other, under a deduplication token each, so that the
-- store itself lets one claim of a number in; the newest row says who holds the lease. An empty `holder` gave it back.
CREATE TABLE IF NOT EXISTS {database}.lease {on_cluster}
(
    name LowCardinality(String),
    number UInt64,
    holder String
)
ENGINE = {ReplacingMergeTree}(number)
ORDER BY name
SETTINGS {deduplication_window} = 10000;

-- What each daemon loaded, for the one that judges: the stretch touched of a model, and how many labels came along.
CREATE TABLE IF NOT EXISTS {database}.loads {on_cluster}
(
    id UUID DEFAULT generateUUIDv4(),
    at DateTime64(3, 'UTC') DEFAULT now64(3),
    model String,
    from_ms Int64,
    to_ms Int64,
    labels UInt64
)
ENGINE = {MergeTree}
ORDER BY at
TTL toDateTime(at) + INTERVAL 1 DAY;
