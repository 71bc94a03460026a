-- Live shadows: candidates that score what comes in, with what they have counted and which segments they have seen.
CREATE TABLE IF NOT EXISTS {database}.shadows {on_cluster} AS {database}.models;
