import { spawn, type ChildProcess } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { PACKAGE_ROOT } from '../../daemon/package-root.ts';
import { temporaryDirectory } from './temporary.ts';

export interface RunningDaemon {
  /** Address of the API and the dashboard. */
  readonly api: string;
  readonly otlpHttp: string;
  /** `host:port`. */
  readonly otlpGrpc: string;
  readonly directory: string;
  readonly process: ChildProcess;
  /** All that the daemon wrote to standard error so far. */
  log(): string;
  /** Ends it with SIGTERM and removes the directory; resolves to the exit code. */
  stop(): Promise<number | null>;
}

/**
 * Starts the real daemon as a process of its own, on free ports.
 * @param settings over defaults, as in serin.yaml
 * @param directory data of an earlier daemon, to start on again; a new one without it
 * @param environment variables beside those of this process
 */
export async function startDaemon(
  settings: Record<string, unknown> = {},
  directory?: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<RunningDaemon> {
  const temporary = directory === undefined ? await temporaryDirectory() : undefined;
  const data = directory ?? temporary!.path;
  const config = join(data, 'serin.yaml');
  const listen = { api: 0, otlp_http: 0, otlp_grpc: 0, ...(settings['listen'] as object | undefined) };
  await writeFile(config, stringify({ ...settings, listen }));
  const child = spawn(process.execPath, ['dist/daemon/serin.cjs', 'start', '--config', config, '--data', data], {
    cwd: PACKAGE_ROOT,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const banner = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('data  ')) resolve(text);
    });
    void exited.then((code) => reject(new Error(`the daemon ended with ${code} before it was ready:\n${errors}`)));
  });
  const address = (name: string): string => new RegExp(`${name}\\s+(\\S+)`).exec(banner)?.[1] ?? '';
  return {
    api: address('dashboard and API'),
    otlpHttp: address('OTLP/HTTP'),
    otlpGrpc: address('OTLP/gRPC'),
    directory: data,
    process: child,
    log: () => errors,
    stop: async () => {
      child.kill('SIGTERM');
      const code = await exited;
      await temporary?.remove();
      return code;
    },
  };
}
