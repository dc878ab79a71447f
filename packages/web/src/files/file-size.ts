/** Formats a number of bytes, such as `3 kB` or `1.2 MB`. Pure. */

const UNITS = ['bytes', 'kB', 'MB', 'GB'] as const;

export function fileSize(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && value < 10 ? 1 : 0;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}
