import type { Bench } from './bench.ts';
import { ingest } from './ingest/ingest.ts';
import { detectorsBench } from './detectors/detectors.ts';
import { peersBench } from './peers/peers.ts';
import { streamingBench } from './streaming/streaming.ts';
import { replayBench } from './replay/replay.ts';

/** Every benchmark, one line each. */
export const benches: readonly Bench[] = [ingest, detectorsBench, peersBench, streamingBench, replayBench];
