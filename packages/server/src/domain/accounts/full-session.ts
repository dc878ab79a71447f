/** Acts that need more than a token that a log or a page may show. */
import { ChatError } from '@parley/protocol';

/** An identity, or a connection of it. */
export interface ConnectOnly {
  readonly isConnectOnly?: boolean;
}

/** @throws {ChatError} FORBIDDEN for a token that is only for connections. */
export function requireFullSession({ isConnectOnly }: ConnectOnly): void {
  if (isConnectOnly !== true) return;
  throw new ChatError('FORBIDDEN', {
    message:
      'A token of POST /api/tokens is for connections: use the cookie or the token of the login',
  });
}
