import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Socket } from 'node:net';
import { SerinError, type ErrorCode } from '../errors.ts';
import type { HttpServer } from './api.ts';
import { errorBodyOf } from '../http/error-body.ts';
import { errorAnswer } from './error-answer.ts';
import { ERRORS } from '../errors.ts';

/** Every error of the server leaves here, in the one form of `docs/errors.md`. */
export function answerErrors(server: HttpServer): void {
  server.setErrorHandler((error, request, reply) => sendError(error, request, reply));
  server.setNotFoundHandler((request, reply) =>
    sendError(
      new SerinError('not_found', `There is nothing at ${request.method} ${pathOf(request.url)}.`),
      request,
      reply,
    ),
  );
}

/** Sends the answer to an error, whatever the route's schemas are. */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const answer = errorAnswer(error, request.id);
  if (answer.log !== undefined) {
    const where = { request: request.id, method: request.method, route: request.routeOptions.url };
    request.log[answer.log]({ ...where, err: causeOf(error) }, answer.body.error.message);
  }
  // With the connection open, a client that is still sending gets to read the answer.
  reply.removeHeader('connection');
  return reply
    .code(answer.status)
    .headers({ ...answer.headers, 'content-type': 'application/json; charset=utf-8' })
    .serializer(JSON.stringify)
    .send(answer.body);
}

/** What happened, for the log: a `SerinError` only says how it was told. */
function causeOf(error: unknown): unknown {
  return error instanceof SerinError && error.cause !== undefined ? error.cause : error;
}

function pathOf(url: string): string {
  const path = url.split('?', 1)[0] ?? '';
  return path.length <= 100 ? path : `${path.slice(0, 100)}…`;
}

/** Node's codes for a request that never became one. */
const BROKEN: Readonly<Record<string, { code: ErrorCode; message: string }>> = {
  HPE_HEADER_OVERFLOW: { code: 'headers_too_large', message: 'The headers are larger than 16 KB.' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { code: 'too_large', message: 'The chunk extensions are too large.' },
  ERR_HTTP_REQUEST_TIMEOUT: { code: 'timed_out', message: 'The request did not arrive in time.' },
};

/** Answers bytes that are no HTTP request, and ends the connection. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const known = BROKEN[error.code ?? ''] ?? { code: 'bad_http', message: 'The bytes received are no HTTP request.' };
  const refused = new SerinError(known.code, known.message);
  const body = JSON.stringify(errorBodyOf(refused));
  socket.end(
    `HTTP/1.1 ${ERRORS[known.code].status} ${known.code}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}
