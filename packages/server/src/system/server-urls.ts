/** Where a server that listens is reached: from this machine, and from others. */
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';

export interface Listener {
  readonly scheme: 'http' | 'https';
  /** As it was set: an address or a name. */
  readonly host: string;
  readonly port: number;
}

const ANY = ['0.0.0.0', '::'];
const THIS_MACHINE = ['127.0.0.1', '::1', ...ANY];

/** What a person at this machine can open: any address is reached by its own name. */
export function ownUrlOf(listener: Listener): string {
  const { host } = listener;
  return toUrl(listener, THIS_MACHINE.includes(host) ? 'localhost' : host);
}

/** By the machine's addresses, where it listens on all of them; whether a firewall lets anybody in is not known. */
export function otherUrlsOf(
  listener: Listener,
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces(),
): string[] {
  if (!ANY.includes(listener.host)) return [];
  return (
    Object.values(interfaces)
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, family }) => !internal && (family === 'IPv4' || listener.host === '::'))
      // An address of one link only needs a zone behind it, which no browser takes.
      .filter(({ address }) => !address.startsWith('fe80:'))
      .map(({ address }) => toUrl(listener, address))
  );
}

function toUrl({ scheme, port }: Listener, name: string): string {
  return `${scheme}://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
