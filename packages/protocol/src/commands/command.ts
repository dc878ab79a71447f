/** The declaration of a command: the fields of an entry of the table. */
import type { Static, TSchema } from 'typebox';
import type { AuditAction } from '../audit-actions.ts';
import type { ServerFrames, ServerFrameType } from '../native/server-frames.ts';
import type { InputTypes } from './input-types.ts';

/**
 * Promise of an entry: `stable` commands keep their meaning, `administrative` ones are for operators
 * and may change with a minor version, `internal` ones serve the connection itself.
 */
type Tier = 'stable' | 'administrative' | 'internal';

/**
 * The limit of the user that a command counts against. `changes` are those of messages, memberships,
 * blocks and settings; `creations` make rooms, groups and workspaces; `readMarks` move read positions,
 * as with each message that a client shows; a page sends one of `searches` with each letter; `reads`
 * count pages of about 50 rows. The server takes them where a command is executed, for all dialects.
 */
export type LimitClass = 'messages' | 'changes' | 'creations' | 'readMarks' | 'searches' | 'reads';

/** A route whose path and body, or query, make up the input of the command. */
interface DerivedRoute<Answer extends ServerFrameType | undefined> {
  /** Method and path. */
  readonly route: `${'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'} /api/${string}`;
  /** Name of the operation, for generated clients; unique. */
  readonly operation: string;
  /** Name of the body's schema in the API description; default the name of the operation. */
  readonly body?: string;
  /** Fields of the answer that the response has; default all. */
  readonly fields?: Answer extends ServerFrameType
    ? readonly (keyof ServerFrames[Answer])[]
    : readonly never[];
  /** Input of requests that do not give it. */
  readonly defaults?: Readonly<Record<string, unknown>>;
  /** The name under which the response has the answer; the answer itself if absent. */
  readonly under?: string;
  /** Status of a successful response; default 200. */
  readonly status?: 200 | 201;
}

/** How HTTP reaches a command. */
type HttpAccess<Answer extends ServerFrameType | undefined = ServerFrameType | undefined> =
  | ({ readonly kind: 'derived' } & DerivedRoute<Answer>)
  /** A route with another shape, described in `api-operations.ts`. */
  | { readonly kind: 'own'; readonly route: string }
  /** About a connection, which HTTP does not have. */
  | { readonly kind: 'none'; readonly reason: string };

export interface CommandEntry<
  Input extends TSchema = TSchema,
  Answer extends ServerFrameType | undefined = ServerFrameType | undefined,
> {
  /** One line for the API descriptions. */
  readonly summary: string;
  /** Fields of the reply as the reference shows them, and the rules of the command; Markdown. */
  readonly reply: string;
  /** Events that other users in the room receive; Markdown. */
  readonly others: string;
  readonly tier: Tier;
  /** Undefined: counts against no limit of the user; with several, against one of them. */
  readonly limit: LimitClass | readonly LimitClass[] | undefined;
  /**
   * Acts on others that the audit log records with the change. A command that a role permits, and that
   * changes something, has one: a test runs them all.
   */
  readonly audited?: readonly AuditAction[];
  /** Needs a proof of identity that is at most 10 minutes old: see `POST /api/auth/proof`. */
  readonly proof?: ProofNeed;
  /**
   * Whether a token of `POST /api/tokens` suffices, or only without this field of the input. By default
   * for messages and queries; everything else needs the session of a login: see `isForTokens`.
   */
  readonly forTokens?: boolean | { readonly without: string };
  /** Type of the frame that answers the command; undefined if there is none. */
  readonly answer: Answer;
  /**
   * Builds the schema of the input when it is first needed: a server starts without TypeBox. The schema
   * defines the structure; the domain checks the values (whether a text is too long after trimming,
   * whether a room exists). A room may be given by its id or its name.
   */
  readonly input: (types: InputTypes) => Input;
  readonly example: Static<Input>;
  readonly http: HttpAccess<NoInfer<Answer>>;
}

/** Always, or if the input has one of these fields, or this value in it: `visibility=public`. */
export type ProofNeed = true | readonly string[];

/** Whether this input of an act needs a recent proof of identity. */
export function needsProof(need: ProofNeed | undefined, input: unknown): boolean {
  if (typeof need !== 'object') return need === true;
  return need.some((each) => {
    const [field = '', value] = each.split('=');
    const given = Object(input)[field];
    return value === undefined ? given !== undefined : given === value;
  });
}

const READING_AND_WRITING: ReadonlySet<unknown> = new Set<LimitClass>([
  ...(['messages', 'readMarks', 'searches', 'reads'] as const),
]);

/** Whether clients with a token of `POST /api/tokens` may send the command, with this input or any. */
export function isForTokens(
  { forTokens, limit, tier, proof }: CommandEntry,
  input?: unknown,
): boolean {
  if (proof !== undefined) return false;
  if (typeof forTokens === 'object') {
    return input !== undefined && !Object(input)[forTokens.without];
  }
  return forTokens ?? (tier === 'stable' && READING_AND_WRITING.has(limit));
}

/** Ids in the examples, which stand for a room, a message in it, a user, a group of users and a scheduled message. */
export const EXAMPLE_IDS = Object.freeze({
  room: '0199f2a4-5b1c-7d3e-8f60-718293a4b5c6',
  message: '0199f2a4-6c2d-7e4f-9071-8293a4b5c6d7',
  user: '0199f2a4-7d3e-7f50-8182-93a4b5c6d7e8',
  userGroup: '0199f2a4-8e4f-7061-9293-a4b5c6d7e8f9',
  scheduled: '0199f2a4-9f50-7172-a3a4-b5c6d7e8f90a',
});

/** Types an entry; changes nothing. */
export function command<
  Input extends TSchema,
  const Answer extends ServerFrameType | undefined,
  const Http extends HttpAccess<NoInfer<Answer>>,
>(
  entry: CommandEntry<Input, Answer> & { readonly http: Http },
): CommandEntry<Input, Answer> & { readonly http: Http } {
  return entry;
}
