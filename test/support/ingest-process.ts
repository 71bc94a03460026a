import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { join } from 'node:path';
import pino from 'pino';
import { systemClock } from '../../daemon/clock.ts';
import { defaultConfig, type Config } from '../../daemon/config/config.ts';
import { SerinError, ERRORS } from '../../daemon/errors.ts';
import { openIngest } from '../../daemon/ingest/ingest.ts';
import { startOtlpHttp } from '../../daemon/ingest/doors/otlp-http.ts';
import { freeDoor } from './otlp-doors.ts';
import type { Engine } from '../../daemon/store/engine.ts';
import { openStore } from '../../daemon/store/store.ts';

/** Where the blocks go, and how to leave it. */
interface Sink {
  readonly engine: Pick<Engine, 'insertBlocks'>;
  close(): Promise<void>;
}

async function ownStore(directory: string): Promise<Sink> {
  const store = await openStore(defaultConfig().store, directory);
  return { engine: store.loader, close: () => store.close() };
}

/** The store of the process that started this one, asked over the channel between them: see `killed-ingest.ts`. */
function lentStore(): Sink {
  const asked = new Map<number, (failed: string | undefined) => void>();
  let last = 0;
  process.on('message', ({ id, failed }: { id: number; failed?: string }) => {
    asked.get(id)?.(failed);
    asked.delete(id);
  });
  return {
    engine: {
      insertBlocks: (...given) =>
        new Promise((resolve, reject) => {
          asked.set(++last, (failed) => (failed === undefined ? resolve() : reject(new Error(failed))));
          process.send!({ id: last, given });
        }),
    },
    close: () => Promise.resolve(process.disconnect()),
  };
}

/**
 * A process that only takes data in: `node --import ./typescript.mjs ingest-process.ts DIRECTORY [LIMITS]`, the limits of the intake as
 * JSON, over the defaults. Prints its ports as one line of JSON; `POST /predictions` and `/labels` take NDJSON. SIGTERM ends it in order, SIGKILL is what it is for.
 */
async function run(directory: string, limits: Partial<Config['ingest']>): Promise<void> {
  const config = defaultConfig();
  const log = pino({ level: 'error' }, pino.destination(2));
  const sink = await (process.channel === undefined ? ownStore(directory) : lentStore());
  const ingest = await openIngest({
    engine: sink.engine,
    directory: join(directory, 'spool'),
    limits: { ...config.ingest, segment_age: 200, ...limits },
    sliceTags: () => ['region'],
    clock: systemClock,
    log,
  });
  const otlp = await startOtlpHttp(ingest, { ...freeDoor(), log });
  const server = createServer((request, response) => {
    const kind = request.url === '/labels' ? 'labels' : 'predictions';
    buffer(request)
      .then((body) => ingest.accept(kind, 'ndjson', body))
      .then(
        (admission) => response.end(JSON.stringify(admission)),
        (error: unknown) => {
          response.statusCode = error instanceof SerinError ? ERRORS[error.code].status : 500;
          response.end(String(error));
        },
      );
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    process.stdout.write(`${JSON.stringify({ port, otlp: otlp.port })}\n`);
  });
  process.once('SIGTERM', () => {
    server.close();
    server.closeAllConnections();
    void otlp
      .close()
      .then(() => ingest.close())
      .then(() => sink.close())
      .then(() => process.exit(0));
  });
}

await run(process.argv[2] ?? '', JSON.parse(process.argv[3] ?? '{}') as Partial<Config['ingest']>);
