import type { Api, ApiContext } from '../api.ts';
import { evaluation, evaluationAnswer, findingList, findingQuery } from '../contract.ts';
import { toFinding, toFoundFinding } from '../outside/finding.ts';
import { filter, given } from '../outside/given.ts';
import { fromTime, fromWindow, toWindow } from '../outside/time.ts';
import { parseDuration } from '../../config/duration.ts';
import { SerinError } from '../../errors.ts';
import { detectors } from '../../../detectors/find-detector.ts';
import type { Window } from '../../../detectors/terms.ts';

const tags = ['findings'];

/** Each window costs a question for every need of a detector: so many take half a minute on a small machine. */
const MOST_WINDOWS = 1000;

/** What detectors said of windows, and judging any stretch of stored data now. */
export function findingRoutes(api: Api, { parts: { findings }, link }: ApiContext): void {
  api.get(
    '/v1/findings',
    {
      schema: {
        summary: 'Findings, newest first; of one window those with an impact in its order',
        tags,
        querystring: findingQuery,
        response: { 200: findingList },
      },
    },
    async ({ query: { from, to, state, limit, feature, kind, ...names } }) => {
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
          detectors: kind && detectors.filter((detector) => detector.kind === kind).map(({ name }) => name),
          subject: filter(feature),
          state,
        }),
        window,
        limit,
      });
      return { findings: found.map((one) => toFoundFinding(one, link)) };
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
    async ({
      body: { model, version, reference, window: step, slices, detectors: only, label_age: labelAge, ...times },
    }) => {
      const window = fromWindow(times);
      refuseTooMany(window, step);
      const windows = await findings.evaluate({
        model,
        ...given({ version, slices, detectors: only }),
        ...given({ labelAgeMs: labelAge === undefined ? undefined : parseDuration(labelAge) }),
        reference: 'id' in reference ? reference : fromWindow(reference, 'reference.'),
        window,
        step,
      });
      return {
        windows: windows.map((judged) => ({
          ...toWindow(judged.window),
          count: judged.count,
          findings: judged.findings.map((finding) => toFinding(finding, link)),
        })),
      };
    },
  );
}

function refuseTooMany(window: Window, step: string): void {
  // A month is at least four weeks.
  const windows = (window.to - window.from) / (parseDuration(step === '1mo' ? '4w' : step) ?? 1);
  if (windows <= MOST_WINDOWS) return;
  throw new SerinError(
    'query_too_large',
    `from and to are ${Math.floor(windows)} windows of ${step} apart, ${MOST_WINDOWS} can be judged at once; give a shorter time or longer windows.`,
    { field: 'to' },
  );
}
