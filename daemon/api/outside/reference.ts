import type { TakenReference } from '../contract.ts';
import type { FoundReference } from '../references-part.ts';
import { toTime, toTimeOrNull, toWindow } from './time.ts';

export function toReference({
  window,
  takenAt,
  frozenAt,
  inUse,
  upload,
  ...reference
}: FoundReference): TakenReference {
  return {
    id: reference.id,
    model: reference.model,
    kind: reference.kind,
    version: reference.version,
    ...toWindow(window),
    taken_at: toTime(takenAt),
    frozen_at: toTimeOrNull(frozenAt),
    in_use: inUse,
    upload: upload && {
      ...upload,
      slices: [...upload.slices],
      columns: upload.columns.map(({ name, role }) => ({ name, role })),
    },
  };
}
