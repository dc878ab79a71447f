/**
 * Reads the text of a `text/event-stream` response event by event (WHATWG HTML, section 9.2.6).
 * Supports only what such an endpoint uses: the `data` of each event.
 */
import { ModelFailure } from '../ports/language-model.ts';

/** Maximum characters of one event and bytes of the stream; an answer in a chat is far shorter. */
const EVENT_LENGTH_MAX = 256 * 1024;
const BYTES_MAX = 4 * 1024 * 1024;
const LINE_END = /\r\n|\n|\r/;

/**
 * An endpoint that does not stream sends a JSON object. No line of an event stream starts like an
 * object, so the whole body is treated as one event.
 *
 * @throws ModelFailure for a stream above these maximums; errors of the stream itself.
 */
export async function* readEvents(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<string, void, void> {
  let data: string | undefined;
  let isObject: boolean | undefined;
  const add = (text: string): void => {
    data = data === undefined ? text : `${data}\n${text}`;
    if (data.length > EVENT_LENGTH_MAX) throw new ModelFailure('sent an event without end');
  };
  for await (const line of readLines(body)) {
    if (line.trim() !== '') isObject ??= line.trimStart().startsWith('{');
    if (isObject) {
      add(line);
    } else if (line === '') {
      if (data !== undefined) yield data;
      data = undefined;
    } else if (line.startsWith('data:')) {
      add(line.slice(line.startsWith('data: ') ? 6 : 5));
    }
  }
  // The standard requires a blank line after an event; the last event often has none.
  if (data !== undefined) yield data;
}

async function* readLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder();
  let rest = '';
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > BYTES_MAX) throw new ModelFailure('sent more than any answer has');
    rest += decoder.decode(chunk, { stream: true });
    // A `\r` at the end may be the first half of a line break.
    const whole = rest.endsWith('\r') ? rest.slice(0, -1) : rest;
    const lines = whole.split(LINE_END);
    const last = lines.pop() ?? '';
    rest = last + rest.slice(whole.length);
    if (rest.length > EVENT_LENGTH_MAX) throw new ModelFailure('sent a line without end');
    yield* lines;
  }
  rest += decoder.decode();
  if (rest !== '') yield rest.replace(/\r$/, '');
}
