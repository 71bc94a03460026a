import type { Store } from '../../../daemon/store/store.ts';

/** A prediction for the tests; what is not given is empty. */
export interface Recorded {
  readonly id: string;
  /** Unix milliseconds. */
  readonly at: number;
  readonly model: string;
  readonly version?: string;
  readonly numbers?: Readonly<Record<string, number | string>>;
  readonly categories?: Readonly<Record<string, string>>;
  readonly score?: number | null;
  readonly scores?: Readonly<Record<string, number>>;
  readonly value?: number;
  readonly tags?: Readonly<Record<string, string>>;
  readonly receivedAt?: number;
}

/** Stores predictions as ingest does, one block. */
export async function record(store: Store, predictions: readonly Recorded[]): Promise<void> {
  await store.writer.insert(
    'predictions',
    predictions.map(({ id, at, model, version = 'v1', numbers = {}, categories = {}, tags = {}, ...rest }) => ({
      timestamp: time(at),
      received_at: time(rest.receivedAt ?? at),
      model,
      version,
      role: 'control',
      prediction_id: id,
      numbers_given: numbers,
      categories,
      score: rest.score ?? null,
      ...(rest.scores === undefined ? {} : { scores: rest.scores }),
      value: rest.value ?? null,
      tags,
    })),
  );
}

export async function label(
  store: Store,
  labels: readonly { readonly id: string; readonly label: string; readonly at: number }[],
): Promise<void> {
  await store.writer.insert(
    'labels',
    labels.map(({ id, label: text, at }) => ({
      prediction_id: id,
      label: text,
      timestamp: time(at),
      received_at: time(at),
    })),
  );
}

function time(at: number): string {
  return new Date(at).toISOString().replace('T', ' ').slice(0, 23);
}
