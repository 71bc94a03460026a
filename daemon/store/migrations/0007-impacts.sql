-- What features that moved did to the score, by model, slice, feature and window.
CREATE TABLE IF NOT EXISTS {database}.impacts {on_cluster} AS {database}.models;
