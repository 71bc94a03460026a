import { createServer, STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { SerinError } from '../../errors.ts';
import { readBody } from '../../http/read-body.ts';
import { bindPort } from './bind-port.ts';
import { DoorCounts } from './door-counts.ts';
import type { Ingest } from '../ingest.ts';
import { brokenRequest, formOf, refusedAnswer, SIGNALS, takenAnswer, TYPES, type HttpAnswer } from './otlp-answer.ts';
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
 * as the OTLP specification has it, errors as a `google.rpc.Status` in the caller's type.
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
  const receive = (request: IncomingMessage, response: ServerResponse): void => {
    response.once('finish', () => counts.answered(response.statusCode));
    answer(ingest, listen, request, response).catch((error: unknown) => {
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
  const plain = servePlainly(server, { ingest, listen, answered, broken, keepAliveMs: KEEP_ALIVE_MS });
  counts.watch(server, limits.max_connections);
  const port = await bindPort(server, listen, 'listen.otlp_http');
  return { port, read: () => counts.read(), close: () => close(server, plain) };
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
  { limits, budget }: OtlpListen,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const form = formOf(request.headers['content-type'] ?? '');
  try {
    const signal = signalOf(request);
    if (form === undefined)
      throw new SerinError('unsupported_media_type', `send content-type ${TYPES.protobuf} or ${TYPES.json}`, {
        field: 'Content-Type',
      });
    const body = await readBody(request, { maxBytes: limits.max_body_bytes, budget });
    try {
      send(response, takenAnswer(signal, form, await ingest.acceptOtlp(signal, form, body.bytes)));
    } finally {
      body.release();
    }
  } catch (error) {
    send(response, refusedAnswer(error, form));
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

function signalOf(request: IncomingMessage): 'traces' | 'logs' {
  // RFC 9112, 3.2: of an address with scheme and host, as through a proxy, the path counts; HTTP/1.1 names the host besides.
  const path = (request.url ?? '').replace(/^https?:\/\/[^/?]*/i, '').split('?')[0] ?? '';
  if (request.headers.host === undefined && request.httpVersion === '1.1')
    throw new SerinError('bad_http', 'the header Host is missing', { field: 'Host' });
  const signal = SIGNALS.get(path);
  if (signal === undefined) {
    const what = path === '/v1/metrics' ? 'metrics are not taken here; ' : '';
    throw new SerinError('not_found', `${what}the paths are ${[...SIGNALS.keys()].join(' and ')}`);
  }
  if (request.method !== 'POST') throw new SerinError('method_not_allowed', `${path} takes POST only`);
  return signal;
}

function send(response: ServerResponse, { status, headers, body }: HttpAnswer): void {
  response.writeHead(status, [...headers]);
  response.end(body);
}
