import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { end, type RunningServer } from './servers.ts';

const VERSION = 'v0.161.0';
const CORE = 'go.opentelemetry.io/collector';
const CONTRIB = 'github.com/open-telemetry/opentelemetry-collector-contrib';

/** What the collector does with what it takes, and what its ack then means. */
export const PIPELINES = {
  nop: 'nothing is kept',
  file: 'written to a file, not synced',
  queue: 'in a queue on disk, synced; forwarded later, not stored',
} as const;
export type Pipeline = keyof typeof PIPELINES;

/**
 * Builds the OpenTelemetry Collector from its Go modules, once: the program is kept in `SERIN_BENCH_CACHE`, or
 * `~/.cache/serin-bench`.
 * @returns the path of the program; undefined where there is no Go
 */
export async function buildCollector(progress: (line: string) => void): Promise<string | undefined> {
  const cache = process.env['SERIN_BENCH_CACHE'] ?? join(homedir(), '.cache', 'serin-bench');
  const program = join(cache, `otelcol-${VERSION}`);
  if (existsSync(program)) return program;
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  progress(`building the OpenTelemetry Collector ${VERSION} into ${cache}: about two minutes, once`);
  await mkdir(cache, { recursive: true });
  const env = { ...process.env, GOBIN: cache, GOFLAGS: '-mod=mod' };
  execFileSync('go', ['install', `${CORE}/cmd/builder@${VERSION}`], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const modules = (...names: string[]) => names.map((name) => ({ gomod: `${name} ${VERSION}` }));
  const manifest = join(cache, 'builder.yaml');
  const built = join(cache, 'otelcol');
  await writeFile(
    manifest,
    stringify({
      dist: { name: 'otelcol', output_path: built },
      receivers: modules(`${CORE}/receiver/otlpreceiver`),
      exporters: modules(
        `${CORE}/exporter/nopexporter`,
        `${CORE}/exporter/otlphttpexporter`,
        `${CONTRIB}/exporter/fileexporter`,
      ),
      extensions: modules(`${CONTRIB}/extension/storage/filestorage`),
    }),
  );
  execFileSync(join(cache, 'builder'), ['--config', manifest], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  await rename(join(built, 'otelcol'), program);
  return program;
}

/**
 * Starts the collector with one pipeline from OTLP/HTTP.
 * @param sink where the queue forwards to
 */
export async function startCollector(
  program: string,
  pipeline: Pipeline,
  folder: string,
  sink: string,
): Promise<RunningServer> {
  await mkdir(join(folder, 'queue'), { recursive: true });
  const port = await freePort();
  const config = join(folder, `${pipeline}.yaml`);
  await writeFile(config, stringify(configOf(pipeline, folder, sink, port)));
  const child = spawn(program, ['--config', config], { stdio: ['ignore', 'ignore', 'inherit'] });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; ; tries++) {
    try {
      await fetch(`${url}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-protobuf' },
        body: '',
      });
      break;
    } catch (error) {
      if (tries > 100 || child.exitCode !== null) throw error;
      await sleep(100);
    }
  }
  return { url, pid: child.pid!, stop: () => end(child) };
}

function configOf(pipeline: Pipeline, folder: string, sink: string, port: number): object {
  const exporters = {
    nop: { nop: {} },
    file: { file: { path: join(folder, 'spans'), format: 'proto' } },
    queue: {
      otlphttp: {
        endpoint: sink,
        compression: 'none',
        sending_queue: { enabled: true, storage: 'file_storage', queue_size: 1_000_000, num_consumers: 4 },
      },
    },
  }[pipeline];
  const queued = pipeline === 'queue';
  return {
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
    exporters,
    ...(queued ? { extensions: { file_storage: { directory: join(folder, 'queue'), fsync: true } } } : {}),
    service: {
      telemetry: { metrics: { level: 'none' }, logs: { level: 'error' } },
      ...(queued ? { extensions: ['file_storage'] } : {}),
      pipelines: { traces: { receivers: ['otlp'], exporters: Object.keys(exporters) } },
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
