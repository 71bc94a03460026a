-- How long one version took for a prediction by itself, in a replay that timed a sample of them on both models.
CREATE TABLE IF NOT EXISTS {database}.shadow_latencies {on_cluster}
(
    replay String,
    model LowCardinality(String),
    version LowCardinality(String),
    prediction_id String CODEC(ZSTD(1)),
    timestamp DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    latency_ms Float64
)
ENGINE = {ReplacingMergeTree}
PARTITION BY toYYYYMM(timestamp)
ORDER BY (replay, version, timestamp, prediction_id)
TTL toDateTime(timestamp) + INTERVAL {predictions_days} DAY
SETTINGS {deduplication_window} = 10000;

ALTER TABLE {database}.shadow_scores {on_cluster} DROP COLUMN IF EXISTS latency_ms;
