/**
 * Serves `/api/openapi.json`: the registered routes, as `api-operations.ts` describes them.
 * If an API route is missing from the table, the start fails, so that the document is complete.
 */
import { ERROR_CODES, LIMITS } from '@parley/protocol';
import { COMMANDS } from '@parley/protocol/commands';
import type { FastifyInstance } from 'fastify';
import { validators } from '../request/lazy-validators.ts';
import { type FieldType, RECORDS, UNIONS } from './answer-records.ts';
import type { AnswerFields, ApiOperation } from './api-operation.ts';
import { API_OPERATIONS } from './api-operations.ts';

interface Route {
  readonly method: string;
  readonly path: string;
}

/** Must be called before any route is added. */
export function describeApi(app: FastifyInstance, version: string): void {
  const routes: Route[] = [];
  app.addHook('onRoute', ({ method, url: path }) => {
    for (const name of [method].flat()) routes.push({ method: name, path });
  });
  app.addHook('onReady', async () => {
    for (const route of routes) findOperation(route);
  });
  let text: string | undefined;
  app.get('/api/openapi.json', (_request, reply) => {
    text ??= JSON.stringify(toDocument(routes, version));
    return reply.type('application/json').send(text);
  });
}

/** Undefined for a route outside the API. @throws {Error} naming an API route that is not described. */
function findOperation({ method, path }: Route): ApiOperation | undefined {
  const operation = API_OPERATIONS[`${method} ${path}`];
  // Every GET route also answers HEAD.
  if (operation !== undefined || method === 'HEAD' || !path.startsWith('/api/')) return operation;
  throw new Error(`${method} ${path} is not described in api-operations.ts`);
}

/** @throws {Error} naming an API route that is not described. */
export function toDocument(routes: readonly Route[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const { method, path } of routes) {
    const operation = findOperation({ method, path });
    if (operation === undefined) continue;
    const template = path.replaceAll(/:(\w+)/g, '{$1}');
    const described = { [method.toLowerCase()]: toOperation(path, operation) };
    paths[template] = { ...paths[template], ...described };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Parley', version },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: { ...toRecordSchemas(), ...toBodySchemas(), error: ERROR_SCHEMA },
      securitySchemes: SECURITY,
    },
  };
}

function toOperation(path: string, operation: ApiOperation): object {
  const {
    id,
    summary,
    body,
    query,
    status,
    answer,
    optional,
    others = {},
    isOpen,
  } = { ...operation, ...inputOf(path, operation) };
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
  const parameters = [...names.map(toPathParameter), ...query.map(toQueryParameter)];
  const content = (schema: object) => ({ 'application/json': { schema } });
  const toResponse = (description: string, fields: AnswerFields, more?: AnswerFields) => ({
    description,
    content: content(toAnswerSchema(fields, more)),
  });
  const rest = Object.entries(others).map(
    ([code, other]) => [code, toResponse(other.description, other.answer)] as const,
  );
  const fails = { description: 'Error.', content: content(refTo('error')) };
  return {
    operationId: id,
    tags: [tagOf(path)],
    summary,
    security: isOpen === true ? [] : [{ cookie: [] }, { bearer: [] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: hasRequired(body), content: content(refTo(body)) } }),
    responses: {
      [status]: toResponse('Success.', answer, optional),
      ...Object.fromEntries(rest),
      default: fails,
    },
  };
}

/** Where the input of an operation is, beside its path. */
function inputOf(
  path: string,
  { command, id, body, query = [] }: ApiOperation,
): { readonly body: string | undefined; readonly query: readonly string[] } {
  if (command === undefined) return { body, query };
  const { http } = COMMANDS[command];
  const isQuery = http.route.startsWith('GET ');
  const fields = Object.keys(validators().fieldsBesidePath(command, path));
  if (isQuery || fields.length === 0) return { body: undefined, query: fields };
  return { body: 'body' in http ? http.body : id, query: [] };
}

/** Schemas of the bodies of requests by name. */
function toBodySchemas(): Readonly<Record<string, object>> {
  const { HTTP_BODIES, COMMAND_BODIES } = validators();
  return { ...HTTP_BODIES, ...COMMAND_BODIES };
}

/** A missing body counts as an empty object. */
function hasRequired(body: string): boolean {
  const { required = [] }: { readonly required?: readonly string[] } = toBodySchemas()[body] ?? {};
  return required.length > 0;
}

function toPathParameter(name: string): object {
  return { name, in: 'path', required: true, schema: { type: 'string' } };
}

function toQueryParameter(name: string): object {
  const number = { type: 'integer', minimum: 1, maximum: LIMITS.historyPageMax };
  const schema = name === 'limit' ? number : { type: name === 'own' ? 'boolean' : 'string' };
  return { name, in: 'query', required: name === 'q', schema };
}

/** The part of the API that a path belongs to. */
function tagOf(path: string): string {
  const [, first = '', second] = path.split('/');
  return first === 'api' ? (second ?? first) : 'server';
}

function toAnswerSchema(answer: AnswerFields, optional: AnswerFields = {}): object {
  const fields = Object.entries({ ...answer, ...optional });
  return toObjectSchema(
    Object.keys(answer),
    fields.map(([name, type]) => [name, toFieldSchema(type)]),
  );
}

/** Named apart from the bodies of requests. */
function toRecordSchemas(): Readonly<Record<string, object>> {
  const records = Object.entries(RECORDS).map(
    ([name, record]) => [recordNameOf(name), toRecordSchema(record)] as const,
  );
  const unions = Object.entries(UNIONS).map(
    ([name, names]) =>
      [recordNameOf(name), { anyOf: names.map((each) => refTo(recordNameOf(each))) }] as const,
  );
  return Object.fromEntries([...records, ...unions]);
}

function toRecordSchema(record: Readonly<Record<string, FieldType>>): object {
  const fields = Object.entries(record).map(
    ([field, type]) => [field.replace('?', ''), toFieldSchema(type)] as const,
  );
  const required = Object.keys(record).filter((field) => !field.endsWith('?'));
  return toObjectSchema(required, fields);
}

function recordNameOf(name: string): string {
  return `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
}

function toObjectSchema(
  required: readonly string[],
  fields: readonly (readonly [name: string, schema: object])[],
): object {
  return { type: 'object', required, properties: Object.fromEntries(fields) };
}

const FIELD_SCHEMAS: Readonly<Record<string, object>> = Object.freeze({
  string: { type: 'string' },
  time: { type: 'string', format: 'date-time' },
  integer: { type: 'integer' },
  boolean: { type: 'boolean' },
  attachment: {
    anyOf: [
      { type: 'string' },
      { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean', 'null'] } },
    ],
  },
  description: { description: 'As OpenAPI 3.1 defines it.' },
  anything: {},
});

function toFieldSchema(type: AnswerFields[string]): object {
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

function refTo(name: string): object {
  return { $ref: `#/components/schemas/${name}` };
}

const ERROR_SCHEMA = Object.freeze({
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: {
        code: { type: 'string', enum: Object.keys(ERROR_CODES) },
        message: { type: 'string' },
        field: { type: 'string' },
        retryAfter: { type: 'number', description: 'Seconds.' },
      },
    },
  },
});

const SECURITY = Object.freeze({
  cookie: { type: 'apiKey', in: 'cookie', name: 'connect.sid' },
  bearer: { type: 'http', scheme: 'bearer' },
});
