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
import { openStore } from '../../daemon/store/store.ts';

/**
 * A process that only takes data in: `node --import tsx ingest-process.ts DIRECTORY [LIMITS]`, the limits of the intake as
 * JSON, over the defaults. Prints its ports as one line of JSON; `POST /predictions` and `/labels` take NDJSON. SIGTERM ends it in order, SIGKILL is what it is for.
 */
async function run(directory: string, limits: Partial<Config['ingest']>): Promise<void> {
  const config = defaultConfig();
  const log = pino({ level: 'error' }, pino.destination(2));
  const store = await openStore(config.store, directory);
  const ingest = await openIngest({
    engine: store.loader,
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
      .then(() => store.close())
      .then(() => process.exit(0));
  });
}

await run(process.argv[2] ?? '', JSON.parse(process.argv[3] ?? '{}') as Partial<Config['ingest']>);
