import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import pino from 'pino';
import { defaultConfig } from '../../daemon/config/config.ts';
import { openIngest, type Ingest } from '../../daemon/ingest/ingest.ts';
import type { Store } from '../../daemon/store/store.ts';
import { DiskJournal, ENDS, restore, type Files } from './disk-journal.ts';
import { randomFrom } from './golden-spans.ts';
import { span, traces } from './protobuf.ts';
import { lines, SetClock } from './temporary-ingest.ts';

const TABLES = ['otel_traces', 'span_minutes', 'predictions', 'prediction_minutes', 'labels'];
const RECORDS = 2;

/** A block that the store was given. */
interface Insert {
  readonly given: Parameters<Store['loader']['insertBlocks']>;
  readonly block: Buffer;
}

/** What outlives a cut, and which bodies were acked by then. */
export interface Left {
  readonly files: Files;
  readonly inserts: readonly Insert[];
  readonly acked: readonly string[];
}

export const NOTHING: Left = { files: new Map(), inserts: [], acked: [] };

type Send = (ingest: Ingest) => Promise<{ accepted: number }>;

/** What one cut left, and how it came to that. */
export interface Cut {
  readonly how: string;
  readonly left: Left;
}

/** Longest that the intake may take to load what a cut left. */
const PATIENCE_MS = 20_000;

/** Three bodies, one of each kind, named so that the store's rows tell which body they came in. */
function bodiesOf(name: string, at: number): Map<string, Send> {
  const ids = Array.from({ length: RECORDS }, (_, n) => `${name}-${n}`);
  // Two months, so two partitions an insert.
  const predictions = ids.map((id, n) => ({
    prediction_id: id,
    model: 'm',
    version: 'v',
    timestamp: at - n * 31 * 86_400_000,
    score: 1,
  }));
  const labels = ids.map((id) => ({ prediction_id: id, label: 1, timestamp: at }));
  const spans = traces(name, ...ids.map(() => span(at)));
  return new Map<string, Send>([
    [`predictions ${name}`, (ingest) => ingest.accept('predictions', 'ndjson', lines(predictions))],
    [`labels ${name}`, (ingest) => ingest.accept('labels', 'ndjson', lines(labels))],
    [`spans ${name}`, (ingest) => ingest.acceptOtlp('traces', 'protobuf', spans)],
  ]);
}

/** An intake on a journalled disk in front of a real store, and every way in which a cut may leave the two of them. */
export class CutIntake {
  readonly #store: Store;
  readonly #live: string;
  readonly #copy: string;
  readonly #journal: DiskJournal;
  readonly #clock: SetClock;
  readonly #bodies = new Map<string, Send>();
  /** Blocks that the store was given in this life, by the moments of the journal. */
  #inserts: Insert[] = [];
  #start: Left = NOTHING;

  constructor(store: Store, directory: string, now: number) {
    this.#store = store;
    this.#live = join(directory, 'live');
    this.#copy = join(directory, 'copy');
    this.#journal = new DiskJournal(this.#live);
    this.#clock = new SetClock(now);
  }

