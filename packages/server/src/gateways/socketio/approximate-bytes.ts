/** Bytes counted for a value besides its text. */
const VALUE_BYTES = 16;

/** Approximate memory of a decoded payload. Its number of values is bounded by the decoder. */
export function approximateBytes(value: unknown): number {
  if (typeof value === 'string') return VALUE_BYTES + value.length;
  if (typeof value !== 'object' || value === null) return VALUE_BYTES;
  let bytes = VALUE_BYTES;
  for (const [key, item] of Object.entries(value)) bytes += key.length + approximateBytes(item);
  return bytes;
}
