/** The header grammar of the handshake: fields, tokens, lists (RFC 9110 sections 5.3, 5.6). */

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/**
 * The values of a field, in the order of arrival; `name` is in lower case. A parser that joins or
 * drops repeated fields would hide what must be rejected.
 */
export function valuesOf(rawHeaders: readonly string[], name: string): string[] | undefined {
  let values: string[] | undefined;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const other = rawHeaders[at] ?? '';
    if (other.length !== name.length || other.toLowerCase() !== name) continue;
    values ??= [];
    values.push((rawHeaders[at + 1] ?? '').trim());
  }
  return values;
}

/** The checked part of requests and responses; Node's `IncomingMessage` has this shape. */
export interface MessageHead {
  readonly method?: string | undefined;
  readonly statusCode?: number | undefined;
  /** As in `1.1`. */
  readonly httpVersion: string;
  /** Names and values alternating, as received. */
  readonly rawHeaders: readonly string[];
}

export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** Whether a list that may span several fields contains the token, ignoring case. */
export function hasToken(values: readonly string[] | undefined, token: string): boolean {
  if (values === undefined) return false;
  return values.some((value) => {
    const text = value.toLowerCase();
    // Most lists have one element.
    return text === token || text.split(',').some((element) => element.trim() === token);
  });
}

/**
 * Whether an HTTP version, as in `1.1`, supports upgrades (RFC 9110 section 7.8). A message in HTTP
 * 1 syntax that claims to be HTTP 2.0 is malformed (RFC 9113 section 8.6).
 */
export function hasUpgrades(httpVersion: string): boolean {
  if (httpVersion === '1.1') return true;
  const [major, minor = Number.NaN] = httpVersion.split('.').map(Number);
  return major === 1 && minor >= 1;
}
