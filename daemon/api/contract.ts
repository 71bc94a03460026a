import { z } from 'zod';
import { guardrailSetting } from '../config/guardrail-setting.ts';

/**
 * What clients may rely on: every body that the API takes or gives, as schemas. The dashboard imports the types,
 * `/docs` serves them as OpenAPI. Times are RFC 3339 text in UTC, shares 0..1.
 */

const time = z.iso.datetime({ offset: true }).describe('RFC 3339 time');
export const name = z.string().min(1).max(256);
const duration = z
  .string()
  .regex(/^\d+(\.\d+)?(ms|s|m|h|d|w)$/, 'write a length of time such as 30s, 5m, 1h or 7d')
  .describe('length of time such as 30s, 5m, 1h or 7d');
/** Words of a person. */
const note = z.string().max(1000);

export const windowSchema = z.object({ from: time, to: time });

export const modelKind = z.enum(['binary', 'multiclass', 'regression']);
export const findingState = z.enum(['pass', 'fail', 'insufficient']);
export const alertState = z.enum(['inactive', 'pending', 'firing', 'resolved']);
export const verdictSchema = z.enum(['promote', 'hold', 'rollback', 'inconclusive']);

export const errorBody = z.object({
  error: z.object({ code: z.string(), message: z.string(), field: z.string().optional(), hint: z.string().optional() }),
});

/** One prediction as a client sends it: a line of NDJSON, or an element of a JSON array. The door itself checks it. */
export const predictionRecord = z.object({
  prediction_id: name.describe('the join key; a repeat with the same id and content is stored once'),
  model: name,
  version: name,
  timestamp: z.union([time, z.int()]).describe('RFC 3339 text, or Unix milliseconds'),
  features: z
    .record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null(), z.array(z.number())]))
    .optional()
    .describe('null and absent both count as missing; an array of numbers is an embedding'),
  score: z.number().optional(),
  scores: z.record(z.string(), z.number().min(0).max(1)).optional().describe('probability of each class'),
  decision: z.string().optional().describe('such as approve or decline'),
  value: z.number().optional().describe('money at stake, in the unit that the model declares'),
  propensity: z.number().gt(0).max(1).optional().describe('chance that the outcome could be observed'),
  latency_ms: z.number().min(0).optional(),
  trace_id: z.string().optional().describe('32 hexadecimal digits'),
  span_id: z.string().optional().describe('16 hexadecimal digits'),
  tags: z.record(z.string(), z.string()).optional().describe('what slices are cut by, such as region'),
  role: z.enum(['control', 'candidate']).optional().describe('which arm of a rollout answered; control without it'),
});

/** One label as a client sends it. The latest `timestamp` of a prediction wins. */
export const labelRecord = z.object({
  prediction_id: name,
  label: z.union([z.number(), z.string()]),
  timestamp: z.union([time, z.int()]).optional().describe('when it became known'),
  source: z.string().optional(),
});

/** Answer to predictions and labels. */
export const admission = z.object({
  accepted: z.int(),
  rejected: z.int(),
  errors: z.array(z.object({ line: z.int(), field: z.string(), reason: z.string(), message: z.string() })),
});

/** Answer to a body of which nothing could be taken. */
export const refusal = errorBody.extend(admission.shape);

export const seenVersion = z.object({
  version: z.string(),
  first_seen: time.nullable(),
  last_seen: time.nullable(),
  predictions: z.int(),
  registered: z.boolean(),
});
const budgetOf = z.enum(['wrong_declines', 'late_labels', 'stale_scores', 'slow_predictions']);

