/** Network addresses: normalising, grouping for limits, and matching against lists. */
import { BlockList, isIP, SocketAddress } from 'node:net';

/**
 * An address as IPv4 if it is mapped to IPv6, and without zone, brackets and port, if it is one.
 */
export function readAddress(text: string): string | undefined {
  const [bare = ''] = stripPort(text.trim()).split('%', 1);
  const family = isIP(bare);
  if (family !== 6) return family === 4 ? bare : undefined;
  const { address } = new SocketAddress({ address: bare, family: 'ipv6' });
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

/** The key under which limits count an address: IPv4 as it is, IPv6 by the /64 of its household. */
export function addressKey(address: string): string {
  const plain = readAddress(address) ?? address;
  if (isIP(plain) !== 6) return plain;
  const [head = [], tail = []] = plain.split('::').map((part) => part.match(/[^:]+/g) ?? []);
  // A trailing IPv4 address stands for two groups.
  const zeroCount = 8 - head.length - tail.length - (plain.includes('.') ? 1 : 0);
  const groups = [...head, ...Array<string>(zeroCount).fill('0'), ...tail];
  return `${groups.slice(0, 4).join(':')}::/64`;
}

/** Whether a text is an address or a range such as `10.0.0.0/8`. */
export function isAddressRange(text: unknown): text is string {
  if (typeof text !== 'string') return false;
  const [address = '', prefix, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || address.includes('%') || rest.length > 0) return false;
  if (prefix === undefined) return true;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128);
}

export type AddressMatcher = (address: string) => boolean;

/** Whether an address, as returned by `readAddress`, is within one of these addresses or ranges. */
export function matchAddresses(ranges: readonly string[]): AddressMatcher {
  if (ranges.length === 0) return () => false;
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    list.addSubnet(address, Number(prefix ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  return (address) => {
    const family = isIP(address);
    return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4');
  };
}

function stripPort(text: string): string {
  if (text.startsWith('[')) return text.slice(1, text.indexOf(']'));
  const [host = '', , ...others] = text.split(':');
  return others.length === 0 ? host : text;
}
