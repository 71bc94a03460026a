import type { Api, ApiContext } from '../api.ts';
import { evaluation, evaluationAnswer, findingList, findingQuery } from '../contract.ts';
import { toFinding } from '../outside/finding.ts';
import { filter, given } from '../outside/given.ts';
import { fromTime, fromWindow, toWindow } from '../outside/time.ts';

const tags = ['findings'];

/** What detectors said of windows, and judging any stretch of stored data now. */
export function findingRoutes(api: Api, { parts: { findings } }: ApiContext): void {
  api.get(
    '/v1/findings',
    { schema: { summary: 'Findings, newest first', tags, querystring: findingQuery, response: { 200: findingList } } },
    async ({ query: { from, to, state, limit, feature, ...names } }) => {
      const window =
        from !== undefined && to !== undefined
          ? fromWindow({ from, to })
          : given({
              from: from === undefined ? undefined : fromTime(from, 'from'),
              to: to === undefined ? undefined : fromTime(to, 'to'),
            });
      const found = await findings.list({
        ...given({
          model: filter(names.model),
          version: filter(names.version),
          slice: filter(names.slice),
          detector: filter(names.detector),
          subject: filter(feature),
          state,
        }),
        window,
        limit,
      });
      return { findings: found.map(toFinding) };
    },
  );
  api.post(
    '/v1/evaluations',
    {
      schema: {
        summary: 'Judges stored data now; nothing is stored and no alert follows',
        tags,
        body: evaluation,
        response: { 200: evaluationAnswer },
      },
    },
    async ({ body: { model, version, reference, window, slices, detectors, ...times } }) => {
      const windows = await findings.evaluate({
        model,
        ...given({ version, slices, detectors }),
        reference: fromWindow(reference, 'reference.'),
        window: fromWindow(times),
        step: window,
      });
      return {
        windows: windows.map((judged) => ({
          ...toWindow(judged.window),
          count: judged.count,
          findings: judged.findings.map(toFinding),
        })),
      };
    },
  );
}