export const model = z.object({
  model: name,
  kind: modelKind,
  threshold: z.number(),
  positive_label: z.string(),
  value_unit: z.string(),
  window: z.string().describe('length of the windows judged, such as 1h'),
  reference_kind: z
    .enum(['fixed', 'previous', 'same_hour'])
    .describe(
      'what traffic is held against: the reference below, the window before, or the same hour of earlier weeks',
    ),
  latency_reference: z
    .enum(['as_traffic', 'fixed', 'previous', 'same_hour'])
    .describe('what latencies are held against; as_traffic for the same as the other traffic'),
  reference_length: z.string().describe('length of the reference that is taken by itself while none is pinned'),
  accuracy_window: z.string().describe('length of the stretch of matured labels that accuracy is judged on'),
  slices: z
    .array(z.string())
    .describe('what the traffic is cut by: tags, categorical features, cuts such as amount>=100'),
  services: z.array(z.string()).describe('OpenTelemetry services whose spans belong to the model'),
  label_maturity: z.string(),
  unlabelled: z.enum(['unknown', 'negative']).describe('what a prediction without a label is once it is mature'),
  shadow: z
    .string()
    .describe('registered version that scores what comes in beside the one that answers; empty for none'),
  budgets: z
    .record(z.string(), z.object({ of: budgetOf, objective: z.number(), within: z.string() }))
    .describe('budgets of the model beside that of its services, judged by burn_rate'),
  guardrails: z
    .array(guardrailSetting)
    .describe('of a rollout of this model that names none; empty for those of rollouts.guardrails'),
  observed_decisions: z.array(z.string()).describe('decisions whose outcome can be seen; empty for all'),
  latency_objective: z.string().describe('a span that takes longer counts against the latency budget'),
  objective: z.number().describe('share of spans that must be fast and without error'),
  false_alarm_budget: z.number().describe('expected false pages a week'),
  limits: z
    .object({
      windows_a_week: z.number(),
      chance_of_window: z.number().describe('chance that a window fails as it closes although nothing is wrong'),
      reference_windows: z.int().describe('windows that the reference can be cut into'),
      source: z.enum(['reference', 'noise']).describe('what limits follow, besides the settings of the detectors'),
      expected_pages_a_week: z
        .number()
        .describe('expected false pages a week, at most, of all that can page, burn rates included'),
      says: z.string(),
    })
    .describe('where the limits come from, and how rarely they may be wrong'),
  versions: z.array(seenVersion),
  reference: windowSchema
    .extend({
      id: z.string().describe('GET /v1/models/{model}/references/{id} tells of it'),
      version: z.string().nullable(),
      pinned: z.boolean(),
      uploaded: z.boolean().describe('its rows came as a file'),
    })
    .nullable(),
  predictions: z.int().describe('predictions stored in the last 24 hours'),
  findings: z.object({ pass: z.int(), fail: z.int(), insufficient: z.int() }).describe('of the newest judged window'),
  alerts: z.object({ pending: z.int(), firing: z.int() }),
  detectors: z.array(
    z.object({
      detector: z.string(),
      title: z.string(),
      kind: z.string(),
      subject: z.string(),
      settings: z.record(z.string(), z.number()),
    }),
  ),
});

export const modelChange = z
  .object({
    kind: modelKind,
    threshold: z.number(),
    positive_label: z.string(),
    value_unit: z.string(),
    window: duration,
    reference_length: duration,
    reference_kind: z.enum(['fixed', 'previous', 'same_hour']),
    latency_reference: z.enum(['as_traffic', 'fixed', 'previous', 'same_hour']),
    accuracy_window: duration,
    slices: z.array(z.string()),
    services: z.array(z.string()),
    label_maturity: duration,
    unlabelled: z.enum(['unknown', 'negative']),
    shadow: z.string(),
    guardrails: z.array(guardrailSetting),
    observed_decisions: z.array(z.string()),
    budgets: z.record(
      z.string(),
      z.strictObject({ of: budgetOf, objective: z.number().gt(0).lt(1).optional(), within: duration.optional() }),
    ),
    latency_objective: duration,
    objective: z.number().gt(0).lt(1),
    false_alarm_budget: z.number().positive().max(1000).describe('expected false pages a week'),
    detectors: z.record(z.string(), z.union([z.boolean(), z.record(z.string(), z.number())])),
  })
  .partial()
  .strict();

export const modelList = z.object({ models: z.array(model) });
export const versionList = z.object({ versions: z.array(seenVersion) });

/** A stretch of stored predictions, or an earlier reference by its id. */
export const referenceChange = z.union([
  z.strictObject({ version: z.string().optional(), from: time, to: time }),
  z.strictObject({ id: z.string().max(100) }),
]);

export const uploadFormat = z.enum(['parquet', 'csv', 'ndjson']);
const columnName = z.string().min(1).max(256);
const columnNames = z
  .string()
  .max(100_000)
  .transform((text) => text.split(','))
  .describe('names of columns, separated by commas');

/** How a file that becomes a reference is read. */
export const uploadQuery = z.strictObject({
  format: uploadFormat.optional().describe('form of the file; by default what Content-Type says'),
  timestamp: columnName
    .optional()
    .describe('the column that says when a row was made; by default timestamp, if there is one'),
  score: columnName.optional().describe('the column of the score; by default score, if there is one'),
  label: columnName.optional().describe('the column of the label; by default label, if there is one'),
  tags: columnNames.optional().describe('columns that are tags and no features, separated by commas'),
  categories: columnNames.optional().describe('columns of numbers that are names, such as merchant codes'),
  ignore: columnNames.optional().describe('columns that are left out'),
});

export const takenReference = z.object({
  id: z.string(),
  model: name,
  kind: z.enum(['automatic', 'pinned', 'uploaded']),
  version: z.string().nullable().describe('the version that was pinned; null for all that answered'),
  from: time,
  to: time,
  taken_at: time,
  frozen_at: time
    .nullable()
    .describe('since when its rows are stored for good; null for a stretch that is still read from the predictions'),
  in_use: z.boolean().describe('whether windows are judged against it now'),
  upload: z
    .object({
      format: uploadFormat,
      bytes: z.int(),
      sha256: z.string(),
      rows: z.int(),
      labelled: z.int(),
      timed: z.boolean().describe('whether its rows have a time; without it limits allow for sampling noise alone'),
      slices: z.array(z.string()).describe('what the traffic of the model was cut by when it was taken'),
      columns: z.array(z.object({ name: z.string(), role: z.string() })).describe('what each column was read as'),
    })
    .nullable(),
});
export const referenceList = z.object({ references: z.array(takenReference) });

