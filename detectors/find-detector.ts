import * as all from './all.ts';
import type { Detector } from './detector.ts';

/** Every detector of `all.ts`, by name. */
export const detectors: readonly Detector[] = Object.values<Detector>(all).sort((one, other) =>
  one.name < other.name ? -1 : 1,
);

/** The detector of this name; a caller refuses an unknown one and names the nearest of `detectors`. */
export function findDetector(name: string): Detector | undefined {
  return detectors.find((detector) => detector.name === name);
}
