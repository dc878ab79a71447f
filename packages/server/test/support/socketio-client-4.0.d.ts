/** That version has types, and hides them. */
declare module 'socket.io-client-4.0' {
  export { io } from 'socket.io-client';
}
