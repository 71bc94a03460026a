import * as all from './all.ts';
import type { Detector } from './detector.ts';

/** Every detector, in the order of `all.ts`. */
export const detectors: readonly Detector[] = Object.values(all);

/** The detector of this name; a caller refuses an unknown one and names the nearest of `detectors`. */
export function findDetector(name: string): Detector | undefined {
  return detectors.find((detector) => detector.name === name);
}
