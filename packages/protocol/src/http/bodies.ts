/** What a client may send over HTTP: the body of each request that has one. */
import Type from 'typebox';

const Credentials = Type.Object({ username: Type.String(), password: Type.String() });

export const HTTP_BODIES = {
  register: Credentials,
  login: Credentials,
  logout: Type.Object({ all: Type.Optional(Type.Boolean()) }),
};

export type HttpBodyName = keyof typeof HTTP_BODIES;
export type HttpBody<N extends HttpBodyName> = Type.Static<(typeof HTTP_BODIES)[N]>;
