/** Tells a server that does not accept this page from one that is not reachable. */
import { ChatError } from '@parley/protocol';
import type { Environment } from '../environment.ts';

/** Returns the error to show, or undefined if nothing answers. */
export async function checkOrigin(
  { fetch, origin = 'this client' }: Pick<Environment, 'fetch' | 'origin'>,
  url: string,
  cause: ChatError,
): Promise<ChatError | undefined> {
  // The page may read the answer: the session lacks what the server requires of sign-ins.
  if (cause.details.required !== undefined) return cause;
  // A page of an origin that the server does not allow can reach it, and not read its answers.
  const request = { mode: 'no-cors', credentials: 'omit' } as const;
  const isReachable = () =>
    fetch(url, request).then(
      () => true,
      () => false,
    );
  if (cause.code !== 'FORBIDDEN' && !(await isReachable())) return undefined;
  const message = `The server rejects ${origin}: add it to CORS_ORIGINS`;
  return new ChatError('FORBIDDEN', { message }, { cause });
}
