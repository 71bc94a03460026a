-- What a candidate that tells classes apart said of each class; `score` is then that of the most probable one.
ALTER TABLE {database}.shadow_scores {on_cluster} ADD COLUMN IF NOT EXISTS scores Map(LowCardinality(String), Float64) CODEC(ZSTD(1));
