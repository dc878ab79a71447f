/** This version has types but does not export them. */
declare module 'socket.io-client-4.0' {
  export { io } from 'socket.io-client';
}
