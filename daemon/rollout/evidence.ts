import { ALL, type ModelVersion, type Rollout } from '../../detectors/terms.ts';
import type { Evidence } from '../../shadow/gate/evidence.ts';
import type { ModelSettings } from '../config/config.ts';
import { readClassLiveEvidence, readClassShadowEvidence } from '../store/class-evidence.ts';
import { readLiveEvidence, readShadowEvidence } from '../store/evidence.ts';
import type { EvidenceQuery } from '../store/evidence-parts.ts';
import type { Store } from '../store/store.ts';

/**
 * What the store knows for a rollout at `asOf`: counts by slice, from replays and from the live canary.
 * A version that was registered declines by its own threshold, any other by that of the model.
 */
export async function gatherEvidence(
  store: Store,
  rollout: Rollout,
  settings: ModelSettings,
  asOf: number,
): Promise<Evidence> {
  const versions = await store.documents<ModelVersion>('versions').list({ model: rollout.model });
  const threshold = (version: string): number =>
    versions.find((one) => one.version === version)?.threshold ?? settings.threshold;
  const query: EvidenceQuery = {
    model: rollout.model,
    control: rollout.control,
    candidate: rollout.candidate,
    controlThreshold: threshold(rollout.control),
    candidateThreshold: threshold(rollout.candidate),
    positiveLabel: settings.positive_label,
    unlabelled: settings.unlabelled,
    maturityMs: settings.label_maturity,
    slices: [...new Set([ALL, ...rollout.guardrails.flatMap(({ slices }) => slices)])],
    openedAt: rollout.stage.openedAt,
    largestWeight: rollout.largestWeight,
    asOf,
  };
  if (settings.kind === 'multiclass')
    return {
      shadow: await readClassShadowEvidence(store.reader, query),
      live: await readClassLiveEvidence(store.reader, query),
    };
  return {
    shadow: await readShadowEvidence(store.reader, query),
    live: await readLiveEvidence(store.reader, query),
  };
}
