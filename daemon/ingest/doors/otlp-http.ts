import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { SerinError } from '../../errors.ts';
import { readBody } from '../../http/read-body.ts';
import { ENCODINGS } from '../../http/unpack-body.ts';
import { bindPort } from './bind-port.ts';
import { DoorCounts } from './door-counts.ts';
import type { Ingest } from '../ingest.ts';
import type { OtlpListen, OtlpListener } from './otlp-listen.ts';
import { answerJson, encodeAnswer, encodeStatus, rpcStatusOf, statusJson } from './rpc-status.ts';

type Form = 'protobuf' | 'json';

const TYPES: Readonly<Record<Form, string>> = { protobuf: 'application/x-protobuf', json: 'application/json' };
const SIGNALS: ReadonlyMap<string, 'traces' | 'logs'> = new Map([
  ['/v1/traces', 'traces'],
  ['/v1/logs', 'logs'],
]);
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
  counts.watch(server, limits.max_connections);
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const status = answerBroken(error, socket);
    if (status !== undefined) counts.answered(status);
  });
  const port = await bindPort(server, listen, 'listen.otlp_http');
  return { port, read: () => counts.read(), close: () => close(server) };
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}

async function answer(
  ingest: Ingest,
  { limits, budget }: OtlpListen,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const form = formOf(request);
  try {
    const signal = signalOf(request, response);
    if (form === undefined)
      throw new SerinError('unsupported_media_type', `send content-type ${TYPES.protobuf} or ${TYPES.json}`, {
        field: 'Content-Type',
      });
    const body = await readBody(request, { maxBytes: limits.max_body_bytes, budget });
    try {
      const taken = await ingest.acceptOtlp(signal, form, body.bytes);
      send(response, 200, form, form === 'json' ? answerJson(signal, taken) : encodeAnswer(taken));
    } finally {
      body.release();
    }
  } catch (error) {
    refuse(response, error, form);
  }
}

function refuse(response: ServerResponse, error: unknown, form: Form | undefined): void {
  const status = rpcStatusOf(error);
  if (status.retryAfterSeconds !== undefined) response.setHeader('retry-after', String(status.retryAfterSeconds));
  // RFC 9110, 15.5.16: each of the two says what would do.
  if (status.http === 415 && form === undefined) response.setHeader('accept', Object.values(TYPES).join(', '));
  else if (status.http === 415) response.setHeader('accept-encoding', ENCODINGS.join(', '));
  send(response, status.http, form ?? 'json', form === 'protobuf' ? encodeStatus(status) : statusJson(status));
}

/** Answers what is no HTTP, or comes too slowly, on the bare socket. @returns the status sent */
function answerBroken(error: NodeJS.ErrnoException, socket: Socket): number | undefined {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return undefined;
  }
  const { http, ...status } = rpcStatusOf(brokenRequest(error));
  const body = statusJson(status);
  socket.end(
    `HTTP/1.1 ${http} ${status.code}\r\nContent-Type: ${TYPES.json}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
  return http;
}

function brokenRequest({ code }: NodeJS.ErrnoException): SerinError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new SerinError('timed_out', 'the request did not arrive whole within ingest.body_time');
  if (code === 'HPE_HEADER_OVERFLOW')
    return new SerinError('headers_too_large', 'the headers are larger than ingest.max_header_bytes');
  return new SerinError('bad_http', 'the bytes received are no HTTP request, or can be read in two ways');
}

function signalOf(request: IncomingMessage, response: ServerResponse): 'traces' | 'logs' {
  // RFC 9112, 3.2: of an address with scheme and host, as through a proxy, the path counts; HTTP/1.1 names the host besides.
  const path = (request.url ?? '').replace(/^https?:\/\/[^/?]*/i, '').split('?')[0] ?? '';
  if (request.headers.host === undefined && request.httpVersion === '1.1')
    throw new SerinError('bad_http', 'the header Host is missing', { field: 'Host' });
  const signal = SIGNALS.get(path);
  if (signal === undefined) {
    const what = path === '/v1/metrics' ? 'metrics are not taken here; ' : '';
    throw new SerinError('not_found', `${what}the paths are ${[...SIGNALS.keys()].join(' and ')}`);
  }
  if (request.method !== 'POST') {
    response.setHeader('allow', 'POST');
    throw new SerinError('method_not_allowed', `${path} takes POST only`);
  }
  return signal;
}

function formOf(request: IncomingMessage): Form | undefined {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type === TYPES.protobuf) return 'protobuf';
  return type === TYPES.json ? 'json' : undefined;
}

function send(response: ServerResponse, status: number, form: Form, body: string | Uint8Array): void {
  response.statusCode = status;
  response.setHeader('content-type', TYPES[form]);
  response.setHeader('content-length', Buffer.byteLength(body));
  response.end(body);
}
