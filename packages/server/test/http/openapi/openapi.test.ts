/** `/api/openapi.json` describes exactly the routes that exist. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { HTTP_BODIES } from '@parley/protocol/validators';
import { API_OPERATIONS } from '../../../src/http/openapi/api-operations.ts';
import { checkAnswer } from '../../support/described-answers.ts';
import { callsOf } from '../../support/route-calls.ts';
import { TestServer } from '../../support/running-server.ts';

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: Record<string, { schema: { $ref: string } }>;
  };
  readonly responses: Record<string, object>;
}

interface Document {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, object> };
}

const HTTP_SOURCES = join(import.meta.dirname, '../../../src/http');

describe('the description of routes', () => {
  let server: TestServer;
  let document: Document;
  before(async () => {
    server = await TestServer.start();
    const answer = await fetch(`${server.url}/api/openapi.json`);
    assert.equal(answer.status, 200);
    document = (await answer.json()) as Document;
  });
  after(() => server.close());

  test('describes every route, and no others', async () => {
    const { openapi, info, paths } = document;

    const described = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map(
        (method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
      ),
    );
    assert.match(openapi, /^3\.1/);
    // Not that of the server, which is for its operator.
    assert.equal(info.version, '1');
    assert.deepEqual(described.sort(), Object.keys(API_OPERATIONS).sort());
    // Reads the routes from the sources, independent of what the server reports.
    const text = readdirSync(HTTP_SOURCES, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(join(HTTP_SOURCES, file), 'utf8'))
      .join('\n');
    const written = [...text.matchAll(/app\.(get|post|put|patch|delete)\(\s*'(\/[^']*)'/g)];
    assert.equal(written.length > 20, true);
    for (const [, method = '', path = ''] of written) {
      if (path === '/metrics') continue; // Text, in the format of Prometheus.
      assert.equal(described.includes(`${method.toUpperCase()} ${path}`), true, path);
    }
  });

  test('describes bodies with the schemas that validate them', async () => {
    const { paths, components } = document;

    for (const [name, schema] of Object.entries(HTTP_BODIES)) {
      assert.deepEqual(components.schemas[name], JSON.parse(JSON.stringify(schema)), name);
    }
    for (const operations of Object.values(paths)) {
      for (const { requestBody, responses } of Object.values(operations)) {
        const ref = requestBody?.content['application/json']?.schema.$ref;
        const name = ref?.split('/').at(-1) ?? 'error';
        assert.equal(name in components.schemas, true, ref);
        assert.equal('default' in responses, true);
      }
    }
    assert.equal(paths['/api/messages']?.['post']?.requestBody !== undefined, true);
  });

  test('describes each field of each response, and names each operation', async () => {
    const { paths, components } = document;

    const operations = Object.values(paths).flatMap((byMethod) => Object.values(byMethod));
    const ids = operations.map(({ operationId }) => operationId);
    assert.equal(new Set(ids).size, operations.length);
    for (const id of ids) assert.match(id, /^[a-z][A-Za-z]+$/);
    for (const { operationId, tags, responses } of operations) {
      assert.equal(tags.length, 1, operationId);
      assert.deepEqual(openParts(responses, components.schemas), [], operationId);
    }
  });

  test('describes which bodies may be missing', async () => {
    const { paths } = document;
    const account = await server.signUp('alice');

    for (const [path, status] of [
      ['/register', 400],
      ['/api/workspaces', 400],
      ['/api/tokens', 201],
      ['/logout', 200],
    ] as const) {
      assert.equal((await account.call('POST', path)).status, status, path);
      assert.equal(paths[path]?.['post']?.requestBody?.required, status === 400, path);
    }
  });

  test('describes the responses for a repeated message and for a server that is not ready', async () => {
    const { paths } = document;

    const statusesOf = (path: string, method: string) =>
      Object.keys(paths[path]?.[method]?.responses ?? {});
    assert.deepEqual(statusesOf('/api/messages', 'post'), ['200', '201', 'default']);
    assert.deepEqual(statusesOf('/ready', 'get'), ['200', '503', 'default']);
  });

  test('the test support rejects responses that are not described', async () => {
    const member = ['DELETE', '/api/rooms/x/members/me'] as const;
    const answer = (body: object, status = 200) => Response.json(body, { status });

    await checkAnswer(...member, answer({ success: true }));
    await checkAnswer(...member, answer({ error: { code: 'NOT_FOUND', message: 'x' } }, 404));
    await checkAnswer('GET', '/nowhere', answer({ whatever: 1 }));
    for (const wrong of [
      answer({ success: true }, 201),
      answer({ success: 'yes' }),
      answer({}),
      answer({ success: true, more: 1 }),
      answer({ error: 'Not Found', message: 'x', statusCode: 404 }, 404),
      answer({ error: { code: 'FST_ERR_BAD_URL', message: 'x' } }, 400),
    ]) {
      await assert.rejects(checkAnswer(...member, wrong), { name: 'AssertionError' });
    }
  });

  test('describes 401 exactly for the routes that require a session', async () => {
    for (const [name, { isOpen }] of Object.entries(API_OPERATIONS)) {
      const [call] = callsOf(name);
      assert(call !== undefined);
      const { method, path, isForm } = call;
      // Open routes reject it before they find nothing.
      const body = JSON.stringify(isOpen === true ? {} : (call.body ?? {}));
      const isWithout = ['GET', 'HEAD'].includes(method) || isForm;
      const sent = isWithout ? {} : { headers: { 'content-type': 'application/json' }, body };
      const { status } = await fetch(server.url + encodeURI(path), { method, ...sent });
      // This server has no provider to sign in with, and no logo, which are not found.
      const isFound = !/^\/api\/(?:auth\/oidc|server\/logo)\//.test(path);
      if (isOpen === true) assert.equal(isFound && status === 404, false, name);
      else assert.equal(status, 401, name);
    }
  });
});

/** The objects without fields, and the names of records that do not exist. */
function openParts(schema: unknown, records: Readonly<Record<string, object>>): unknown[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { type, properties, additionalProperties, $ref } = schema as Record<string, unknown>;
  const name = typeof $ref === 'string' ? ($ref.split('/').at(-1) ?? '') : undefined;
  if (name !== undefined) return name in records ? openParts(records[name], records) : [$ref];
  const isOpen = [type].flat().includes('object') && !properties && !additionalProperties;
  return [
    ...(isOpen ? [schema] : []),
    ...Object.values(schema).flatMap((part) => openParts(part, records)),
  ];
}
