import * as layers from '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import type { Input } from '../../daemon/api/contract.ts';
import { encodedWidth, encodeRow, fitInputs } from './encode.ts';
import { seededRandom, type Random } from './random.ts';
import type { Features } from './simulate-payment.ts';

/** A payment whose outcome is known. A row of `weight` 3 counts as three. */
export interface TrainingRow {
  readonly features: Features;
  readonly fraud: boolean;
  readonly weight: number;
}

/** A model and all that is needed to feed it. */
export interface TrainedModel {
  readonly network: layers.LayersModel;
  readonly inputs: readonly Input[];
  /** ROC-AUC on rows that were kept aside. */
  readonly auc: number;
}

/** Score at and above which a payment is declined; training moves the scores so that it fits. */
export const THRESHOLD = 0.5;
/** Share of good payments that may be declined: it fixes where on the score the threshold lies. */
const FALSE_DECLINES = 0.008;
/** Fraud is rare: each fraud is shown this many times an epoch. */
const FRAUD_REPEATS = 8;
const BATCH = 512;

/**
 * Trains a small network on payments, one in five kept aside to place the threshold and to measure.
 * Scores are not probabilities: they are shifted so that 0.5 declines a fixed share of good payments.
 * @param settings `epochs` over the rows; `seed` of the weights and the order
 */
export async function trainModel(
  rows: readonly TrainingRow[],
  settings: { readonly epochs: number; readonly seed: number },
): Promise<TrainedModel> {
  await startTensorFlow();
  const random = seededRandom(settings.seed);
  const aside = rows.filter((_, index) => index % 5 === 0);
  const training = rows.filter((_, index) => index % 5 !== 0);
  const inputs = fitInputs(training.map((row) => row.features));
  const network = buildNetwork(encodedWidth(inputs), settings.seed);
  const shown = training.flatMap((row) =>
    Array.from<TrainingRow>({ length: row.weight * (row.fraud ? FRAUD_REPEATS : 1) }).fill(row),
  );
  for (let epoch = 0; epoch < settings.epochs; epoch++) await trainEpoch(network, inputs, shuffle(shown, random));
  const raw = scoreRows(
    network,
    inputs,
    aside.map((row) => row.features),
  );
  placeThreshold(network, raw, aside);
  return { network, inputs, auc: areaUnderCurve(raw, aside) };
}

/** Selects the WASM backend, which is many times as fast as plain JavaScript. */
export async function startTensorFlow(): Promise<void> {
  tf.enableProdMode();
  if (!(await tf.setBackend('wasm'))) await tf.setBackend('cpu');
  await tf.ready();
}

/** Scores in 0..1 of payments, in their order. */
export function scoreRows(
  network: layers.LayersModel,
  inputs: readonly Input[],
  rows: readonly Features[],
): Float32Array {
  const width = encodedWidth(inputs);
  const scores = new Float32Array(rows.length);
  for (let from = 0; from < rows.length; from += 1024) {
    const batch = rows.slice(from, from + 1024);
    const matrix = new Float32Array(batch.length * width);
    for (const [index, features] of batch.entries()) encodeRow(features, inputs, matrix, index * width);
    const answer = tf.tidy(() =>
      (network.predictOnBatch(tf.tensor2d(matrix, [batch.length, width])) as tf.Tensor).dataSync(),
    );
    scores.set(answer, from);
  }
  return scores;
}

function buildNetwork(width: number, seed: number): layers.Sequential {
  const dense = (units: number, nth: number, rest: object) =>
    layers.layers.dense({ units, kernelInitializer: layers.initializers.glorotNormal({ seed: seed + nth }), ...rest });
  const network = layers.sequential({
    layers: [
      dense(48, 1, { inputShape: [width], activation: 'relu' }),
      dense(24, 2, { activation: 'relu' }),
      dense(1, 3, { activation: 'sigmoid' }),
    ],
  });
  network.compile({ optimizer: tf.train.adam(0.002), loss: 'binaryCrossentropy' });
  return network;
}

async function trainEpoch(
  network: layers.LayersModel,
  inputs: readonly Input[],
  rows: readonly TrainingRow[],
): Promise<void> {
  const width = encodedWidth(inputs);
  for (let from = 0; from < rows.length; from += BATCH) {
    const batch = rows.slice(from, from + BATCH);
    const matrix = new Float32Array(batch.length * width);
    for (const [index, row] of batch.entries()) encodeRow(row.features, inputs, matrix, index * width);
    const x = tf.tensor2d(matrix, [batch.length, width]);
    const y = tf.tensor2d(
      Float32Array.from(batch, (row) => Number(row.fraud)),
      [batch.length, 1],
    );
    await network.trainOnBatch(x, y);
    tf.dispose([x, y]);
  }
}

/** Moves the last bias so that `FALSE_DECLINES` of the good payments score 0.5 or more. */
function placeThreshold(network: layers.LayersModel, scores: Float32Array, rows: readonly TrainingRow[]): void {
  const good = scores.filter((_, index) => rows[index]?.fraud === false).sort();
  const limit = good[Math.floor(good.length * (1 - FALSE_DECLINES))] ?? 0.5;
  const weights = network.getWeights();
  const last = weights.length - 1;
  const moved = tf.sub(weights[last] as tf.Tensor, Math.log(limit / (1 - limit)));
  network.setWeights([...weights.slice(0, last), moved]);
  moved.dispose();
}

/** ROC-AUC by ranks; ties share their rank. */
export function areaUnderCurve(scores: Float32Array, rows: readonly { readonly fraud: boolean }[]): number {
  const order = [...scores.keys()].sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0));
  let ranks = 0;
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to < order.length && scores[order[to] ?? 0] === scores[order[from] ?? 0]) to += 1;
    for (const index of order.slice(from, to)) if (rows[index]?.fraud === true) ranks += (from + to + 1) / 2;
    from = to;
  }
  const bad = rows.filter((row) => row.fraud).length;
  const good = rows.length - bad;
  return (ranks - (bad * (bad + 1)) / 2) / (bad * good);
}

function shuffle<Item>(items: readonly Item[], random: Random): Item[] {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = Math.floor(random.next() * (last + 1));
    [shuffled[last], shuffled[other]] = [shuffled[other] as Item, shuffled[last] as Item];
  }
  return shuffled;
}
