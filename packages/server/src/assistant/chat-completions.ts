/**
 * A language model behind an HTTP endpoint that speaks as OpenAI's does:
 * `POST /chat/completions` with `stream: true`. One that does not stream is understood too.
 *
 * What goes wrong is told in our own words: neither the key nor what the endpoint
 * says of it ever gets into a log.
 */
import {
  type AnswerRequest,
  type LanguageModel,
  ModelFailure,
  type SaidLine,
} from '../ports/language-model.ts';
import { readEvents } from './event-stream.ts';

export interface CompletionsEndpoint {
  /** Up to and without `/chat/completions`. */
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
  /** Undefined: the endpoint has one only. */
  readonly model: string | undefined;
}

/** What ends the stream. */
const DONE = '[DONE]';

export function chatCompletions(endpoint: CompletionsEndpoint): LanguageModel {
  return {
    async *answer(request, signal) {
      const response = await ask(endpoint, request, signal);
      let hasText = false;
      let isFinished = isEndAnnounced(response);
      for await (const data of readEvents(response.body)) {
        if (data === DONE) return;
        const { text, isWhole, isLast } = readChunk(data);
        // Some end a stream by all of it once more.
        if (text !== '' && !(isWhole && hasText)) yield text;
        hasText ||= text !== '';
        isFinished ||= isLast;
      }
      if (!isFinished) throw new ModelFailure('ended in the middle of an answer');
    },
  };
}

interface Answered {
  readonly headers: Headers;
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Reading such a body fails where the connection breaks before its end. Any other ends
 * where the connection does, for whatever reason.
 */
function isEndAnnounced({ headers }: Answered): boolean {
  return headers.has('content-length') || headers.has('transfer-encoding');
}

async function ask(
  { baseUrl, apiKey, model }: CompletionsEndpoint,
  request: AnswerRequest,
  signal: AbortSignal,
): Promise<Answered> {
  const response = await fetch(addressOf(baseUrl), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
    },
    body: JSON.stringify({
      ...(model === undefined ? {} : { model }),
      stream: true,
      messages: toMessages(request),
    }),
    // What people wrote goes where the operator said, and nowhere else.
    redirect: 'error',
    signal,
  }).catch((cause: unknown) => {
    throw signal.aborted ? signal.reason : new ModelFailure('could not be reached', { cause });
  });
  const { ok, headers, body } = response;
  if (ok && body !== null) return { headers, body };
  await response.body?.cancel();
  throw new ModelFailure(`answered ${response.status}`);
}

function addressOf(baseUrl: string): URL {
  const url = new URL(baseUrl);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/chat/completions`;
  return url;
}

function toMessages({ instructions, lines }: AnswerRequest): object[] {
  return [{ role: 'system', content: instructions }, ...lines.map(toMessage)];
}

/** What a model may read as a line break: U+2028, U+2029, and every control character but the tab. */
const LINE_BREAK = /\r\n|[\p{Zl}\p{Zp}]|(?!\t)\p{Cc}/gu;

/** Indents further lines, so that only the server starts a line with a name. */
function toMessage(line: SaidLine): object {
  if (line.by === 'assistant') return { role: 'assistant', content: line.text };
  return { role: 'user', content: `${line.name}: ${line.text.replaceAll(LINE_BREAK, '\n  ')}` };
}

interface Chunk {
  readonly text: string;
  /** Whether `text` is the answer from its beginning to its end. */
  readonly isWhole: boolean;
  readonly isLast: boolean;
}

/** @throws ModelFailure for what is no part of an answer. */
function readChunk(data: string): Chunk {
  const chunk = parse(data);
  if (chunk['error'] !== undefined) throw new ModelFailure('reported an error');
  const { choices } = chunk;
  if (!Array.isArray(choices)) throw new ModelFailure('sent what is no part of an answer');
  // The last one may tell what the answer has cost, and nothing of it.
  const [choice] = choices.map(toRecord);
  if (choice === undefined) return { text: '', isWhole: false, isLast: false };
  const { delta, message } = choice;
  const isWhole = delta === undefined || delta === null;
  const { content } = toRecord(isWhole ? message : delta);
  if (content !== undefined && content !== null && typeof content !== 'string') {
    throw new ModelFailure('sent what is no part of an answer');
  }
  const isLast = isWhole || typeof choice['finish_reason'] === 'string';
  return { text: content ?? '', isWhole, isLast };
}

function parse(data: string): Record<string, unknown> {
  try {
    return toRecord(JSON.parse(data));
  } catch (cause) {
    if (cause instanceof ModelFailure) throw cause;
    throw new ModelFailure('sent what is not JSON'); // Without the cause, which quotes it.
  }
}

function toRecord(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>; // An object has such fields, whatever they are.
  }
  throw new ModelFailure('sent what is no part of an answer');
}
