import type { Bench } from './bench.ts';
import { detectorsBench } from './detectors/detectors.ts';
import { falseAlarms } from './false-alarms/false-alarms.ts';
import { gateBench } from './gate/bench-gate.ts';
import { verdictBench } from './gate/bench-verdict.ts';
import { ingest } from './ingest/ingest.ts';
import { peersBench } from './peers/peers.ts';
import { replayBench } from './replay/replay.ts';
import { streamingBench } from './streaming/streaming.ts';

/** Every benchmark, one line each. */
export const benches: readonly Bench[] = [
  detectorsBench,
  falseAlarms,
  ingest,
  peersBench,
  replayBench,
  streamingBench,
  gateBench,
  verdictBench,
];
