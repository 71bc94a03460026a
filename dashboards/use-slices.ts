import type { Model } from '../daemon/api/contract.ts';
import { api } from './api.ts';
import { useLive } from './live.ts';

const EVERY_MS = 60_000;
const ENOUGH_FINDINGS = 1000;

/** The slices that were judged lately, `all` first: a detector that judges once a slice names them with few findings. */
export function useSlices(model: Model | undefined): readonly string[] {
  const name = model?.model ?? '';
  const detector = model?.detectors.find(({ subject }) => subject === 'score' || subject === 'model')?.detector;
  const cut = model !== undefined && model.slices.length > 0;
  const live = useLive(
    cut ? `slices ${name} ${detector ?? ''}` : null,
    () => api.findings({ model: name, detector, limit: ENOUGH_FINDINGS }),
    EVERY_MS,
  );
  const found = new Set(live.data?.findings.map(({ slice }) => slice));
  found.delete('all');
  return ['all', ...[...found].sort()];
}
