/**
 * Compiled validators of client input. For the server only: clients import types, limits and codes
 * from the package's main entry.
 */
import Type, { type TSchema } from 'typebox';
import type { TLocalizedValidationError } from 'typebox/error';
import { Compile } from 'typebox/schema';
import { ATTACHMENTS_PROBLEM, OptionalAttachments } from './attachments.ts';
import { CHANNEL_FRAMES, type ChannelFrames } from './channels/client-frames.ts';
import { CLIENT_FRAMES, type ClientFrame, type ClientFrameType } from './commands/client-frames.ts';
import type { CommandInput, CommandName } from './commands/commands.ts';
import { DIRECT_FRAMES, type DirectFrames } from './direct/client-frames.ts';
import { ChatError } from './errors.ts';
import { HTTP_BODIES, type HttpBody, type HttpBodyName } from './http/bodies.ts';
import { LIMITS } from './limits.ts';
import { describeUnknownType, findMisnamedField } from './misnamed.ts';
import { SOCKETIO_EVENTS, type SocketIoEvents } from './socketio/client-events.ts';
import { WireId } from './wire-id.ts';

/** For the generated API descriptions. */
export { COMMAND_BODIES, fieldsBesidePath } from './commands/bodies.ts';
export { CLIENT_FRAMES } from './commands/client-frames.ts';
export { HTTP_BODIES } from './http/bodies.ts';
export { checkJsonComplexity } from './json-complexity.ts';
export { findMisnamedField } from './misnamed.ts';

export type Decoded =
  | { readonly kind: 'frame'; readonly frame: ClientFrame }
  | {
      readonly kind: 'rejected';
      readonly code: 'VALIDATION_ERROR' | 'UNKNOWN_TYPE';
      readonly message: string;
      readonly field?: string;
      readonly originalType: string | null;
      readonly replyTo?: string;
    };

interface Check extends CompiledCheck {
  /** Maximum number of items of each list field. */
  readonly itemsMax: ReadonlyMap<string, number>;
  readonly hasAttachments: boolean;
  readonly fields: ReadonlySet<string>;
  /** Fields of the objects in each list of objects. */
  readonly itemFields: ReadonlyMap<string, ReadonlySet<string>>;
}

interface CompiledCheck {
  Check(value: unknown): boolean;
  Errors(value: unknown): [isValid: boolean, errors: TLocalizedValidationError[]];
}

const ATTACHMENTS: CompiledCheck = Compile(OptionalAttachments);

const ENVELOPE = compile(
  Type.Object({
    type: Type.String({ minLength: 1 }),
    payload: Type.Unknown(),
    timestamp: Type.Optional(
      // RFC 3339, the profile of ISO 8601 that is usual in JSON.
      Type.Refine(
        Type.String({
          pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d(:\\d\\d(\\.\\d+)?)?(Z|[+-]\\d\\d:?\\d\\d)$',
        }),
        isExistingTime,
        () => 'is not a valid date and time',
      ),
    ),
    id: Type.Optional(Type.String({ maxLength: LIMITS.frameIdLengthMax })),
  }),
);

/** `Date.parse` rejects the hour 99, but reads 30 February as a day in March. */
function isExistingTime(text: string): boolean {
  if (Number.isNaN(Date.parse(text))) return false;
  const date = text.slice(0, 'YYYY-MM-DD'.length);
  return new Date(`${date}T00:00Z`).toISOString().startsWith(date);
}

const PAYLOADS: ReadonlyMap<string, Check> = new Map(
  Object.entries(CLIENT_FRAMES).map(([type, schema]) => [type, compile(schema)]),
);
const CLIENT_FRAME_TYPES: ReadonlySet<string> = new Set(PAYLOADS.keys());

