import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Heard {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

/** What the double answers; an array is answered one by one, its last again and again. */
export type Answers = Readonly<Record<string, Answer | readonly Answer[]>>;

export interface Answer {
  readonly status?: number;
  readonly body: unknown;
}

/** A stand-in for the API: it answers what the test says and keeps what it heard. It judges nothing. */
export async function startApiDouble(
  answers: Answers,
): Promise<{ readonly url: string; readonly heard: readonly Heard[]; close(): Promise<void> }> {
  const heard: Heard[] = [];
  const asked = new Map<string, number>();
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const path = request.url ?? '';
      heard.push({ method: request.method ?? '', path, body: text === '' ? undefined : JSON.parse(text) });
      const key = `${request.method} ${path.split('?')[0]}`;
      const turn = asked.get(key) ?? 0;
      asked.set(key, turn + 1);
      const given = answers[key];
      const list = given === undefined ? [] : 'body' in given ? [given] : given;
      const answer = list[Math.min(turn, list.length - 1)] ?? {
        status: 404,
        body: { error: { code: 'not_found', message: `no ${key}`, hint: 'See /docs for the routes.' } },
      };
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' });
      response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
