/**
 * A language model behind an HTTP endpoint compatible with OpenAI: `POST /chat/completions` with
 * `stream: true`. Endpoints that do not stream are supported too.
 *
 * Errors are described in our own words: neither the key nor the endpoint's error text is ever
 * logged.
 */
import {
  type AnswerRequest,
  type LanguageModel,
  ModelFailure,
  type SaidLine,
} from '../ports/language-model.ts';
import { readEvents } from './event-stream.ts';

interface CompletionsEndpoint {
  /** Base URL without `/chat/completions`. */
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
  /** Undefined if the endpoint has only one model. */
  readonly model: string | undefined;
}

/** Marks the end of the stream. */
const DONE = '[DONE]';

export function chatCompletions(endpoint: CompletionsEndpoint): LanguageModel {
  return {
    async *answer(request, signal) {
      const response = await ask(endpoint, request, signal);
      let hasText = false;
      let isFinished = isEndAnnounced(response);
      for await (const data of readEvents(response.body)) {
        if (data === DONE) return;
        const { text, isWhole, isLast, isCut } = readChunk(data);
        // Some endpoints repeat the whole text at the end of the stream.
        if (text !== '' && !(isWhole && hasText)) yield text;
        if (isCut) throw new ModelFailure('cut its answer off');
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
 * Whether the response announces its end. If so, reading fails when the connection breaks earlier;
 * otherwise the body ends when the connection does, for whatever reason.
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
    // Messages go only to the endpoint that the operator configured.
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

/**
 * Characters that a model may read as a line break: U+2028, U+2029 and every control character
 * except the tab.
 */
const LINE_BREAK = /\r\n|[\p{Zl}\p{Zp}]|(?!\t)\p{Cc}/gu;

/** Indents further lines, so that only the server can start a line with a name. */
function toMessage(line: SaidLine): object {
  if (line.by === 'assistant') return { role: 'assistant', content: line.text };
  return { role: 'user', content: `${line.name}: ${line.text.replaceAll(LINE_BREAK, '\n  ')}` };
}

interface Chunk {
  readonly text: string;
  /** Whether `text` is the complete answer. */
  readonly isWhole: boolean;
  readonly isLast: boolean;
  /** Whether the model stopped before the end of its answer. */
  readonly isCut: boolean;
}

/** Reasons with which a model stops before the end of its answer. */
const CUT_REASONS: readonly unknown[] = ['length', 'content_filter'];

/** @throws ModelFailure for data that is not part of an answer. */
function readChunk(data: string): Chunk {
  const chunk = parse(data);
  // Some endpoints send `null` with every chunk.
  if ((chunk['error'] ?? null) !== null) throw new ModelFailure('reported an error');
  const { choices } = chunk;
  if (!Array.isArray(choices)) throw new ModelFailure('sent what is no part of an answer');
  // The last chunk may contain only usage data.
  const [choice] = choices.map(toRecord);
  if (choice === undefined) return { text: '', isWhole: false, isLast: false, isCut: false };
  const { delta, message, finish_reason: reason } = choice;
  const isWhole = delta === undefined || delta === null;
  const { content } = toRecord(isWhole ? message : delta);
  if (content !== undefined && content !== null && typeof content !== 'string') {
    throw new ModelFailure('sent what is no part of an answer');
  }
  const isLast = isWhole || typeof reason === 'string';
  return { text: content ?? '', isWhole, isLast, isCut: CUT_REASONS.includes(reason) };
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
    return value as Record<string, unknown>; // Every object has this type.
  }
  throw new ModelFailure('sent what is no part of an answer');
}
