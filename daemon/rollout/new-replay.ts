import { randomUUID } from 'node:crypto';
import { parseSliceRule } from '../../detectors/slice-rule.ts';
import { SerinError } from '../errors.ts';
import { nearestName } from '../nearest-name.ts';
import { readCuttable } from '../store/replay-population.ts';
import type { StoredReplay } from './replay-plan.ts';
import type { ReplayRequest, ReplaysOptions } from './replays.ts';

/**
 * Checks a request and makes the replay that stands for it.
 * @throws SerinError `unknown_version`, `unknown_slice` or `invalid_request`
 */
export async function newReplay(request: ReplayRequest, options: ReplaysOptions): Promise<StoredReplay> {
  const { model, candidate, window, control = null, limit = null, pace = null } = request;
  if (!(window.from < window.to)) throw invalid('to', 'to must be later than from');
  if (limit !== null && !(Number.isSafeInteger(limit) && limit > 0))
    throw invalid('limit', `limit is ${limit}; give 1 or more`);
  if (pace !== null && !(pace > 0)) throw invalid('pace', `pace is ${pace}; give more than 0, 1 for as recorded`);
  const registered = await options.versions.get(model, candidate);
  if (registered === undefined)
    throw new SerinError('unknown_version', `version ${candidate} of ${model} is not registered`, {
      field: 'candidate',
    });
  return {
    id: randomUUID(),
    model,
    candidate,
    control,
    window,
    limit,
    state: 'queued',
    waiting: null,
    slices: await slicesOf(request, options),
    recorded: 0,
    replayed: 0,
    rowsPerSecond: null,
    backend: null,
    error: null,
    noiseFloor: null,
    comparison: null,
    bySlice: [],
    examples: { toDecline: [], toApprove: [] },
    latency: null,
    attribution: null,
    explained: null,
    pace,
    stratified: limit !== null && registered.classes === undefined,
    population: 0,
    startedAt: options.clock.now(),
    finishedAt: null,
    plan: null,
    position: { version: 0, until: null },
    ledger: null,
  };
}

function invalid(field: string, message: string): SerinError {
  return new SerinError('invalid_request', message, { field });
}

/** The rules asked for, each of which cuts by a tag or feature that recorded predictions carry; or those of the settings. */
async function slicesOf({ model, slices, window }: ReplayRequest, options: ReplaysOptions): Promise<readonly string[]> {
  const usual = (await options.modelSettings(model)).slices;
  if (slices === undefined) return usual;
  const asked = [...new Set(slices)];
  if (asked.every((rule) => usual.includes(rule))) return asked;
  const known = await readCuttable(options.store.reader, model, window);
  const unknown = asked.find((text) => !usual.includes(text) && !known.includes(parseSliceRule(text)?.of ?? text));
  if (unknown === undefined) return asked;
  const nearest = nearestName(parseSliceRule(unknown)?.of ?? unknown, known);
  throw new SerinError(
    'unknown_slice',
    `no prediction of ${model} in this time has the tag ${unknown}, or a feature of that name${nearest === undefined ? '' : `; did you mean ${nearest}?`}`,
    { field: 'slices' },
  );
}
