/**
 * Compares the documents of the interfaces (OpenAPI, AsyncAPI) with those of the last release, which
 * `npm run release` stores in `docs/api`, and names what would break a client. Commands of the tier
 * `internal` may change.
 */
import { isDeepStrictEqual } from 'node:util';

/** Whether clients write the value or read it: what they may still write, and what they find. */
type Side = 'written' | 'read';

type Json = Readonly<Record<string, unknown>>;

interface Comparison {
  readonly former: Json;
  readonly now: Json;
  /** Pairs of references that are being compared: records contain each other. */
  readonly open: Set<string>;
}

/** Returns a line for each operation, message or field that a client of the former version misses. */
export function findBreakingChanges(former: Json, now: Json): string[] {
  const documents = { former, now, open: new Set<string>() };
  return 'paths' in former ? comparePaths(documents) : compareMessages(documents);
}

function comparePaths(documents: Comparison): string[] {
  return entries(documents.former['paths']).flatMap(([path, methods]) =>
    entries(methods).flatMap(([method, operation]) => {
      const at = `${method.toUpperCase()} ${path}`;
      const still = objectAt(documents.now, 'paths', path, method);
      return still === undefined
        ? [`${at} is gone`]
        : compareOperation(documents, at, operation, still);
    }),
  );
}

function compareOperation(documents: Comparison, at: string, former: Json, now: Json): string[] {
  const bodyOf = (operation: Json) =>
    objectAt(operation, 'requestBody', 'content', 'application/json', 'schema');
  const answerOf = (response: Json | undefined) =>
    objectAt(response ?? {}, 'content', 'application/json', 'schema');
  const body = bodyOf(former);
  return [
    ...compareParameters(at, listOf(former['parameters']), listOf(now['parameters'])),
    ...compareSchemas(documents, 'written', `${at}: body`, body ?? {}, bodyOf(now) ?? {}),
    ...entries(former['responses']).flatMap(([status, response]) => {
      const still = objectAt(now, 'responses', status);
      if (still === undefined) return [`${at}: the answer ${status} is gone`];
      const [was, is] = [answerOf(response) ?? {}, answerOf(still) ?? {}];
      return compareSchemas(documents, 'read', `${at}: ${status}`, was, is);
    }),
  ];
}

function compareParameters(at: string, former: readonly Json[], now: readonly Json[]): string[] {
  const find = (list: readonly Json[], { name, in: place }: Json) =>
    list.find((each) => each['name'] === name && each['in'] === place);
  return [
    ...former
      .filter((each) => find(now, each) === undefined)
      .map(({ name }) => `${at}: the parameter ${name} is gone`),
    ...now
      .filter((each) => each['required'] === true && find(former, each)?.['required'] !== true)
      .map(({ name }) => `${at}: the parameter ${name} is required now`),
  ];
}

function compareMessages(documents: Comparison): string[] {
  const { former, now } = documents;
  const internal = new Set(
    entries(former['operations'])
      .filter(([, { tags }]) => listOf(tags).some(({ name }) => name === 'internal'))
      .map(([type]) => `client_${type}`),
  );
  return entries(objectAt(former, 'components', 'messages')).flatMap(([name, message]) => {
    if (internal.has(name)) return [];
    const [, sender, type] = /^(client|server)_(.*)$/.exec(name) ?? [];
    const at = sender === 'client' ? `command ${type}` : `frame ${type}`;
    const still = objectAt(now, 'components', 'messages', name);
    if (still === undefined) return [`${at} is gone`];
    const side = sender === 'client' ? 'written' : 'read';
    const [was, is] = [objectAt(message, 'payload') ?? {}, objectAt(still, 'payload') ?? {}];
    return compareSchemas(documents, side, at, was, is);
  });
}

