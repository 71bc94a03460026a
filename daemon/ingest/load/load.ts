import { readFile, rename } from 'node:fs/promises';
import { z } from 'zod';
import type { SegmentTraces } from '../../store/segment-traces.ts';
import { syncDirectory, writeDurably } from '../spool/durable-file.ts';
import type { LoadFailure } from '../../store/store-fault.ts';
import { markOf } from '../spool/segment-marks.ts';
import { PROGRESS, type Sealed } from '../spool/seal.ts';
import { numberOf } from '../spool/segment.ts';

/** A segment on its way into the store, and how far it came. */
export interface Load {
  /** Its blocks; others where they had to be made again. */
  sealed: Sealed;
  /** Tables that the store has confirmed: they are not offered again. */
  readonly confirmed: Set<string>;
  /** Why the others are not there yet; empty before the first try. */
  readonly failures: Map<string, LoadFailure>;
  /** Times that the store refused it. */
  tries: number;
  /** Unix milliseconds; null while it is tried by itself. */
  setAsideAt: number | null;
  /**
   * Since when the store may have rows of a table that it did not confirm, by a clock that does not step; -Infinity where an
   * earlier life may have offered it.
   */
  readonly offeredAt: Map<string, number>;
  /** The blocks were written by an earlier life, or refused: they are checked before they are offered. */
  suspect: boolean;
  /** When it was refused last, when it is tried again, by the same clock, and the pause between. */
  failedAt: number;
  dueAt: number;
  pauseMs: number;
}

/** A load of which the store has nothing. */
export function newLoad(sealed: Sealed): Load {
  return {
    sealed,
    confirmed: new Set(),
    failures: new Map(),
    tries: 0,
    setAsideAt: null,
    offeredAt: new Map(),
    suspect: false,
    failedAt: Infinity,
    dueAt: -Infinity,
    pauseMs: 0,
  };
}

/** A load that an earlier life may have begun. */
export function resumedLoad(sealed: Sealed, progress?: Progress): Load {
  const { confirmed = [], failures = [], tries = 0, setAsideAt = null } = progress ?? {};
  return {
    ...newLoad(sealed),
    confirmed: new Set(confirmed),
    failures: new Map(failures.map(({ table, ...failure }) => [table, failure])),
    tries,
    setAsideAt,
    offeredAt: new Map(sealed.tables.map(({ table }) => [table, -Infinity])),
    suspect: true,
  };
}

/** A load that the store has confirmed; only the files are left of it. */
export function finishedLoad(sealed: Sealed): Load {
  return { ...newLoad(sealed), confirmed: new Set(sealed.tables.map(({ table }) => table)) };
}

/** How the store tells the rows of a segment from others. */
export function tracesOf({ name, spanWindow }: Sealed): SegmentTraces {
  const number = numberOf(name);
  return { number, mark: markOf(number), spans: spanWindow };
}

const progressSchema = z.object({
  confirmed: z.array(z.string()),
  failures: z.array(z.object({ table: z.string(), code: z.number().nullable(), reason: z.string() })),
  tries: z.number(),
  setAsideAt: z.number().nullable(),
});

/** What of a load outlives the process. */
export type Progress = z.output<typeof progressSchema>;

/**
 * Makes durable how far a load came, before others are loaded in front of it: what the store confirmed must not be offered
 * again when it has forgotten the token.
 */
export async function saveProgress(load: Load, directory: string): Promise<void> {
  const { sealed, confirmed, failures, tries, setAsideAt } = load;
  const progress: Progress = {
    confirmed: [...confirmed],
    failures: [...failures].map(([table, failure]) => ({ table, ...failure })),
    tries,
    setAsideAt,
  };
  const path = `${directory}/${sealed.name}${PROGRESS}`;
  await writeDurably(`${path}.new`, [Buffer.from(JSON.stringify(progress))]);
  await rename(`${path}.new`, path);
  await syncDirectory(directory);
}

/** @throws when the file is not one that `saveProgress` wrote */
export async function readProgress(directory: string, name: string): Promise<Progress> {
  return progressSchema.parse(JSON.parse(await readFile(`${directory}/${name}${PROGRESS}`, 'utf8')));
}
