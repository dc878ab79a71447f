const SECRET =
  /pass(?:word|wd|phrase|code)|token|secret|authorization|cookie|credential|(?:api|private)_?key/i;

const DEPTH_MAX = 4;

/** A copy of the application's data for logs: without values whose names suggest secrets. */
export function hideSecrets(value: unknown, depth = DEPTH_MAX): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (depth === 0) return '[…]';
  if (Array.isArray(value)) return value.map((each) => hideSecrets(each, depth - 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  // Other classes may hold a whole program.
  if (prototype !== Object.prototype && prototype !== null) return `[${value.constructor?.name}]`;
  const entries = Object.entries(value).map(([name, each]) => {
    const isSecret = SECRET.test(name) && each !== undefined && each !== null;
    return [name, isSecret ? '[hidden]' : hideSecrets(each, depth - 1)];
  });
  return Object.fromEntries(entries);
}
