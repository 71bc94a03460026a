import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** CPU-seconds of a process with all its threads, user and kernel, since its start (proc(5), `stat`). */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Memory of a process in bytes: now, and the most it ever had. */
export function memoryBytes(pid: number): { readonly now: number; readonly most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const of = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024;
  return { now: of('VmRSS'), most: of('VmHWM') };
}

/** So little of a core is what a process uses that has nothing to do. */
const CALM_SHARE = 0.04;
const CALM_SECONDS = 3;
const PATIENCE_SECONDS = 120;

/** Resolves to the CPU-seconds at the beginning of the calm, once a process has used next to nothing for three seconds. */
export async function calm(pid: number): Promise<number> {
  let since = cpuSeconds(pid);
  let quiet = 0;
  for (let second = 0; second < PATIENCE_SECONDS && quiet < CALM_SECONDS; second++) {
    const before = cpuSeconds(pid);
    if (quiet === 0) since = before;
    await sleep(1000);
    quiet = cpuSeconds(pid) - before < CALM_SHARE ? quiet + 1 : 0;
  }
  return since;
}
