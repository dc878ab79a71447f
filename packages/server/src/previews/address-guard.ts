/** Decides to which addresses the server connects for a preview. */
import { BlockList, isIP } from 'node:net';

/**
 * - `public`: on the default ports.
 * - `allowed`: the operator names it; on any port.
 */
type AddressVerdict = 'public' | 'allowed' | 'refused';

export type AddressGuard = (address: string) => AddressVerdict;

type Subnets = readonly (readonly [network: string, prefix: number])[];

/** Not globally reachable, or reached through another address (IANA special-purpose registry; RFC 6890). */
const CLOSED_IPV4: Subnets = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];
/** Global unicast. Mapped and translated addresses, local ones and multicast are outside of it. */
const GLOBAL_IPV6: Subnets = [['2000::', 3]];
/** Within it: protocols, documentation, and tunnels to IPv4 (Teredo, 6to4). */
const CLOSED_IPV6: Subnets = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
];

/** @param allowed Addresses and ranges (CIDR) beside the public ones. */
export function addressGuard(allowed: readonly string[]): AddressGuard {
  const allowList = listOf(
    allowed.map((range) => {
      const [network = '', prefix] = range.split('/');
      return [network, Number(prefix ?? (isIP(network) === 6 ? 128 : 32))];
    }),
  );
  const closedIpv4 = listOf(CLOSED_IPV4);
  const globalIpv6 = listOf(GLOBAL_IPV6);
  const closedIpv6 = listOf(CLOSED_IPV6);
  return (address) => {
    const version = isIP(address);
    if (version === 0 || address.includes('%')) return 'refused';
    const family = version === 6 ? 'ipv6' : 'ipv4';
    if (allowList.check(address, family)) return 'allowed';
    const isPublic =
      version === 4
        ? !closedIpv4.check(address, family)
        : globalIpv6.check(address, family) && !closedIpv6.check(address, family);
    return isPublic ? 'public' : 'refused';
  };
}

function listOf(subnets: Subnets): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of subnets) {
    list.addSubnet(network, prefix, isIP(network) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}
