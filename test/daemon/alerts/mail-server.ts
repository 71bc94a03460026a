import { simpleParser, type ParsedMail } from 'mailparser';
import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface MailServer {
  readonly port: number;
  readonly raw: string[];
  readonly mails: ParsedMail[];
  /** Recipients of each mail as the envelope names them. */
  readonly recipients: string[][];
  /** Answers every mail, or recipient, with this from now on; undefined accepts. */
  refuse(what: { readonly at: 'data' | 'recipient'; readonly code: number; readonly text: string } | undefined): void;
  /** Accepts the mail, and cuts the connection before saying so. */
  vanishAfterAccepting(yes: boolean): void;
  close(): Promise<void>;
}

/** A real SMTP server on a free port. */
export async function startMailServer(port = 0): Promise<MailServer> {
  const raw: string[] = [];
  const mails: ParsedMail[] = [];
  const recipients: string[][] = [];
  let refusal: Parameters<MailServer['refuse']>[0];
  let vanish = false;
  const refused = (): Error => Object.assign(new Error(refusal?.text), { responseCode: refusal?.code });
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo: (_address, _session, done) => done(refusal?.at === 'recipient' ? refused() : null),
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (refusal?.at === 'data') return done(refused());
        const whole = Buffer.concat(chunks);
        raw.push(whole.toString('utf8'));
        recipients.push(session.envelope.rcptTo.map(({ address }) => address));
        void simpleParser(whole).then((mail) => {
          mails.push(mail);
          if (vanish) for (const socket of sockets) socket.destroy();
          else done();
        });
      });
    },
  });
  const sockets = new Set<Socket>();
  server.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
  return {
    port: (server.server.address() as AddressInfo).port,
    raw,
    mails,
    recipients,
    refuse: (what) => void (refusal = what),
    vanishAfterAccepting: (yes) => void (vanish = yes),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