export const finding = z.object({
  id: z.string(),
  model: z.string(),
  version: z.string(),
  slice: z.string(),
  detector: z.string(),
  feature: z.string().optional().describe('the feature, service/operation, series or score of a class that was judged'),
  window: windowSchema,
  reference: windowSchema
    .extend({ id: z.string().optional().describe('of the reference; one that moves along has none') })
    .nullable(),
  statistic: z.number().nullable(),
  limit: z.number().nullable(),
  state: findingState,
  reason: z.string(),
  count: z.int(),
  interval: z.tuple([z.number(), z.number()]).optional(),
  details: z.record(z.string(), z.union([z.number(), z.string()])).optional(),
  judged_at: time,
  final: z.boolean(),
  inhibited_by: z
    .string()
    .optional()
    .describe('the failed finding on the quality of the same data that explains this one: no one is told of it'),
  links: z
    .object({
      subject: z.string().describe('the page of what was judged, in the window judged'),
      slowest_traces: z.string().optional().describe('the slowest spans of the operation that was judged'),
      failing_traces: z.string().optional().describe('its failed spans'),
    })
    .describe('pages of the dashboard'),
});

export const impact = z.object({
  share: z
    .number()
    .nullable()
    .describe('part of the shift of the mean score that comes from the feature; null where the score did not shift'),
  score_shift: z.number().describe('mean score of the window less that of the reference'),
  rows: z.int().describe('predictions of the window that were scored again'),
  is_input: z.boolean().describe('false where the registered model does not read the feature'),
  flips: z
    .object({
      share: z.number().describe('part of the decisions that change with values of the reference'),
      interval: z.tuple([z.number(), z.number()]).describe('95 %; from 0 on where it may be noise alone'),
      declined: z.number().describe('part of the window that is declined because of it; below 0 where fewer are'),
    })
    .nullable()
    .describe('null where the model decides nothing by a threshold'),
  size: z
    .number()
    .describe(
      'what findings are ranked by: the part of the decisions that surely flips, and what moves the mean score',
    ),
  says: z.string(),
});

const knownImpact = impact
  .optional()
  .describe('what the feature does to the score, a little after the finding, where the model is registered');

export const findingList = z.object({
  findings: z.array(finding.extend({ impact: knownImpact })),
});
export const findingQuery = z.strictObject({
  model: z.string().optional(),
  version: z.string().optional(),
  slice: z.string().optional(),
  detector: z.string().optional(),
  kind: z.enum(['drift', 'quality', 'latency', 'accuracy']).optional().describe('only of detectors of this kind'),
  feature: z.string().optional(),
  from: time.optional(),
  to: time.optional(),
  state: findingState.optional(),
  limit: z.coerce.number().int().min(1).max(100_000).default(1000),
});

export const evaluation = z
  .object({
    model: name,
    version: z.string().optional(),
    reference: z
      .union([z.strictObject({ from: time, to: time }), z.strictObject({ id: z.string().max(100) })])
      .describe('a stretch of stored predictions, or a reference that was taken'),
    from: time,
    to: time,
    window: z.enum(['1h', '6h', '1d', '1w', '1mo']),
    slices: z.array(z.string()).optional(),
    detectors: z.array(z.string()).optional(),
    label_age: duration
      .optional()
      .describe(
        'accuracy as it was known when each prediction was this old: later labels are left out; by default all',
      ),
  })
  .strict();
export const evaluationAnswer = z.object({
  windows: z.array(windowSchema.extend({ count: z.int(), findings: z.array(finding) })),
});

const bin = z.object({ low: z.number(), high: z.number(), count: z.int() });
const category = z.object({ value: z.string(), count: z.int() });
const histogram = z.object({ count: z.int(), missing: z.int(), bins: z.array(bin), categories: z.array(category) });

/** Reference against window for one feature, `score`, `latency` or `decision`; for the dashboard's picture. */
export const distributionQuery = z.strictObject({
  version: z.string().optional(),
  slice: z.string().default('all'),
  kind: z.enum(['feature', 'score', 'latency', 'decision']).default('feature'),
  feature: z.string().default('').describe('which feature; of the score the class, where there are several'),
  from: time,
  to: time,
});
export const distribution = z.object({
  window: windowSchema,
  reference: windowSchema.nullable(),
  current: histogram,
  expected: histogram.nullable(),
});

/** Which slices carry the shift of a feature, or of the score. */
export const shiftQuery = z.strictObject({
  kind: z.enum(['feature', 'score']).default('feature'),
  feature: z.string().default('').describe('which feature; none for the score'),
  from: time,
  to: time,
});
export const shift = z.object({
  window: windowSchema,
  reference: windowSchema.nullable(),
  rows: z.object({ window: z.int(), reference: z.int() }).describe('predictions that were looked at'),
  searched: z
    .int()
    .describe('slices that were told apart: tags, categories, the lowest and highest quarter of numbers'),
  shifted: z.boolean().describe('false where nothing moved beyond what sampling noise reaches'),
  slices: z.array(
    z.object({
      slice: z.string(),
      share: z.number().describe('part of the shift; over the values of one tag these add up to 1'),
      interval: z.tuple([z.number(), z.number()]).describe('95 % interval of the share'),
      traffic: z.number().describe('share of the predictions of the window'),
      traffic_before: z.number().describe('share of the predictions of the reference'),
      says: z.string(),
    }),
  ),
});

