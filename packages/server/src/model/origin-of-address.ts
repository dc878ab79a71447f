/**
 * Where the client of an address comes from, for comparisons with others. As `addressKey` of the engine,
 * which the threads of the databases do not load.
 */

/**
 * The address of an IPv4 client, the network of an IPv6 client, who has many addresses. Undefined for
 * loopback addresses, which clients share.
 */
export function originOfAddress(address: string): string | undefined {
  const plain = address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '');
  if (plain === '' || plain === '::1' || plain.startsWith('127.')) return undefined;
  if (!plain.includes(':')) return plain;
  const [start = '', end] = plain.split('::');
  const first = start === '' ? [] : start.split(':');
  const last = end === undefined || end === '' ? [] : end.split(':');
  const zeros = new Array<string>(Math.max(0, 8 - first.length - last.length)).fill('0');
  const groups = end === undefined ? first : [...first, ...zeros, ...last];
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}
