-- What one bucket of time (a minute; an hour for records that arrive more than two hours late) of one model, version
-- and slice held of one feature (kind 'feature'), of the score ('score'), the decision ('decision') or the
-- latency ('latency', milliseconds). `numbers` counts by log-linear bin code (32 bins an octave, see
-- detectors/maths/log-bins.ts), `categories` by value. Adding rows up is always right. Rows of kind 'segment', of no model,
-- are no counts: they mark which spool segments the bucket holds. A window is read of all names, a series of one: the day stands
-- before the name, and granules are small, because each row holds a whole histogram.
CREATE TABLE IF NOT EXISTS {database}.prediction_minutes {on_cluster}
(
    model LowCardinality(String),
    version LowCardinality(String),
    slice LowCardinality(String),
    kind LowCardinality(String),
    name LowCardinality(String),
    bucket DateTime('UTC') CODEC(Delta, ZSTD(1)),
    count SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    missing SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    numbers SimpleAggregateFunction(sumMap, Map(Int32, UInt64)) CODEC(ZSTD(1)),
    categories SimpleAggregateFunction(sumMap, Map(String, UInt64)) CODEC(ZSTD(1))
)
ENGINE = {AggregatingMergeTree}
PARTITION BY toYYYYMM(bucket)
ORDER BY (model, toDate(bucket), version, slice, kind, name, bucket)
TTL bucket + INTERVAL {rollups_days} DAY
SETTINGS {deduplication_window} = 10000, index_granularity = 256;

-- Durations (bin codes of milliseconds) and errors of one operation of one service in one bucket of time. Rows of the service
-- '\0segment' mark which spool segments the bucket holds.
CREATE TABLE IF NOT EXISTS {database}.span_minutes {on_cluster}
(
    service LowCardinality(String),
    operation LowCardinality(String),
    bucket DateTime('UTC') CODEC(Delta, ZSTD(1)),
    count SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    errors SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    durations SimpleAggregateFunction(sumMap, Map(Int32, UInt64)) CODEC(ZSTD(1))
)
ENGINE = {AggregatingMergeTree}
PARTITION BY toYYYYMM(bucket)
ORDER BY (service, toDate(bucket), operation, bucket)
TTL bucket + INTERVAL {rollups_days} DAY
SETTINGS {deduplication_window} = 10000, index_granularity = 256;
