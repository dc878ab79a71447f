/** Where a request goes, by its target: RFC 9112 section 3.2. */

/**
 * The path of a request target as it stands there, without the query. A proxy may send the target
 * in absolute form, `http://chat.example/ws`, and a server has to take that too (section 3.2.2).
 */
export function requestPath(target = '/'): string {
  const [beforeQuery = ''] = target.split('?', 1);
  return beforeQuery.replace(ORIGIN, '') || '/';
}

/** Scheme and authority; what begins with a slash has neither. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/]*/i;
