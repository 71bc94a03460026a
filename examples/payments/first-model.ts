import { join } from 'node:path';
import { HEALTHY } from './breakage.ts';
import { saveModel } from './model-files.ts';
import { seededRandom } from './random.ts';
import { MODEL } from './record.ts';
import { registerVersion } from './send.ts';
import { simulatePayment } from './simulate-payment.ts';
import { THRESHOLD, trainModel } from './train.ts';

/** The version that answers in the demo. */
export const FIRST_VERSION = 'v1';

export interface FirstModelOptions {
  readonly url: string;
  /** `models.directory` of the daemon, absolute. */
  readonly models: string;
  readonly rows: number;
  readonly seed: number;
}

/**
 * Trains the model in charge on payments of an older time (a seed of its own), whose outcome is fully known, and
 * registers it.
 * @returns its ROC-AUC on payments kept aside
 */
export async function makeFirstModel(options: FirstModelOptions): Promise<number> {
  const random = seededRandom(options.seed);
  const rows = Array.from({ length: options.rows }, (_, index) => {
    const { features, fraud } = simulatePayment(random, `old-${index}`, 0, HEALTHY);
    return { features, fraud, weight: 1 };
  });
  const { network, inputs, auc } = await trainModel(rows, { epochs: 3, seed: options.seed });
  const path = join(options.models, MODEL, FIRST_VERSION);
  await saveModel(network, inputs, path);
  await registerVersion(options.url, MODEL, { version: FIRST_VERSION, path, inputs, threshold: THRESHOLD });
  return auc;
}
