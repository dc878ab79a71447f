/** Parses the query of a paginated request: `limit`, and the bounds that the route supports. */
import { ChatError, LIMITS, type MessageId } from '@parley/protocol';
import type { FastifyRequest } from 'fastify';
import type { Page } from '../../model/page.ts';
import { validators } from '../lazy-validators.ts';

type Bounds<Bound extends string> = { readonly limit: number | undefined } & {
  readonly [B in Bound]: string | undefined;
};

/** No id is longer. */
const BOUND_LENGTH_MAX = 128;
/** A sequence: at most as many digits as a number represents exactly. */
const SEQUENCE = /^\d{1,15}$/;

/** @throws {ChatError} VALIDATION_ERROR naming the parameter. */
export function pageOf<Bound extends string>(
  { query }: Pick<FastifyRequest, 'query'>,
  bounds: readonly Bound[],
): Bounds<Bound> {
  // Fastify parses parameters into strings, or lists of strings if a name is repeated.
  const given = query as Readonly<Record<string, unknown>>;
  const misnamed = validators().findMisnamedField(given, new Set([...bounds, 'limit']));
  if (misnamed !== undefined) throw new ChatError('VALIDATION_ERROR', misnamed);
  const entries = bounds.map((name) => [name, textOf(given[name], name)]);
  // There is one entry per bound.
  return { ...Object.fromEntries(entries), limit: limitOf(given['limit']) } as Bounds<Bound>;
}

/** Treats a bound that is not a number as an id. @throws {ChatError} VALIDATION_ERROR for a number that is not a sequence. */
export function toSequenceOrMessageId(
  bound: string | undefined,
  field: string,
): number | MessageId | undefined {
  // Not verified here: the domain checks that the message exists.
  if (bound === undefined || Number.isNaN(Number(bound))) return bound as MessageId | undefined;
  if (SEQUENCE.test(bound)) return Number(bound);
  const message = `'${field}' must be a sequence or the id of a message`;
  throw new ChatError('VALIDATION_ERROR', { field, message });
}

function limitOf(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const limit = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : 0;
  if (limit >= 1 && limit <= LIMITS.historyPageMax) return limit;
  const message = `'limit' must be a number from 1 to ${LIMITS.historyPageMax}`;
  throw new ChatError('VALIDATION_ERROR', { field: 'limit', message });
}

function textOf(value: unknown, field: string): string | undefined {
  if (value === undefined) return undefined;
  const isText = typeof value === 'string' && value.length <= BOUND_LENGTH_MAX;
  // Some stores do not support U+0000 in queries.
  if (isText && value !== '' && !value.includes('\0')) return value;
  throw new ChatError('VALIDATION_ERROR', { field, message: `'${field}' is invalid` });
}

/** A page of a list under its name, as all lists are answered. */
export function toListBody<Item>(
  name: string,
  { items, hasMore, next }: Page<Item>,
  encode: (item: Item) => object,
): object {
  return { [name]: items.map(encode), hasMore, ...(next === undefined ? {} : { next }) };
}
