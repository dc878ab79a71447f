/** Commands that every dialect rejects, and what a dialect says about itself to be sent them. */
import type { Account } from './account.ts';
import type { Accounts, DialectClient } from './bad-input-scene.ts';
import type { TestServer } from './running-server.ts';

/** A payload may contain these; the contract puts the values of the server there. */
export const ALICE = '{alice}';
export const BOB = '{bob}';
export const MALLORY = '{mallory}';
/** A room of alice, bob and mallory. */
export const ROOM = '{room}';
/** A room that mallory may not write to, and a message in it. */
export const FOREIGN_ROOM = '{foreignRoom}';
export const FOREIGN_MESSAGE = '{foreignMessage}';
/** In the format of an id; nothing has it. */
export const UNKNOWN = '00000000-0000-7000-8000-00000000beef';

/** `expected` is the code, and the field if the error names a field. */
type BadCommand = readonly [type: string, payload: unknown, expected: string];
type BadFrame = readonly [title: string, frame: string | Buffer, expected: string];

export interface BadInputDialect {
  readonly title: string;
  connect(server: TestServer, account: Account): Promise<DialectClient>;
  /** Creates rooms; returns the values of placeholders other than user ids. */
  prepare(server: TestServer, accounts: Accounts): Promise<Readonly<Record<string, string>>>;
  /** Opens the shared room on a new connection. */
  open?(client: DialectClient, room: string): Promise<unknown>;
  readonly message: {
    readonly type: string;
    /** Field that names the room or the recipient. */
    readonly target: string;
    /** Target of alice's messages, which bob receives. */
    readonly toBob: string;
    readonly fromMallory: string;
    readonly unknownTarget: string;
    readonly lengthMax: number;
    readonly hasAttachments: boolean;
  };
  /** Commands with a position: all fields but the position. */
  readonly positions: readonly (readonly [type: string, payload: object, field: string])[];
  /** Fields of an error by which the client finds the command. */
  contextOf(type: string | null, payload: unknown): object;
  /** Seconds until the next message, when 6 of 6 have been sent: per minute, or with 1 token per second. */
  readonly retryAfter: number;
  /** Message of the error for a frame with too many values. */
  readonly tooComplex: string;
  /** Close code after a frame that is too large, if the client can see it. */
  readonly closeCode: number | undefined;
  /** Whether receivers are sent sanitized HTML instead of the text as it was written. */
  readonly sanitizesMarkup?: boolean;
  readonly badCommands: readonly BadCommand[];
  readonly badFrames?: readonly BadFrame[];
  /** Fails if mallory's bad input was stored outside of the shared room. */
  assertNothingStored?(accounts: Accounts): Promise<void>;
}

/** Frames that dialects with one JSON object per frame reject. */
export const BAD_FRAMES: readonly BadFrame[] = [
  ['text that is not JSON', 'hello', 'INVALID_JSON'],
  ['an empty frame', '', 'INVALID_JSON'],
  ['half a frame', '{"type":"ping"', 'INVALID_JSON'],
  ['bytes that are not UTF-8', Buffer.from([0xff, 0x00, 0xfe]), 'INVALID_JSON'],
  ['a number', '5', 'VALIDATION_ERROR'],
  ['null', 'null', 'VALIDATION_ERROR'],
  ['an array', '[]', 'VALIDATION_ERROR'],
  ['a frame without a type', '{"payload":{},"content":"x"}', 'VALIDATION_ERROR type'],
  ['a type that is not text', '{"type":7,"payload":{}}', 'VALIDATION_ERROR type'],
];

const BAD_TYPES = ['dance', '  ', '__proto__', 'constructor', 'connected'];

const BAD_CONTENTS = [undefined, 7, { text: 'x' }, '', ' \n ', '\u200b\u2060\ufeff', 'a\u0000b'];

const BAD_CLIENT_IDS = [1, '', 'a\u0000', 'a\ud800'];

const BAD_ATTACHMENTS = ['/a', { 0: 'a' }, [{ url: ' java\nscript:x' }], [{ ['__proto__']: 'x' }]];

const BAD_TARGETS = [7, 'a\u0000'];

const UNKNOWN_TARGETS = [UNKNOWN, "alice' OR 1=1", 'nowhere'];

const BAD_POSITIONS = [-1, 1.5, 2 ** 53, true];

/** The commands that this dialect rejects: those of every dialect, and its own. */
export function badCommandsOf(dialect: BadInputDialect): readonly BadCommand[] {
  const { type, target, fromMallory, unknownTarget, lengthMax } = dialect.message;
  const rejects = (field: string, values: readonly unknown[]) =>
    values.map((value): BadCommand => {
      const fields = { [target]: fromMallory, content: 'x', [field]: value };
      return [type, fields, `VALIDATION_ERROR ${field}`];
    });
  return [
    ...BAD_TYPES.map((each): BadCommand => [each, {}, 'UNKNOWN_TYPE']),
    ...rejects('content', [...BAD_CONTENTS, 'x'.repeat(lengthMax + 1)]),
    ...rejects('clientMessageId', BAD_CLIENT_IDS),
    ...(dialect.message.hasAttachments ? rejects('attachments', BAD_ATTACHMENTS) : []),
    ...rejects(target, BAD_TARGETS),
    ...UNKNOWN_TARGETS.map(
      (value): BadCommand => [type, { [target]: value, content: 'x' }, unknownTarget],
    ),
    ...dialect.positions.flatMap(([command, fields, field]) =>
      BAD_POSITIONS.map(
        (value): BadCommand => [
          command,
          { ...fields, [field]: value },
          `VALIDATION_ERROR ${field}`,
        ],
      ),
    ),
    ...dialect.badCommands,
  ];
}

/** Fields of a payload that its error repeats. */
export function repeatedIn(payload: unknown, names: readonly string[]): object {
  const fields = Object.entries((payload ?? {}) as object).filter(
    ([name, value]) => names.includes(name) && typeof value === 'string',
  );
  return Object.fromEntries(fields);
}
