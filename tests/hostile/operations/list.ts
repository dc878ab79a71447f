/** Every operation that users can ask of a server, from the tables of commands and of routes, with inputs to try. */
import { COMMANDS, type CommandName } from '@parley/protocol/commands';
import { CLIENT_FRAMES, COMMAND_BODIES, HTTP_BODIES } from '@parley/protocol/validators';
import { API_OPERATIONS } from '../../../packages/server/src/http/openapi/api-operations.ts';
import { callsOf, type RouteCall } from '../../../packages/server/test/support/route-calls.ts';
import { type Input, inputsOf, queriesOf, Unbuildable, withPlaces } from './inputs.ts';

/** A request with places in its fields. */
export interface Request {
  /** A command of the native dialect; undefined for HTTP. */
  readonly command?: CommandName;
  readonly method: string;
  readonly path: string;
  readonly query: Input;
  readonly body: Input | undefined;
  /** Pixels of the side of the picture in a form. */
  readonly side: number | undefined;
  /** Sent before each. */
  readonly before: readonly Request[];
}

export interface Operation {
  /** The type of a command, or method and path. */
  readonly name: string;
  readonly requests: readonly Request[];
  /** The route needs no session, so that it is about the asking user. */
  readonly isOpen: boolean;
  /** Why no input can be made of the schema; there are no requests then. */
  readonly unbuildable?: string;
}

/** Pictures, the largest that is decoded among them. */
const SIDES = [7_000, 2_000, 128];
const TUS =
  'its input is the headers and the bytes of a resumable upload: the attack begun-uploads';
const PROVIDER = 'needs an identity provider, which the server does not have';
const PASSKEY = 'needs an authenticator';
const MAILED = 'needs a link from a mail, and the server sends none';

/** Operations whose input says more than a schema can. A test fails for others that cannot be built. */
export const UNBUILT: Readonly<Record<string, string>> = {
  'POST /api/upload/resumable': TUS,
  'HEAD /api/upload/resumable/:id': TUS,
  'PATCH /api/upload/resumable/:id': TUS,
  'DELETE /api/upload/resumable/:id': TUS,
  'POST /api/auth/oidc/complete': PROVIDER,
  'GET /api/auth/oidc/pending': PROVIDER,
  'POST /api/auth/oidc/:provider': PROVIDER,
  'DELETE /api/auth/oidc/:provider': PROVIDER,
  'GET /api/auth/oidc/:provider': PROVIDER,
  'GET /api/auth/oidc/:provider/callback': PROVIDER,
  'POST /api/auth/passkeys/register/begin': PASSKEY,
  'POST /api/auth/passkeys/register/finish': PASSKEY,
  'POST /api/auth/passkeys/login/begin': PASSKEY,
  'POST /api/auth/passkeys/login/finish': PASSKEY,
  'POST /api/auth/passkeys/proof/begin': PASSKEY,
  'POST /api/auth/passkeys/proof/finish': PASSKEY,
  'PATCH /api/auth/passkeys/:id': PASSKEY,
  'DELETE /api/auth/passkeys/:id': PASSKEY,
  'POST /api/auth/email': MAILED,
  'POST /api/auth/email/confirm': MAILED,
  'POST /api/auth/forgot': MAILED,
  'POST /api/auth/reset': MAILED,
  'POST /api/auth/totp/confirm': 'needs the code of an app for a secret in the answer before',
  'DELETE /api/auth/totp': 'needs the code of an app for a secret in the answer before',
};

const OF_OTHERS = 'is about a row that only acts of others make';

/** Operations that are attacked about what is not there, and why the scene does not have it. */
export const UNMADE: Readonly<Record<string, string>> = {
  'GET /api/server/logo/:id': 'only the answer that sets a logo has its id',
  'DELETE /api/sessions/:id': 'each needs another login, which POST /login attacks with',
  'DELETE /api/auth/notices/:id': OF_OTHERS,
  'DELETE /api/warnings/:id': OF_OTHERS,
  'POST /api/invitations/:id/accept': OF_OTHERS,
  'DELETE /api/invitations/:id': OF_OTHERS,
  'GET /api/rooms/:roomId/link-previews/:messageId/:pictureId': 'needs a page on another server',
};

export function listOperations(): readonly Operation[] {
  const names = [...Object.keys(COMMANDS), ...Object.keys(API_OPERATIONS)];
  return names.filter((name) => !(name in UNBUILT)).map(build);
}

function build(name: string): Operation {
  const isOpen = API_OPERATIONS[name]?.isOpen === true;
  try {
    return { name, isOpen, requests: name in COMMANDS ? framesOf(name) : requestsOf(name) };
  } catch (error) {
    if (!(error instanceof Unbuildable)) throw error;
    return { name, isOpen, requests: [], unbuildable: error.message };
  }
}

function framesOf(name: string): readonly Request[] {
  const command = name as CommandName; // A key of the table.
  const { http } = COMMANDS[command];
  const [call] = http.kind === 'derived' ? callsOf(http.route) : [];
  const before = (call?.before ?? []).map(toRequest);
  const about = { command, method: '', path: '', query: {}, side: undefined, before };
  const example = COMMANDS[command].example as Input;
  return inputsOf(CLIENT_FRAMES[command], example).map((body) => ({ ...about, body }));
}

function requestsOf(route: string): readonly Request[] {
  const { body, command, query = [] } = API_OPERATIONS[route] ?? {};
  const schema = body === undefined ? schemaOfCommand(command) : HTTP_BODIES[body];
  return callsOf(route).flatMap((planned): readonly Request[] => {
    const call = toRequest(planned);
    if (call.side !== undefined) return SIDES.map((side) => ({ ...call, side }));
    if (call.method === 'GET' || call.method === 'HEAD') {
      const known = command === undefined ? queriesOf(query) : inputsOf(CLIENT_FRAMES[command]);
      return [call.query, ...known].map((asked) => ({
        ...call,
        query: beside(call.path, { ...asked }),
      }));
    }
    const inputs = schema === undefined ? [] : inputsOf(schema, call.body);
    return [...inputs.map((input) => ({ ...call, body: input })), call];
  });
}

function schemaOfCommand(command: CommandName | undefined): unknown {
  const http = command && COMMANDS[command].http;
  if (http?.kind !== 'derived') return undefined;
  const { body = http.operation } = http as { readonly body?: string; readonly operation: string };
  return COMMAND_BODIES[body];
}

/** Without the fields that the path has. */
function beside(path: string, query: Input): Input {
  return Object.fromEntries(
    Object.entries(query).filter(
      ([name, value]) => value !== undefined && !(name.endsWith('Id') && path.includes(`${value}`)),
    ),
  );
}

function toRequest(call: RouteCall): Request {
  const { method, query, body, isForm, before } = withPlaces(call);
  // A custom emoji is different for each attacker, and the large room is no channel.
  const path = withPlaces(call)
    .path.replace('party-parrot', '{unique}')
    .replace(/^\/api\/channels\/\{room\}$/, '/api/channels/{channel}');
  // A deletion needs its subject.
  const made = ['PUT', 'POST'].map((verb) => call.route.replace(/^DELETE/, verb));
  const making = made.filter(
    (route) => route !== call.route && API_OPERATIONS[route]?.isForm === undefined,
  );
  const steps =
    before.length > 0
      ? before
      : making.flatMap((each) => (each in API_OPERATIONS ? callsOf(each).slice(0, 1) : []));
  return {
    ...{ method, path, query, before: steps.map(toRequest) },
    side: isForm ? Math.min(...SIDES) : undefined,
    body: body as Input | undefined, // Routes take objects.
  };
}
