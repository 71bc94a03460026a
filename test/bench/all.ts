import type { Bench } from './bench.ts';
import { detectorsBench } from './detectors/detectors.ts';
import { peersBench } from './peers/peers.ts';

/** Every benchmark, one line each. */
export const benches: readonly Bench[] = [detectorsBench, peersBench];
