import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { heldBody, type HeldBody } from '../../http/collect-body.ts';
import { unpackBody } from '../../http/unpack-body.ts';
import type { Ingest } from '../ingest.ts';
import type { HttpAnswer } from './http-answer.ts';
import type { OtlpListen } from './otlp-listen.ts';
import { readPlainHead, type PlainHead } from './plain-head.ts';

/** Larger heads and bodies are left to Node.js. */
const LARGEST_HEAD = 2048;
const LARGEST_BODY = 1024 * 1024;
const HEAD_END = '\r\n\r\n';

/** The port that connections come to. */
export interface PlainDoor {
  readonly ingest: Pick<Ingest, 'take'>;
  readonly listen: Pick<OtlpListen, 'limits' | 'budget' | 'log'>;
  /** The last headers of each answer: the date, and how long the connection stays open. */
  readonly lastHeaders: () => string;
  /** Hears of an answer that was sent. */
  readonly answered: (status: number) => void;
  /** Takes a connection over, with what was received on it and not taken. */
  readonly handOver: (socket: Socket, bytes: Buffer) => void;
  /** Whether a guarded path is called by a name that is not the server's: such a request is left to Node.js. */
  readonly isStranger: (host: string) => boolean;
  /** Answers a request that broke off. */
  readonly broken: (error: NodeJS.ErrnoException, socket: Socket) => void;
  readonly forget: (connection: PlainConnection) => void;
}

/** One connection on which plain requests come, one after the other. */
export class PlainConnection {
  readonly #door: PlainDoor;
  readonly #socket: Socket;
  /** What was received and not taken, from the first byte of a request on. */
  #chunks: Buffer[] = [];
  #received = 0;
  /** Bytes held of the budget: those received, and those of the body that is being answered. */
  #held = 0;
  #headText = '';
  #head: PlainHead | undefined;
  #does: 'reads' | 'answers' | 'waits for the sender to read' = 'reads';
  #advancing = false;
  /** The sender has said all that it will, or the port is closing. */
  #ended = false;
  /** Looks in a row that found it waiting for the rest of a request, or for the first one. */
  #looks = 0;
  #isFresh = true;
  #idleSince = performance.now();

