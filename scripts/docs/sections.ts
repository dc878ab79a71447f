/** Formats the code's tables as Markdown for the documents. */
import { ERROR_CODES, ERROR_REFERENCE, type ErrorCode } from '@parley/protocol';
import { CLIENT_FRAMES } from '../../packages/protocol/src/commands/client-frames.ts';
import type { CommandEntry } from '../../packages/protocol/src/commands/command.ts';
import { COMMANDS } from '../../packages/protocol/src/commands/commands.ts';
import type { Setting } from '../../packages/server/src/config/setting-types.ts';
import { SETTINGS } from '../../packages/server/src/config/settings.ts';
import { LEVELS } from '../../packages/server/src/ops/logger.ts';
import { table } from './table.ts';

export function errorsSection(): string {
  return table(
    ['code', 'HTTP', 'retry', 'meaning', 'cause', 'remedy'],
    // The keys of the table are the codes.
    (Object.keys(ERROR_CODES) as ErrorCode[]).map((code) => {
      const { status, retryable, message } = ERROR_CODES[code];
      const { cause, cure } = ERROR_REFERENCE[code];
      return [`\`${code}\``, String(status), retryable ? 'yes' : 'no', message, cause, cure];
    }),
  );
}

export function settingsSection(): string {
  return table(
    ['setting', 'default', 'allowed', 'description'],
    Object.entries<Setting<unknown>>(SETTINGS).map(
      ([name, { kind, fallback, fallbackNote, about }]) => [
        `\`${name}\``,
        fallback === undefined
          ? (fallbackNote ?? '-')
          : fallback === ''
            ? 'none'
            : `\`${fallback}\``,
        kind.allowed,
        about,
      ],
    ),
  );
}

export function logEventsSection(): string {
  const rows = Object.entries(LEVELS).map(([event, level]) => [`\`${event}\``, level]);
  return table(['event', 'level'], rows);
}

/** The subset of JSON Schema that the frames use. */
interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  /** Schemas of fields with arbitrary names. */
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly maxProperties?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
}

export function clientFramesSection(): string {
  return table(
    ['type', 'payload'],
    Object.entries(CLIENT_FRAMES).map(([type, schema]) => [
      `\`${type}\``,
      // Each entry is a JSON Schema; this reads the keywords listed above.
      describePayload(schema as Schema),
    ]),
  );
}

/** Lists the reply to each command, the events that others receive, and the route over HTTP. */
export function commandsSection(): string {
  return table(
    ['client sends', 'direct reply', 'sent to others in the room', 'over HTTP'],
    Object.entries<CommandEntry>(COMMANDS).map(([type, { reply, others, http }]) => [
      `\`${type}\``,
      reply,
      others,
      http.kind === 'none' ? `none: it ${http.reason}` : `\`${http.route}\``,
    ]),
  );
}

function describePayload(schema: Schema): string {
  if (schema.properties === undefined) return describeType(schema);
  const fields = Object.entries(schema.properties).map(([name, field]) => {
    const mark = schema.required?.includes(name) === true ? '' : '?';
    return `\`${name}${mark}\` ${describeType(field)}`;
  });
  return fields.length === 0 ? '`{}`' : fields.join('; ');
}

function describeType(schema: Schema): string {
  if (schema.type === 'array' && schema.items !== undefined) {
    return `list of at most ${schema.maxItems}: ${describePayload(schema.items)}`;
  }
  if (schema.anyOf !== undefined) return schema.anyOf.map(describeType).join(' or ');
  if (schema.patternProperties !== undefined) {
    const [field = {}] = Object.values(schema.patternProperties);
    return `object of at most ${schema.maxProperties} fields (${describeType(field)})`;
  }
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.type === undefined) return 'anything';
  const bounds = [
    bound(schema.minimum ?? schema.minLength, 'from'),
    bound(schema.maximum ?? schema.maxLength, 'to'),
  ].filter((text) => text !== '');
  const unit = schema.type === 'string' && bounds.length > 0 ? ' characters' : '';
  return [schema.type, ...bounds].join(' ') + unit;
}

function bound(value: number | undefined, word: string): string {
  return value === undefined ? '' : `${word} ${value}`;
}
