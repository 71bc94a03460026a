import { z } from 'zod';
import { parseSliceRule } from '../../detectors/slice-rule.ts';
import { duration } from '../config/duration.ts';
import { guardrailSetting } from '../config/guardrail-setting.ts';

/** A detector switched off or on, or its settings; which settings exist is the detector's own declaration. */
const detectorSettings = z.union([z.boolean(), z.record(z.string(), z.number())]);

const sliceRule = z
  .string()
  .refine(
    (text) => parseSliceRule(text) !== undefined,
    'write the name of a tag or feature such as region, or a cut such as amount>=100',
  );

/** What a model may spend: a share of its decisions, labels or scores that need not be good. */
const modelBudget = z.strictObject({
  of: z
    .enum(['wrong_declines', 'late_labels', 'stale_scores', 'slow_predictions'])
    .describe(
      'what counts: labels of declined predictions that say the decline was wrong, labels that come late or are overdue at label_maturity, predictions that are received late or are not made, predictions that took long',
    ),
  objective: z.number().gt(0).lt(1).default(0.99).describe('share that must be good, over 30 days'),
  within: duration
    .prefault('1h')
    .describe('what is late, or long, and how long a model may be silent; wrong declines do not need it'),
});
export type ModelBudget = z.output<typeof modelBudget>;

/** Every setting of a model: in `serin.yaml` for all models and by name, over the API for one. */
export const modelSettings = z.strictObject({
  kind: z.enum(['binary', 'multiclass', 'regression']).default('binary').describe('what the model predicts'),
  threshold: z
    .number()
    .default(0.5)
    .describe('score at and above which the model declines (predicts the positive class)'),
  positive_label: z.string().default('1').describe('label that counts as positive; labels are compared as text'),
  value_unit: z.string().default('').describe('unit of the money in `value`, such as EUR'),
  window: duration.prefault('1h').describe('length of the windows judged'),
  reference: duration
    .prefault('1d')
    .describe('length of the reference that is taken by itself, from the first full windows, while none is pinned'),
  reference_kind: z
    .enum(['fixed', 'previous', 'same_hour'])
    .default('fixed')
    .describe(
      'what windows of traffic are held against: the reference that was pinned or taken by itself, the window before, or the same hour of up to four earlier weeks; accuracy keeps to the fixed one',
    ),
  latency_reference: z
    .enum(['as_traffic', 'fixed', 'previous', 'same_hour'])
    .default('as_traffic')
    .describe(
      'what latencies are held against, where not as reference_kind says: same_hour fits those with a daily course, and leaves features and scores their fixed reference',
    ),
  accuracy_window: duration
    .prefault('1d')
    .describe('length of the stretch of matured labels that accuracy is judged on'),
  slices: z
    .array(sliceRule)
    .default([])
    .describe(
      'what the traffic is cut by: a tag or a categorical feature, such as region, gives a slice for each value; a cut of a numeric feature, such as amount>=100, gives one slice',
    ),
  services: z.array(z.string()).default([]).describe('OpenTelemetry services whose spans belong to the model'),
  label_maturity: duration
    .prefault('30d')
    .describe('age at which the label of a prediction, or its absence, can be trusted'),
  unlabelled: z
    .enum(['unknown', 'negative'])
    .default('unknown')
    .describe(
      'what a prediction without a label is once it is mature; `negative` fits chargebacks, which only come for fraud',
    ),
  observed_decisions: z
    .array(z.string())
    .default([])
    .describe(
      'decisions whose outcome can be seen, such as approve: the silence of labels says nothing of others; without any named, all',
    ),
  latency_objective: duration.prefault('250ms').describe('a span that takes longer counts against the latency budget'),
  objective: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.99)
    .describe('share of spans that must be fast and without error (service level objective)'),
  false_alarm_budget: z
    .number()
    .positive()
    .max(1000)
    .default(0.1)
    .describe(
      'expected false pages a week, at most: watch.false_alarm_budget is shared by all models; limits that are learned from the reference, and the control over all that is judged in one window, follow from it',
    ),
  guardrails: z
    .array(guardrailSetting)
    .default([])
    .describe('guardrails of a rollout of this model that names none, in place of rollouts.guardrails'),
  shadow: z
    .string()
    .default('')
    .describe('registered version that scores what comes in beside the one that answers; empty for none'),
  budgets: z
    .record(z.string().min(1).max(100), modelBudget)
    .default({})
    .describe('budgets of the model beside that of its services, by a name of your choice; judged by burn_rate'),
  detectors: z
    .record(z.string(), detectorSettings)
    .default({})
    .describe('per detector: its settings, false to switch it off, true to switch one on that runs on request only'),
});
export type ModelSettings = z.output<typeof modelSettings>;

/** Limits of what is stored as a reference. */
export const references = z
  .strictObject({
    max_bytes: z
      .int()
      .min(1024)
      .default(1024 * 1024 * 1024)
      .describe('bytes of a file that is uploaded as a reference; a larger one is answered 413'),
    max_rows: z
      .int()
      .min(1)
      .default(1_000_000)
      .describe(
        'rows of such a file; one with more is answered 413, and of a stretch of predictions that is a reference so many are kept',
      ),
  })
  .prefault({});
