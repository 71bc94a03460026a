import { join } from 'node:path';
import { HEALTHY } from './breakage.ts';
import { saveModel } from './model-files.ts';
import { seededRandom } from './random.ts';
import { MODEL } from './record.ts';
import { registerVersion } from './send.ts';
import { simulatePayment } from './simulate-payment.ts';
import { THRESHOLD, trainModel } from './train.ts';

export interface BadCandidateOptions {
  readonly url: string;
  readonly models: string;
  readonly version: string;
  readonly rows: number;
  readonly seed: number;
}

/**
 * A model with an ordinary mistake, registered like any other: its pipeline joined the labels one row off, so that it
 * learned nothing but chance.
 */
export async function makeBadCandidate(options: BadCandidateOptions): Promise<void> {
  const random = seededRandom(options.seed);
  const payments = Array.from({ length: options.rows }, (_, index) =>
    simulatePayment(random, `bad-${index}`, 0, HEALTHY),
  );
  const rows = payments.map((payment, index) => ({
    features: payment.features,
    fraud: payments[(index + 1) % payments.length]?.fraud ?? false,
    weight: 1,
  }));
  const { network, inputs } = await trainModel(rows, { epochs: 2, seed: options.seed });
  const path = join(options.models, MODEL, options.version);
  await saveModel(network, inputs, path);
  await registerVersion(options.url, MODEL, { version: options.version, path, inputs, threshold: THRESHOLD });
}
