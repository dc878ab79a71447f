/** URLs of a listening server: for this machine, and for others. */
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';

export interface Listener {
  readonly scheme: 'http' | 'https';
  /** As configured: an address or a name. */
  readonly host: string;
  readonly port: number;
}

const ANY = ['0.0.0.0', '::'];
const THIS_MACHINE = ['127.0.0.1', '::1', ...ANY];

/** The URL for a browser on this machine: wildcard addresses become `localhost`. */
export function ownUrlOf(listener: Listener): string {
  const { host } = listener;
  return toUrl(listener, THIS_MACHINE.includes(host) ? 'localhost' : host);
}

/**
 * URLs by the machine's addresses if the server listens on all of them; a firewall may still block
 * them.
 */
export function otherUrlsOf(
  listener: Listener,
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces(),
): string[] {
  if (!ANY.includes(listener.host)) return [];
  return (
    Object.values(interfaces)
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, family }) => !internal && (family === 'IPv4' || listener.host === '::'))
      // A link-local address needs a zone, which browsers do not accept.
      .filter(({ address }) => !address.startsWith('fe80:'))
      .map(({ address }) => toUrl(listener, address))
  );
}

function toUrl({ scheme, port }: Listener, name: string): string {
  return `${scheme}://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
