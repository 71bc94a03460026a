import { createServer, STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { SerinError } from '../../errors.ts';
import { readBody } from '../../http/read-body.ts';
import { refuseStrangers, type Sender } from '../../http/refuse-strangers.ts';
import { bindPort } from './bind-port.ts';
import { DoorCounts } from './door-counts.ts';
import type { Ingest } from '../ingest.ts';
import type { HttpAnswer } from './http-answer.ts';
import { PATHS, type HttpPath } from './http-door.ts';
import { brokenRequest, formOf, refusedAnswer, TYPES } from './otlp-answer.ts';
import type { OtlpListen, OtlpListener } from './otlp-listen.ts';
import { servePlainly } from './plain-http.ts';

/** Headers are small: a client that takes longer is broken, or means harm. */
const HEADERS_MS = 15_000;
/** Exporters send every five or ten seconds, and should find their connection open. */
const KEEP_ALIVE_MS = 75_000;
/** Pause between two looks at what takes too long. */
const CHECK_MS = 1000;

/**
 * Listens for OTLP/HTTP: `/v1/traces` and `/v1/logs`, protobuf and JSON, gzip and, in a Node that has it, zstd; every status
 * as the OTLP specification has it, errors as a `google.rpc.Status` in the caller's type. Predictions and labels come in here
 * too, straight to the thread that takes them, and are answered as on the port of the API.
 * @throws when the port is taken
 */
export async function startOtlpHttp(ingest: Ingest, listen: OtlpListen): Promise<OtlpListener> {
  const counts = new DoorCounts();
  const { limits, log } = listen;
  const times = {
    requestTimeout: limits.body_time,
    headersTimeout: Math.min(HEADERS_MS, limits.body_time),
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: CHECK_MS,
    maxHeaderSize: limits.max_header_bytes,
    // Node would answer without a body; `signalOf` says what is missing.
    requireHostHeader: false,
  };
  const stranger = refuseStrangers(listen.host, listen.publicUrl);
  const receive = (request: IncomingMessage, response: ServerResponse): void => {
    response.once('finish', () => counts.answered(response.statusCode));
    answer(ingest, { ...listen, stranger }, request, response).catch((error: unknown) => {
      log.error({ err: error }, 'an OTLP request could not be answered');
      response.destroy();
    });
  };
  const server = createServer(times, receive);
  // RFC 9110, 10.1.1: an expectation other than `100-continue` may be passed over; Node would answer without a body.
  server.on('checkExpectation', receive);
  const broken = (error: NodeJS.ErrnoException, socket: Socket): void => {
    const status = answerBroken(error, socket);
    if (status !== undefined) counts.answered(status);
  };
  server.on('clientError', broken);
  const answered = (status: number): void => counts.answered(status);
  const isStranger = (host: string): boolean => refuses(() => stranger({ ...PLAIN, headers: { host } }));
  const plain = servePlainly(server, { ingest, listen, answered, broken, isStranger, keepAliveMs: KEEP_ALIVE_MS });
  counts.watch(server, limits.max_connections);
  const port = await bindPort(server, listen, 'listen.otlp_http');
  return { port, read: () => counts.read(), close: () => close(server, plain) };
}

/** What all requests have in common that are read straight from their connections. */
const PLAIN = { method: 'POST', httpVersion: '1.1' };

function refuses(check: () => void): boolean {
  try {
    check();
    return false;
  } catch {
    return true;
  }
}

function close(server: Server, plain: ReturnType<typeof servePlainly>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    plain.close();
    server.closeIdleConnections();
  });
}

async function answer(
  ingest: Ingest,
  { limits, budget, stranger }: OtlpListen & { readonly stranger: (sender: Sender) => void },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const type = request.headers['content-type'];
  const path = PATHS.get(pathOf(request));
  const door = path?.doorOf(type ?? '');
  const refused = (error: unknown): HttpAnswer =>
    (door ?? path)?.refused(error) ?? refusedAnswer(error, formOf(type ?? ''));
  try {
    const { isGuarded, unknownType } = checkRequest(request, path);
    if (isGuarded) stranger(request);
    if (door === undefined) throw unknownType(type);
    const body = await readBody(request, { maxBytes: limits.max_body_bytes, budget });
    try {
      send(response, await door.accept(ingest, body.bytes));
    } finally {
      body.release();
    }
  } catch (error) {
    send(response, refused(error));
  }
}

/** Answers what is no HTTP, or comes too slowly, on the bare socket. @returns the status sent */
function answerBroken(error: NodeJS.ErrnoException, socket: Socket): number | undefined {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return undefined;
  }
  const { status, body } = refusedAnswer(brokenRequest(error), undefined);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: ${TYPES.json}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body.toString()}`,
  );
  return status;
}

function pathOf({ url }: IncomingMessage): string {
  // RFC 9112, 3.2: of an address with scheme and host, as through a proxy, the path counts; HTTP/1.1 names the host besides.
  return (url ?? '').replace(/^https?:\/\/[^/?]*/i, '').split('?')[0] ?? '';
}

/** @throws SerinError for a request that no path takes, or not like this */
function checkRequest(request: IncomingMessage, path: HttpPath | undefined): HttpPath {
  if (request.headers.host === undefined && request.httpVersion === '1.1')
    throw new SerinError('bad_http', 'the header Host is missing', { field: 'Host' });
  if (path === undefined) {
    const what = pathOf(request) === '/v1/metrics' ? 'metrics are not taken here; ' : '';
    throw new SerinError('not_found', `${what}the paths are ${[...PATHS.keys()].join(', ')}`);
  }
  if (request.method !== 'POST') throw new SerinError('method_not_allowed', `${pathOf(request)} takes POST only`);
  return path;
}

function send(response: ServerResponse, { status, headers, body }: HttpAnswer): void {
  response.writeHead(status, [...headers]);
  response.end(body);
}
