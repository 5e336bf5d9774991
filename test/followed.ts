/** A reader of server-sent events over a real connection. */
export interface StoredEvent {
  readonly id: string;
  readonly event: string;
  readonly data: any; // eslint-disable-line @typescript-eslint/no-explicit-any
}

export interface Followed {
  readonly status: number;
  readonly headers: Headers;
  /** So many events more, as they come. */
  take(count: number): Promise<StoredEvent[]>;
  /** All that come until the stream ends, and all text that came since the beginning. */
  rest(): Promise<{ events: StoredEvent[]; text: string }>;
  /** Cuts the connection. */
  leave(): Promise<void>;
}

export async function follow(url: string, headers: Record<string, string> | '' = {}): Promise<Followed> {
  const stop = new AbortController();
  const response = await fetch(url, { headers: { accept: 'text/event-stream', ...(headers || {}) }, signal: stop.signal });
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  const waiting: StoredEvent[] = [];
  let [text, left] = ['', ''];

  /** False at the end. */
  const more = async (): Promise<boolean> => {
    if (!reader) return false;
    const { done, value } = await reader.read();
    if (done) return false;
    const come = decoder.decode(value, { stream: true });
    text += come;
    const blocks = (left + come).split('\n\n');
    left = blocks.pop()!;
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trimStart()]));
      if (fields.data !== undefined) waiting.push({ id: fields.id!, event: fields.event!, data: JSON.parse(fields.data) });
    }
    return true;
  };

  return {
    status: response.status,
    headers: response.headers,
    async take(count) {
      while (waiting.length < count && (await more()));
      return waiting.splice(0, count);
    },
    async rest() {
      while (await more());
      return { events: waiting.splice(0), text };
    },
    async leave() {
      stop.abort();
      await reader?.cancel().catch(() => undefined);
    },
  };
}