/** A reference as the detectors see it. */
export const referenceHistograms = z.object({
  reference: takenReference,
  histograms: z.array(
    z.object({
      version: z.string().describe('all for features: what comes in does not depend on the version that answers'),
      slice: z.string(),
      kind: z.enum(['feature', 'score', 'decision', 'latency']),
      name: z.string().describe('of the feature, or of the class of a score; else empty'),
      histogram,
    }),
  ),
});

/** Traffic, score, latency and accuracy over time; one point a bucket. */
export const seriesQuery = z.strictObject({
  version: z.string().optional(),
  slice: z.string().default('all'),
  from: time,
  to: time,
  points: z.coerce.number().int().min(10).max(1000).default(200),
});
export const series = z.object({
  bucket_seconds: z.number(),
  at: z.array(time),
  predictions: z.array(z.number()),
  score_mean: z.array(z.number().nullable()),
  score_p95: z.array(z.number().nullable()),
  latency_p50: z.array(z.number().nullable()).describe('milliseconds'),
  latency_p95: z.array(z.number().nullable()).describe('milliseconds'),
  latency_p99: z.array(z.number().nullable()).describe('milliseconds'),
  roc_auc: z.array(z.number().nullable()),
  labelled: z.array(z.number()).describe('predictions of the bucket that have a matured label'),
});

export const windowQuery = z.strictObject({ from: time, to: time });

const spanDurations = z.object({
  service: z.string(),
  count: z.int(),
  errors: z.int(),
  p50_ms: z.number().nullable(),
  p95_ms: z.number().nullable(),
  p99_ms: z.number().nullable(),
});

/** Durations of the model's services over all of their operations, their histograms merged, and of each operation. */
export const operations = z.object({
  services: z.array(spanDurations),
  operations: z.array(spanDurations.extend({ operation: z.string() })),
});

export const tracesQuery = z.strictObject({
  service: z.string().min(1),
  operation: z.string().optional(),
  from: time,
  to: time,
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  errors: z.enum(['true', 'false']).default('false').describe('true for failed spans alone'),
});

export const traceId = z
  .string()
  .regex(/^[0-9a-f]{32}$/, 'must be 32 hexadecimal digits in lower case')
  .describe('id of a trace');

/** Spans: the very transactions behind a finding. */
export const traces = z.object({
  spans: z.array(
    z.object({
      timestamp: time,
      trace_id: z.string(),
      span_id: z.string(),
      service: z.string(),
      operation: z.string(),
      duration_ms: z.number(),
      status: z.string(),
      attributes: z.record(z.string(), z.string()),
    }),
  ),
});

export const input = z.strictObject({
  feature: z.string(),
  encoding: z.enum(['number', 'one_hot', 'boolean']).default('number'),
  categories: z
    .array(z.string())
    .optional()
    .describe('for one_hot: the categories in order; an unknown one gives all zeros'),
  fill: z.number().default(0).describe('value of a missing number'),
  mean: z.number().default(0).describe('subtracted before scoring'),
  scale: z.number().default(1).describe('divisor after the mean is subtracted'),
  log1p: z.boolean().default(false).describe('sign(x) * log(1 + |x|) before mean and scale'),
});

export const versionRegistration = z
  .object({
    version: name,
    path: z.string().describe('folder of model.json and its shards, under models.directory'),
    inputs: z.array(input).min(1).max(10_000),
    threshold: z.number().optional(),
    positive_class: z
      .int()
      .min(0)
      .max(1)
      .optional()
      .describe('of a model that answers with the scores of two classes: which column is the score; 1 without it'),
    classes: z
      .array(name)
      .min(2)
      .max(100)
      .optional()
      .describe(
        'of a multiclass model, which answers with the probabilities of its classes: their names, as labels say them, in the order of the columns',
      ),
  })
  .strict();
export const version = z.object({
  model: z.string(),
  version: z.string(),
  path: z.string(),
  format: z.enum(['layers', 'graph']),
  inputs: z.array(input),
  threshold: z.number(),
  positive_class: z.int(),
  classes: z.array(z.string()).optional().describe('names of the columns of a multiclass model'),
  sha256: z.record(z.string(), z.string()).describe('of model.json and each shard'),
  registered_at: time,
});

/** Answer to what was started or opened: where to ask for it. */
export const started = z.object({ id: z.string() });
export const modelFilter = z.strictObject({ model: z.string().optional() });

export const replayRequest = z
  .object({
    model: name,
    candidate: name,
    control: name.optional().describe('version whose recorded predictions are replayed; all versions without it'),
    from: time,
    to: time,
    limit: z
      .int()
      .min(1)
      .optional()
      .describe(
        'a sample of this size, half of it from what the control declines; counts then speak of the whole window',
      ),
    slices: z
      .array(z.string())
      .optional()
      .describe('tags, features or cuts of numbers to cut the comparison by; the model’s own without it'),
    pace: z.number().positive().optional().describe('times the recorded pace; as fast as it goes without it'),
  })
  .strict();

