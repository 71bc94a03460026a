import type { TakenReference } from '../contract.ts';
import type { FoundReference } from '../references-part.ts';
import { toTime, toWindow } from './time.ts';

export function toReference({ window, takenAt, inUse, upload, ...reference }: FoundReference): TakenReference {
  return {
    id: reference.id,
    model: reference.model,
    kind: reference.kind,
    version: reference.version,
    ...toWindow(window),
    taken_at: toTime(takenAt),
    in_use: inUse,
    upload: upload && {
      ...upload,
      slices: [...upload.slices],
      columns: upload.columns.map(({ name, role }) => ({ name, role })),
    },
  };
}
