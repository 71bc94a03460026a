import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Config } from '../config/config.ts';
import { bindParameters, quoteText } from './bind-parameters.ts';
import type { Engine, Parameters } from './engine.ts';
import { isAbsent } from './segment-traces.ts';
import { sideBySide } from './side-by-side.ts';

type StoreSettings = Config['store'];

/** Caps of a session that answers people: it can neither write nor read files nor run for ever. */
const READ_ONLY = [
  'SET max_execution_time = 20',
  'SET max_memory_usage = 2000000000',
  'SET max_result_rows = 1000000',
  'SET readonly = 1',
];

/** The same caps for a server. */
const CAPS = {
  readonly: '2',
  max_execution_time: 20,
  max_memory_usage: '2000000000',
  max_result_rows: '1000000',
} as const;

/**
 * Threads of a session that keeps nobody waiting, on Linux and where the process may set priorities: as scoring threads, they
 * leave the processor to what answers traffic. A server has its own rules for its own machine.
 */
const YIELDS = ['SET os_threads_nice_value_query = 10'];

export interface SessionOptions {
  /** Refuses everything but SELECT, and caps time, memory and rows. */
  readonly readOnly?: boolean;
  /** Keeps nobody waiting: its statements leave the processor to others. */
  readonly yields?: boolean;
  /** Statements that run at once, one without it; a server runs as many as are asked. */
  readonly atOnce?: number;
}

export interface Sessions {
  open(options?: SessionOptions): Promise<Engine>;
  readonly embedded: boolean;
}

/**
 * The one place that knows whether ClickHouse is embedded (chDB in this process, data in `directory`) or a server at `url`.
 * @throws when the directory is in use by another process, or the server does not answer
 */
export async function connect(settings: StoreSettings, directory: string): Promise<Sessions> {
  if (settings.url !== undefined) {
    const { url } = settings;
    const answer = await serverClient(url, settings, false).ping();
    if (!answer.success) {
      throw new Error(`the ClickHouse server at ${url} does not answer: ${answer.error.message}; see store.url`, {
        cause: answer.error,
      });
    }
    return {
      embedded: false,
      open: (options) => openSession(serverClient(url, settings, options?.readOnly ?? false), settings, false, []),
    };
  }
  const path = resolve(join(directory, 'store'));
  await mkdir(path, { recursive: true }).catch((error: unknown) => {
    throw new Error(`the data directory ${path} cannot be made; choose another with --data`, { cause: error });
  });
  const { createChdbConnection } = await import('chdb/connection');
  return {
    embedded: true,
    open: async ({ readOnly = false, yields = false, atOnce = 1 } = {}) => {
      const preamble = [...(yields ? YIELDS : []), ...(readOnly ? READ_ONLY : [])];
      const open = (): Promise<Engine> => {
        // chDB's connection is typed against another release of the client's common package.
        const connection = openDirectory(path, () => createChdbConnection({ path })) as never;
        return openSession(createClient({ connection }), settings, true, preamble);
      };
      return sideBySide(await Promise.all(Array.from({ length: atOnce }, open)));
    },
  };
}

function openDirectory<T>(path: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    throw new Error(
      `the data directory ${path} cannot be opened: another daemon is running on it, or it is not writable; stop that daemon, or choose another directory with --data`,
      { cause: error },
    );
  }
}

function serverClient(url: string, settings: StoreSettings, readOnly: boolean): ClickHouseClient {
  return createClient({
    url,
    username: settings.username ?? 'default',
    password: settings.password ?? '',
    request_timeout: 120_000,
    // What goes wrong is thrown and told by the caller.
    log: { level: ClickHouseLogLevel.OFF },
    clickhouse_settings: {
      output_format_json_quote_64bit_integers: 0,
      send_progress_in_http_headers: 1,
      http_headers_progress_interval_ms: '20000',
      ...(readOnly ? CAPS : {}),
    },
  });
}

