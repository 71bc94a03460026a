import { z } from 'zod';
import { webhookSecret } from '../http/webhook.ts';
import { duration } from './duration.ts';

export const retraining = z
  .strictObject({
    detectors: z
      .array(z.string())
      .default([])
      .describe('detectors whose firing alert starts a retraining; none by default'),
    cool_down: duration.prefault('1d').describe('shortest time between two retrainings of one model'),
    lookback: duration.prefault('30d').describe('length of the time that the training snapshot covers'),
    max_rows: z.int().min(1).default(5_000_000).describe('most rows of a snapshot'),
    timeout: duration.prefault('6h').describe('a job that has not called back after this time has failed'),
    command: z
      .array(z.string())
      .optional()
      .describe(
        'executor: program and arguments, run without a shell; {snapshot}, {manifest}, {model}, {retraining}, {callback} are filled in',
      ),
    webhook: z
      .strictObject({
        url: z.url({ protocol: /^https?$/ }).describe('where the manifest is sent'),
        secret: webhookSecret.optional().describe('signing secret; write ${NAME} to take it from the environment'),
        allow_private: z.boolean().default(false).describe('permit private and loopback addresses'),
      })
      .optional()
      .describe('executor: signed POST with the manifest; used when there is no command'),
    shadow: z
      .boolean()
      .default(true)
      .describe('replay a registered retrained version in shadow and open a rollout by itself'),
  })
  .prefault({});
