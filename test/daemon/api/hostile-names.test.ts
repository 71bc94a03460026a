import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Distribution, Model } from '../../../daemon/api/contract.ts';
import { parseSliceRule } from '../../../detectors/slice-rule.ts';
import { startDaemon, type RunningDaemon } from '../../support/daemon.ts';

/** SQL, markup, quotes, placeholders of our own statements, and names that JavaScript knows. */
const NAMES = [
  `'||file('/etc/passwd')||' OR 1=1 --`,
  `x'; DROP TABLE serin.predictions; --`,
  '`"\\\'; {database} {name:String} %s ${x}',
  '<script>alert(1)</script>',
  '__proto__',
  'constructor',
  'a/b?c=d&e#f',
  'bird \u{1F426} \u202e',
];

/** A name with `<`, `>` or `=` reads as a cut: nothing is sliced by it, and whoever asks is told. */
const slices = (name: string): boolean => parseSliceRule(name)?.kind === 'values';

describe('names that mean harm, through the real daemon and its store', () => {
  let daemon: RunningDaemon;
  const hour = 3_600_000;
  const at = Math.floor(Date.now() / hour) * hour - hour;
  const times = `from=${new Date(at).toISOString()}&to=${new Date(at + hour).toISOString()}`;

  async function get(path: string): Promise<{ status: number; text: string }> {
    const response = await fetch(daemon.api + path);
    return { status: response.status, text: await response.text() };
  }

  beforeAll(async () => {
    daemon = await startDaemon();
    for (const name of NAMES) {
      const settings = await fetch(`${daemon.api}/v1/models/${encodeURIComponent(name)}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ slices: [name] }),
      });
      // `__proto__` is no key of a change, but a fine name of a model.
      expect(settings.status, await settings.text()).toBe(slices(name) ? 200 : 400);
    }
    const lines = NAMES.map((name, n) => {
      const quoted = JSON.stringify(name);
      return `{"prediction_id":${quoted},"model":${quoted},"version":${quoted},"timestamp":${at + n},"features":{${quoted}:"${n}"},"tags":{${quoted}:${quoted}},"score":0.5}`;
    });
    const taken = await fetch(`${daemon.api}/v1/predictions`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: lines.join('\n'),
    });
    expect(await taken.json()).toEqual({ accepted: NAMES.length, rejected: 0, errors: [] });
    for (let tries = 0; tries < 200; tries++) {
      if ((await get('/v1/status')).text.includes(`"predictions":${NAMES.length},"labels":0}}`)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('the predictions were not stored');
  });
  afterAll(async () => {
    await daemon.stop();
  });

  it.each(NAMES)('finds exactly what is called %j, as model, version, feature and slice', async (name) => {
    const model = encodeURIComponent(name);
    const shown = JSON.parse((await get(`/v1/models/${model}`)).text) as Model;
    expect(shown).toMatchObject({
      model: name,
      versions: [{ version: name, predictions: 1 }],
      slices: slices(name) ? [name] : [],
    });
    const slice = encodeURIComponent(slices(name) ? `${name}=${name}` : 'all');
    const { status, text } = await get(
      `/v1/models/${model}/distribution?version=${model}&feature=${model}&slice=${slice}&${times}`,
    );
    expect(status, text).toBe(200);
    const { current } = JSON.parse(text) as Distribution;
    expect(current).toMatchObject({
      count: 1,
      missing: 0,
      categories: [{ value: String(NAMES.indexOf(name)), count: 1 }],
    });
  });

  it.each(NAMES)('asks for %j in every other filter without reading, breaking or telling anything', async (name) => {
    const text = encodeURIComponent(name);
    const paths = [
      `/v1/findings?model=${text}&version=${text}&slice=${text}&detector=${text}&feature=${text}`,
      `/v1/models/${text}/series?version=${text}&slice=${text}&${times}`,
      `/v1/models/${text}/operations?${times}`,
      `/v1/traces?service=${text}&operation=${text}&${times}`,
      `/v1/replays?model=${text}`,
      `/v1/replays/${text}`,
      `/v1/rollouts?model=${text}`,
      `/v1/rollouts/${text}/verdict`,
      `/v1/rollouts/${text}/decisions`,
      `/v1/alerts/${text}`,
      `/v1/retrainings?model=${text}`,
      `/v1/snapshots/${text}`,
    ];
    for (const path of paths) {
      const answer = await get(path);
      expect([200, 404], `${path}: ${answer.text}`).toContain(answer.status);
      expect(answer.text).not.toContain('root:');
    }
  });

  it('leaves every prediction where it was', async () => {
    const { text } = await get('/v1/models');
    const { models } = JSON.parse(text) as { models: Model[] };
    expect(models.map(({ model }) => model).toSorted()).toEqual(NAMES.toSorted());
  });
});
