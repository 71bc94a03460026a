import { join } from 'node:path';
import type { Replay } from '../../../daemon/api/contract.ts';
import type { RunningDaemon } from '../../support/daemon.ts';
import { featureNames, layersName, perceptronFolder, plainInputs, type Layers } from './perceptron.ts';
import type { Traffic } from './recorded-traffic.ts';

/** A model of two versions, the first of which answered recorded traffic. */
export interface ReplayedModel {
  readonly layers: Layers;
  /** Recorded predictions. */
  readonly rows: number;
}

/** Traffic of the last hours, of which one prediction in two hundred has a label. */
export function trafficOf({ layers, rows }: ReplayedModel): Traffic {
  const everyMs = 100;
  return {
    model: layersName(layers),
    rows,
    features: featureNames(layers[0] ?? 0),
    from: Date.now() - rows * everyMs - 3_600_000,
    everyMs,
    labelledOf: 200,
  };
}

/** Two versions of the model, as files in the data directory of a daemon to come. */
export async function versionFolders(directory: string, layers: Layers): Promise<void> {
  for (const seed of [1, 2])
    await perceptronFolder(join(directory, 'models', `${layersName(layers)}-${seed}`), layers, seed);
}

export async function registerVersions(daemon: RunningDaemon, { layers }: ReplayedModel): Promise<void> {
  const name = layersName(layers);
  for (const seed of [1, 2])
    await call(daemon, `/v1/models/${name}/versions`, {
      version: `v${seed}`,
      path: `${name}-${seed}`,
      inputs: plainInputs(layers[0] ?? 0),
    });
}

/** @returns the id of a replay of v2 on all that v1 answered */
export async function startReplay(daemon: RunningDaemon, each: ReplayedModel): Promise<string> {
  const { model, from } = trafficOf(each);
  const { id } = await call<{ id: string }>(daemon, '/v1/replays', {
    model,
    candidate: 'v2',
    control: 'v1',
    from: new Date(from - 600_000).toISOString(),
    to: new Date().toISOString(),
    slices: ['region'],
  });
  return id;
}

export async function finished(daemon: RunningDaemon, id: string): Promise<Replay> {
  for (;;) {
    const replay = await call<Replay>(daemon, `/v1/replays/${id}`);
    // Why it differs is told a little later, and takes the processor until then.
    if (replay.state === 'failed' || (replay.state === 'done' && replay.attribution !== null)) return replay;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Does some work while one replay after the other runs; resolves when the last of them has ended too. */
export async function whileReplaying<T>(
  daemon: RunningDaemon,
  each: ReplayedModel,
  work: () => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const replaying = (async (): Promise<void> => {
    while (!over.signal.aborted) await finished(daemon, await startReplay(daemon, each));
  })();
  try {
    return await work();
  } finally {
    over.abort();
    await replaying;
  }
}

async function call<T>(daemon: RunningDaemon, path: string, body?: object): Promise<T> {
  const answer = await fetch(
    daemon.api + path,
    body === undefined
      ? {}
      : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
  );
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}
