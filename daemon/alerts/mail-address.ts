export interface MailAddress {
  readonly name: string;
  readonly address: string;
}

/**
 * `serin@example.com` or `Serin <serin@example.com>`; undefined for anything else: a list, a group, a quoted local part, a
 * line break. Mail libraries read more from such a string than its author wrote.
 */
export function parseMailAddress(text: string): MailAddress | undefined {
  const found = /^(?:([^<>@,;:"\\\p{Cc}]*) )?<([^<>]+)>$/u.exec(text);
  const name = (found?.[1] ?? '').trim();
  const address = found?.[2] ?? text;
  return ADDRESS.test(address) && address.length <= 254 ? { name, address } : undefined;
}

/** Dot-atom local part (RFC 5321 section 4.1.2, without quotes) and a host name, internationalised ones included. */
const ADDRESS = /^[\p{L}\p{N}!#$%&'*+/=?^_`{|}~.-]{1,64}@[\p{L}\p{N}](?:[\p{L}\p{N}.-]*[\p{L}\p{N}])?$/u;
