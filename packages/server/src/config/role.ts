import { hostname } from 'node:os';

/** The role of a server process: alone on its store, or one of several nodes that share it. */
type Role = 'single' | 'node';

interface RoleSettings {
  readonly BUS: 'redis' | 'memory' | undefined;
  readonly REDIS_URL: string | undefined;
  readonly DATABASE_URL: string;
}

/** A process is a node if it can reach other nodes and shares their store. */
export function roleOf({ BUS, REDIS_URL, DATABASE_URL }: RoleSettings): Role {
  const hasSharedParts = REDIS_URL !== undefined && DATABASE_URL !== 'sqlite:';
  return hasSharedParts && BUS !== 'memory' ? 'node' : 'single';
}

/** Name of this node in the log; undefined for a single server. */
export function nodeNameOf(
  settings: RoleSettings & { readonly NODE_NAME: string | undefined; readonly PORT: number },
): string | undefined {
  if (roleOf(settings) !== 'node') return undefined;
  return settings.NODE_NAME ?? `${hostname()}:${settings.PORT}`;
}

export function describeRole(settings: RoleSettings & { readonly WORKERS: number }): string {
  const role = roleOf(settings) === 'node' ? 'node of a cluster' : 'single server';
  return settings.WORKERS === 1 ? role : `${role}, ${settings.WORKERS} worker processes`;
}

/** Whether other machines cannot reach the server, unless through a proxy on this one. */
export function isLoopbackOnly({ HOST }: { readonly HOST: string }): boolean {
  return isLoopbackHost(HOST);
}

export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/**
 * Whether whoever connects from this machine is a user of it, as far as the settings say. A proxy may add no
 * header: its clients then look like users of this machine.
 */
export function isWithoutProxy(values: {
  readonly HOST: string;
  readonly TRUST_PROXY: readonly string[];
  readonly ALLOWED_HOSTS: readonly string[];
}): boolean {
  const { TRUST_PROXY, ALLOWED_HOSTS } = values;
  return isLoopbackOnly(values) && TRUST_PROXY.length === 0 && ALLOWED_HOSTS.every(isLoopbackHost);
}

/** Whether nothing in the settings says that other machines reach the server. */
export function isForThisMachineOnly(
  values: Parameters<typeof isWithoutProxy>[0] & { readonly PUBLIC_URL: string | undefined },
): boolean {
  const { PUBLIC_URL } = values;
  return isWithoutProxy(values) && (PUBLIC_URL === undefined || isLoopbackHost(hostOf(PUBLIC_URL)));
}

function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, '');
}

/** Previews are made if other machines reach the server: a server of one machine connects to no others by itself. */
export function makesLinkPreviews(values: {
  readonly HOST: string;
  readonly PUBLIC_URL: string | undefined;
  readonly LINK_PREVIEWS: 'on' | 'off' | undefined;
}): boolean {
  const hasOutsideAddress = !isLoopbackOnly(values) || values.PUBLIC_URL !== undefined;
  return (values.LINK_PREVIEWS ?? (hasOutsideAddress ? 'on' : 'off')) === 'on';
}

/** Mode of registration: open to strangers only if no other machine reaches the server, or the operator says so. */
export function registrationOf(values: {
  readonly HOST: string;
  readonly REGISTRATION: 'open' | 'invited' | 'closed' | undefined;
}): 'open' | 'invited' | 'closed' {
  return values.REGISTRATION ?? (isLoopbackOnly(values) ? 'open' : 'invited');
}
