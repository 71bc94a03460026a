import type { RetriedAnswer, SetAsideSegment } from '../contract.ts';
import type { Retried, SetAside } from '../ingest-part.ts';
import { toTime } from './time.ts';

export function toSetAside(segment: SetAside): SetAsideSegment {
  const { segment: name, firstReceivedAt, setAsideAt, tries, bytes, tables } = segment;
  return {
    segment: name,
    received_at: toTime(firstReceivedAt),
    set_aside_at: toTime(setAsideAt),
    tries,
    bytes,
    tables: tables.map((table) => ({ ...table })),
  };
}

export function toRetried({ segment, state, tables }: Retried): RetriedAnswer {
  return { segment, state, tables: tables.map((table) => ({ ...table })) };
}
