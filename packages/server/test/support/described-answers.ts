/**
 * Checks that every response that a test gets by `fetch` from its server is described in the API
 * description, in the form described there; otherwise the call fails.
 */
import assert from 'node:assert/strict';
import type { TSchema } from 'typebox';
import { Check } from 'typebox/schema';
import { API_OPERATIONS } from '../../src/http/openapi/api-operations.ts';
import { toDocument } from '../../src/http/openapi/openapi.ts';

interface Schema extends TSchema {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, object>>;
}

type Responses = Readonly<
  Record<string, { content: Record<'application/json', { schema: Schema }> }>
>;

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Responses;
}

interface Document {
  readonly paths: Readonly<Record<string, Record<string, Operation>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const { paths, components } = toDocument(
  Object.keys(API_OPERATIONS).map((name) => {
    const [method = '', path = ''] = name.split(' ');
    return { method, path };
  }),
  'test',
) as Document;

/** Literal path segments take precedence over parameters. */
const OPERATIONS = Object.entries(paths)
  .map(([template, byMethod]) => ({
    template,
    byMethod,
    pattern: new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    names: template.split('{').length,
  }))
  .sort((a, b) => a.names - b.names);

const origins = new Set<string>();
const plainFetch = globalThis.fetch;

/** Enables the check for the server at this URL. */
export function checkAnswersOf(url: string): void {
  origins.add(url);
  globalThis.fetch = async (...call) => {
    const answer = await plainFetch(...call);
    const { origin, pathname, searchParams } = new URL(answer.url);
    if (!origins.has(origin)) return answer;
    const method = call[1]?.method ?? 'GET';
    await checkAnswer(method, pathname, answer);
    if (answer.ok) checkQuery(method, pathname, searchParams);
    return answer;
  };
}

/**
 * @throws {AssertionError} for a response that is not described; unknown paths must not be found.
 */
export async function checkAnswer(method: string, path: string, answer: Response): Promise<void> {
  const { template, operation } = find(method, path);
  if (operation === undefined) return;
  const { responses } = operation;
  // If the server stopped in the middle of the response, the caller gets the error.
  const text = await answer
    .clone()
    .text()
    .catch(() => undefined);
  if (text === undefined) return;

  const about = `${method} ${template}: ${answer.status} ${text.slice(0, 200)}`;
  const isNamed = String(answer.status) in responses;
  assert(isNamed || !answer.ok, `not described: ${about}`);
  const response = responses[isNamed ? answer.status : 'default'];
  // Bytes of a file, or none (304, 416).
  if (response !== undefined && !('application/json' in response.content)) return;
  if (text === '') return;
  const schema = schemaOf(response);
  const body = JSON.parse(text) as object;
  assert(Check(schema, body), `not as described: ${about}`);
  const unknown = Object.keys(body).filter((field) => !(field in (schema.properties ?? {})));
  assert.deepEqual(unknown, [], `more than described: ${about}`);
}

function checkQuery(method: string, path: string, query: URLSearchParams): void {
  const { template, operation } = find(method, path);
  if (operation === undefined) return;
  const described = (operation.parameters ?? []).filter((each) => each.in === 'query');
  for (const name of query.keys()) {
    assert(
      described.some((each) => each.name === name),
      `not described: ${name} of ${method} ${template}`,
    );
  }
}

function find(method: string, path: string) {
  const found = OPERATIONS.find(({ pattern }) => pattern.test(path));
  return { template: found?.template, operation: found?.byMethod[method.toLowerCase()] };
}

/** Made once for each answer of the description. */
const CLOSED = new Map<Schema, Schema>();

function schemaOf(response: Responses[string] | undefined): Schema {
  const schema = response?.content['application/json'].schema;
  assert(schema !== undefined);
  const made = CLOSED.get(schema) ?? (closed(schema, components.schemas) as Schema);
  CLOSED.set(schema, made);
  return made;
}

/** With the records in place of their names, and without fields that are not described. */
export function closed(schema: unknown, records: Readonly<Record<string, object>>): unknown {
  if (Array.isArray(schema)) return schema.map((each) => closed(each, records));
  if (typeof schema !== 'object' || schema === null) return schema;
  const { $ref, ...fields } = schema as Schema;
  if ($ref !== undefined) return closed(records[$ref.split('/').at(-1) ?? ''], records);
  const entries = Object.entries(fields).map(([name, value]) => [name, closed(value, records)]);
  const isRecord = 'properties' in fields;
  return { ...Object.fromEntries(entries), ...(isRecord && { additionalProperties: false }) };
}
