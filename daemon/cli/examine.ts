import { existsSync } from 'node:fs';
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { chooseBackend } from '../../shadow/choose-backend.ts';
import { defaultConfig, type Config } from '../config/config.ts';
import { ConfigError, loadConfig } from '../config/load-config.ts';
import { findUnknown } from '../models/check-detectors.ts';
import { openStore } from '../store/store.ts';
import { connect } from '../store/client.ts';
import { openClient } from './client.ts';

/** What was looked at: `warning` needs no action now, `fault` keeps the daemon from running. */
export interface Examined {
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'fault';
  readonly message: string;
  readonly hint?: string;
}

export interface ExamineOptions {
  readonly config?: string;
  readonly data: string;
  readonly url: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const GIGABYTE = 1024 ** 3;
const LEAST_FREE = 2 * GIGABYTE;

/** Looks at everything once; a fault in one place does not hide the others. */
export async function examine(options: ExamineOptions): Promise<Examined[]> {
  const settings = await readSettings(options);
  const { running, daemon } = await askDaemon(options.url);
  const config = settings.config ?? defaultConfig();
  return [
    nodeVersion(),
    ...(settings.result === undefined ? [] : [settings.result]),
    await tryBackend(config),
    await tryEngine(config, options.data, running),
    await freeSpace(options.data),
    ...(await Promise.all(portsOf(config).map(([name, port]) => tryPort(name, config.listen.host, port, running)))),
    daemon,
  ];
}

function nodeVersion(): Examined {
  const name = 'Node.js';
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return { name, state: 'ok', message: process.version };
  return { name, state: 'fault', message: `${process.version} is too old`, hint: 'Install Node.js 20.19 or newer.' };
}

async function readSettings(options: ExamineOptions): Promise<{ config?: Config; result?: Examined }> {
  if (options.config === undefined) return {};
  const name = 'configuration';
  try {
    const config = await loadConfig(options.config, options.env, findUnknown);
    return { config, result: { name, state: 'ok', message: options.config } };
  } catch (error) {
    const message = error instanceof ConfigError ? error.problems.join('; ') : messageOf(error);
    return { result: { name, state: 'fault', message, hint: 'docs/configuration.md lists every setting.' } };
  }
}

async function tryBackend(config: Config): Promise<Examined> {
  const name = 'TensorFlow.js';
  try {
    return { name, state: 'ok', message: `models run on ${await chooseBackend(config.replays.backend)}` };
  } catch (error) {
    return { name, state: 'fault', message: messageOf(error), hint: 'npm install brings the WASM and CPU backends.' };
  }
}

/** The engine lives once in a process, so one place is opened: the data directory where it can be, else a new one. */
async function tryEngine(config: Config, data: string, running: boolean): Promise<Examined> {
  const name = 'store';
  if (config.store.url !== undefined) return tryServer(config, data);
  const existing = existsSync(join(data, 'store')) && !running;
  const directory = existing ? resolve(data) : await mkdtemp(join(tmpdir(), 'serin-doctor-'));
  try {
    if (existing) {
      const session = await (await connect(config.store, directory)).open();
      await session.close();
      return { name, state: 'ok', message: `${directory} opens; no other process holds it` };
    }
    const store = await openStore(config.store, directory);
    await store.close();
    return { name, state: 'ok', message: 'the embedded engine works' };
  } catch (error) {
    const hint = existing
      ? 'Another process may hold the data directory: stop it, or take another one with --data.'
      : 'chDB needs Linux with glibc, or macOS; with store.url a ClickHouse server serves instead.';
    return { name, state: 'fault', message: messageOf(error), hint };
  } finally {
    if (!existing) await rm(directory, { recursive: true, force: true });
  }
}

async function tryServer(config: Config, data: string): Promise<Examined> {
  const name = 'store';
  try {
    const store = await openStore(config.store, data);
    await store.close();
    return { name, state: 'ok', message: `${config.store.url} answers` };
  } catch (error) {
    return { name, state: 'fault', message: messageOf(error), hint: 'Check store.url, username and password.' };
  }
}

async function freeSpace(data: string): Promise<Examined> {
  const name = 'disk';
  let place = resolve(data);
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place);
  const { bavail, bsize } = await statfs(place);
  const free = bavail * bsize;
  const message = `${(free / GIGABYTE).toFixed(1)} GB free at ${place}`;
  if (free >= LEAST_FREE) return { name, state: 'ok', message };
  return { name, state: 'warning', message, hint: 'Below 2 GB the spool and the store soon run out of room.' };
}

function portsOf({ listen }: Config): [name: string, port: number][] {
  return [
    ['API port', listen.api],
    ['OTLP/HTTP port', listen.otlp_http],
    ['OTLP/gRPC port', listen.otlp_grpc],
  ];
}

async function tryPort(name: string, host: string, port: number, running: boolean): Promise<Examined> {
  if (port === 0) return { name, state: 'ok', message: 'any free port' };
  const server = createServer();
  try {
    await new Promise<void>((free, taken) => server.once('error', taken).listen(port, host, free));
    return { name, state: 'ok', message: `${host}:${port} is free` };
  } catch (error) {
    if (running) return { name, state: 'ok', message: `${host}:${port} is in use, as by a running daemon` };
    const hint = 'Stop what listens there, or set another port under listen in serin.yaml.';
    return { name, state: 'fault', message: messageOf(error), hint };
  } finally {
    server.close();
  }
}

async function askDaemon(url: string): Promise<{ readonly running: boolean; readonly daemon: Examined }> {
  const name = 'daemon';
  try {
    const client = openClient(url);
    const reasons = await client.notReady();
    if (reasons.length > 0)
      return { running: true, daemon: { name, state: 'fault', message: `not ready: ${reasons.join('; ')}` } };
    const { version, uptime_seconds: uptime, engine } = await client.status();
    const message = `Serin ${version} at ${url}, up ${Math.round(uptime)} s, engine ${engine}`;
    return { running: true, daemon: { name, state: 'ok', message } };
  } catch (error) {
    return { running: false, daemon: { name, state: 'warning', message: messageOf(error) } };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