const interval = z.tuple([z.number(), z.number()]);
const flipWay = z.object({ share: z.number(), interval });
export const flips = z.object({
  to_decline: z
    .int()
    .describe(
      'below the threshold for the control, at or above it for the candidate; of a sample, as many as it stands for',
    ),
  to_approve: z.int(),
  share: z.number(),
  interval: interval.describe('95 % Wilson interval of the share'),
  ways: z
    .object({ to_decline: flipWay, to_approve: flipWay })
    .nullable()
    .describe('each way alone, as shares of all pairs; null in replays of before'),
  value_to_decline: z.number().describe('money at stake in those predictions'),
  value_to_approve: z.number(),
});
const accuracy = z
  .object({
    auc: z.number().nullable(),
    recall: z.number().nullable(),
    precision: z.number().nullable(),
    false_positive_rate: z.number().nullable(),
    missed_value: z.number().describe('money in positives that the model approves'),
    wrongly_declined_value: z.number().describe('money in negatives that the model declines'),
    brier: z.number().nullable(),
    log_loss: z.number().nullable(),
    calibration_error: z.number().nullable().describe('ten bins of equal counts'),
  })
  .describe(
    'at the threshold of the model, weighted by 1 / propensity; of a sample also by what each prediction stands for',
  );
export const comparison = z.object({
  slice: z.string(),
  recorded: z.int(),
  replayed: z.int(),
  failed: z.int().describe('replayed, but the candidate gave no score; counted by reason in errors'),
  errors: z.record(z.string(), z.int()),
  flips,
  score_shift: z.object({ mean: z.number(), interval, control_mean: z.number(), candidate_mean: z.number() }),
  rank_correlation: z.number().nullable().describe('of Spearman; of a stratified sample, as it is in the traffic'),
  decline_rates: z.object({ control: z.number(), candidate: z.number() }),
  labelled: z.object({
    count: z.int(),
    positives: z.int(),
    represents: z
      .int()
      .describe('labelled predictions that these stand for: more than count where a sample was replayed or compared'),
    effective: z.number().describe('effective sample size after weighting'),
    control_auc: z.number().nullable(),
    candidate_auc: z.number().nullable(),
    only_control_right: z.int(),
    only_candidate_right: z.int(),
    mcnemar_p: z.number().nullable(),
    control: accuracy,
    candidate: accuracy,
  }),
});
export const flipExample = z.object({
  prediction_id: z.string(),
  version: z.string(),
  timestamp: time,
  control_score: z.number(),
  candidate_score: z.number(),
  value: z.number(),
  trace_id: z.string().describe('empty where the prediction carries none'),
  tags: z.record(z.string(), z.string()),
});
const pairedDifference = z
  .object({ mean: z.number(), interval })
  .nullable()
  .describe('candidate minus control, with its 95 % interval; null for fewer than two labels');
const classAccuracy = z
  .object({ accuracy: z.number().nullable(), macro_f1: z.number().nullable(), log_loss: z.number().nullable() })
  .describe('weighted by 1 / propensity');
export const classComparison = z.object({
  slice: z.string(),
  recorded: z.int(),
  replayed: z.int(),
  failed: z.int().describe('replayed, but the candidate gave no scores; counted by reason in errors'),
  errors: z.record(z.string(), z.int()),
  flips: z.object({
    count: z.int().describe('predictions whose most probable class differs; of a sample, as many as it stands for'),
    share: z.number(),
    interval: interval.describe('95 % Wilson interval of the share'),
    value: z.number().describe('money at stake in those predictions'),
    changes: z
      .array(
        z.object({
          from: z.string().describe('most probable class of the control'),
          to: z.string().describe('most probable class of the candidate'),
          count: z.int(),
          share: z.number(),
          interval,
          value: z.number(),
        }),
      )
      .describe('from which class to which, the most frequent first, 100 at the most, 20 of a slice'),
  }),
  classes: z.array(
    z.object({
      name: z.string(),
      shares: z.object({ control: z.number(), candidate: z.number() }).describe('how often each of the two decides it'),
      mean_scores: z.object({ control: z.number(), candidate: z.number() }),
      shift: z.number().describe('of the mean score, candidate minus control'),
      interval: interval.describe('95 % interval of the shift'),
    }),
  ),
  distance: z
    .object({ mean: z.number(), interval })
    .describe('mean total variation distance between the scores of the two, 0 to 1'),
  labelled: z.object({
    count: z.int(),
    represents: z.int(),
    effective: z.number().describe('effective sample size after weighting'),
    only_control_right: z.int(),
    only_candidate_right: z.int(),
    mcnemar_p: z.number().nullable(),
    control: classAccuracy,
    candidate: classAccuracy,
    accuracy_difference: pairedDifference,
    log_loss_difference: pairedDifference,
  }),
});
const classResult = z
  .object({
    comparison: classComparison.nullable(),
    slices: z.array(classComparison),
    examples: z
      .array(flipExample.extend({ from: z.string(), to: z.string() }))
      .describe('the flips with most money at stake; scores are those of the class that each model decides'),
  })
  .optional()
  .describe('of a candidate that tells classes apart, in place of comparison, slices and examples');
