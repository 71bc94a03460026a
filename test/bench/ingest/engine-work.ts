import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { PACKAGE_ROOT } from '../../../daemon/package-root.ts';

/** One block of a table, and when it is to be inserted. */
export interface TimedFile {
  /** Milliseconds after the first. */
  readonly atMs: number;
  readonly table: string;
  readonly columns: readonly string[];
  readonly file: string;
}

/** What the engine is to do, alone in a process of its own. */
export type EngineWork =
  /** Insert ready `Native` blocks into the daemon's tables. */
  | { readonly kind: 'blocks'; readonly files: readonly TimedFile[] }
  /** Parse predictions as JSONEachRow into the daemon's tables, rollups counted by materialised views. */
  | { readonly kind: 'json'; readonly rowsPerSecond: number; readonly seconds: number }
  /** Tell what a daemon that has ended left in its store. */
  | { readonly kind: 'look'; readonly directory: string };

export interface EngineResult {
  /** CPU-seconds from the first insert until merges are calm. */
  readonly cpuSeconds: number;
  /** By table. */
  readonly tables: Readonly<Record<string, { readonly rows: number; readonly bytes: number; readonly parts: number }>>;
}

export async function engineWork(work: EngineWork): Promise<EngineResult> {
  const file = fileURLToPath(new URL('./bare-engine.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', './test/support/typescript.mjs', file], {
    cwd: PACKAGE_ROOT,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(work));
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`the engine ended with ${code}`);
  return JSON.parse(text) as EngineResult;
}
