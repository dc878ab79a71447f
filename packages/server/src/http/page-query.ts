/** The query of a request for a page: `limit`, and the bounds that its route knows. */
import { ChatError, isUuid, LIMITS, type MessageId } from '@parley/protocol';
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

/** @throws {ChatError} VALIDATION_ERROR for what is neither a sequence nor has the form of an id. */
export function toPlaceOrMessage(
  bound: string | undefined,
  field: string,
): number | MessageId | undefined {
  if (bound === undefined || SEQUENCE.test(bound)) return toPlaceOfLog(bound, field);
  // The form was just looked at; whether a message has it, the domain finds out.
  if (isUuid(bound)) return bound as MessageId;
  const message = `'${field}' is the id or the sequence of a message`;
  throw new ChatError('VALIDATION_ERROR', { field, message });
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
  if (typeof value === 'string' && value !== '' && value.length <= BOUND_LENGTH_MAX) return value;
  throw new ChatError('VALIDATION_ERROR', { field, message: `'${field}' is not well formed` });
}
