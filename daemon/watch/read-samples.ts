import { detectors } from '../../detectors/find-detector.ts';
import { ALL, type Window } from '../../detectors/terms.ts';
import type { ModelSettings } from '../config/config.ts';
import type { Engine } from '../store/engine.ts';
import { readEmbeddingSamples, readRowSample } from '../store/samples.ts';
import { settingsOf, type Summaries } from './judge.ts';

/** What detectors of whole rows, and of embeddings, are put to. */
export type Samples = Required<Pick<Summaries, 'rows' | 'embeddings'>>;

/**
 * Samples of the raw rows of a window, or none where no detector that runs wants them: they are read out of the raw table.
 * @param only the detectors that were named, if any were
 */
export async function readSamplesOf(
  engine: Engine,
  model: string,
  settings: ModelSettings,
  window: Window,
  only?: readonly string[],
): Promise<Samples> {
  const wanted = (subject: 'rows' | 'embedding'): boolean =>
    detectors.some(
      (detector) =>
        detector.subject === subject && (only?.includes(detector.name) ?? settingsOf(detector, settings) !== false),
    );
  const rows = wanted('rows') ? [await readRowSample(engine, model, window)] : [];
  const embeddings = wanted('embedding') ? await readEmbeddingSamples(engine, model, window) : [];
  return {
    rows: rows.map((summary) => ({ version: ALL, slice: ALL, subject: '', summary })),
    embeddings: embeddings.map(({ name, sample }) => ({ version: ALL, slice: ALL, subject: name, summary: sample })),
  };
}
