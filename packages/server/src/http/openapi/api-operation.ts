/** Description of an API route. */
import type { AuditAction, HttpBodyName, RoutedCommand } from '@parley/protocol';
import type { ProofNeed } from '@parley/protocol/commands';
import type { FieldType } from './answer-records.ts';

export interface ApiOperation {
  /** Name of the operation, for generated clients; unique. */
  readonly id: string;
  readonly summary: string;
  /** The command whose input is the path with the body or the query. */
  readonly command?: RoutedCommand;
  /** Name of the schema that validates the body. */
  readonly body?: HttpBodyName;
  /** The body is a form with files. */
  readonly isForm?: true;
  /** The answer is the bytes of a file. */
  readonly isFile?: true;
  readonly query?: readonly QueryParameter[];
  /** Status of a successful response; 204 and 302 have no body. */
  readonly status: 200 | 201 | 202 | 204 | 302;
  readonly answer: AnswerFields;
  /** Fields that only some answers have. */
  readonly optional?: AnswerFields;
  /** Other responses that do not have the common error format, by status. */
  readonly others?: Readonly<Record<number, OtherAnswer>>;
  /** Actions under which the audit log records it. */
  readonly audited?: readonly AuditAction[];
  /** Needs a proof of identity that is at most 10 minutes old. */
  readonly proof?: ProofNeed;
  /**
   * Set if a token of `POST /api/tokens` suffices: the route reads, or writes messages. All other routes
   * need the session of a login.
   */
  readonly forTokens?: true;
  /** Set if the route requires no session. */
  readonly isOpen?: true;
  /**
   * Set if sessions may use it that lack what the server requires of sign-ins, or only those that lack
   * a second factor, or a confirmed e-mail address. All other routes are closed to them.
   */
  readonly forIncomplete?: 'any' | 'two-step' | 'email';
}

/** Types of the fields of a response; an object has the fields of a record, as `RECORDS` does. */
export type AnswerFields = Readonly<
  Record<string, FieldType | { readonly [field: string]: FieldType }>
>;

interface OtherAnswer {
  readonly description: string;
  readonly answer: AnswerFields;
}

type QueryParameter =
  | 'ids'
  | 'usernames'
  | 'q'
  | 'scope'
  | 'state'
  | 'actor'
  | 'action'
  | 'roomId'
  | 'before'
  | 'after'
  | 'around'
  | 'aroundTime'
  | 'next'
  | 'size'
  | 'limit';
