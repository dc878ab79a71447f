/** Bodies of the routes that come from the table of commands: the input without the fields of the path. */
import Type, { type TSchema } from 'typebox';
import { CLIENT_FRAMES } from './client-frames.ts';
import type { CommandEntry } from './command.ts';
import { COMMANDS, type CommandName } from './commands.ts';

/** Schemas by name in the API description; a route whose path has all fields has no body. */
export const COMMAND_BODIES: Readonly<Record<string, TSchema>> = Object.fromEntries(
  Object.entries<CommandEntry>(COMMANDS).flatMap(([name, { http }]) => {
    if (http.kind !== 'derived' || http.route.startsWith('GET ')) return [];
    const fields = fieldsBesidePath(name as CommandName, http.route); // The keys of the table.
    if (Object.keys(fields).length === 0) return [];
    return [[http.body ?? http.operation, Type.Object(fields)]];
  }),
);

/** Fields of the input that the path does not have: those of the body, or of the query. */
export function fieldsBesidePath(
  command: CommandName,
  path: string,
): Readonly<Record<string, TSchema>> {
  const { properties = {} } = CLIENT_FRAMES[command] as {
    readonly properties?: Readonly<Record<string, TSchema>>;
  };
  const inPath = new Set([...path.matchAll(/:(\w+)/g)].map(([, name]) => name));
  return Object.fromEntries(Object.entries(properties).filter(([name]) => !inPath.has(name)));
}
