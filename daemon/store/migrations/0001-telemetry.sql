-- Spans: the columns of the OpenTelemetry ClickHouse exporter, so that its dashboards read the table as it is.
CREATE TABLE IF NOT EXISTS {database}.otel_traces {on_cluster}
(
    Timestamp DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
    TraceId String CODEC(ZSTD(1)),
    SpanId String CODEC(ZSTD(1)),
    ParentSpanId String CODEC(ZSTD(1)),
    TraceState String CODEC(ZSTD(1)),
    SpanName LowCardinality(String) CODEC(ZSTD(1)),
    SpanKind LowCardinality(String) CODEC(ZSTD(1)),
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    ScopeName String CODEC(ZSTD(1)),
    ScopeVersion String CODEC(ZSTD(1)),
    SpanAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    Duration UInt64 CODEC(ZSTD(1)),
    StatusCode LowCardinality(String) CODEC(ZSTD(1)),
    StatusMessage String CODEC(ZSTD(1)),
    `Events.Timestamp` Array(DateTime64(9, 'UTC')) CODEC(ZSTD(1)),
    `Events.Name` Array(LowCardinality(String)) CODEC(ZSTD(1)),
    `Events.Attributes` Array(Map(LowCardinality(String), String)) CODEC(ZSTD(1)),
    `Links.TraceId` Array(String) CODEC(ZSTD(1)),
    `Links.SpanId` Array(String) CODEC(ZSTD(1)),
    `Links.TraceState` Array(String) CODEC(ZSTD(1)),
    `Links.Attributes` Array(Map(LowCardinality(String), String)) CODEC(ZSTD(1)),
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = {MergeTree}
PARTITION BY toMonday(Timestamp)
ORDER BY (ServiceName, SpanName, toDateTime(Timestamp))
TTL toDateTime(Timestamp) + INTERVAL {spans_days} DAY
SETTINGS {deduplication_window} = 10000, ttl_only_drop_parts = 1;

-- Predictions. `numbers`, `categories` and `embeddings` hold the features by kind; what is in none of them is missing. Of numbers
-- `number_names` holds the names, each between bytes of 0xff, and `number_values` their values, NaN where a row has none: rows
-- share a list of names, and LZ4 is read three times as fast as ZSTD for a fifth more of the disk. `numbers` is the map of them,
-- `numbers_given` takes a map where rows are inserted by SQL.
-- `segment` is the spool segment that brought the row, and the root of the token under which it was loaded.
CREATE TABLE IF NOT EXISTS {database}.predictions {on_cluster}
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
    INDEX idx_prediction_id prediction_id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = {ReplacingMergeTree}
PARTITION BY toYYYYMM(timestamp)
ORDER BY (model, version, timestamp, prediction_id)
TTL toDateTime(timestamp) + INTERVAL {predictions_days} DAY
SETTINGS {deduplication_window} = 10000;

-- Labels: the whole history. The latest `timestamp` of a prediction_id is the label.
CREATE TABLE IF NOT EXISTS {database}.labels {on_cluster}
(
    prediction_id String CODEC(ZSTD(1)),
    timestamp DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    label String CODEC(ZSTD(1)),
    source LowCardinality(String),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    segment UInt64 CODEC(Delta, ZSTD(1))
)
ENGINE = {ReplacingMergeTree}
PARTITION BY toYYYYMM(timestamp)
ORDER BY (prediction_id, timestamp, label, source)
SETTINGS {deduplication_window} = 10000;