/** Checks a parsed frame: first the envelope, then the payload of its type. */
export function decodeClientFrame(value: unknown): Decoded {
  const raw = isRecord(value) ? value : {};
  const type = typeof raw['type'] === 'string' ? raw['type'].trim() : null;
  const id = raw['id'];
  const about = {
    originalType: type === '' ? null : type,
    ...(typeof id === 'string' && id.length <= LIMITS.frameIdLengthMax ? { replyTo: id } : {}),
  };

  const envelopeProblem = findProblem(ENVELOPE, value);
  if (envelopeProblem !== undefined) {
    return { kind: 'rejected', code: 'VALIDATION_ERROR', ...envelopeProblem, ...about };
  }
  const check = PAYLOADS.get(type ?? '');
  if (type === null || check === undefined) {
    const message = describeUnknownType(type ?? '', CLIENT_FRAME_TYPES);
    return { kind: 'rejected', code: 'UNKNOWN_TYPE', message, ...about };
  }
  const payload = raw['payload'];
  const payloadProblem = findProblem(check, payload);
  if (payloadProblem !== undefined) {
    return { kind: 'rejected', code: 'VALIDATION_ERROR', ...payloadProblem, ...about };
  }
  const frame = {
    type: type as ClientFrameType,
    payload,
    ...(about.replyTo === undefined ? {} : { id: about.replyTo }),
  };
  // Safe: the value passed the check of this type.
  return { kind: 'frame', frame: frame as ClientFrame };
}

/** Returns the checked value with the type that belongs to the name. */
type Decode<Values> = <N extends keyof Values & string>(name: N, value: unknown) => Values[N];

/** @throws {ChatError} VALIDATION_ERROR with the field; UNKNOWN_TYPE for an unknown name. */
function decoderOf<Values>(
  schemas: Readonly<Record<keyof Values & string, TSchema>>,
): Decode<Values> {
  const checks: ReadonlyMap<string, Check> = new Map(
    Object.entries<TSchema>(schemas).map(([name, schema]) => [name, compile(schema)]),
  );
  const names: ReadonlySet<string> = new Set(checks.keys());
  return <N extends keyof Values & string>(name: N, value: unknown) => {
    const check = checks.get(name);
    if (check === undefined) {
      throw new ChatError('UNKNOWN_TYPE', { message: describeUnknownType(name, names) });
    }
    const problem = findProblem(check, value);
    if (problem !== undefined) throw new ChatError('VALIDATION_ERROR', problem);
    // Safe: the value passed the check of this name.
    return value as Values[N];
  };
}

const WIRE_ID: CompiledCheck = Compile(WireId);

/** Whether a value has the format of an id. */
export function isWireId(value: unknown): boolean {
  return WIRE_ID.Check(value);
}

/** Names of the commands of all dialects. */
export const COMMAND_NAMES: ReadonlySet<string> = new Set(
  [CLIENT_FRAMES, SOCKETIO_EVENTS, CHANNEL_FRAMES, DIRECT_FRAMES].flatMap(Object.keys),
);

/** Checks the input of a command that arrives without a frame. */
export const decodeCommand = decoderOf<{ [T in CommandName]: CommandInput<T> }>(CLIENT_FRAMES);
/** Checks a parsed request body. */
export const decodeHttpBody = decoderOf<{ [N in HttpBodyName]: HttpBody<N> }>(HTTP_BODIES);
/** Checks the payload of a Socket.IO event, whose name may be any text. */
export const decodeSocketIoEvent = decoderOf<SocketIoEvents>(SOCKETIO_EVENTS);
/** Checks a frame of `/ws/chat`, whose `type` may be any text. */
export const decodeChannelFrame = decoderOf<ChannelFrames>(CHANNEL_FRAMES);
/** Checks a frame of `/messagepal`, whose `type` may be any text. */
export const decodeDirectFrame = decoderOf<DirectFrames>(DIRECT_FRAMES);

interface Problem {
  readonly message: string;
  readonly field?: string;
}

