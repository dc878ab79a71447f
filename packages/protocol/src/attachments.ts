/**
 * Attachments of a message: descriptions of files that are stored elsewhere, stored and returned as
 * they were sent. The sender chooses their fields; the check covers size, depth, and whether they
 * can be shown safely.
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

/** Schemes of addresses that contain or run a script. */
const SCRIPT_SCHEMES = new Set(['javascript', 'vbscript', 'data']);
/** Not every store can keep U+0000 or lone surrogates. */
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
  // A program that copies a field of this name may change the prototype of its copy.
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

/** The address of a file, or an application's own description of it. */
export type Attachment = Type.Static<typeof List>[number];

/** Reason for rejecting a list. It does not repeat the list, which is user content. */
export const ATTACHMENTS_PROBLEM =
  `must be a list of at most ${attachmentsMax} texts or flat objects, ${attachmentsBytesMax} bytes ` +
  'in all, without addresses of scripts';

/** Reads the scheme as browsers do: they ignore white space and control characters in it. */
function isScriptAddress(text: string): boolean {
  const colon = text.indexOf(':');
  if (colon < 0) return false;
  const scheme = text.slice(0, colon).replaceAll(/[\s\p{Cc}]+/gu, '');
  return SCRIPT_SCHEMES.has(scheme.toLowerCase());
}

/** Length as JSON in UTF-8. */
function bytesOf(list: unknown): number {
  return new TextEncoder().encode(JSON.stringify(list)).byteLength;
}
