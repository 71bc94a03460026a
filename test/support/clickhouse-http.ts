/**
 * A double of a ClickHouse server: its HTTP interface, as far as @clickhouse/client uses it, in front of an embedded
 * engine in a process of its own. The engine is the same; users, settings of a session and clusters are not there.
 *
 * As a program: `clickhouse-http.ts DIRECTORY` prints the port it took.
 */
import { createClient, type ClickHouseClient } from '@clickhouse/client';
import { createChdbConnection } from 'chdb/connection';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from './temporary.ts';
import { RUN_TYPESCRIPT } from './run-typescript.ts';

const FILE = fileURLToPath(import.meta.url);

/** Starts the double; `stop` kills it and removes its data. @param zone time zone of its machine */
export async function startClickHouseHttp(zone = 'UTC'): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const { path, remove } = await temporaryDirectory();
  const child = spawn(process.execPath, [...RUN_TYPESCRIPT, FILE, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TZ: zone },
  });
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString().trim()));
    child.once('exit', (code) => reject(new Error(`the double of ClickHouse ended with ${code}`)));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
      await remove();
    },
  };
}

if (process.argv[1] === FILE) serve(process.argv[2]!);

function serve(directory: string): void {
  const client = createClient({
    connection: createChdbConnection({ path: join(directory, 'server') }),
  } as never);
  let tail: Promise<unknown> = Promise.resolve();
  const server = createServer((request, response) => {
    tail = tail.then(() => answer(client, directory, request, response)).catch(() => undefined);
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`);
  });
}

async function answer(
  client: ClickHouseClient,
  directory: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://server');
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const named = url.searchParams.get('query');
  const query = named ?? body.toString();
  try {
    for (const [name, value] of url.searchParams) {
      if (name.startsWith('param_'))
        await client.command({ query: `SET ${name} = '${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'` });
    }
    const insert = /^([\s\S]*?INSERT INTO[\s\S]*?)\sFORMAT (\w+)\s*$/.exec(query);
    if (named !== null && insert !== null) {
      const file = join(directory, 'body');
      writeFileSync(file, body);
      const input = /\binput\('(?:[^'\\]|\\.)*'\)/;
      const rows = `file('${file}', '${insert[2]}')`;
      const into = insert[1]!;
      // The columns that are named, in their order, else all.
      const columns = /\(([^()]*)\)\s*$/.exec(into)?.[1] ?? '*';
      await client.command({
        query: input.test(into) ? into.replace(input, rows) : `${into} SELECT ${columns} FROM ${rows}`,
      });
      response.end();
      return;
    }
    const result = await client.exec({ query });
    for await (const chunk of result.stream) response.write(chunk);
    response.end();
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    response.writeHead(500, { 'x-clickhouse-exception-code': code ?? '0' });
    response.end(`Code: ${code ?? 0}. DB::Exception: ${message}. (DOUBLE)`);
  }
}
