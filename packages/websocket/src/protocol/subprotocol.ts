/** `Sec-WebSocket-Protocol`: offers and choice (RFC 6455 sections 4.1 item 10, 4.2.2, 11.3.4). */
import { isToken } from './header-grammar.ts';

/** The offers in order; `undefined` if one is not a token or appears twice. */
export function parseSubprotocols(values: readonly string[]): string[] | undefined {
  const offered = values
    .flatMap((value) => value.split(','))
    .map((element) => element.trim())
    .filter((element) => element !== ''); // Legal in lists (RFC 9110 section 5.6.1).
  const isWellFormed = offered.length > 0 && offered.every(isToken);
  return isWellFormed && new Set(offered).size === offered.length ? offered : undefined;
}

/** The first of the server's subprotocols that was offered; the server's order decides. */
export function chooseSubprotocol(
  offered: readonly string[],
  supported: readonly string[],
): string | undefined {
  return supported.find((protocol) => offered.includes(protocol));
}
