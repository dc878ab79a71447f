/**
 * Attachments of a message: uploaded files, each an object with its `fileId`, and descriptions of
 * files that are stored elsewhere, returned as they were sent. The sender chooses the fields of a
 * description; the check covers size, depth, and whether they can be shown safely.
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

/** Schemes of addresses that run a script; rejected in every field, because any may become a link. */
const SCRIPT_SCHEMES = new Set(['javascript', 'vbscript']);
/** Names of fields that usually contain an address; other fields may begin with the word `data:`. */
const ADDRESS_FIELD = /ur[il]|href|src|link|path|address|image|icon|thumb|preview|poster|avatar/i;
/** Images that can neither contain scripts nor refer to other files; SVG can. */
const PLAIN_IMAGE = /^data:image\/(?:png|jpeg|gif|webp|avif|bmp)[;,]/i;
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

const Address = Type.Refine(
  textOf(1),
  (text) => !isDocument(text),
  () => 'is a document in an address',
);

/** JSON.parse rounds larger integers, such as 64-bit ids: they would return as other numbers. */
const ExactNumber = Type.Refine(
  Type.Number(),
  (number) => !Number.isInteger(number) || Number.isSafeInteger(number),
  () => 'has more digits than a number can keep: send it as text',
);

const Fields = Type.Record(
  // A program that copies a field of this name may change the prototype of its copy.
  Type.String({ pattern: `^(?!__proto__$)${STORABLE}{1,${attachmentNameLengthMax}}$` }),
  Type.Union([textOf(0), ExactNumber, Type.Boolean(), Type.Null()]),
  { maxProperties: attachmentFieldsMax, additionalProperties: false },
);

const SafeFields = Type.Refine(
  Fields,
  (fields) =>
    Object.entries(fields).every(
      ([name, value]) =>
        typeof value !== 'string' || !ADDRESS_FIELD.test(name) || !isDocument(value),
    ),
  () => 'contains a document in an address',
);

const List = Type.Immutable(
  Type.Array(Type.Union([Address, SafeFields]), { maxItems: attachmentsMax }),
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
  'in all, without integers beyond 2^53, without addresses of scripts, and without `data:` addresses other than images';

function isScriptAddress(text: string): boolean {
  const scheme = schemeOf(text);
  return scheme !== undefined && SCRIPT_SCHEMES.has(scheme);
}

/** Whether the address contains a file that is more than an image, such as a page with scripts. */
function isDocument(text: string): boolean {
  return schemeOf(text) === 'data' && !PLAIN_IMAGE.test(text);
}

/** Reads the scheme as browsers do: they ignore white space and control characters in it. */
function schemeOf(text: string): string | undefined {
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  return text
    .slice(0, colon)
    .replaceAll(/[\s\p{Cc}]+/gu, '')
    .toLowerCase();
}

/** Length as JSON in UTF-8. */
function bytesOf(list: unknown): number {
  return new TextEncoder().encode(JSON.stringify(list)).byteLength;
}