const latencies = z.object({ p50: z.number(), p95: z.number(), p99: z.number() });
export const replay = z.object({
  id: z.string(),
  model: z.string(),
  candidate: z.string(),
  control: z.string().nullable(),
  from: time,
  to: time,
  state: z.enum(['queued', 'running', 'done', 'failed', 'cancelled']),
  waiting: z
    .object({
      reason: z.string(),
      since: time,
      attempts: z.int().describe('how often it was tried'),
      again_at: time.nullable().describe('when it is tried again; null where that depends on other replays'),
    })
    .nullable()
    .describe('what it waits for, such as the store; null while it goes on'),
  recorded: z.int(),
  replayed: z.int(),
  rows_per_second: z.number().nullable(),
  backend: z.string().nullable(),
  error: z.string().nullable(),
  noise_floor: z
    .object({
      flips: z.number(),
      score: z.number(),
      replayed: z.int(),
      bias: z.number().describe('mean of replayed less recorded'),
      differing: z.number().describe('share of the predictions that differ by more than 0.0001'),
    })
    .nullable()
    .describe('the control replayed against its own record: share of flips, mean absolute score difference'),
  comparison: comparison.nullable(),
  slices: z.array(comparison),
  classes: classResult,
  examples: z
    .object({ to_decline: z.array(flipExample), to_approve: z.array(flipExample) })
    .describe('the flips with most money at stake'),
  latency: z
    .object({ count: z.int(), control: latencies, candidate: latencies, ratio: z.number() })
    .nullable()
    .describe('milliseconds for one prediction alone; ratio is the median of candidate / control'),
  attribution: z
    .array(z.object({ feature: z.string(), flips: z.number(), shift: z.number() }))
    .nullable()
    .describe('by feature: share of the flips, and part of the score shift, that goes with it; null until worked out'),
  explained: z
    .object({ flips: z.int(), predictions: z.int() })
    .nullable()
    .describe('flips, and random predictions for the score shift, that attribution looked at'),
  pace: z.number().nullable(),
  stratified: z.boolean(),
  population: z.int().describe('predictions of the window, of which a limit takes a sample'),
  seconds_left: z.number().nullable(),
  started_at: time,
  finished_at: time.nullable(),
});

export const replayList = z.object({ replays: z.array(replay) });

export const liveShadow = z.object({
  id: z.string(),
  model: z.string(),
  candidate: z.string(),
  control: z.string().nullable(),
  rollout: z.string().nullable().describe('the open rollout that it belongs to; null for the `shadow` of a model'),
  state: z.enum(['running', 'waiting', 'failed', 'ended']),
  reason: z.string().nullable(),
  backend: z.string().nullable(),
  share: z.number(),
  since: time,
  scored: z.int(),
  shed: z.int().describe('not scored, because that would have come too late'),
  lag_seconds: z.number().describe('age of the oldest prediction that is still to be scored'),
  noise_floor: replay.shape.noise_floor,
  comparison: comparison.nullable(),
  slices: z.array(comparison),
  classes: classResult,
  examples: replay.shape.examples,
  latency: replay.shape.latency,
  attribution: replay.shape.attribution,
  explained: replay.shape.explained,
  compared_at: time
    .nullable()
    .describe('when labels, examples, latency and attribution were worked out last; null before that'),
});
export const liveShadowList = z.object({ shadows: z.array(liveShadow) });

const stageShares = z
  .array(z.number().gt(0).lte(1))
  .min(1)
  .max(20)
  .describe('ascending shares of the traffic, the last one 1, such as [0.01, 0.05, 0.25, 0.5, 1]');
const stage = z.object({
  index: z.int().describe('from 0'),
  of: z.int().describe('how many stages there are'),
  share: z.number().describe('of the traffic, that the candidate is to answer'),
});
export const rolloutRequest = z
  .object({
    model: name,
    control: name,
    candidate: name,
    guardrails: z.array(guardrailSetting).min(1).optional(),
    alpha: z.number().gt(0).lt(1).optional(),
    minimum_events: z.int().min(1).optional(),
    minimum_duration: duration.optional(),
    maximum_duration: duration.optional(),
    stages: stageShares.optional(),
  })
  .strict();
