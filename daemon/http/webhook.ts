import { createHmac } from 'node:crypto';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { lookup as lookUp } from 'node:dns';
import { z } from 'zod';
import { isPublicAddress } from './public-address.ts';

/** Signing secrets as in Standard Webhooks; several, separated by spaces, while one replaces another. */
export const webhookSecret: z.ZodType<string, string> = z
  .string()
  .refine((text) => text.split(/\s+/).every((secret) => readSecret(secret) !== undefined), {
    error: 'a signing secret is whsec_ followed by 24 to 64 bytes in base64: whsec_$(openssl rand -base64 32)',
  });

export interface WebhookTarget {
  readonly url: string;
  readonly secret?: string | undefined;
  readonly allow_private: boolean;
}

/** What became of one attempt to hand something over; `retry` tells whether another attempt may do better. */
export type Outcome =
  | { readonly accepted: true; readonly note?: string }
  | { readonly accepted: false; readonly retry: boolean; readonly error: string };

const TIMEOUT_MS = 10_000;
const LONGEST_ANSWER = 16_384;

/**
 * Sends one signed POST as in Standard Webhooks (https://www.standardwebhooks.com, "Webhook signature scheme"): headers
 * `webhook-id`, `webhook-timestamp` and, with a secret, `webhook-signature`. Redirects are not followed; it ends within 10 s.
 *
 * Private, loopback, link-local and otherwise special addresses are refused at connect time, whatever name led
 * there, unless the target allows them. Never rejects.
 * @param id the same for every attempt to hand over the same thing
 * @param now Unix milliseconds
 */
export async function postWebhook(target: WebhookTarget, id: string, payload: unknown, now: number): Promise<Outcome> {
  const body = Buffer.from(JSON.stringify(payload));
  const timestamp = Math.floor(now / 1000);
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'content-length': String(body.length),
    'user-agent': 'serin',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
  };
  if (target.secret !== undefined) headers['webhook-signature'] = sign(target.secret, id, timestamp, body);
  const url = new URL(target.url);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return refused(`${url.protocol} is not http: or https:`);
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  // A literal address is connected to without a look-up, so it is checked here.
  if (!target.allow_private && isIP(literal) !== 0 && !isPublicAddress(literal))
    return refused(privateMessage(literal));
  try {
    return judgeAnswer(...(await post(url, headers, body, target.allow_private)));
  } catch (error) {
    if (error instanceof PrivateAddress) return refused(error.message);
    return { accepted: false, retry: true, error: describe(error) };
  }
}

/**
 * `v1,<base64 of HMAC-SHA256 over "id.timestamp.body">`, one for each secret, separated by spaces.
 * @throws when a secret is not one; `webhookSecret` finds that earlier
 */
export function sign(secrets: string, id: string, timestampSeconds: number, body: Uint8Array): string {
  return secrets
    .trim()
    .split(/\s+/)
    .map((secret) => {
      const key = readSecret(secret);
      if (key === undefined) throw new Error('the signing secret is not whsec_ and base64');
      return `v1,${createHmac('sha256', key).update(`${id}.${timestampSeconds}.`).update(body).digest('base64')}`;
    })
    .join(' ');
}

class PrivateAddress extends Error {}

function readSecret(secret: string): Buffer | undefined {
  const encoded = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1];
  if (encoded === undefined) return undefined;
  const key = Buffer.from(encoded, 'base64');
  return key.length >= 24 && key.length <= 64 ? key : undefined;
}

function post(
  url: URL,
  headers: Record<string, string>,
  body: Buffer,
  allowPrivate: boolean,
): Promise<[status: number, text: string]> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    const request = send(
      url,
      {
        method: 'POST',
        headers,
        agent: false,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        ...(allowPrivate ? {} : { lookup: lookUpPublic }),
      },
      (response) => readAnswer(response).then((text) => resolve([response.statusCode ?? 0, text]), reject),
    );
    request.on('error', reject);
    request.end(body);
  });
}

/** The connection goes to the very addresses checked here: a name that changes its answer afterwards gains nothing. */
const lookUpPublic: LookupFunction = (hostname, options, callback) => {
  lookUp(hostname, { ...options, all: true }, (error, addresses) => {
    const first = addresses?.[0];
    const forbidden = addresses?.find(({ address }) => !isPublicAddress(address));
    if (error !== null) callback(error, '', 0);
    else if (forbidden !== undefined) callback(new PrivateAddress(privateMessage(forbidden.address, hostname)), '', 0);
    else if (options.all === true) callback(null, addresses);
    else callback(null, first?.address ?? '', first?.family ?? 0);
  });
};

async function readAnswer(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > LONGEST_ANSWER) break;
  }
  return Buffer.concat(chunks).toString('utf8').slice(0, 500);
}

function judgeAnswer(status: number, text: string): Outcome {
  if (status >= 200 && status < 300) return { accepted: true };
  const said = text.trim() === '' ? '' : `: ${text.trim()}`;
  if (status >= 300 && status < 400) return refused(`answered ${status}, and redirects are not followed`);
  return {
    accepted: false,
    retry: status >= 500 || status === 429 || status === 408,
    error: `answered ${status}${said}`,
  };
}

function refused(error: string): Outcome {
  return { accepted: false, retry: false, error };
}

function privateMessage(address: string, hostname?: string): string {
  const named = hostname === undefined ? address : `${hostname} (${address})`;
  return `${named} is not a public address; set allow_private: true if it is meant`;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${TIMEOUT_MS / 1000} s`;
  // Several addresses were tried: their errors are inside.
  if (error instanceof AggregateError) return error.errors.map(describe).join('; ');
  return error.message;
}
