-- Rollups of whole hours, condensed out of `prediction_minutes` once an hour is over: what long windows are read from. `traffic`
-- is what the minutes of the model counted then, over all its versions and slices. It only grows, so an hour is read from here
-- while the minutes count as much, and from the minutes where they count more by now: what counts is there, and rows of hours
-- may go at any time.
CREATE TABLE IF NOT EXISTS {database}.prediction_hours {on_cluster}
(
    model LowCardinality(String),
    version LowCardinality(String),
    slice LowCardinality(String),
    kind LowCardinality(String),
    name LowCardinality(String),
    bucket DateTime('UTC') CODEC(Delta, ZSTD(1)),
    traffic UInt64 CODEC(ZSTD(1)),
    count UInt64 CODEC(ZSTD(1)),
    missing UInt64 CODEC(ZSTD(1)),
    numbers Map(Int32, UInt64) CODEC(ZSTD(1)),
    categories Map(String, UInt64) CODEC(ZSTD(1))
)
ENGINE = {ReplacingMergeTree}(traffic)
PARTITION BY toYYYYMM(bucket)
ORDER BY (model, toDate(bucket), version, slice, kind, name, bucket)
TTL bucket + INTERVAL {rollups_days} DAY
SETTINGS index_granularity = 64;

-- The same of the copies of stretches that became references.
CREATE TABLE IF NOT EXISTS {database}.reference_prediction_hours {on_cluster} AS {database}.prediction_hours
ENGINE = {ReplacingMergeTree}(traffic)
ORDER BY (model, toDate(bucket), version, slice, kind, name, bucket)
SETTINGS index_granularity = 64;
