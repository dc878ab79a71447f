/** Schemas of the records that the server sends, for both API descriptions. */
import { type FieldType, RECORDS, UNIONS } from './answer-records.ts';
import type { AnswerFields } from './api-operation.ts';

/** Named apart from the bodies of requests. */
export function toRecordSchemas(): Readonly<Record<string, object>> {
  const records = Object.entries(RECORDS).map(
    ([name, record]) => [recordNameOf(name), toRecordSchema(record)] as const,
  );
  const unions = Object.entries(UNIONS).map(
    ([name, names]) =>
      [recordNameOf(name), { anyOf: names.map((each) => refTo(recordNameOf(each))) }] as const,
  );
  return Object.fromEntries([...records, ...unions]);
}

export function toRecordSchema(record: Readonly<Record<string, FieldType>>): object {
  const fields = Object.entries(record).map(
    ([field, type]) => [field.replace('?', ''), toFieldSchema(type)] as const,
  );
  const required = Object.keys(record).filter((field) => !field.endsWith('?'));
  return toObjectSchema(required, fields);
}

function recordNameOf(name: string): string {
  return `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
}

export function toObjectSchema(
  required: readonly string[],
  fields: readonly (readonly [name: string, schema: object])[],
): object {
  return { type: 'object', required, properties: Object.fromEntries(fields) };
}

const FIELD_SCHEMAS: Readonly<Record<string, object>> = Object.freeze({
  string: { type: 'string' },
  time: { type: 'string', format: 'date-time' },
  integer: { type: 'integer' },
  number: { type: 'number' },
  boolean: { type: 'boolean' },
  attachment: {
    anyOf: [
      { type: 'string' },
      { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean', 'null'] } },
    ],
  },
  description: { description: 'As OpenAPI 3.1 defines it.' },
  range: { type: 'array', items: { type: 'integer' }, minItems: 2, maxItems: 2 },
  anything: {},
});

export function toFieldSchema(type: AnswerFields[string]): object {
  if (isValues(type)) return { type: 'string', enum: type };
  if (typeof type !== 'string') return toRecordSchema(type);
  const [, item] = /^list of (.*)$/.exec(type) ?? [];
  // The parts of these texts are types, too.
  if (item !== undefined) return { type: 'array', items: toFieldSchema(item as FieldType) };
  const [, some] = /^(.*) or null$/.exec(type) ?? [];
  if (some !== undefined) return { anyOf: [toFieldSchema(some as FieldType), { type: 'null' }] };
  return FIELD_SCHEMAS[type] ?? refTo(recordNameOf(type));
}

function isValues(type: AnswerFields[string]): type is readonly string[] {
  return Array.isArray(type);
}

export function refTo(name: string): object {
  return { $ref: `#/components/schemas/${name}` };
}