  /** Lets a life go from what an earlier one left, with one segment for each name, and keeps account of it. */
  async live(start: Left, ...names: readonly string[]): Promise<void> {
    await this.#restore(this.#live, start);
    this.#start = start;
    this.#inserts = [];
    this.#journal.record(start.files);
    const ingest = await this.#open(this.#live, true);
    for (const name of names) {
      for (const [body, send] of bodiesOf(name, this.#clock.time)) {
        this.#bodies.set(body, send);
        await send(ingest);
        this.#journal.tell(`acked ${body}`);
      }
      await ingest.flush();
    }
    await ingest.close();
    this.#journal.stop();
  }

  /** Every different thing that a cut between any two operations may leave. */
  *cuts(): Generator<Cut> {
    const seen = new Set<string>();
    for (let moment = 0; moment < this.#journal.moments; moment++)
      for (const cut of this.#cutsAt(moment)) {
        const { files, inserts, acked } = cut.left;
        const contents = [...files].map(([name, data]) => `${name} ${data.length} ${crc32(data)}`).sort();
        const key = JSON.stringify([contents, inserts.length, acked]);
        if (!seen.has(key)) yield cut;
        seen.add(key);
      }
  }

  /** What is left of the process dying right before something, as the journal names it, comes for the nth time. */
  diedBefore(what: string, nth = 1): Left {
    for (let moment = 0, left = nth; moment < this.#journal.moments; moment++)
      if (this.#journal.next(moment) === what && --left === 0) return [...this.#cutsAt(moment)][0]!.left;
    throw new Error(`no ${what} for the ${nth}th time`);
  }

  /** Everything that a cut at a moment may leave: of the disk, and of an insert that was underway. */
  *#cutsAt(moment: number): Generator<Cut> {
    const told = this.#journal.toldBefore(moment);
    const count = (what: string): number => told.filter((one) => one === what).length;
    const [begun, confirmed] = [count('insert'), count('confirmed')];
    const acked = [...this.#start.acked, ...told.flatMap((one) => /^acked (.*)/.exec(one)?.[1] ?? [])];
    for (const end of ENDS) {
      const files = this.#journal.after(moment, end, randomFrom(moment));
      if (files === undefined) continue;
      for (const stored of new Set([confirmed, begun])) {
        const inserts = [...this.#start.inserts, ...this.#inserts.slice(0, stored)];
        const how = `moment ${moment}, ${end} before ${this.#journal.next(moment)}, ${stored} blocks stored`;
        yield { how, left: { files, inserts, acked } };
      }
    }
  }

  /**
   * Starts again on what a cut left.
   * @returns what is wrong: acked bodies that are not there once, and then, all bodies having been sent again, any such
   */
  async startAgain(left: Left): Promise<string[]> {
    await this.#restore(this.#copy, left);
    const ingest = await this.#open(this.#copy, false);
    const stuck = await Promise.race([ingest.flush().then(() => false), pause(PATIENCE_MS, true)]);
    if (stuck) return ingest.close().then(() => ['what is left is never loaded']);
    const first = await this.#wrong(left.acked);
    for (const send of this.#bodies.values()) await send(ingest);
    await ingest.flush();
    const later = await this.#wrong([...this.#bodies.keys()]);
    await ingest.close();
    const litter = (await readdir(this.#copy)).filter((file) => !/^(seed|known-.*|.*\.remembered)$/.test(file));
    return [...first, ...later.map((one) => `sent again: ${one}`), ...litter.map((file) => `left behind: ${file}`)];
  }

  async #restore(directory: string, { files, inserts }: Left): Promise<void> {
    await restore(directory, files);
    for (const table of TABLES) await this.#store.writer.run(`TRUNCATE TABLE {database}.${table}`);
    const path = join(directory, '..', 'block.native');
    for (const { given, block } of inserts) {
      const [table, columns, , token, doubtful] = given;
      await writeFile(path, block);
      await this.#store.loader.insertBlocks(table, columns, path, token, doubtful);
    }
    await rm(path, { force: true });
  }

  #open(directory: string, journalled: boolean): Promise<Ingest> {
    const { loader } = this.#store;
    return openIngest({
      engine: {
        insertBlocks: async (...given) => {
          if (!journalled) return loader.insertBlocks(...given);
          this.#inserts.push({ given, block: await readFile(given[2]) });
          this.#journal.tell('insert');
          await loader.insertBlocks(...given);
          this.#journal.tell('confirmed');
        },
      },
      directory,
      limits: { ...defaultConfig().ingest, segment_age: 3_600_000 },
      sliceTags: () => [],
      clock: this.#clock,
      log: pino({ level: 'silent' }),
    });
  }

  async #wrong(bodies: readonly string[]): Promise<string[]> {
    const rows = await this.#store.watcher.rows<{ body: string; rows: number; counted: number }>(
      `SELECT concat('predictions ', extract(prediction_id, '^(.*)-')) AS body, count() AS rows, 0 AS counted FROM {database}.predictions GROUP BY body
       UNION ALL SELECT concat('labels ', extract(prediction_id, '^(.*)-')) AS body, count(), 0 FROM {database}.labels GROUP BY body
       UNION ALL SELECT concat('spans ', ServiceName) AS body, count(), 0 FROM {database}.otel_traces GROUP BY body
       UNION ALL SELECT 'counted predictions', (SELECT count() FROM {database}.predictions), sum(count) FROM {database}.prediction_minutes WHERE kind = 'score' AND slice = 'all'
       UNION ALL SELECT 'counted spans', (SELECT count() FROM {database}.otel_traces), sum(count) FROM {database}.span_minutes`,
    );
    const found = new Map(rows.map((row) => [row.body, row]));
    const wrong = bodies
      .filter((body) => found.get(body)?.rows !== RECORDS)
      .map((body) => `${body}: ${found.get(body)?.rows ?? 0} rows of ${RECORDS}`);
    for (const { body, rows: stored, counted } of rows) {
      if (body.startsWith('counted ')) {
        if (stored !== counted) wrong.push(`${body}: ${counted} of ${stored}`);
      } else if (stored > RECORDS) wrong.push(`${body}: ${stored} rows of ${RECORDS}`);
    }
    return wrong;
  }
}
