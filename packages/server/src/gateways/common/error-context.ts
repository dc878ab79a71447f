/** No id or name is longer. */
const NAME_LENGTH_MAX = 200;

/**
 * Returns the texts of a received payload by which the sender of a rejected command finds it; other
 * fields are not repeated.
 */
export function errorContextOf<Field extends string>(
  payload: unknown,
  fields: readonly Field[],
): { readonly [F in Field]?: string } {
  const context: { [F in Field]?: string } = {};
  if (typeof payload !== 'object' || payload === null) return context;
  for (const name of fields) {
    const value = (payload as Readonly<Record<string, unknown>>)[name];
    if (typeof value === 'string' && value.length <= NAME_LENGTH_MAX) context[name] = value;
  }
  return context;
}
