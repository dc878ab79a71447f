/**
 * Reads the text of a `text/event-stream` response event by event. Supports only what such an
 * endpoint uses: the `data` of each event.
 */
import { createParser } from 'eventsource-parser';
import { ModelFailure } from '../ports/language-model.ts';

/** Maximum characters of one event and bytes of the stream; an answer in a chat is far shorter. */
const EVENT_LENGTH_MAX = 256 * 1024;
const BYTES_MAX = 4 * 1024 * 1024;

/**
 * An endpoint that does not stream sends a JSON object. No line of an event stream starts like an
 * object, so the whole body is treated as one event.
 *
 * @throws ModelFailure for a stream above these maximums; errors of the stream itself.
 */
export async function* readEvents(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<string, void, void> {
  const events: string[] = [];
  // Without `onError`: the parser would create an error, with its stack, for each line that it skips.
  const parser = createParser({
    onEvent: ({ data }) => events.push(data),
    maxBufferSize: EVENT_LENGTH_MAX,
  });
  const feed = (text: string): void => {
    try {
      parser.feed(text);
    } catch {
      // The last text exceeded the maximum.
      throw new ModelFailure('sent an event without end');
    }
  };
  let object = '';
  let isObject: boolean | undefined;
  for await (const text of readText(body)) {
    if (text.trim() !== '') isObject ??= text.trimStart().startsWith('{');
    if (isObject) {
      object += text;
      if (object.length > EVENT_LENGTH_MAX) throw new ModelFailure('sent an event without end');
    } else {
      feed(text);
      yield* events.splice(0);
    }
  }
  // The standard requires a blank line after an event; the last event often has none.
  if (!isObject) feed('\n\n');
  yield* isObject ? [object] : events;
}

async function* readText(body: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder();
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > BYTES_MAX) throw new ModelFailure('sent more than any answer has');
    yield decoder.decode(chunk, { stream: true });
  }
  yield decoder.decode();
}
