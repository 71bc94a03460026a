import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Sink {
  readonly url: string;
  /** Bodies by path, as they came. */
  readonly bodies: ReadonlyMap<string, readonly Buffer[]>;
  /** Lines of NDJSON that went to a path, parsed. */
  lines(path: string): Record<string, unknown>[];
  close(): Promise<void>;
}

/**
 * A stand-in for the daemon's doors: it takes every body, keeps it, and answers that all was accepted.
 * @param refuseFirst answers 503 with `Retry-After: 0` to the first body of each path
 */
export async function startSinkDouble(refuseFirst = false): Promise<Sink> {
  const bodies = new Map<string, Buffer[]>();
  const refused = new Set<string>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = request.url ?? '';
      if (refuseFirst && !refused.has(path)) {
        refused.add(path);
        response.writeHead(503, { 'retry-after': '0' }).end();
        return;
      }
      bodies.set(path, [...(bodies.get(path) ?? []), Buffer.concat(chunks)]);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ accepted: 1, rejected: 0, errors: [] }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    lines: (path) =>
      (bodies.get(path) ?? []).flatMap((body) =>
        body
          .toString()
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as Record<string, unknown>),
      ),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
