/**
 * Serves `/api/openapi.json`: the registered routes, as `api-operations.ts` describes them.
 * If an API route is missing from the table, the start fails, so that the document is complete.
 * Serves `/api/asyncapi.json`, too: the frames of the native dialect.
 */
import { ERROR_CODES, LIMITS } from '@parley/protocol';
import { COMMANDS } from '@parley/protocol/commands';
import type { FastifyInstance } from 'fastify';
import { validators } from '../lazy-validators.ts';
import type { AnswerFields, ApiOperation } from './api-operation.ts';
import { API_OPERATIONS } from './api-operations.ts';
import { toAsyncDocument } from './asyncapi.ts';
import { refTo, toFieldSchema, toObjectSchema, toRecordSchemas } from './record-schemas.ts';

/** Of `parley.v1`. The version of the server is for its operator and for users. */
const API_VERSION = '1';

interface Route {
  readonly method: string;
  readonly path: string;
}

/** Must be called before any route is added. */
export function describeApi(app: FastifyInstance): void {
  const routes: Route[] = [];
  app.addHook('onRoute', ({ method, url: path }) => {
    for (const name of [method].flat()) routes.push({ method: name, path });
  });
  app.addHook('onReady', async () => {
    for (const route of routes) findOperation(route);
  });
  const serve = (path: string, build: () => object): void => {
    let text: string | undefined;
    app.get(path, (_request, reply) => {
      text ??= JSON.stringify(build());
      return reply.type('application/json').send(text);
    });
  };
  serve('/api/openapi.json', () => toDocument(routes, API_VERSION));
  serve('/api/asyncapi.json', () => toAsyncDocument(API_VERSION));
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
    isForm,
    isFile,
  } = { ...operation, ...inputOf(path, operation) };
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
  const parameters = [...names.map(toPathParameter), ...query.map(toQueryParameter)];
  const content = (schema: object) => ({ 'application/json': { schema } });
  const toResponse = (description: string, fields: AnswerFields, more?: AnswerFields) => ({
    description,
    content: content(toAnswerSchema(fields, more)),
  });
  const rest = Object.entries(others).map(
    ([code, { description, answer }]) =>
      [
        code,
        code === NO_CONTENT ? { description, content: {} } : toResponse(description, answer),
      ] as const,
  );
  const fails = { description: 'Error.', content: content(refTo('error')) };
  return {
    operationId: id,
    tags: [tagOf(path)],
    summary,
    security: isOpen === true ? [] : [{ cookie: [] }, { bearer: [] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(isForm === true ? { requestBody: FORM } : {}),
    ...(body === undefined
      ? {}
      : { requestBody: { required: hasRequired(body), content: content(refTo(body)) } }),
    responses: {
      ...(isFile === true ? { 200: FILE, 206: FILE } : {}),
      ...(isFile === true || status === 302 || `${status}` === NO_CONTENT
        ? {}
        : { [status]: toResponse('Success.', answer, optional) }),
      ...(status === 302 ? { 302: REDIRECT } : {}),
      ...(`${status}` === NO_CONTENT
        ? { [NO_CONTENT]: { description: 'Success.', content: {} } }
        : {}),
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

/** Parameters that are not any text. */
const QUERY_SCHEMAS: Readonly<Record<string, object>> = Object.freeze({
  limit: { type: 'integer', minimum: 1, maximum: LIMITS.historyPageMax },
  own: { type: 'boolean' },
  size: { type: 'string', enum: ['large', 'small'], default: 'large' },
});

function toQueryParameter(name: string): object {
  const schema = QUERY_SCHEMAS[name] ?? { type: 'string' };
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
        details: {
          type: 'object',
          properties: {
            mutedUntil: { type: 'string', format: 'date-time', description: 'The user is muted.' },
            bannedUntil: {
              type: 'string',
              format: 'date-time',
              description: 'The user is banned from the room.',
            },
            disabledUntil: {
              type: 'string',
              format: 'date-time',
              description: 'The account is disabled.',
            },
            reason: { type: 'string', description: 'Why, if a reason was given.' },
            proof: {
              type: 'string',
              enum: ['required'],
              description: 'Repeat it after `POST /api/auth/proof`.',
            },
            factor: { type: 'string', enum: ['totp'], description: 'A login needs `code` too.' },
            required: {
              type: 'string',
              enum: ['two-step', 'provider', 'email'],
              description: 'A requirement of the server that this sign-in does not meet.',
            },
          },
        },
      },
    },
  },
});

const NO_CONTENT = '204';
const BYTES = { type: 'string', format: 'binary' };
const FORM = Object.freeze({
  required: true,
  content: {
    'multipart/form-data': {
      schema: {
        type: 'object',
        required: ['file'],
        properties: { file: { type: 'array', items: BYTES } },
      },
    },
  },
});
const FILE = Object.freeze({
  description: 'The bytes of the file; with `Range`, some of them (206).',
  content: { '*/*': { schema: BYTES } },
});

/** Browsers follow it. */
const REDIRECT = Object.freeze({
  description: 'Redirect.',
  headers: { location: { schema: { type: 'string' } } },
  content: {},
});

const SECURITY = Object.freeze({
  cookie: { type: 'apiKey', in: 'cookie', name: 'connect.sid' },
  bearer: { type: 'http', scheme: 'bearer' },
});
