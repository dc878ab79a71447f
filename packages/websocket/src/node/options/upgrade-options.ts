/** Which upgrade requests a server accepts, and with which subprotocols. */
import { isToken } from '../../protocol/header-grammar.ts';
import { isTextList, option, optional } from './option-table.ts';

export const UPGRADE_OPTIONS = Object.freeze({
  /** Paths, without a query, that accept upgrades; others get 404. Default `undefined`: all. */
  paths: optional<readonly string[]>(
    'a list of paths such as /chat, without a query',
    // As `requestPath` returns them for a request.
    (value) =>
      isTextList(value) && value.length > 0 && value.every((path) => /^\/[^?#\s]*$/.test(path)),
  ),

  /**
   * Values of the `Origin` header that may connect, as browsers write them
   * (`https://chat.example`). A client without the header is accepted: it is not a browser and
   * sends no user's cookies. `isOriginAllowed` is checked in addition. Default `undefined`: all.
   */
  allowedOrigins: optional<readonly string[]>(
    'a list of origins such as https://chat.example',
    (value) => isTextList(value) && value.every(isOrigin),
  ),

  /** Subprotocols that the server supports, best first. Default none. */
  protocols: option<readonly string[]>(
    Object.freeze([]),
    'a list of tokens, each once',
    (value) => isTextList(value) && value.every(isToken) && new Set(value).size === value.length,
  ),
});

/** Whether the text is an origin as browsers write it: in lower case, without default port. */
function isOrigin(text: string): boolean {
  if (/^https?:/i.test(text)) return URL.canParse(text) && new URL(text).origin === text;
  // The rules of other schemes, such as those of browser extensions, are not known here.
  return text === 'null' || /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]*$/.test(text);
}
