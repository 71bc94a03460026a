import { z } from 'zod';
import { duration } from '../config/duration.ts';

/** How candidates are run over recorded traffic. */
export const replays = z
  .strictObject({
    backend: z
      .enum(['auto', 'tensorflow', 'wasm', 'cpu'])
      .default('auto')
      .describe('TensorFlow.js backend; auto takes the first that works of tfjs-node, WASM, CPU'),
    batch: z.int().min(1).max(4096).default(1024).describe('predictions scored at once'),
    timeout: duration.prefault('30s').describe('a batch that takes longer costs the worker'),
    memory: z
      .int()
      .min(32)
      .max(4096)
      .default(1024)
      .describe('MiB that the model and its tensors may take in each worker; a batch that wants more costs the worker'),
    workers: z.int().min(1).max(64).default(1).describe('threads that score one replay'),
    most_paced: z
      .int()
      .min(1)
      .default(4)
      .describe('replays at a recorded pace that run at once; those without one run one after the other'),
  })
  .prefault({});

/** How candidates are run beside live traffic. */
export const shadows = z
  .strictObject({
    share: z
      .number()
      .gt(0)
      .max(1)
      .default(1)
      .describe('share of the predictions that a live shadow scores, chosen by their id'),
    tick: duration.prefault('1s').describe('pause between two looks for new predictions'),
    max_lag: duration
      .prefault('60s')
      .describe('predictions that could not be scored within this time are shed and counted'),
    most: z.int().min(1).default(8).describe('live shadows at once; each has a worker thread and its model in memory'),
  })
  .prefault({});
