/** Parses the query of a request exactly as Engine.IO does, so that both decide the same. */
import type { IncomingMessage } from 'node:http';
import { ChatError } from '@parley/protocol';

export type EngineQuery = Readonly<Record<string, string | undefined>>;

/**
 * Parses the query and passes the result to Engine.IO, which uses it instead of parsing again.
 *
 * @throws {ChatError} VALIDATION_ERROR for a parameter that is given twice, and for JSONP, which
 *   current clients do not use.
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

/** Whether the client is python-engineio: no other one marks its requests with the seconds since 1970 as a decimal fraction. */
export function isOfPython({ t = '' }: EngineQuery): boolean {
  return PYTHON_TIME.test(t);
}

const PYTHON_TIME = /^\d{9,}\.\d+$/;
const BASE = 'https://socket.io';

function rejected(message: string): ChatError {
  return new ChatError('VALIDATION_ERROR', { message });
}