export const check = z.object({
  name: z.string(),
  class: z.string().optional().describe('of class_rate: the class that it is about'),
  slice: z.string(),
  harm: z.number().nullable(),
  margin: z.number(),
  interval: interval.nullable(),
  e_value: z.number().nullable(),
  events: z.int(),
  events_needed: z.int().nullable(),
  state: z.enum(['safe', 'harmful', 'undecided', 'insufficient']),
  reason: z.string(),
});
export const verdictAnswer = z.object({
  verdict: verdictSchema,
  reasons: z.array(z.string()),
  checks: z.array(check),
  stage: z.int().describe('index of the stage that was judged'),
  by_hand: z
    .object({
      by: z.string(),
      reason: z.string(),
      judged: verdictSchema.nullable().describe('the verdict of the gate at that moment; null when it could not judge'),
    })
    .optional()
    .describe('who ended the rollout, where a person did'),
  decision: z.string().describe('id of the stored decision'),
  as_of: time,
  evidence_url: z.string(),
});
/** `argo` answers an Argo Rollouts web metric, whose `jsonPath` is `{$.data.verdict}`. */
export const verdictQuery = z.strictObject({ format: z.enum(['full', 'argo']).default('full') });
export const argoAnswer = z.object({
  data: z.object({
    verdict: z
      .enum(['pass', 'fail', 'inconclusive'])
      .describe('promote is pass, rollback is fail; hold and inconclusive are inconclusive'),
  }),
});
/** Which question Flagger's webhook asks: may it go on (all hooks but one), or must it roll back (a `rollback` hook)? */
export const flaggerQuery = z.strictObject({
  hook: z.enum(['promotion', 'rollback']).default('promotion'),
  advance: z
    .enum(['true', 'false'])
    .default('false')
    .describe('begin the next stage with the answer 200, as the weight grows with it'),
  start: z
    .enum(['true', 'false'])
    .default('false')
    .describe(
      'answer 200 at weight 0 although nothing is known yet, and begin no stage with it: in the first stage, before the candidate has answered live, unless harm or broken data is known',
    ),
});
/** What Flagger sends to a webhook of type `event`, as far as it is read. */
export const flaggerEvent = z.object({
  metadata: z.object({ eventMessage: z.string().describe('such as "Advance podinfo.test canary weight 5"') }),
});

export const rollout = z.object({
  id: z.string(),
  model: z.string(),
  control: z.string(),
  candidate: z.string(),
  state: z.enum(['open', 'promoted', 'rolled_back', 'inconclusive']),
  alpha: z.number(),
  minimum_events: z.int(),
  minimum_duration: z.string(),
  maximum_duration: z.string(),
  stages: stageShares,
  stage: stage.extend({ opened_at: time }),
  rollback: z
    .object({
      state: z.enum(['waiting', 'done', 'failed']),
      attempts: z.int(),
      error: z.string().nullable(),
    })
    .nullable()
    .describe('what became of the webhook or command of a rollback; null where there is none'),
  guardrails: z.array(guardrailSetting),
  opened_at: time,
  decided_at: time.nullable(),
  verdict: verdictSchema,
});
export const rolloutList = z.object({ rollouts: z.array(rollout) });
export const decision = verdictAnswer.extend({ id: z.string(), rollout: z.string(), inputs: z.unknown() });
export const recomputed = z.object({
  decision: z.string(),
  equal: z.boolean().describe('verdict, reasons and every number of every check are the same'),
  stored: verdictAnswer,
  recomputed: verdictAnswer,
});
export const advanceRequest = z
  .object({
    from: z.int().min(0).optional().describe('index of the stage that is over; beyond it already, nothing changes'),
  })
  .strict();
export const endRequest = z.strictObject({
  verdict: z
    .enum(['rollback', 'inconclusive'])
    .describe('rollback: the candidate must go back; inconclusive: the rollout is closed without a verdict on it'),
  by: z.string().trim().min(1).max(256).describe('who says so'),
  reason: z.string().trim().min(1).max(1000).describe('why'),
});
export const decisionQuery = z.strictObject({
  before: z
    .string()
    .optional()
    .describe(
      'id of a decision: only earlier ones; the first of an answer as `before` of the next gives all, page by page',
    ),
  limit: z.coerce.number().int().min(1).max(1000).default(1000).describe('how many; the newest of those asked for'),
});
export const decisionList = z.object({ decisions: z.array(decision) });

export const alert = z.object({
  id: z.string(),
  model: z.string(),
  version: z.string(),
  detector: z.string(),
  slice: z.string(),
  feature: z.string().optional(),
  state: alertState,
  reason: z.string(),
  statistic: z.number().nullable(),
  limit: z.number().nullable(),
  since: time,
  fired_at: time.nullable(),
  resolved_at: time.nullable(),
  acknowledged_by: z.string().nullable(),
  silenced: z.boolean(),
  delivered: z.boolean().describe('a notification that tells of the present state was accepted by a channel'),
  finding: z.string(),
  impact: knownImpact,
  url: z.string(),
});
export const alertQuery = z.strictObject({ state: alertState.optional() });
export const alertList = z.object({ alerts: z.array(alert) });
export const delivery = z.object({
  id: z.string(),
  channel: z.string(),
  model: z.string(),
  subject: z.string(),
  state: z.enum(['waiting', 'delivered', 'failed']),
  attempts: z.int(),
  error: z.string().nullable(),
  created_at: time,
  delivered_at: time.nullable(),
});
export const alertDetail = alert.extend({
  changes: z.array(z.object({ at: time, from: alertState, to: alertState, reason: z.string() })),
  deliveries: z.array(delivery),
});
export const acknowledgement = z.object({ by: name }).strict();
export const silence = z
  .object({
    model: z.string().optional(),
    detector: z.string().optional(),
    slice: z.string().optional(),
    until: time,
    by: name,
    reason: note,
  })
  .strict();
