import { syntaxIssue } from './json.js';

/** What piscina calls in a thread of its own; shared memory is not decoded in place. */
export default (bytes: Uint8Array) => syntaxIssue(Buffer.from(bytes).toString());
