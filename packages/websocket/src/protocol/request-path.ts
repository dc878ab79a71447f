/** The path of a request from its target: RFC 9112 section 3.2. */

/**
 * Returns the path of a request target unchanged, without the query. A proxy may send the target
 * in absolute form, `http://chat.example/ws`, which a server must accept (section 3.2.2).
 */
export function requestPath(target = '/'): string {
  const [beforeQuery = ''] = target.split('?', 1);
  return beforeQuery.replace(ORIGIN, '') || '/';
}

/** Scheme and authority; a target that begins with a slash has neither. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/]*/i;