/** The first problem, with the field and what is allowed, but never the value. */
function findProblem(check: Check, value: unknown): Problem | undefined {
  const excess = findExcess(check, value) ?? findMisnamed(check, value);
  if (excess !== undefined) return excess;
  if (check.Check(value)) return undefined;
  if (check.hasAttachments && isRecord(value) && !areAttachments(value['attachments'])) {
    // Field names inside attachments are the sender's own, so they are not reported.
    return { message: `The field 'attachments' ${ATTACHMENTS_PROBLEM}`, field: 'attachments' };
  }
  const [, errors] = check.Errors(value);
  const [error] = errors;
  if (error === undefined) return { message: 'The value is invalid' };
  const missing = error.keyword === 'required' ? error.params.requiredProperties[0] : undefined;
  const path = error.instancePath.split('/').filter((part) => part !== '');
  const field = [...path, ...(missing === undefined ? [] : [missing])].join('.');
  if (field === '') return { message: `The value ${error.message}` };
  const problem = missing === undefined ? describe(error, errors) : 'is missing';
  return { message: `The field '${field}' ${problem}`, field };
}

/** Finds a list that is too long before its items are checked: each of them could add an error. */
function findExcess({ itemsMax }: Check, value: unknown): Problem | undefined {
  if (!isRecord(value)) return undefined;
  for (const [field, max] of itemsMax) {
    const list = value[field];
    if (!Array.isArray(list) || list.length <= max) continue;
    const problem =
      field === 'attachments' ? ATTACHMENTS_PROBLEM : `must not have more than ${max} items`;
    return { message: `The field '${field}' ${problem}`, field };
  }
  return undefined;
}

function findMisnamed({ fields, itemFields }: Check, value: unknown): Problem | undefined {
  if (!isRecord(value)) return undefined;
  const found = findMisnamedField(value, fields);
  if (found !== undefined) return found;
  for (const [name, ofItems] of itemFields) {
    const list = value[name];
    if (!Array.isArray(list)) continue;
    for (const [index, item] of list.entries()) {
      const problem = isRecord(item) ? findMisnamedField(item, ofItems) : undefined;
      if (problem !== undefined) return { ...problem, field: `${name}.${index}.${problem.field}` };
    }
  }
  return undefined;
}

function areAttachments(value: unknown): boolean {
  return value === undefined || ATTACHMENTS.Check(value);
}

function compile(schema: TSchema): Check {
  const { properties = {} } = schema as { readonly properties?: Record<string, TSchema> };
  const lists = Object.entries(properties).flatMap(([name, field]): [string, number][] => {
    const { maxItems } = field as { readonly maxItems?: number };
    return maxItems === undefined ? [] : [[name, maxItems]];
  });
  const items = Object.entries(properties).flatMap(([name, field]): [string, Set<string>][] => {
    const { items: item } = field as { readonly items?: { readonly properties?: object } };
    return item?.properties === undefined ? [] : [[name, new Set(Object.keys(item.properties))]];
  });
  // When it is first used: there are a hundred, and a server uses few of them often.
  let known: CompiledCheck | undefined;
  const compiled = (): CompiledCheck => {
    known ??= Compile(schema);
    return known;
  };
  return {
    Check: (value) => compiled().Check(value),
    Errors: (value) => compiled().Errors(value),
    itemsMax: new Map(lists),
    hasAttachments: Object.hasOwn(properties, 'attachments'),
    fields: new Set(Object.keys(properties)),
    itemFields: new Map(items),
  };
}

/** Describes an error of a value; a regular expression would not help users. */
function describe(error: TLocalizedValidationError, all: TLocalizedValidationError[]): string {
  if (error.keyword === 'pattern') return 'has an invalid format or character';
  if (error.keyword !== 'const') return error.message;
  // A choice has an error for each alternative.
  const choices = all.flatMap((other) =>
    other.keyword === 'const' && other.instancePath === error.instancePath
      ? [other.params.allowedValue]
      : [],
  );
  return `must be one of ${choices.join(', ')}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
