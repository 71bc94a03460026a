import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { startApi, type ApiOptions } from '../../../daemon/api/server.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { fakeParts, type FakeParts } from './fake-parts.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined when it is none. */
  readonly json: unknown;
}

export interface RunningFake {
  readonly url: string;
  readonly port: number;
  readonly parts: FakeParts;
  /** Lines that were logged, as objects. */
  readonly logged: readonly Record<string, unknown>[];
  /** One request; `body` is sent as JSON unless it is text or bytes. */
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  close(): Promise<void>;
}

/** The real server on a free port, with a small built dashboard, in front of a double of the rooms. */
export async function runApi(
  options: Partial<ApiOptions> & { readonly maxBodyBytes?: number; readonly maxConnections?: number } = {},
): Promise<RunningFake> {
  const { path, remove } = await temporaryDirectory();
  await mkdir(join(path, 'assets'));
  await writeFile(
    join(path, 'index.html'),
    '<!doctype html><title>Serin</title><script src="/assets/app-1a2b.js"></script>',
  );
  await writeFile(join(path, 'assets', 'app-1a2b.js'), 'document.title;');
  await writeFile(join(path, '..secret'), 'x');
  const logged: Record<string, unknown>[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (const line of chunk.toString().trim().split('\n')) logged.push(JSON.parse(line) as Record<string, unknown>);
      done();
    },
  });
  const { maxBodyBytes, maxConnections, ...rest } = options;
  const parts = fakeParts(maxBodyBytes, maxConnections);
  const api = await startApi({
    parts,
    host: '127.0.0.1',
    port: 0,
    dashboard: path,
    log: pino({ level: 'info' }, sink),
    version: '1.2.3',
    ...rest,
  });
  return {
    url: api.url,
    port: api.port,
    parts,
    logged,
    ask: async (method, target, body, headers = {}) => {
      const raw = typeof body === 'string' || body instanceof Uint8Array;
      const response = await fetch(api.url + target, {
        method,
        redirect: 'manual',
        headers: { ...(body === undefined || raw ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined
          ? {}
          : { body: raw ? (body as NonNullable<RequestInit['body']>) : JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, text, json: parsed(text) };
    },
    close: async () => {
      await api.close();
      await remove();
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
