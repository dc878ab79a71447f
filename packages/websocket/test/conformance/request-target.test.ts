/** RFC 9112 section 3.2: request targets at a server of one path. */
import { upgradeRequest } from '../support/raw-peer.ts';
import { runHandshakeCases } from './support/handshake-cases.ts';

const target = (text: string) => upgradeRequest({}, `GET ${text} HTTP/1.1`);

runHandshakeCases(
  [
    ['the path', 'RFC 9112 3.2.1', target('/ws'), 101],
    ['the path with a query', 'RFC 9112 3.2.1', target('/ws?a=1'), 101],
    ['another path', '4.2.2', target('/other'), 404, 400],
    ['a path that goes on', '4.2.2', target('/ws/'), 404, 400],
    ['an absolute target', 'RFC 9112 3.2.2', target('http://localhost/ws'), 101, 400],
    ['an absolute target with a query', 'RFC 9112 3.2.2', target('http://a:1/ws?b=/'), 101, 400],
    ['an absolute target without a path', 'RFC 9112 3.2.2', target('http://localhost'), 404, 400],
    ['another absolute path', 'RFC 9112 3.2.2', target('http://localhost/other'), 404, 400],
    ['a path that looks like an authority', 'RFC 9112 3.2.1', target('//localhost/ws'), 404, 400],
  ],
  { path: '/ws' },
);