  constructor(door: PlainDoor, socket: Socket) {
    this.#door = door;
    this.#socket = socket;
    socket.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onClose).on('error', ignore);
  }

  /** Hands a slow connection over, and ends one on which nothing came for longer than `idleMs`. */
  look(now: number, idleMs: number): void {
    if (this.#does !== 'reads') return;
    if (this.#isFresh || this.#received > 0) {
      if (this.#looks++ > 0) this.#handOver();
    } else if (now - this.#idleSince > idleMs) this.#socket.destroy();
  }

  /** Ends it once what it has begun is answered. */
  end(): void {
    this.#ended = true;
    if (this.#does !== 'reads') return;
    if (this.#received > 0) this.#handOver();
    else this.#socket.end();
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#chunks.push(chunk);
    this.#received += chunk.length;
    if (this.#does === 'reads') this.#advance();
    else this.#socket.pause();
  };

  readonly #onEnd = (): void => {
    this.#ended = true;
    if (this.#does !== 'reads') return;
    if (this.#received > 0) this.#door.broken(new Error('the connection ended within a request'), this.#socket);
    else this.#socket.end();
  };

  readonly #onClose = (): void => {
    this.#received = 0;
    if (this.#does !== 'answers') this.#hold(0);
    this.#door.forget(this);
  };

  /** Takes every request that is whole, one at a time. */
  #advance(): void {
    // An answer may come at once: then the loop goes on, and not a call within it.
    if (this.#advancing) return;
    this.#advancing = true;
    while (this.#does === 'reads' && this.#received > 0 && this.#takeNext());
    this.#advancing = false;
  }

  /** @returns whether a request was taken; otherwise there is more to come, or the connection is handed over */
  #takeNext(): boolean {
    const { budget } = this.#door.listen;
    if (!budget.take(this.#received - this.#held)) return this.#handOver();
    this.#held = this.#received;
    const first = this.#chunks[0]!;
    const size = first.subarray(0, LARGEST_HEAD).indexOf(HEAD_END) + HEAD_END.length;
    const head = size < HEAD_END.length ? undefined : this.#readHead(first.toString('latin1', 0, size - 2));
    if (head === undefined) return this.#handOver();
    const whole = size + head.length;
    if (this.#received < whole) return false;
    const bytes = this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks, this.#received);
    this.#chunks = bytes.length > whole ? [bytes.subarray(whole)] : [];
    this.#received = bytes.length - whole;
    this.#looks = 0;
    this.#isFresh = false;
    this.#does = 'answers';
    this.#take(head, bytes.subarray(size, whole));
    return true;
  }

  /** A sender's heads are alike, often the same. */
  #readHead(text: string): PlainHead | undefined {
    if (text === this.#headText) return this.#head;
    const head = readPlainHead(text);
    const isLarge = (head?.length ?? 0) > Math.min(LARGEST_BODY, this.#door.listen.limits.max_body_bytes);
    if (text.length > this.#door.listen.limits.max_header_bytes / 2) return undefined;
    const isStranger = head?.guardedHost !== undefined && this.#door.isStranger(head.guardedHost);
    [this.#headText, this.#head] = [text, isLarge || isStranger ? undefined : head];
    return this.#head;
  }

  #take(head: PlainHead, bytes: Buffer): void {
    if (head.encoding === 'identity') return this.#askFor(head, bytes, undefined);
    const { listen } = this.#door;
    const limits = { maxBytes: listen.limits.max_body_bytes, budget: listen.budget };
    unpackBody(heldBody([bytes], ignore), head.encoding, 'Content-Encoding', limits).then(
      (body) => this.#askFor(head, body.bytes, body),
      (error: unknown) => this.#send(head.door.refused(error)),
    );
  }

  #askFor({ door }: PlainHead, bytes: Buffer, unpacked: HeldBody | undefined): void {
    try {
      door.take(this.#door.ingest, bytes, (answer) => {
        unpacked?.release();
        this.#send(answer);
      });
    } catch (error) {
      unpacked?.release();
      this.#send(door.refused(error));
    }
  }

  #send({ status, headers, body }: HttpAnswer): void {
    const socket = this.#socket;
    this.#does = 'reads';
    this.#hold(Math.min(this.#held, this.#received));
    if (socket.destroyed || !socket.writable) return;
    this.#idleSince = performance.now();
    let text = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n`;
    for (let at = 0; at < headers.length; at += 2) text += `${headers[at]}: ${headers[at + 1]}\r\n`;
    text += this.#door.lastHeaders();
    if (body.length === 0) socket.write(text, 'latin1');
    else socket.write(Buffer.concat([Buffer.from(text), typeof body === 'string' ? Buffer.from(body) : body]));
    this.#door.answered(status);
    if (this.#ended) this.end();
    else this.#goOn();
  }

  /** What came meanwhile is taken once the answer is on its way: a sender that does not read is not read from. */
  #goOn(): void {
    const socket = this.#socket;
    if (socket.writableNeedDrain) {
      this.#does = 'waits for the sender to read';
      socket.once('drain', () => this.#goOn());
      return;
    }
    this.#does = 'reads';
    if (socket.isPaused()) socket.resume();
    this.#advance();
  }

  /** Holds as many bytes of the budget, which are not more than it held. */
  #hold(bytes: number): void {
    this.#door.listen.budget.give(this.#held - bytes);
    this.#held = bytes;
  }

  /** @returns false: nothing more is taken */
  #handOver(): false {
    const bytes = Buffer.concat(this.#chunks, this.#received);
    const socket = this.#socket;
    this.#hold(0);
    this.#received = 0;
    socket.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose).off('error', ignore);
    this.#door.forget(this);
    this.#door.handOver(socket, bytes);
    return false;
  }
}

/** A connection that fails is closed next; bytes of a request are given back by the connection. */
function ignore(): void {}
