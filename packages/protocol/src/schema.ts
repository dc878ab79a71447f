/**
 * Builders of JSON Schema, with the types of TypeBox. Its own builders return the same schemas, but
 * are 370 modules, which every start of a server would load.
 */
import type TypeBox from 'typebox';

type Name =
  | 'Array'
  | 'Boolean'
  | 'Immutable'
  | 'Integer'
  | 'Literal'
  | 'Null'
  | 'Number'
  | 'Object'
  | 'Optional'
  | 'Record'
  | 'Refine'
  | 'String'
  | 'Union'
  | 'Unknown';

interface Marked {
  readonly '~optional'?: true;
}

const simple =
  (type: string) =>
  (options?: object): never =>
    ({ type, ...options }) as never;

// TypeBox computes the types of the schemas from those of the arguments.
export const Type: Pick<typeof TypeBox, Name> = {
  Array: (items, options) => ({ type: 'array', items, ...options }) as never,
  Boolean: simple('boolean'),
  Immutable: (type) => type as never,
  Integer: simple('integer'),
  Literal: (value, options) => ({ type: typeof value, const: value, ...options }) as never,
  Null: simple('null'),
  Number: simple('number'),
  Object: (properties, options) => {
    const fields = Object.entries<Marked>(properties);
    const required = fields.filter(([, field]) => !field['~optional']).map(([name]) => name);
    return {
      type: 'object',
      ...(required.length === 0 ? {} : { required }),
      properties,
      ...options,
    } as never;
  },
  Optional: (type) => mark(type, '~optional', true),
  Record: (key, value, options) => {
    const { pattern = '' } = key as { readonly pattern?: string };
    return { type: 'object', patternProperties: { [pattern]: value }, ...options } as never;
  },
  Refine: (type: object, check: unknown, error?: unknown) => {
    const { '~refine': earlier = [] } = type as { readonly '~refine'?: readonly object[] };
    return mark(type, '~refine', [...earlier, { check, error }]);
  },
  String: simple('string'),
  Union: (anyOf, options) => ({ anyOf, ...options }) as never,
  Unknown: (options) => ({ ...options }) as never,
};

/** Copies a schema and adds a property that is not part of its JSON. */
function mark(schema: object, name: `~${string}`, value: unknown): never {
  const marked = { ...Object.getOwnPropertyDescriptors(schema), [name]: { value } };
  return Object.defineProperties({}, marked) as never;
}
