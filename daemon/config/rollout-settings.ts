import { z } from 'zod';
import { duration } from './duration.ts';
import { guardrailSetting } from './guardrail-setting.ts';
import { webhookSecret } from '../http/webhook.ts';

/** Ascending shares of the traffic, the last one all of it. */
export const rolloutStages: z.ZodType<number[], number[]> = z
  .array(z.number().gt(0).lte(1))
  .min(1)
  .max(20)
  .refine((shares) => shares.every((share, at) => share > (shares[at - 1] ?? 0)) && shares.at(-1) === 1, {
    error: 'stages ascend and end with 1, such as [0.01, 0.05, 0.25, 0.5, 1]',
  });

/** Settings of canary rollouts: what a rollout is opened with where the request says nothing else. */
export const rolloutSettings = z
  .strictObject({
    alpha: z
      .number()
      .gt(0)
      .lt(1)
      .default(0.05)
      .describe('chance of a false rollback over the whole rollout, shared by its guardrails'),
    minimum_events: z.int().min(1).default(500).describe('paired or live events before a promotion'),
    minimum_duration: duration.prefault('0s').describe('shortest time of a stage'),
    maximum_duration: duration.prefault('1d').describe('after this time an undecided stage is inconclusive'),
    stages: rolloutStages.default([1]).describe('shares of the traffic that the candidate gets one after the other'),
    guardrails: z
      .array(guardrailSetting)
      .default([])
      .describe(
        'guardrails of a rollout that names none, where its model has none either; without any, those of docs/gate.md',
      ),
    on_rollback: z
      .strictObject({
        webhook: z
          .strictObject({
            url: z.url({ protocol: /^https?$/ }).describe('where the decision is sent'),
            secret: webhookSecret.optional().describe('signing secret; write ${NAME} to take it from the environment'),
            allow_private: z.boolean().default(false).describe('permit private and loopback addresses'),
          })
          .optional()
          .describe('signed POST with the rollout and the decision; used when there is no command'),
        command: z
          .array(z.string())
          .optional()
          .describe(
            'program and arguments, run without a shell; {rollout}, {model}, {control}, {candidate}, {stage}, {decision} are filled in',
          ),
        timeout: duration.prefault('5m').describe('a command that takes longer is ended and has failed'),
        attempts: z.int().min(1).default(8).describe('tries before it is given up; the pause doubles from 5 s'),
      })
      .prefault({})
      .describe('what a rollback sets in motion, besides the verdict'),
  })
  .prefault({});
