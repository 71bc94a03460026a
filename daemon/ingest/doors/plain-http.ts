import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { PlainConnection, type PlainDoor } from './plain-connection.ts';

/** Pause between two looks at what is slow. */
const LOOK_MS = 500;

export interface PlainHttpParts extends Omit<PlainDoor, 'lastHeaders' | 'handOver' | 'forget'> {
  readonly keepAliveMs: number;
}

/** What stands between a server of Node.js and its connections. */
export interface PlainHttp {
  /** Ends connections once what they have begun is answered. */
  close(): void;
}

/**
 * Reads requests as exporters send them, which cost a half of what they cost `node:http`, straight from their connections.
 * As soon as anything is unusual, or slow, the connection is handed to `node:http` for good, from the first byte of that
 * request: so all that can go wrong goes wrong there.
 */
export function servePlainly(server: Server, parts: PlainHttpParts): PlainHttp {
  const connections = new Set<PlainConnection>();
  const listeners = server.listeners('connection') as ((this: Server, socket: Socket) => void)[];
  server.removeAllListeners('connection');
  const keepAlive = `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(parts.keepAliveMs / 1000)}\r\n\r\n`;
  const date = new LastHeaders(keepAlive);
  const door: PlainDoor = {
    ...parts,
    lastHeaders: () => date.read(),
    handOver: (socket, bytes) => {
      for (const listener of listeners) listener.call(server, socket);
      if (bytes.length > 0) socket.emit('data', bytes);
    },
    forget: (connection) => connections.delete(connection),
  };
  server.on('connection', (socket: Socket) => connections.add(new PlainConnection(door, socket)));
  const looks = setInterval(() => {
    const now = performance.now();
    for (const connection of connections) connection.look(now, parts.keepAliveMs);
  }, LOOK_MS);
  looks.unref();
  return {
    close: () => {
      clearInterval(looks);
      for (const connection of connections) connection.end();
    },
  };
}

/** The date, which is written once a second, and what follows it. */
class LastHeaders {
  readonly #rest: string;
  #second = NaN;
  #text = '';

  constructor(rest: string) {
    this.#rest = rest;
  }

  read(): string {
    const now = Date.now();
    const second = Math.floor(now / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#text = `Date: ${new Date(now).toUTCString()}\r\n${this.#rest}`;
    }
    return this.#text;
  }
}
