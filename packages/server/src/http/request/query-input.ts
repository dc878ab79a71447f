/** Reads the query of a request as the input of a command: texts become numbers where the schema has them. */
import type { RoutedCommand } from '@parley/protocol';
import { validators } from '../lazy-validators.ts';

/** The keywords of JSON Schema that this reads. */
interface FieldSchema {
  readonly type?: string;
  readonly anyOf?: readonly FieldSchema[];
}

/** Digits of a number that is represented exactly. */
const NUMBER = /^\d{1,15}$/;

/** Fastify parses parameters into texts, or lists of texts if a name is repeated. */
export function toQueryInput(type: RoutedCommand, query: unknown): Record<string, unknown> {
  const { properties = {} }: { readonly properties?: object } = validators().CLIENT_FRAMES[type];
  const schemas = properties as Readonly<Record<string, FieldSchema>>;
  return Object.fromEntries(
    Object.entries(query as Readonly<Record<string, unknown>>).map(([name, value]) => [
      name,
      Object.hasOwn(schemas, name) ? toValue(value, schemas[name]) : value,
    ]),
  );
}

/** A value that does not fit stays as it is: the schema rejects it. */
function toValue(value: unknown, schema: FieldSchema = {}): unknown {
  const { type, anyOf = [] } = schema;
  if (type === 'boolean') return value === 'true' || (value === 'false' ? false : value);
  const isNumber = [schema, ...anyOf].some((each) => each.type === 'integer');
  if (!isNumber || typeof value !== 'string' || value === '') return value;
  if (NUMBER.test(value)) return Number(value);
  // A text that reads as another number, such as -1, is no id.
  return Number.isNaN(Number(value)) ? value : Number.NaN;
}