async function openSession(
  client: ClickHouseClient,
  settings: StoreSettings,
  embedded: boolean,
  preamble: readonly string[],
): Promise<Engine> {
  const complete = (sql: string): string => sql.replaceAll('{database}', quoteName(settings.database));
  // One session runs one statement at a time: the embedded connection would otherwise interleave them.
  let tail: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    if (!embedded) return work();
    const exact = async (): Promise<T> => {
      try {
        return await work();
      } catch (error) {
        await drain(client);
        throw error;
      }
    };
    const next = tail.then(exact, exact);
    tail = next.catch(() => undefined);
    return next;
  };
  /** A statement and its values: a server takes them apart. */
  const bound = (sql: string, parameters: Parameters | undefined) => {
    if (parameters === undefined) return { query: sql };
    const whole = embedded ? bindParameters(sql, parameters) : undefined;
    return whole === undefined ? { query: sql, query_params: { ...parameters } } : { query: whole };
  };

  /** The table function that stands for the body of an insert. */
  const inputOf = async (table: string, columns: readonly string[]): Promise<string> => {
    const answer = await client.query({
      query: 'SELECT name, type FROM system.columns WHERE database = {database:String} AND table = {table:String}',
      format: 'JSONEachRow',
      query_params: { database: settings.database, table },
    });
    const types = new Map((await answer.json<{ name: string; type: string }>()).map(({ name, type }) => [name, type]));
    const structure = columns.map((name) => `${quoteName(name)} ${types.get(name) ?? 'String'}`).join(', ');
    return `input(${quoteText(structure)})`;
  };

  for (const statement of preamble) await client.command({ query: statement });

  return {
    rows: <Row>(sql: string, parameters?: Parameters) =>
      inTurn(async () => {
        const answer = await client.query({ format: 'JSONEachRow', ...bound(complete(sql), parameters) });
        return await answer.json<Row>();
      }),
    bytes: (sql, parameters) =>
      inTurn(async () => {
        const answer = await client.exec(bound(complete(sql), parameters));
        const chunks: Buffer[] = [];
        for await (const chunk of answer.stream) chunks.push(chunk as Buffer);
        // The embedded engine answers in one piece, which may be large: it is not copied.
        const whole = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
        return new Uint8Array(whole.buffer, whole.byteOffset, whole.byteLength);
      }),
    save: (sql, format, file, parameters) =>
      inTurn(async () => {
        if (embedded) {
          const into = `INSERT INTO FUNCTION file(${quoteText(file)}, ${quoteText(format)})`;
          await client.command(bound(`${into} ${complete(sql)}`, parameters));
          return;
        }
        const answer = await client.exec(bound(`${complete(sql)} FORMAT ${format}`, parameters));
        await pipeline(answer.stream, createWriteStream(file));
      }),
    run: (sql, parameters) =>
      inTurn(async () => {
        await client.command(bound(complete(sql), parameters));
      }),
    insert: (table, rows) =>
      inTurn(async () => {
        if (rows.length === 0) return;
        const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))] as [string];
        await client.insert({
          table: `${settings.database}.${table}`,
          columns,
          values: [...rows],
          format: 'JSONEachRow',
        });
      }),
    insertBlocks: (table, columns, file, token, doubtful, asTheyAre = false) =>
      inTurn(async () => {
        const place = `${quoteName(settings.database)}.${quoteName(table)}`;
        const names = columns.map(quoteName).join(', ');
        // A backfill may touch more than the 100 partitions that an insert is allowed by default; the token makes each exact.
        // Of asynchronous inserts, the default of newer servers, a server remembers tokens apart.
        const exact = `SETTINGS optimize_on_insert = ${asTheyAre ? 0 : 1}, insert_deduplicate = 1, async_insert = 0, max_partitions_per_insert_block = 0, insert_deduplication_token = ${quoteText(token)}`;
        const into = `INSERT INTO ${place} (${names}) ${exact}`;
        const absent = doubtful === undefined ? undefined : isAbsent(table, place, doubtful);
        const where = absent === undefined ? '' : ` WHERE ${absent.condition}`;
        if (embedded) {
          const from = `file(${quoteText(file)}, 'Native')`;
          await client.command(bound(`${into} SELECT ${names} FROM ${from}${where}`, absent?.parameters));
          return;
        }
        const picked = absent === undefined ? '' : ` SELECT ${names} FROM ${await inputOf(table, columns)}${where}`;
        const values = createReadStream(file);
        const answer = await client.exec({ ...bound(`${into}${picked} FORMAT Native`, absent?.parameters), values });
        for await (const chunk of answer.stream) void chunk;
      }),
    close: () => client.close(),
  };
}

/**
 * After a statement that failed half-way, the embedded engine gives what it had already to the next one of the session:
 * statements that nobody waits for take it away.
 */
async function drain(client: ClickHouseClient): Promise<void> {
  for (let tries = 0; tries < 5; tries++) {
    try {
      const answer = await client.query({ query: 'SELECT 1 AS drained', format: 'JSONEachRow' });
      if ((await answer.text()).trim() === '{"drained":1}') return;
    } catch {
      // The next one is asked.
    }
  }
}

/** Quotes a name that this program chose (table, column, database); user text is bound instead. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}
