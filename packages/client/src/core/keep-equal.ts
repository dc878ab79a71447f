/** Values that stay the same object while they are equal, as `useSyncExternalStore` requires. */

/** Returns a function that returns the earlier value while objects and arrays have equal fields. */
export function keeper<Value>(): (value: Value) => Value {
  let kept: Value | undefined;
  return (value) => {
    if (kept === undefined || !isShallowEqual(kept, value)) kept = value;
    return kept;
  };
}

function isShallowEqual(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((each, index) => Object.is(each, other[index]));
  }
  if (!isPlain(one) || !isPlain(other)) return false;
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every((key) => Object.hasOwn(other, key) && Object.is(one[key], other[key]));
}

/** Maps and sets have no fields to compare. */
function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  return Object.getPrototypeOf(value) === Object.prototype;
}
