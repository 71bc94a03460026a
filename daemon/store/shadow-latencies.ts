import type { Engine } from './engine.ts';

/** How long one version took for one prediction by itself. */
export interface StoredLatency {
  readonly replay: string;
  readonly model: string;
  readonly version: string;
  readonly predictionId: string;
  /** Of the prediction, Unix milliseconds. */
  readonly timestamp: number;
  readonly milliseconds: number;
}

/** Stores the latencies of a sample; a repeat replaces what was stored before. */
export async function putLatencies(engine: Engine, latencies: readonly StoredLatency[]): Promise<void> {
  if (latencies.length === 0) return;
  await engine.insert(
    'shadow_latencies',
    latencies.map(({ replay, model, version, predictionId, timestamp, milliseconds }) => ({
      replay,
      model,
      version,
      prediction_id: predictionId,
      timestamp: new Date(timestamp).toISOString().replace('T', ' ').slice(0, 23),
      latency_ms: milliseconds,
    })),
  );
}
