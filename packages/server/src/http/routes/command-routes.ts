/** The routes of commands whose path and body, or query, are the input: see the table of commands. */
import type { ClientPayload, RoutedCommand } from '@parley/protocol';
import { COMMANDS, type CommandEntry } from '@parley/protocol/commands';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { User } from '../../model/user.ts';
import { validators } from '../lazy-validators.ts';
import { toQueryInput } from '../request/query-input.ts';
import type { RequestAuthenticator } from '../request/request-authenticator.ts';
import { requireUser } from '../request/require-user.ts';

export interface CommandRoutesOptions {
  readonly requestAuthenticator: RequestAuthenticator;
  /** Runs a command of the native dialect. Returns the payload of its answer. */
  readonly answerCommand: <T extends RoutedCommand>(
    user: User,
    type: T,
    payload: ClientPayload<T>,
  ) => Promise<object>;
}

export function addCommandRoutes(
  app: FastifyInstance,
  { requestAuthenticator, answerCommand }: CommandRoutesOptions,
): void {
  for (const [name, { http }] of Object.entries<CommandEntry>(COMMANDS)) {
    if (http.kind !== 'derived') continue;
    const type = name as RoutedCommand; // Derived routes belong to these.
    const { route, fields, under, status = 200, defaults } = http;
    const [method = '', url = ''] = route.split(' ');
    app.route({
      method,
      url,
      async handler(request, reply) {
        const user = await requireUser(requestAuthenticator, request.raw);
        const payload = validators().decodeCommand(type, inputOf(type, request, defaults));
        const answer = await answerCommand(user, type, payload);
        const shown = fields === undefined ? answer : pick(answer, fields);
        return reply.status(status).send(under === undefined ? shown : { [under]: shown });
      },
    });
  }
}

/** Fields of the path take precedence. */
function inputOf(
  type: RoutedCommand,
  { method, params, query, body = {} }: FastifyRequest,
  defaults: Readonly<Record<string, unknown>> = {},
): unknown {
  const given = method === 'GET' ? toQueryInput(type, query) : body;
  const isObject = typeof given === 'object' && given !== null && !Array.isArray(given);
  return isObject ? { ...defaults, ...given, ...(params as object) } : given;
}

function pick(answer: object, fields: readonly string[]): object {
  return Object.fromEntries(Object.entries(answer).filter(([name]) => fields.includes(name)));
}
