import { randomUUID } from 'node:crypto';
import type { Rollout } from '../../detectors/terms.ts';
import { SerinError } from '../errors.ts';
import { readLargestWeight, readLargeSlices, readSlices } from '../store/rollout-facts.ts';
import { LEAST_SHARE, MOST_SLICES, termsOf, type RolloutRequest } from './rollout-request.ts';
import type { RolloutOptions } from './rollouts.ts';

/**
 * A rollout as it is opened: its terms completed from settings and traffic, and settled from here on.
 * @throws SerinError `unknown_version`, `invalid_request`, `unknown_slice`
 */
export async function newRollout(request: RolloutRequest, options: RolloutOptions): Promise<Rollout> {
  const { store, settings, clock } = options;
  const { model, control, candidate } = request;
  for (const field of ['control', 'candidate'] as const) await requireVersion(options, model, request[field], field);
  const asOf = clock.now();
  const terms = await termsOf(request, {
    settings,
    model: await options.modelSettings(model),
    largeSlices: () => readLargeSlices(store.reader, { model, control, asOf, share: LEAST_SHARE }),
    slicesOf: (rule) => readSlices(store.reader, { model, control, rule, asOf }, MOST_SLICES + 1),
  });
  return {
    id: randomUUID(),
    model,
    control,
    candidate,
    state: 'open',
    ...terms,
    stage: { index: 0, openedAt: asOf },
    largestWeight: await readLargestWeight(store.reader, model, asOf),
    action: null,
    openedAt: asOf,
    decidedAt: null,
    verdict: 'hold',
  };
}

async function requireVersion(
  { hasVersion }: RolloutOptions,
  model: string,
  version: string,
  field: 'control' | 'candidate',
): Promise<void> {
  if (await hasVersion(model, version)) return;
  throw new SerinError('unknown_version', `model "${model}" has no version "${version}"`, { field });
}
