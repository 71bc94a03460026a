import { createHash } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { createServer } from 'node:net';

/**
 * Keeps other daemons off a data directory as long as this process lives, however it ends: two that share a spool would take
 * each other's bodies away. What holds it is a name among the abstract sockets of Linux, which are those of one machine or container.
 * @throws when another daemon holds it, or it cannot be made
 */
export async function holdDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((error: unknown) => {
    throw new Error(`the data directory ${path} cannot be made; choose another with --data`, { cause: error });
  });
  const { dev, ino } = await stat(path, { bigint: true });
  const name = createHash('sha256').update(`${dev}:${ino}`).digest('hex').slice(0, 32);
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(`\0serin-${name}`, resolve);
  }).catch((error: unknown) => {
    throw new Error(
      `the data directory ${path} is in use: another daemon is running on it; stop that daemon, or choose another directory with --data`,
      { cause: error },
    );
  });
  server.unref();
}
