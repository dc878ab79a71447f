/** Runs commands of users without a connection, as over HTTP. */
import assert from 'node:assert/strict';
import { ChatError, type ClientPayload, type RoutedCommand } from '@parley/protocol';
import type { ActingUser } from '../../model/identity.ts';
import { withRoomIds } from '../common/room-fields.ts';
import type { UserContext } from './command-context.ts';
import { COMMANDS } from './commands.ts';

/** Returns the payload of the answer. @throws {ChatError} what the command throws. */
type AnswerCommand = <T extends RoutedCommand>(
  user: ActingUser,
  type: T,
  payload: ClientPayload<T>,
) => Promise<object>;

export function answerCommands(
  options: Pick<UserContext, 'chat' | 'contentLengthMax'>,
): AnswerCommand {
  return async (user, type, payload) => {
    let answer: object | undefined;
    const context: UserContext = {
      ...options,
      user,
      connection: undefined,
      defer,
      reply(_type, body) {
        answer = body;
      },
    };
    // These commands take a context without a connection, and the payload of their type.
    const run = COMMANDS[type] as (
      context: UserContext,
      payload: ClientPayload<typeof type>,
    ) => void | Promise<void>;
    await run(context, await withRoomIds({ ...options, connection: { user } }, type, payload));
    assert(answer !== undefined, `${type} has no answer`);
    return answer;
  };
}

const defer: UserContext['defer'] = async (begin, answer) => {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  await begin((result) => {
    if (result instanceof ChatError) reject(result);
    else resolve(answer(result));
  });
  await promise;
};
