/** What comes in on a socket and is no HTTP request: Node gives it up before there is a request that a door could answer. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { STATUS_CODES } from 'node:http';
import { ApiError, problem } from './errors.js';

/** Answers in the shape of every other error and closes the connection. */
export function answerNoRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  answerOnSocket(toApiError(error), socket);
}

/** Where there is a socket and no reply. */
export function answerOnSocket(told: ApiError, socket: Duplex): void {
  if (!socket.writable) return void socket.destroy();
  const [status, body] = [told.status, JSON.stringify(problem(told))];
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, 'Content-Type: application/problem+json; charset=utf-8', `Content-Length: ${Buffer.byteLength(body)}`, 'Connection: close'];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

function toApiError({ code }: NodeJS.ErrnoException): ApiError {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new ApiError('TIMEOUT', 'The request did not come to its end in time.');
    case 'HPE_HEADER_OVERFLOW':
      return new ApiError('HEADERS_TOO_LARGE', 'The head of the request is larger than 16 KiB.');
    default:
      return new ApiError('INVALID_INPUT', 'That is no HTTP/1.1 request.');
  }
}
