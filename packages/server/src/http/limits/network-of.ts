/** Maps an address to the key under which limits count it. */
export { addressKey as networkOf } from '@parley/websocket/http';
