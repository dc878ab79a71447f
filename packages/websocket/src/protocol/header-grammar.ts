/**
 * The parts of header grammar that the handshake needs: fields, tokens, lists.
 *
 * Source: RFC 9110 sections 5.3 (repeated fields), 5.6.1 (lists), 5.6.2 (tokens).
 */

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** The values of each field by its name in lower case, in the order of arrival. */
export type HeaderFields = ReadonlyMap<string, readonly string[]>;

/**
 * Reads a flat list of names and values, as they came: what joins or drops
 * repeated fields would hide the ones that must be refused (WS-027).
 */
export function readFields(rawHeaders: readonly string[]): HeaderFields {
  const fields = new Map<string, string[]>();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    const value = (rawHeaders[at + 1] ?? '').trim();
    const values = fields.get(name);
    if (values === undefined) fields.set(name, [value]);
    else values.push(value);
  }
  return fields;
}

export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** Whether a list that may span several fields holds the token, in any letter case. */
export function hasToken(values: readonly string[] | undefined, token: string): boolean {
  if (values === undefined) return false;
  return values.some((value) => {
    const text = value.toLowerCase();
    // Most lists have one element.
    return text === token || text.split(',').some((element) => element.trim() === token);
  });
}

/** Whether an HTTP version, as in `1.1`, knows upgrades (RFC 9110 section 7.8). */
export function isHttpVersionEnough(version: string): boolean {
  const [major = Number.NaN, minor = Number.NaN] = version.split('.').map(Number);
  return major > 1 || (major === 1 && minor >= 1);
}
