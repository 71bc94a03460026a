-- References as they were taken, one document each.
CREATE TABLE IF NOT EXISTS {database}.references {on_cluster} AS {database}.models;

-- Uploaded references: the columns of `predictions`, with the label that came along; `model` is the id of the reference. They
-- are kept as long as the store is: a reference is frozen once taken, and training data may be older than any retention.
CREATE TABLE IF NOT EXISTS {database}.reference_predictions {on_cluster}
(
    timestamp DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    model LowCardinality(String),
    version LowCardinality(String),
    role LowCardinality(String),
    prediction_id String CODEC(ZSTD(1)),
    number_names LowCardinality(String) DEFAULT if(empty(numbers_given), '', concat('\xFF', arrayStringConcat(mapKeys(numbers_given), '\xFF'), '\xFF')) CODEC(ZSTD(1)),
    number_values Array(Float64) DEFAULT mapValues(numbers_given) CODEC(LZ4),
    numbers Map(LowCardinality(String), Float64) ALIAS CAST(
        arrayFilter(one -> NOT isNaN(one.2), arrayZip(arrayPopBack(arrayPopFront(splitByChar('\xFF', number_names))), number_values)),
        'Map(LowCardinality(String), Float64)'),
    numbers_given Map(String, Float64) EPHEMERAL,
    categories Map(LowCardinality(String), LowCardinality(String)) CODEC(ZSTD(1)),
    embeddings Map(LowCardinality(String), Array(Float32)) CODEC(ZSTD(1)),
    score Nullable(Float64) CODEC(ZSTD(1)),
    scores Map(LowCardinality(String), Float64) CODEC(ZSTD(1)),
    decision LowCardinality(String),
    value Nullable(Float64) CODEC(ZSTD(1)),
    propensity Nullable(Float64) CODEC(ZSTD(1)),
    latency_ms Nullable(Float64) CODEC(ZSTD(1)),
    trace_id String CODEC(ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    tags Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    segment UInt64 CODEC(Delta, ZSTD(1)),
    label Nullable(String) CODEC(ZSTD(1))
)
ENGINE = {ReplacingMergeTree}
ORDER BY (model, version, timestamp, prediction_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

CREATE VIEW IF NOT EXISTS {database}.reference_labels {on_cluster} AS
SELECT prediction_id, timestamp, assumeNotNull(taken.label) AS label, '' AS source, received_at, segment
FROM {database}.reference_predictions AS taken WHERE isNotNull(taken.label);

CREATE TABLE IF NOT EXISTS {database}.reference_prediction_minutes {on_cluster}
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
ORDER BY (model, toDate(bucket), version, slice, kind, name, bucket)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 256;
