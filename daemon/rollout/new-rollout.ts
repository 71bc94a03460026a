import { randomUUID } from 'node:crypto';
import type { ModelVersion, Rollout } from '../../detectors/terms.ts';
import { SerinError } from '../errors.ts';
import { readLargestWeight, readLargeSlices, readSlices } from '../store/rollout-facts.ts';
import { LEAST_SHARE, MOST_SLICES, termsOf, type RolloutRequest } from './rollout-request.ts';
import type { RolloutOptions } from './rollouts.ts';

/**
 * A rollout as it is opened: its terms completed from settings and traffic, and settled from here on.
 * @throws SerinError `unknown_version`, `conflict`, `invalid_request`, `unknown_slice`
 */
export async function newRollout(request: RolloutRequest, options: RolloutOptions): Promise<Rollout> {
  const { store, settings, clock } = options;
  const { model, control, candidate } = request;
  for (const field of ['control', 'candidate'] as const) await requireVersion(options, model, request[field], field);
  await requireShadow(options, request);
  const asOf = clock.now();
  const terms = await termsOf(request, {
    settings,
    model: await options.modelSettings(model),
    largeSlices: () => readLargeSlices(store.reader, { model, control, asOf, share: LEAST_SHARE }),
    classes: async () => {
      const versions = await store.documents<ModelVersion>('versions').list({ model });
      const named = versions.filter(({ version }) => version === control || version === candidate);
      return [...new Set(named.flatMap(({ classes }) => classes ?? []))].sort();
    },
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

/** A registered candidate has one live shadow, beside one control: a rollout with another would never see shadow evidence. */
async function requireShadow({ store }: RolloutOptions, { model, control, candidate }: RolloutRequest): Promise<void> {
  const versions = await store.documents<ModelVersion>('versions').list({ model });
  if (!versions.some(({ version }) => version === candidate)) return;
  const open = await store.documents<Rollout>('rollouts').list({ model, state: 'open' });
  const other = open.find((rollout) => rollout.candidate === candidate && rollout.control !== control);
  if (other === undefined) return;
  const end = new Date(other.stage.openedAt + other.maximumDurationMs).toISOString();
  throw new SerinError(
    'conflict',
    `version "${candidate}" is on trial against "${other.control}" in rollout "${other.id}", and its live shadow is compared with one control at a time; name "${other.control}" as the control, register the candidate under another version, or wait for the verdict, which its present stage has by ${end}`,
    { field: 'control' },
  );
}
