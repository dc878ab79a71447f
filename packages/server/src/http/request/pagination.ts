/** The query of a request for a page: `limit`, and the bounds that its route knows. */
import { ChatError, LIMITS, type MessageId } from '@parley/protocol';
import type { FastifyRequest } from 'fastify';

type Page<Bound extends string> = { readonly limit: number | undefined } & {
  readonly [B in Bound]: string | undefined;
};

/** Longer ones name nothing. */
const BOUND_LENGTH_MAX = 128;
/** A place of the log: as many digits as a number holds exactly. */
const SEQUENCE = /^\d{1,15}$/;

/** @throws {ChatError} VALIDATION_ERROR naming the parameter. */
export function pageOf<Bound extends string>(
  { query }: Pick<FastifyRequest, 'query'>,
  bounds: readonly Bound[],
): Page<Bound> {
  // Parsed by the server library into texts, or lists of them where a name is repeated.
  const given = query as Readonly<Record<string, unknown>>;
  const entries = bounds.map((name) => [name, textOf(given[name], name)]);
  // One entry for each bound.
  return { ...Object.fromEntries(entries), limit: limitOf(given['limit']) } as Page<Bound>;
}

/** @throws {ChatError} VALIDATION_ERROR for what is no sequence. */
export function toPlaceOfLog(bound: string | undefined, field: string): number | undefined {
  if (bound === undefined) return undefined;
  if (SEQUENCE.test(bound)) return Number(bound);
  throw new ChatError('VALIDATION_ERROR', { field, message: `'${field}' is a sequence` });
}

/** What is no number is an id. @throws {ChatError} VALIDATION_ERROR for a number that is no sequence. */
export function toPlaceOrMessage(
  bound: string | undefined,
  field: string,
): number | MessageId | undefined {
  if (bound === undefined || !Number.isNaN(Number(bound))) return toPlaceOfLog(bound, field);
  // Ids are what the client says they are; whether a message has it, the domain finds out.
  return bound as MessageId;
}

function limitOf(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const limit = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : 0;
  if (limit >= 1 && limit <= LIMITS.historyPageMax) return limit;
  const message = `'limit' is a number from 1 to ${LIMITS.historyPageMax}`;
  throw new ChatError('VALIDATION_ERROR', { field: 'limit', message });
}

function textOf(value: unknown, field: string): string | undefined {
  if (value === undefined) return undefined;
  const isText = typeof value === 'string' && value.length <= BOUND_LENGTH_MAX;
  // Not every store can be asked for U+0000.
  if (isText && value !== '' && !value.includes('\0')) return value;
  throw new ChatError('VALIDATION_ERROR', { field, message: `'${field}' is not well formed` });
}
