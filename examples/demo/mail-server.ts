import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface MailServer {
  readonly port: number;
  /** Files of the mails that arrived, oldest first. */
  readonly mails: readonly string[];
  close(): Promise<void>;
}

/** A real SMTP server on a free port of this machine; every mail becomes an .eml file in `directory`. */
export async function startMailServer(directory: string): Promise<MailServer> {
  await mkdir(directory, { recursive: true });
  const mails: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, _session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const file = join(directory, `${String(mails.length + 1).padStart(3, '0')}.eml`);
        writeFile(file, Buffer.concat(chunks)).then(() => {
          mails.push(file);
          done();
        }, done);
      });
    },
  });
  // A connection that breaks is the sender's affair: it sends again.
  server.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
