import { z } from 'zod';

/** A guardrail as it is asked for, by a request or by the settings; what is left out comes from the table of guardrails. */
export const guardrailSetting = z.strictObject({
  name: z.enum([
    'errors',
    'decision_rate',
    'decline_rate',
    'flips',
    'class_rate',
    'score_shift',
    'class_shift',
    'latency_p50',
    'latency_p95',
    'latency_p99',
    'missed_fraud',
    'false_declines',
    'loss',
    'wrong_class',
    'data_quality',
  ]),
  class: z.string().min(1).optional().describe('of class_rate: the class whose share must not change'),
  margin: z.number().positive().optional(),
  slices: z
    .array(z.string())
    .optional()
    .describe(
      'all, region=EU, a cut such as amount>=100, or region for each of its values; without it all, and what the model is sliced by where it is 5 % of the traffic',
    ),
  watched: z
    .array(z.string())
    .optional()
    .describe('those of the slices that can roll back, and that a promotion waits for only where they point to harm'),
  required: z
    .boolean()
    .optional()
    .describe('a promotion waits until it is surely safe; else only where it points to harm'),
});
