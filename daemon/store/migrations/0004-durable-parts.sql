-- What the engine confirms is on the disk: the spool forgets a segment then, so it must survive a power cut from there on.
-- Merged parts are not synced; the parts they were made of stay for eight minutes, and the disk has both by then.
ALTER TABLE {database}.otel_traces {on_cluster} MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
ALTER TABLE {database}.span_minutes {on_cluster} MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
ALTER TABLE {database}.predictions {on_cluster} MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
ALTER TABLE {database}.prediction_minutes {on_cluster} MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
ALTER TABLE {database}.labels {on_cluster} MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
