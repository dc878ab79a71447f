/** Reads frames that a page sends or receives, such as in a route of Playwright. */

/** Tabs share the socket: the number of a stream precedes each frame. */
export function readFrame(message: string | Buffer) {
  const [, stream, frame = '{}'] = /^(\d+) (.*)$/s.exec(String(message)) ?? [];
  return { stream, frame: JSON.parse(frame) };
}
