import { makesSlice } from '../../detectors/slice-rule.ts';
import { ALL, type Slice, type Window } from '../../detectors/terms.ts';
import type { Engine } from '../store/engine.ts';
import { countRecorded, hashOfShare, type RecordedCount } from '../store/replay-population.ts';
import { readReplayPage, type ReplayPage } from '../store/replay-rows.ts';
import { joinRows, pickRows } from '../../shadow/matrix-rows.ts';
import type { OpenedArm } from './open-arm.ts';

/** Predictions of a model in a slice and a stretch of time. */
export interface SampleQuery {
  readonly model: string;
  readonly slice: Slice;
  /** Rules that cut the traffic of the model; a slice that none of them makes has no sample. */
  readonly rules: readonly string[];
  readonly window: Window;
  /** Only what was received by then, Unix milliseconds. */
  readonly receivedBy: number;
}

/** The same with what `countByVersion` said of it. */
export interface CountedSampleQuery extends SampleQuery {
  readonly counts: readonly RecordedCount[];
}

/** A slice is a part of the traffic: so many times as many predictions are looked at, so that enough are in it. */
const LOOKED_AT_FOR_A_SLICE = 10;

/** Predictions of the stretch by version, whatever the slice. */
export function countByVersion(engine: Engine, { model, window, receivedBy }: SampleQuery): Promise<RecordedCount[]> {
  return countRecorded(engine, { model, window, receivedBy }, null, 0);
}

/**
 * At most `wanted` predictions, chosen by hash, encoded for a model.
 * @returns row-major, `arm.width` columns; empty where there is no such prediction
 */
export async function readImpactSample(
  engine: Engine,
  query: CountedSampleQuery,
  wanted: number,
  { inputs, width }: OpenedArm,
): Promise<Float32Array> {
  const { model, slice, window, receivedBy, counts } = query;
  const slices = slice === ALL ? [] : query.rules.filter((rule) => makesSlice(rule, slice)).slice(0, 1);
  if (slice !== ALL && slices.length === 0) return new Float32Array();
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  const lookedAt = slice === ALL ? wanted : LOOKED_AT_FOR_A_SLICE * wanted;
  const hashAtMost = hashOfShare(Math.min(1, lookedAt / Math.max(1, total)));
  const parts: Float32Array[] = [];
  let left = wanted;
  for (const { version } of counts) {
    const population = { model, versions: [version], window, receivedBy, hashAtMost };
    const pages = await readReplayPage(
      engine,
      { population, version, span: { ...window, part: 0, parts: 1 } },
      { inputs, controlInputs: null, slices, sampleHashes: [] },
    );
    for (const page of pages) {
      const rows = rowsIn(page, slice).slice(0, left);
      parts.push(pickRows(page.matrix, width, rows));
      left -= rows.length;
    }
  }
  return joinRows(parts);
}

function rowsIn({ rows, slices: [column] }: ReplayPage, slice: Slice): number[] {
  const all = [...Array(rows).keys()];
  if (slice === ALL || column === undefined) return all;
  const wanted = column.keys.indexOf(slice);
  return wanted < 0 ? [] : all.filter((row) => column.indexes[row] === wanted);
}
