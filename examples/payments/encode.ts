import { mean, standardDeviation } from 'simple-statistics';
import type { Input } from '../../daemon/api/contract.ts';
import type { Features } from './simulate-payment.ts';

/** Numbers whose logarithm is the better scale: money, ages, distances, times, counts. */
const LOGARITHMIC = /amount|_km$|_days$|_seconds$|_volume_|_1h$|_24h$|_7d$|_30d$|_rate$|^hours_|_items$/;

/**
 * How each feature becomes numbers, learned from rows of training data: means and standard deviations of numbers, the
 * categories of texts. The daemon applies the same encoding when it replays recorded predictions.
 */
export function fitInputs(rows: readonly Features[]): Input[] {
  const names = [...new Set(rows.slice(0, 1000).flatMap((row) => Object.keys(row)))].sort();
  return names.map((feature) => fitInput(feature, rows));
}

function fitInput(feature: string, rows: readonly Features[]): Input {
  const plain = { feature, fill: 0, mean: 0, scale: 1, log1p: false };
  const example = rows.find((row) => row[feature] !== null && row[feature] !== undefined)?.[feature];
  if (typeof example === 'boolean') return { ...plain, encoding: 'boolean' };
  if (typeof example === 'string') {
    const categories = [
      ...new Set(rows.map((row) => row[feature]).filter((value) => typeof value === 'string')),
    ].sort();
    return { ...plain, encoding: 'one_hot', categories };
  }
  const log1p = LOGARITHMIC.test(feature);
  const values = rows.map((row) => row[feature]).filter((value) => typeof value === 'number');
  const scaled = values.map((value) => (log1p ? signedLog1p(value) : value));
  const middle = mean(scaled);
  return {
    feature,
    encoding: 'number',
    // A missing value sits in the middle of the scale that the model sees.
    fill: log1p ? Math.sign(middle) * Math.expm1(Math.abs(middle)) : middle,
    log1p,
    mean: middle,
    scale: standardDeviation(scaled) || 1,
  };
}

/** Numbers that one row takes in a matrix: one, or one a category. */
export function encodedWidth(inputs: readonly Input[]): number {
  return inputs.reduce((sum, input) => sum + (input.encoding === 'one_hot' ? (input.categories ?? []).length : 1), 0);
}

/** Writes one row at `offset` of a row-major float32 matrix; an unknown category gives all zeros. */
export function encodeRow(features: Features, inputs: readonly Input[], into: Float32Array, offset: number): void {
  let at = offset;
  for (const input of inputs) {
    const value = features[input.feature];
    if (input.encoding === 'one_hot') {
      for (const category of input.categories ?? []) into[at++] = value === category ? 1 : 0;
    } else {
      const number = typeof value === 'number' ? value : typeof value === 'boolean' ? Number(value) : input.fill;
      into[at++] = ((input.log1p ? signedLog1p(number) : number) - input.mean) / input.scale;
    }
  }
}

function signedLog1p(value: number): number {
  return Math.sign(value) * Math.log1p(Math.abs(value));
}
