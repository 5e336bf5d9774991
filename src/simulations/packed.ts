import { Piscina } from 'piscina';
import { jsonBytes } from '../api/json-text.js';

// Threads load this file: it must not pull in the messages with all of Nest behind them.

/** A value on its way to a thread: JSON text, written in turns with all else and handed over without a copy. */
export type Packed = Uint8Array<ArrayBuffer>;

export async function packed(value: object): Promise<Packed> {
  const bytes = await jsonBytes(value);
  return Piscina.move(bytes) as unknown as Packed;
}

export function unpacked<T>(bytes: Packed): T {
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()) as T;
}
