import type { FlipExample } from '../../../detectors/terms.ts';
import type { Replay } from '../contract.ts';
import { toTime } from './time.ts';

export function toExample(flip: FlipExample): Replay['examples']['to_decline'][number] {
  return {
    prediction_id: flip.predictionId,
    version: flip.version,
    timestamp: toTime(flip.timestamp),
    control_score: flip.controlScore,
    candidate_score: flip.candidateScore,
    value: flip.value,
    trace_id: flip.traceId,
    tags: { ...flip.tags },
  };
}
