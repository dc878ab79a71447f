/**
 * Serves `/api/openapi.json`: the registered routes, as `api-operations.ts` describes them.
 * If an API route is missing from the table, the start fails, so that the document is complete.
 */
import { ERROR_CODES, type HttpBodyName, LIMITS } from '@parley/protocol';
import type { FastifyInstance } from 'fastify';
import { validators } from '../request/lazy-validators.ts';
import {
  type AnswerFields,
  API_OPERATIONS,
  type ApiOperation,
  type QueryParameter,
} from './api-operations.ts';

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
    paths,
    components: {
      schemas: { ...validators().HTTP_BODIES, error: ERROR_SCHEMA },
      securitySchemes: SECURITY,
    },
  };
}

function toOperation(path: string, operation: ApiOperation): object {
  const { summary, body, query = [], status, answer, optional, others = {}, isOpen } = operation;
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

/** A missing body counts as an empty object. */
function hasRequired(body: HttpBodyName): boolean {
  const { required = [] }: { readonly required?: readonly string[] | undefined } =
    validators().HTTP_BODIES[body];
  return required.length > 0;
}

function toPathParameter(name: string): object {
  return { name, in: 'path', required: true, schema: { type: 'string' } };
}

function toQueryParameter(name: QueryParameter): object {
  const number = { type: 'integer', minimum: 1, maximum: LIMITS.historyPageMax };
  const schema = name === 'limit' ? number : { type: 'string' };
  return { name, in: 'query', required: name === 'q', schema };
}

function toAnswerSchema(answer: AnswerFields, optional: AnswerFields = {}): object {
  const schemas = {
    object: { type: 'object' },
    'object or null': { type: ['object', 'null'] },
    list: { type: 'array', items: { type: 'object' } },
    names: { type: 'array', items: { type: 'string' } },
    boolean: { type: 'boolean' },
    integer: { type: 'integer' },
    string: { type: 'string' },
  };
  const fields = Object.entries({ ...answer, ...optional }).map(
    ([name, kind]) => [name, schemas[kind]] as const,
  );
  return {
    type: 'object',
    required: Object.keys(answer),
    properties: Object.fromEntries(fields),
  };
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
