/** The query of a request, as Engine.IO reads it: what is decided here must be what it decides. */
import type { IncomingMessage } from 'node:http';
import { ChatError } from '@parley/protocol';

export type EngineQuery = Readonly<Record<string, string | undefined>>;

/**
 * Parses the query and hands the result to Engine.IO, which takes it in place of its own.
 *
 * @throws {ChatError} VALIDATION_ERROR for a parameter that is given twice, and for JSONP, which
 *   no client of this protocol uses.
 */
export function readQuery(request: IncomingMessage): EngineQuery {
  const { url = '' } = request;
  if (!URL.canParse(url, BASE)) throw new ChatError('VALIDATION_ERROR');
  const parameters = [...new URL(url, BASE).searchParams];
  const query: EngineQuery = Object.fromEntries(parameters);
  if (Object.keys(query).length < parameters.length) throw rejected('A parameter is given twice');
  if (query['j'] !== undefined) throw rejected('JSONP is not supported');
  Object.assign(request, { _query: query });
  return query;
}

const BASE = 'https://socket.io';

function rejected(message: string): ChatError {
  return new ChatError('VALIDATION_ERROR', { message });
}
