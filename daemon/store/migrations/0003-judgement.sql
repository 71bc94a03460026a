-- Findings. `inputs` (JSON) names the settings and the summaries that a finding was judged on, so that it can be
-- recomputed.
-- A later judgement of the same window replaces the earlier one.
CREATE TABLE IF NOT EXISTS {database}.findings {on_cluster}
(
    id String,
    model LowCardinality(String),
    version LowCardinality(String),
    slice LowCardinality(String),
    detector LowCardinality(String),
    subject String,
    window_from DateTime64(3, 'UTC'),
    window_to DateTime64(3, 'UTC'),
    state LowCardinality(String),
    statistic Nullable(Float64),
    judged_at DateTime64(3, 'UTC'),
    body String CODEC(ZSTD(3)),
    inputs String CODEC(ZSTD(3))
)
ENGINE = {ReplacingMergeTree}(judged_at)
PARTITION BY toYYYYMM(window_from)
ORDER BY (model, detector, slice, subject, version, window_from, id)
TTL toDateTime(window_from) + INTERVAL {findings_days} DAY;

-- Summaries that findings were judged on, once each: `id` is the hash of `body`.
CREATE TABLE IF NOT EXISTS {database}.summaries {on_cluster}
(
    id String,
    at DateTime('UTC'),
    body String CODEC(ZSTD(3))
)
ENGINE = {ReplacingMergeTree}
ORDER BY id
TTL at + INTERVAL {findings_days} DAY;

-- Documents: small things with a life. One row a change; the latest `updated_at` of an id counts.
CREATE TABLE IF NOT EXISTS {database}.models {on_cluster}
(
    id String,
    model String,
    state LowCardinality(String),
    updated_at DateTime64(6, 'UTC'),
    body String CODEC(ZSTD(3))
)
ENGINE = {ReplacingMergeTree}(updated_at)
ORDER BY id;

CREATE TABLE IF NOT EXISTS {database}.versions {on_cluster} AS {database}.models;
CREATE TABLE IF NOT EXISTS {database}.alerts {on_cluster} AS {database}.models;
CREATE TABLE IF NOT EXISTS {database}.silences {on_cluster} AS {database}.models;
CREATE TABLE IF NOT EXISTS {database}.deliveries {on_cluster} AS {database}.models;
CREATE TABLE IF NOT EXISTS {database}.replays {on_cluster} AS {database}.models;
CREATE TABLE IF NOT EXISTS {database}.rollouts {on_cluster} AS {database}.models;
CREATE TABLE IF NOT EXISTS {database}.retrainings {on_cluster} AS {database}.models;
CREATE TABLE IF NOT EXISTS {database}.snapshots {on_cluster} AS {database}.models;

-- Journals: what never changes once written. `owner` is the alert, or the rollout, that an entry belongs to.
CREATE TABLE IF NOT EXISTS {database}.alert_changes {on_cluster}
(
    id String,
    owner String,
    model String,
    at DateTime64(6, 'UTC'),
    body String CODEC(ZSTD(3))
)
ENGINE = {ReplacingMergeTree}
PARTITION BY toYYYYMM(at)
ORDER BY (owner, at, id);

CREATE TABLE IF NOT EXISTS {database}.decisions {on_cluster} AS {database}.alert_changes;

-- What a candidate (or, for the noise floor, the control) said of a recorded prediction. `latency_ms` is known for
-- a sample that was scored one row at a time.
CREATE TABLE IF NOT EXISTS {database}.shadow_scores {on_cluster}
(
    replay String,
    model LowCardinality(String),
    version LowCardinality(String),
    prediction_id String CODEC(ZSTD(1)),
    timestamp DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    score Nullable(Float64),
    latency_ms Nullable(Float64),
    error LowCardinality(String)
)
ENGINE = {ReplacingMergeTree}
PARTITION BY toYYYYMM(timestamp)
ORDER BY (replay, version, timestamp, prediction_id)
TTL toDateTime(timestamp) + INTERVAL {predictions_days} DAY
SETTINGS {deduplication_window} = 10000;
