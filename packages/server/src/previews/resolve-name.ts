/** Asks the name servers of the machine for the addresses of a host, without the threads that files and passwords need. */
import { Resolver } from 'node:dns/promises';

/** Each attempt has this time; the deadline of the fetch ends them all. */
const ATTEMPT_MS = 1000;

export async function resolveName(hostname: string, signal: AbortSignal): Promise<string[]> {
  const resolver = new Resolver({ timeout: ATTEMPT_MS, tries: 2 });
  const cancel = (): void => resolver.cancel();
  signal.addEventListener('abort', cancel);
  try {
    const found = await Promise.allSettled([
      resolver.resolve4(hostname),
      resolver.resolve6(hostname),
    ]);
    return found.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}
