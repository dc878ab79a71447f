/** Operations of the routes that come from the table of commands, by method and path. */
import type { RoutedCommand } from '@parley/protocol';
import { COMMANDS, type CommandEntry, FRAME_FIELDS, isForTokens } from '@parley/protocol/commands';
import type { AnswerFields, ApiOperation } from './api-operation.ts';

export const COMMAND_OPERATIONS: Readonly<Record<string, ApiOperation>> = Object.freeze(
  Object.fromEntries(
    Object.entries<CommandEntry>(COMMANDS).flatMap(([name, entry]) => {
      const { summary, http, answer: frame, audited, proof } = entry;
      if (http.kind !== 'derived' || frame === undefined) return [];
      const { route, operation: id, status = 200, under } = http;
      // Derived routes belong to these.
      const command = name as RoutedCommand;
      const acts = {
        ...(audited === undefined ? {} : { audited }),
        ...(proof === undefined ? {} : { proof }),
        ...(isForTokens(entry) ? { forTokens: true as const } : {}),
      };
      const about = { id, summary, command, status, ...acts };
      const fields = Object.entries(FRAME_FIELDS[frame]).filter(([field]) =>
        isShown(field.replace('?', ''), http.fields),
      );
      if (under !== undefined) {
        return [[route, { ...about, answer: { [under]: Object.fromEntries(fields) } }]];
      }
      const [answer, optional] = [false, true].map(
        (isOptional): AnswerFields =>
          Object.fromEntries(
            fields
              .filter(([field]) => field.endsWith('?') === isOptional)
              .map(([field, type]) => [field.replace('?', ''), type]),
          ),
      );
      const isComplete = Object.keys(optional ?? {}).length === 0;
      return [[route, { ...about, answer: answer ?? {}, ...(isComplete ? {} : { optional }) }]];
    }),
  ),
);

function isShown(field: string, shown: readonly string[] | undefined): boolean {
  return shown === undefined || shown.includes(field);
}
