import { z } from 'zod';

/** A guardrail as it is asked for, by a request or by the settings; what is left out comes from the table of guardrails. */
export const guardrailSetting = z.strictObject({
  name: z.enum([
    'errors',
    'decision_rate',
    'decline_rate',
    'flips',
    'score_shift',
    'latency_p50',
    'latency_p95',
    'latency_p99',
    'missed_fraud',
    'false_declines',
    'loss',
    'data_quality',
  ]),
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
