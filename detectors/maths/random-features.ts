import { normalQuantile } from './special.ts';

/** Random numbers in (0, 1), the same in every run (mulberry32). */
function uniforms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
}

/**
 * Random Fourier features of a Gaussian kernel (Rahimi and Recht 2007): the distance of their means is the maximum mean
 * discrepancy. The directions are the same for everyone, so that it can be computed again.
 * @param values row-major rows of `length` numbers
 * @param bandwidth standard deviation of the kernel, in the units of the values
 * @returns row-major rows of `2 * directions` features, whose squares sum to 1
 */
export function randomFeatures(
  values: ArrayLike<number>,
  rows: number,
  length: number,
  bandwidth: number,
  directions: number,
): Float64Array {
  const random = uniforms(20_071_203);
  const weights = Float64Array.from({ length: directions * length }, () => normalQuantile(random()) / bandwidth);
  const features = new Float64Array(rows * directions * 2);
  const size = Math.sqrt(1 / directions);
  for (let row = 0; row < rows; row++) {
    for (let direction = 0; direction < directions; direction++) {
      let angle = 0;
      for (let at = 0; at < length; at++) {
        angle += (values[row * length + at] ?? 0) * (weights[direction * length + at] ?? 0);
      }
      features[(row * directions + direction) * 2] = size * Math.cos(angle);
      features[(row * directions + direction) * 2 + 1] = size * Math.sin(angle);
    }
  }
  return features;
}

/** Median distance between neighbours in the order of the rows, the usual bandwidth; 0 where all are the same. */
export function medianDistance(values: ArrayLike<number>, rows: number, length: number): number {
  const distances: number[] = [];
  for (let row = 0; row + 1 < rows; row++) {
    let square = 0;
    for (let at = 0; at < length; at++) {
      square += ((values[row * length + at] ?? 0) - (values[(row + 1) * length + at] ?? 0)) ** 2;
    }
    distances.push(Math.sqrt(square));
  }
  return distances.sort((one, other) => one - other)[Math.floor(distances.length / 2)] ?? 0;
}
