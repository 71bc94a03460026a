import { startDaemon, type RunningDaemon } from '../../support/daemon.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { runDaemon, type RunPlan } from './daemon-run.ts';
import { engineWork, type EngineResult } from './engine-work.ts';

/** Records before this number belong to warming up. */
export const FIRST_RECORD = 100_000_000;
const WARM_SECONDS = 4;

/**
 * Runs a fresh daemon that has been warmed up with the same kind of load, so that compiling is not measured.
 * @returns what `act` returned, and what the daemon left in its store when it had ended
 */
export async function withDaemon<Result>(
  plan: Pick<RunPlan, 'load' | 'recordsPerRequest' | 'recordsPerSecond'>,
  settings: Record<string, unknown>,
  act: (daemon: RunningDaemon) => Promise<Result>,
): Promise<{ readonly result: Result; readonly store: EngineResult['tables'] }> {
  const { path, remove } = await temporaryDirectory();
  try {
    const daemon = await startDaemon({ log: 'warn', ...settings }, path);
    let result: Result;
    try {
      await runDaemon(daemon, { ...plan, seconds: WARM_SECONDS, first: 0 });
      result = await act(daemon);
    } finally {
      await daemon.stop();
      if (daemon.log() !== '') process.stderr.write(daemon.log());
    }
    const { tables } = await engineWork({ kind: 'look', directory: path });
    return { result, store: tables };
  } finally {
    await remove();
  }
}
