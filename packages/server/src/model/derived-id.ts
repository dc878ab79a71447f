/** Ids that follow from a text: known before what they name exists, and the same each time. */

export function derivedId<T extends string>(
  { digest }: { readonly digest: (text: string) => string },
  text: string,
): T {
  const hex = digest(text);
  // A version 8 UUID: all bits except version and variant are free (RFC 9562 section 5.8).
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(12, 15)}`,
    `8${hex.slice(15, 18)}`,
  ];
  return [...parts, hex.slice(18, 30)].join('-') as T; // Generated here: the cast is safe.
}
