import { BlockList, isIP } from 'node:net';

/**
 * Whether an IP address belongs to the public internet. Loopback, private, link-local (cloud metadata), shared, multicast,
 * documentation and reserved ranges do not (IANA special-purpose address registries, RFC 6890), nor do IPv6 forms that
 * carry such an IPv4 address (mapped, NAT64). What is not an IP address is not public.
 */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !SPECIAL_IPV4.check(address, 'ipv4');
  if (family !== 6) return false;
  const words = ipv6Words(address);
  const embedded = embeddedIpv4(words);
  if (embedded !== undefined) return isPublicAddress(embedded);
  // Only 2000::/3 is handed out to the public.
  if (((words[0] ?? 0) & 0xe000) !== 0x2000) return false;
  return !SPECIAL_IPV6.check(address.replace(/%.*$/, ''), 'ipv6');
}

const SPECIAL_IPV4 = blockList('ipv4', [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
]);

/** Inside 2000::/3: protocol assignments with Teredo, documentation, 6to4. */
const SPECIAL_IPV6 = blockList('ipv6', [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]);

function blockList(family: 'ipv4' | 'ipv6', subnets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of subnets) list.addSubnet(network, prefix, family);
  return list;
}

/** The IPv4 address within ::ffff:0:0/96 (mapped) and 64:ff9b::/96 (NAT64, RFC 6052). */
function embeddedIpv4(words: readonly number[]): string | undefined {
  const prefix = words
    .slice(0, 6)
    .map((word) => word.toString(16))
    .join(':');
  if (prefix !== '0:0:0:0:0:ffff' && prefix !== '64:ff9b:0:0:0:0') return undefined;
  const [high = 0, low = 0] = words.slice(6);
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** The eight 16-bit words of a valid IPv6 address, a dotted tail and a zone included. */
function ipv6Words(address: string): number[] {
  const dotted = address
    .replace(/%.*$/, '')
    .replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a: string, b: string, c: string, d: string) =>
      [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)].map((word) => word.toString(16)).join(':'),
    );
  const [head = '', tail] = dotted.split('::');
  const left = parseWords(head);
  if (tail === undefined) return left;
  const right = parseWords(tail);
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
}

function parseWords(part: string): number[] {
  return part === '' ? [] : part.split(':').map((word) => parseInt(word, 16));
}
