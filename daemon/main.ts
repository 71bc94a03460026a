import { join } from 'node:path';
import { pino } from 'pino';
import { runCommandLine } from './cli/program.ts';
import { systemClock } from './clock.ts';
import { startDaemon } from './compose/compose.ts';
import { defaultConfig } from './config/config.ts';
import { holdDirectory } from './hold-directory.ts';
import { ConfigError, loadConfig } from './config/load-config.ts';
import { findUnknown } from './models/check-detectors.ts';
import { PACKAGE_ROOT } from './package-root.ts';
import { VERSION } from './version.ts';

/** Runs the daemon until SIGTERM or SIGINT; resolves once everything acked is safe. */
async function start(options: { readonly config?: string; readonly data?: string }): Promise<void> {
  const config =
    options.config === undefined ? defaultConfig() : await loadConfig(options.config, process.env, findUnknown);
  const directory = options.data ?? 'serin-data';
  const log = pino({ level: config.log }, pino.destination({ dest: 2, sync: false }));
  // Heard from here on: a signal during the start ends it in order too.
  const interrupted = new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
  await holdDirectory(directory);
  const daemon = await startDaemon({
    config,
    directory,
    dashboard: join(PACKAGE_ROOT, 'dist', 'dashboards'),
    version: VERSION,
    clock: systemClock,
    log,
  });
  process.stdout.write(
    [
      `Serin ${VERSION}${config.simulated ? ' (simulated data)' : ''}`,
      `  dashboard and API  ${daemon.url}`,
      `  OTLP/HTTP          ${daemon.otlpHttp}`,
      `  OTLP/gRPC          ${daemon.otlpGrpc}`,
      `  data               ${directory}`,
      '',
    ].join('\n'),
  );
  await interrupted;
  await daemon.close();
}

const exitCode = await runCommandLine(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  onInterrupt: (listener) => {
    process.once('SIGINT', listener);
    return () => void process.off('SIGINT', listener);
  },
  start: async (options) => {
    try {
      await start(options);
    } catch (error) {
      if (error instanceof ConfigError) throw new Error(error.problems.join('\n'), { cause: error });
      throw error;
    }
  },
});
// The embedded engine and the model runtime keep threads alive.
process.exit(exitCode);
