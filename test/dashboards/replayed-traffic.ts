import { join } from 'node:path';
import { classModelFolder, layersModelFolder, softmax } from '../shadow/model-folder.ts';
import type { RunningDaemon } from '../support/daemon.ts';

/** Paths of the pages of a replay, a live shadow and a rollout of one model. */
export interface ReplayedPages {
  readonly replay: string;
  readonly shadow: string;
  readonly rollout: string;
}

interface ReplayedModel {
  readonly name: string;
  /** Classes that it tells apart; none for one score a prediction. */
  readonly classes?: readonly string[] | undefined;
}

const HOUR = 3_600_000;
const INPUTS = [{ feature: 'x', encoding: 'number' }];

/** Records traffic of two registered versions of a model, replays it, and shadows what comes in for a rollout. */
export async function replayTraffic(
  { api, directory }: RunningDaemon,
  { name, classes }: ReplayedModel,
): Promise<ReplayedPages> {
  const of = `${api}/v1/models/${encodeURIComponent(name)}`;
  await ask('PUT', of, { kind: classes === undefined ? 'binary' : 'multiclass', slices: ['region'] });
  for (const [version, weight] of [
    ['v1', 1],
    ['v2', -0.5],
  ] as const) {
    const folder = join(directory, 'models', `${classes?.length ?? 1}-${version}`);
    if (classes === undefined) await layersModelFolder(folder, { weights: [weight] });
    else await classModelFolder(folder, { weights: [classes.map((_, at) => weight * (at - 1))] });
    await ask('POST', `${of}/versions`, {
      version,
      path: folder,
      inputs: INPUTS,
      ...(classes === undefined ? { threshold: 0.6 } : { classes }),
    });
  }
  const now = Date.now();
  await record(api, { name, classes, count: 400, at: (n) => now - HOUR + n * 1000 });
  await until(`${of}/versions`, ({ versions }) =>
    (versions as { version: string; predictions: number }[]).some(
      ({ version, predictions }) => version === 'v1' && predictions === 400,
    ),
  );
  const { id: replay } = await ask('POST', `${api}/v1/replays`, {
    model: name,
    candidate: 'v2',
    control: 'v1',
    from: new Date(now - 2 * HOUR).toISOString(),
    to: new Date(now).toISOString(),
  });
  await until(`${api}/v1/replays/${replay}`, ({ state, attribution }) => state === 'done' && attribution !== null);
  const { id: rollout } = await ask('POST', `${api}/v1/rollouts`, { model: name, control: 'v1', candidate: 'v2' });
  const shadows = `${api}/v1/shadows?model=${encodeURIComponent(name)}`;
  const [{ id: shadow }] = await until(shadows, (found) => (found['shadows'] as unknown[]).length > 0).then(
    ({ shadows: found }) => found as [{ id: string }],
  );
  await record(api, { name, classes, count: 50, at: () => Date.now(), prefix: 'live' });
  await until(`${api}/v1/shadows/${encodeURIComponent(shadow)}`, ({ compared_at: at }) => at !== null);
  return {
    replay: `/replays/${replay}`,
    shadow: `/shadows/${encodeURIComponent(shadow)}`,
    rollout: `/rollouts/${rollout}`,
  };
}

/** Closes the rollout of a model, with which its live shadow ends and is looked at a last time. */
export async function endRollout({ api }: RunningDaemon, { rollout, shadow }: ReplayedPages): Promise<void> {
  const endedAt = Date.now();
  await ask('POST', `${api}/v1${rollout}/end`, { verdict: 'inconclusive', by: 'a test', reason: 'it was enough' });
  await until(
    `${api}/v1${shadow}`,
    ({ state, compared_at: at }) => state === 'ended' && Date.parse(String(at)) >= endedAt,
  );
}

async function record(
  api: string,
  {
    name,
    classes,
    count,
    at,
    prefix = 'past',
  }: ReplayedModel & { count: number; at: (n: number) => number; prefix?: string },
): Promise<void> {
  const lines = Array.from({ length: count }, (_, n) => {
    const x = Math.sin(n) * 2;
    const scores = softmax((classes ?? []).map((_name, place) => place * x - x));
    return {
      prediction_id: `${prefix}-${n}`,
      model: name,
      version: 'v1',
      timestamp: at(n),
      features: { x },
      ...(classes === undefined
        ? { score: 1 / (1 + Math.exp(-x)) }
        : { scores: Object.fromEntries(classes.map((one, place) => [one, scores[place]])) }),
      value: n,
      trace_id: (n + 1).toString(16).padStart(32, '0'),
      span_id: (n + 1).toString(16).padStart(16, '0'),
      tags: { region: n % 2 === 0 ? 'EU' : '<script>globalThis.broken=3</script>' },
    };
  });
  await ask('POST', `${api}/v1/predictions`, lines);
}

async function ask(method: string, url: string, body: unknown): Promise<{ readonly id: string }> {
  const answer = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const told = (await answer.json()) as { id: string };
  if (!answer.ok) throw new Error(`${method} ${url}: ${JSON.stringify(told)}`);
  return told;
}

async function until(url: string, holds: (told: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> {
  let told: Record<string, unknown> = {};
  for (let i = 0; i < 200; i += 1) {
    told = (await (await fetch(url)).json()) as Record<string, unknown>;
    if (holds(told)) return told;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${url}: ${JSON.stringify(told)}`);
}
