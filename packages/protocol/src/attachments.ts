/**
 * Attachments of a message: descriptions of files that are stored elsewhere, kept and
 * returned as they were sent. Their fields are the sender's own; the check covers size,
 * depth, and whether they can be shown without harm.
 */
import Type from 'typebox';
import { LIMITS } from './limits.ts';

const {
  attachmentsMax,
  attachmentsBytesMax,
  attachmentFieldsMax,
  attachmentNameLengthMax,
  attachmentTextLengthMax,
} = LIMITS;

/** Schemes under which an address is a program, or holds one. */
const SCRIPT_SCHEMES = new Set(['javascript', 'vbscript', 'data']);
/** Not every store has texts with U+0000, or with half a character. */
const STORABLE = '[^\\u0000\\p{Cs}]';

const textOf = (lengthMin: number) =>
  Type.Refine(
    Type.String({
      minLength: lengthMin,
      maxLength: attachmentTextLengthMax,
      pattern: `^${STORABLE}*$`,
    }),
    (text) => !isScriptAddress(text),
    () => 'is the address of a script',
  );

const Fields = Type.Record(
  // Copying a field of this name, a program may change more than its copy.
  Type.String({ pattern: `^(?!__proto__$)${STORABLE}{1,${attachmentNameLengthMax}}$` }),
  Type.Union([textOf(0), Type.Number(), Type.Boolean(), Type.Null()]),
  { maxProperties: attachmentFieldsMax, additionalProperties: false },
);

const List = Type.Immutable(
  Type.Array(Type.Union([textOf(1), Fields]), { maxItems: attachmentsMax }),
);

export const OptionalAttachments = Type.Optional(
  Type.Refine(
    List,
    (list) => bytesOf(list) <= attachmentsBytesMax,
    () => 'is too long',
  ),
);

/** An address, or what somebody else's application says of a file. */
export type Attachment = Type.Static<typeof List>[number];

/** Reason for rejecting a list. It does not repeat the list, which is the sender's text. */
export const ATTACHMENTS_FAULT =
  `must be a list of at most ${attachmentsMax} texts or flat objects, ${attachmentsBytesMax} bytes ` +
  'in all, without addresses of scripts';

/** As browsers read it: white space and control characters do not count, wherever they stand. */
function isScriptAddress(text: string): boolean {
  const colon = text.indexOf(':');
  if (colon < 0) return false;
  const scheme = text.slice(0, colon).replaceAll(/[\s\p{Cc}]+/gu, '');
  return SCRIPT_SCHEMES.has(scheme.toLowerCase());
}

/** In UTF-8. */
function bytesOf(list: unknown): number {
  return new TextEncoder().encode(JSON.stringify(list)).byteLength;
}
