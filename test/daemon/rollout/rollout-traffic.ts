import { putLatencies } from '../../../daemon/store/shadow-latencies.ts';
import type { Store } from '../../../daemon/store/store.ts';

export const text = (time: number): string => new Date(time).toISOString().replace('T', ' ').slice(0, 23);

export interface Answer {
  readonly id: string;
  readonly at: number;
  readonly model: string;
  readonly version: string;
  readonly role?: 'control' | 'candidate';
  readonly score: number | null;
  readonly scores?: Readonly<Record<string, number>>;
  readonly decision?: string;
  readonly latencyMs?: number | null;
  readonly tags?: Readonly<Record<string, string>>;
  readonly propensity?: number;
  readonly numbers?: Readonly<Record<string, number>>;
  readonly categories?: Readonly<Record<string, string>>;
}

export interface ShadowScore {
  readonly replay: string;
  readonly model: string;
  readonly version: string;
  readonly id: string;
  readonly at: number;
  readonly score: number | null;
  readonly scores?: Readonly<Record<string, number>>;
  readonly latencyMs?: number | null;
}

export async function insertAnswers(store: Store, answers: readonly Answer[]): Promise<void> {
  await store.writer.insert(
    'predictions',
    answers.map((one) => ({
      timestamp: text(one.at),
      received_at: text(one.at + 5),
      model: one.model,
      version: one.version,
      role: one.role ?? 'control',
      prediction_id: one.id,
      score: one.score,
      ...(one.scores === undefined ? {} : { scores: one.scores }),
      decision: one.decision ?? '',
      latency_ms: one.latencyMs ?? null,
      tags: one.tags ?? {},
      propensity: one.propensity ?? null,
      numbers_given: one.numbers ?? {},
      categories: one.categories ?? {},
      segment: 1,
    })),
  );
}

export async function insertScores(store: Store, scores: readonly ShadowScore[]): Promise<void> {
  await store.writer.insert(
    'shadow_scores',
    scores.map((one) => ({
      replay: one.replay,
      model: one.model,
      version: one.version,
      prediction_id: one.id,
      timestamp: text(one.at),
      score: one.score,
      ...(one.scores === undefined ? {} : { scores: one.scores }),
      error: one.score === null ? 'timeout' : '',
    })),
  );
  await putLatencies(
    store.writer,
    scores.flatMap(({ id, at, score: _score, scores: _scores, latencyMs, ...of }) =>
      typeof latencyMs === 'number' ? [{ ...of, predictionId: id, timestamp: at, milliseconds: latencyMs }] : [],
    ),
  );
}

export async function insertLabels(
  store: Store,
  labels: readonly { readonly id: string; readonly at: number; readonly label: string; readonly receivedAt?: number }[],
): Promise<void> {
  await store.writer.insert(
    'labels',
    labels.map((one) => ({
      prediction_id: one.id,
      timestamp: text(one.at),
      received_at: text(one.receivedAt ?? one.at),
      label: one.label,
      source: 'test',
      segment: 1,
    })),
  );
}
