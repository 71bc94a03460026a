import { createServer, request as send, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/**
 * What becomes of a request: it goes `through`, fails `before` the other side has seen it (the connection is reset), or
 * `after` the other side has done it (the answer is cut), or is answered as by an `overloaded` server.
 */
export type Fate = 'through' | 'before' | 'after' | 'overloaded';

export interface FaultyProxy {
  readonly url: string;
  /** Decides on each request that carries rows; others always go through. */
  fate: () => Fate;
  /** Requests with rows so far, by fate. */
  readonly seen: Record<Fate, number>;
  /** Nobody listens any more, as when a server is down. */
  away(): Promise<void>;
  /** Listens again, on the same port. */
  back(): Promise<void>;
  close(): Promise<void>;
}

/** Stands between the daemon and a store that speaks HTTP, and lets through what a test wants. */
export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  const seen = { through: 0, before: 0, after: 0, overloaded: 0 };
  let server = await listen(0);
  const { port } = server.address() as AddressInfo;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const isInsert = (request.url ?? '').includes('INSERT') || body.subarray(0, 40).includes('INSERT');
    const fate = isInsert ? proxy.fate() : 'through';
    if (isInsert) seen[fate]++;
    if (fate === 'before') return void request.socket.destroy();
    if (fate === 'overloaded') {
      response.writeHead(500, { 'x-clickhouse-exception-code': '202' });
      return void response.end(
        'Code: 202. DB::Exception: Too many simultaneous queries. (TOO_MANY_SIMULTANEOUS_QUERIES)',
      );
    }
    const { status, headers, content } = await forward(target, request, body);
    if (fate === 'after') return void request.socket.destroy();
    const { 'transfer-encoding': _chunks, ...kept } = headers;
    response.writeHead(status, kept);
    response.end(content);
  }

  function listen(at: number): Promise<Server> {
    return new Promise((resolve) => {
      const made = createServer((request, response) => {
        answer(request, response).catch(() => request.socket.destroy());
      });
      made.listen(at, '127.0.0.1', () => resolve(made));
    });
  }

  async function shut(): Promise<void> {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  const proxy: FaultyProxy = {
    url: `http://127.0.0.1:${port}`,
    fate: () => 'through',
    seen,
    away: shut,
    back: async () => {
      server = await listen(port);
    },
    close: shut,
  };
  return proxy;
}

function forward(
  target: string,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
): Promise<{ status: number; headers: IncomingMessage['headers']; content: Buffer }> {
  return new Promise((resolve, reject) => {
    const { 'transfer-encoding': _chunks, ...kept } = headers;
    const sent = send(
      `${target}${url ?? '/'}`,
      { method, headers: { ...kept, 'content-length': String(body.length) } },
      (answer) => {
        buffer(answer).then(
          (content) => resolve({ status: answer.statusCode ?? 500, headers: answer.headers, content }),
          reject,
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
