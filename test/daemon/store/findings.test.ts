import { afterAll, beforeAll, expect, it } from 'vitest';
import { openFindings } from '../../../daemon/store/findings.ts';
import { recompute } from '../../../daemon/watch/judge.ts';
import { outOfRangeShare } from '../../../detectors/all.ts';
import type { Histogram } from '../../../detectors/terms.ts';
import { temporaryStore } from '../../support/temporary.ts';
import { finding } from '../alerts/example-finding.ts';
import { defaultsOf, histogramOf, times } from '../../detectors/samples.ts';

let opened: Awaited<ReturnType<typeof temporaryStore>>;
beforeAll(async () => {
  opened = await temporaryStore();
});
afterAll(() => opened.remove());

it('gives back what a finding was judged on, bins that reach to infinity as well', async () => {
  const { writer, reader } = opened.store;
  const findings = openFindings(writer, reader);
  const settings = defaultsOf(outOfRangeShare);
  const reference: Histogram = histogramOf(times(500, (at) => at));
  const window: Histogram = histogramOf(times(500, (at) => (at % 2 === 0 ? Number.MAX_VALUE : -Number.MAX_VALUE)));
  const judged = {
    ...finding(),
    detector: outOfRangeShare.name,
    ...outOfRangeShare.judge(reference, window, settings),
  };
  await findings.put([{ finding: judged, kind: outOfRangeShare.kind, settings, reference, window }]);
  const inputs = (await findings.inputs(judged.id))!;
  expect(inputs.window).toEqual(window);
  expect([...(inputs.window as Histogram).bins].map(({ low, high }) => [low, high])).toEqual([
    [-Infinity, expect.any(Number)],
    [expect.any(Number), Infinity],
  ]);
  expect(recompute(inputs)).toEqual(judged);
});