export const silenceAnswer = silence.extend({ id: z.string() });
export const feedback = z.object({ verdict: z.enum(['real', 'false']), by: name, note: note.optional() }).strict();

export const retrainingRequest = z.object({ model: name, reason: z.string().min(1).max(1000) }).strict();
export const retraining = z.object({
  id: z.string(),
  model: z.string(),
  state: z.enum(['snapshotting', 'running', 'completed', 'failed']),
  trigger: z.string().describe('what asked for it: a finding, or a person'),
  finding: z.string().nullable(),
  snapshot: z.string().nullable(),
  version: z.string().nullable().describe('the version that came out of it'),
  error: z.string().nullable(),
  started_at: time,
  finished_at: time.nullable(),
});
export const retrainingList = z.object({ retrainings: z.array(retraining) });
/** Call-back of a job: the new version, registered in the same step where `path` and `inputs` are given. */
export const retrainingCompletion = z
  .object({
    version: name,
    path: z.string().optional(),
    inputs: z.array(input).optional(),
    threshold: z.number().optional(),
    metrics: z.record(z.string(), z.number()).optional(),
  })
  .strict();
export const retrainingFailure = z.object({ reason: z.string().min(1).max(10_000) }).strict();
export const snapshot = z.object({
  id: z.string(),
  model: z.string(),
  path: z.string().describe('the Parquet file'),
  query: z.string(),
  from: time,
  to: time,
  rows: z.int(),
  labelled: z.int(),
  label_coverage: z.number(),
  bytes: z.int(),
  sha256: z.string(),
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  created_at: time,
});

export const healthy = z.object({ status: z.literal('ok') });
export const readiness = z.object({ ready: z.literal(true) });
/** Answer while requests should not be sent here. */
export const unreadiness = errorBody.extend({ ready: z.literal(false), reasons: z.array(z.string()) });

export const status = z.object({
  version: z.string(),
  uptime_seconds: z.number(),
  simulated: z.boolean().describe('true when the data in this daemon is made up by the demo'),
  engine: z.enum(['embedded', 'server']),
  in_charge: z.boolean().describe('whether this daemon judges, sends and acts; of all on one store, one does'),
  ingest: z.object({
    spans: z.int(),
    predictions: z.int(),
    labels: z.int(),
    rejected: z.record(z.string(), z.int()),
    duplicates: z.int(),
    spool_bytes: z.int(),
    lag_seconds: z.number(),
  }),
  stored: z.object({ spans: z.int(), predictions: z.int(), labels: z.int() }),
});

const setAsideTable = z.object({
  table: z.string(),
  rows: z.int(),
  state: z.enum(['loaded', 'refused']),
  code: z.int().nullable().describe('number of the error of ClickHouse; null where it gave none'),
  reason: z.string().nullable().describe('null where the store has the rows'),
});
export const setAsideSegment = z.object({
  segment: z.string(),
  received_at: time.describe('when its first body was received'),
  set_aside_at: time,
  tries: z.int(),
  bytes: z.int(),
  tables: z.array(setAsideTable),
});
export const setAsideList = z.object({ segments: z.array(setAsideSegment) });
export const retriedAnswer = z.object({
  segment: z.string(),
  state: z.enum(['loaded', 'refused']),
  tables: z.array(setAsideTable),
});

type Out<Schema extends z.ZodType> = z.output<Schema>;
export type Model = Out<typeof model>;
export type ReferenceHistograms = Out<typeof referenceHistograms>;
export type TakenReference = Out<typeof takenReference>;
export type ModelChange = Out<typeof modelChange>;
export type Finding = Out<typeof finding>;
export type Impact = Out<typeof impact>;
export type FoundFinding = FindingList['findings'][number];
export type FindingList = Out<typeof findingList>;
export type Distribution = Out<typeof distribution>;
export type Shift = Out<typeof shift>;
export type Series = Out<typeof series>;
export type Operations = Out<typeof operations>;
export type Traces = Out<typeof traces>;
export type Input = Out<typeof input>;
export type Version = Out<typeof version>;
export type Comparison = Out<typeof comparison>;
export type ClassComparison = Out<typeof classComparison>;
export type Replay = Out<typeof replay>;
export type LiveShadow = Out<typeof liveShadow>;
export type Guardrail = Out<typeof guardrailSetting>;
export type Check = Out<typeof check>;
export type VerdictAnswer = Out<typeof verdictAnswer>;
export type Rollout = Out<typeof rollout>;
export type Recomputed = Out<typeof recomputed>;
export type Decision = Out<typeof decision>;
export type Alert = Out<typeof alert>;
export type AlertDetail = Out<typeof alertDetail>;
export type Delivery = Out<typeof delivery>;
export type Retraining = Out<typeof retraining>;
export type Snapshot = Out<typeof snapshot>;
export type Status = Out<typeof status>;
export type Admission = Out<typeof admission>;
export type SetAsideSegment = Out<typeof setAsideSegment>;
export type RetriedAnswer = Out<typeof retriedAnswer>;
export type ErrorBody = Out<typeof errorBody>;
export type SilenceAnswer = Out<typeof silenceAnswer>;
export type ArgoAnswer = Out<typeof argoAnswer>;
