/**
 * The text of a response of type `text/event-stream`, event by event (WHATWG HTML,
 * section 9.2.6). Only what such an endpoint uses: the `data` of each event.
 */
import { ModelFailure } from '../ports/language-model.ts';

/** Characters of one event, and bytes of all: what is longer is no answer in a chat. */
const EVENT_LENGTH_MAX = 256 * 1024;
const BYTES_MAX = 4 * 1024 * 1024;
const LINE_END = /\r\n|\n|\r/;

/**
 * One that does not stream, although asked to, sends an object, with which no line of a
 * stream begins: all of it is one event.
 *
 * @throws ModelFailure for a stream beyond all measure; what the stream itself throws.
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
  // Strictly an event needs a blank line behind it; the last one often has none.
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
    // A `\r` at the end may be half of what ends the line.
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