function compareSchemas(
  documents: Comparison,
  side: Side,
  at: string,
  former: Json,
  now: Json,
): string[] {
  if (isDeepStrictEqual(former, now) && former['$ref'] === undefined) return [];
  const pair = `${side} ${former['$ref']} ${now['$ref']}`;
  const isReference = former['$ref'] !== undefined && now['$ref'] !== undefined;
  if (isReference && documents.open.has(pair)) return [];
  if (isReference) documents.open.add(pair);
  const [was, is] = [resolve(documents.former, former), resolve(documents.now, now)];
  if (alternativesOf(was) !== undefined || alternativesOf(is) !== undefined) {
    return compareAlternatives(documents, side, at, was, is);
  }
  const kindOf = ({ type, const: constant }: Json) =>
    JSON.stringify(constant ?? type ?? 'anything');
  const [kind, newKind] = [kindOf(was), kindOf(is)];
  return [
    ...(kind === newKind ? [] : [`${at}: ${kind} became ${newKind}`]),
    ...compareFields(documents, side, at, was, is),
    ...compareBounds(side, at, was, is),
    ...(was['items'] === undefined
      ? []
      : compareSchemas(documents, side, `${at}[]`, toObject(was['items']), toObject(is['items']))),
  ];
}

/** Each former alternative must still be there; more may come, which clients ignore. */
function compareAlternatives(
  documents: Comparison,
  side: Side,
  at: string,
  former: Json,
  now: Json,
): string[] {
  const still = alternativesOf(now) ?? [now];
  return (alternativesOf(former) ?? [former]).flatMap((was) => {
    const isThere = still.some((is) => {
      const apart = { ...documents, open: new Set(documents.open) };
      return compareSchemas(apart, side, at, was, is).length === 0;
    });
    return isThere ? [] : [`${at}: ${JSON.stringify(was)} is gone`];
  });
}

function compareFields(
  documents: Comparison,
  side: Side,
  at: string,
  former: Json,
  now: Json,
): string[] {
  const [wasRequired, isRequired] = [textsOf(former['required']), textsOf(now['required'])];
  const fields = entries(former['properties']).flatMap(([name, was]) => {
    const field = `${at}.${name}`;
    const is = objectAt(now, 'properties', name);
    if (is === undefined) return [`${field} is gone`];
    const isLost = side === 'read' && wasRequired.includes(name) && !isRequired.includes(name);
    return [
      ...(isLost ? [`${field} may be missing now`] : []),
      ...compareSchemas(documents, side, field, was, is),
    ];
  });
  const demanded =
    side === 'written' ? isRequired.filter((name) => !wasRequired.includes(name)) : [];
  return [...fields, ...demanded.map((name) => `${at}.${name} is required now`)];
}

const UPPER_BOUNDS = ['maxLength', 'maxItems', 'maximum', 'maxProperties'];
const LOWER_BOUNDS = ['minLength', 'minItems', 'minimum', 'minProperties'];

/** Clients may write at least what they were allowed to. */
function compareBounds(side: Side, at: string, former: Json, now: Json): string[] {
  if (side === 'read') return [];
  const isTighter = (name: string, sign: 1 | -1) =>
    now[name] !== undefined &&
    (former[name] === undefined || sign * Number(now[name]) < sign * Number(former[name]));
  return [
    ...UPPER_BOUNDS.filter((name) => isTighter(name, 1)),
    ...LOWER_BOUNDS.filter((name) => isTighter(name, -1)),
  ].map((name) => `${at}: ${name} ${former[name] ?? 'none'} became ${now[name]}`);
}

/** Values of an enumeration count as alternatives. */
function alternativesOf({ anyOf, oneOf, enum: values }: Json): readonly Json[] | undefined {
  if (Array.isArray(values)) return values.map((each) => ({ const: each }));
  return anyOf === undefined && oneOf === undefined ? undefined : listOf(anyOf ?? oneOf);
}

function resolve(document: Json, schema: Json): Json {
  const { $ref: reference } = schema;
  if (typeof reference !== 'string') return schema;
  return objectAt(document, ...reference.replace('#/', '').split('/')) ?? {};
}

function objectAt(root: Json, ...path: readonly string[]): Json | undefined {
  let value: unknown = root;
  for (const name of path) value = toObject(value)[name];
  return value === undefined ? undefined : toObject(value);
}

function entries(value: unknown): readonly (readonly [string, Json])[] {
  return Object.entries(toObject(value)).map(([name, each]) => [name, toObject(each)]);
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(toObject) : [];
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

// Documents are JSON: whatever is not an object has no fields.
function toObject(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}
