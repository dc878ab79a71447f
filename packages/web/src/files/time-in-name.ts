/** The time now for the name of a file, such as `2026-11-29 19.45.12`. */
export function timeInName(): string {
  const now = new Date();
  const two = (parts: readonly number[]) => parts.map((part) => `${part}`.padStart(2, '0'));
  const day = two([now.getFullYear(), now.getMonth() + 1, now.getDate()]).join('-');
  return `${day} ${two([now.getHours(), now.getMinutes(), now.getSeconds()]).join('.')}`;
}
