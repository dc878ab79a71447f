/** What bundlers for browsers, and test environments that imitate one, get in place of the engine. */
require('./browser-ws.cjs')();
