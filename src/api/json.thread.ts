// What piscina calls in a thread of its own.
export { syntaxIssue as default } from './json.js';
