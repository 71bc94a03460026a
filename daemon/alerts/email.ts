import { createHash } from 'node:crypto';
import type { SendMailOptions, Transporter } from 'nodemailer';
import type { Options, SentMessageInfo } from 'nodemailer/lib/smtp-transport/index.js';
import { z } from 'zod';
import type { Outcome } from '../http/webhook.ts';
import type { Channel } from './channel.ts';
import { parseMailAddress, type MailAddress } from './mail-address.ts';
import type { Notification, Picture } from './notification.ts';
import { PICTURE_ID, renderHtml } from './render-html.ts';
import { renderText } from './render-text.ts';
import { oneLine } from './say-alert.ts';

const address = z.string().refine((text) => parseMailAddress(text) !== undefined, {
  error: (issue) =>
    `${JSON.stringify(issue.input)} is not one mail address; write serin@example.com or Serin <serin@example.com>`,
});

export const emailSettings = z.strictObject({
  type: z.literal('email').describe('mail through an SMTP server'),
  host: z.string().describe('SMTP server'),
  port: z.int().min(1).max(65_535).default(587).describe('port of the SMTP server'),
  secure: z.boolean().default(false).describe('TLS from the first byte; without it STARTTLS is used where offered'),
  username: z.string().optional().describe('SMTP login'),
  password: z.string().optional().describe('SMTP password; write ${NAME} to take it from the environment'),
  from: address.describe('sender address'),
  to: z.array(address).min(1).describe('recipient addresses'),
});

export type EmailSettings = z.output<typeof emailSettings>;

/** Each wait of a mail server that does not answer. */
const PATIENCE_MS = 10_000;

/**
 * Mail over SMTP, text and HTML with the picture inside.
 *
 * A mail is sent at least once: between the server's acceptance and the row that says so, a crash makes it go out again.
 * It then has the same Message-ID, by which mail programs show it once.
 */
export function openEmail(settings: EmailSettings): Channel {
  const from = known(settings.from);
  const to = settings.to.map(known);
  let transport: Promise<Transporter<SentMessageInfo>> | undefined;
  return {
    wantsPicture: true,
    async send(id, notification, picture) {
      try {
        transport ??= connect(settings);
        const sent = await (await transport).sendMail(composeMail(id, notification, picture, from, to));
        // Others have it: another attempt would reach them twice.
        if (sent.rejected.length === 0) return { accepted: true };
        return {
          accepted: true,
          note: `refused for ${sent.rejected.join(', ')}`,
        };
      } catch (error) {
        return explain(error);
      }
    },
    close: () => void transport?.then((opened) => opened.close()),
  };
}

async function connect(settings: EmailSettings): Promise<Transporter<SentMessageInfo>> {
  const { host, port, secure, username, password } = settings;
  // Loaded with the first mail: a daemon without one, and every command of the CLI, starts faster.
  const { createTransport } = await import('nodemailer');
  const options: Options = {
    host,
    port,
    secure,
    disableFileAccess: true,
    disableUrlAccess: true,
    connectionTimeout: PATIENCE_MS,
    greetingTimeout: PATIENCE_MS,
    socketTimeout: PATIENCE_MS,
    ...(username === undefined ? {} : { auth: { user: username, pass: password ?? '' } }),
  };
  return createTransport(options);
}

function composeMail(
  id: string,
  notification: Notification,
  picture: Picture | undefined,
  from: MailAddress,
  to: readonly MailAddress[],
): SendMailOptions {
  const host = from.address.slice(from.address.lastIndexOf('@') + 1);
  const thread = createHash('sha256').update(notification.model).digest('hex').slice(0, 24);
  return {
    from: { ...from },
    to: to.map((recipient) => ({ ...recipient })),
    subject: oneLine(notification.subject, 200),
    date: new Date(notification.at),
    messageId: `<${id}@${host}>`,
    // Mails about one model stand together; nobody's absence answers them (RFC 3834).
    references: `<${thread}.model@${host}>`,
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    text: renderText(notification),
    html: renderHtml(notification, picture),
    attachments:
      picture === undefined
        ? []
        : [
            {
              cid: PICTURE_ID,
              filename: 'distribution.png',
              content: Buffer.from(picture.png),
              contentType: 'image/png',
              contentDisposition: 'inline',
            },
          ],
  };
}

/** SMTP says whether to try again: 4yz is transient, 5yz permanent (RFC 5321 section 4.2.1). */
function explain(error: unknown): Outcome {
  const { responseCode, code, message } = error as { responseCode?: number; code?: string; message?: string };
  const permanent = responseCode === undefined ? PERMANENT.has(code ?? '') : responseCode >= 500;
  return { accepted: false, retry: !permanent, error: oneLine(message ?? String(error), 500) };
}

/** Faults of our own making, found before the server said anything. */
const PERMANENT = new Set(['EENVELOPE', 'EMESSAGE', 'ECONFIG', 'EAUTH', 'ENOAUTH', 'EFILEACCESS', 'EURLACCESS']);

function known(text: string): MailAddress {
  const parsed = parseMailAddress(text);
  if (parsed === undefined) throw new Error(`${JSON.stringify(text)} is not one mail address`);
  return parsed;
}
